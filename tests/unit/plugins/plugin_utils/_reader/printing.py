# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release as people have it: in every format that is read, and damaged as copying and PDF damage them."""

from __future__ import annotations

import csv
import html
import io
import itertools
import random
import textwrap
import typing as t

import openpyxl

from .releases import Line, Release

Table = tuple[str, list[list[str]]]


def tables(release: Release) -> list[Table]:
    """Title and rows of each section, the header first."""
    header = list(release.columns.values())
    return [
        (section, [header, *([line.cells.get(role, "") for role in release.columns] for line in lines)])
        for section, lines in itertools.groupby(release.lines, key=_section)
    ]


def _section(line: Line) -> str:
    return line.section


def as_html(release: Release, chance: random.Random) -> bytes:
    """A page; equal cells below each other are one now and then, and words have tags and soft hyphens in them."""
    page = ["<!DOCTYPE html><html><head><title>x</title><script>if (1 < 2) alert('<table>')</script></head><body>"]
    for title, rows in tables(release):
        page.append(f"<h2>{html.escape(title)}</h2><p>The rows are as follows.</p><div><table><tbody>")
        spanned = [0] * len(rows[0])
        for index, row in enumerate(rows):
            page.append("<tr>")
            for column, cell in enumerate(row):
                if spanned[column]:
                    spanned[column] -= 1
                    continue
                down = 1
                if index and chance.random() < 0.2:
                    while index + down < len(rows) and rows[index + down][column] == cell and cell:
                        down += 1
                spanned[column] = down - 1
                tag = "td" if index else "th"
                span = f' rowspan="{down}"' if down > 1 else ""
                page.append(f'<{tag} class="confluenceTd"{span}><p>{_inner(cell, chance)}</p></{tag}>')
            page.append("</tr>")
        page.append("</tbody></table></div><p>* see the notes</p>")
    return "".join(page).encode()


def _inner(cell: str, chance: random.Random) -> str:
    note = "<sup>1</sup>" if cell[-1:].isdigit() and chance.random() < 0.1 else ""
    escaped = html.escape(cell).replace(" ", "&nbsp;" if chance.random() < 0.1 else " ")
    return f"<span>{escaped}{note}</span>" if chance.random() < 0.3 else f"{escaped}{note}"


def as_csv(release: Release, chance: random.Random) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=chance.choice(",;"))
    for title, rows in tables(release):
        writer.writerow([title])
        writer.writerows(rows)
        writer.writerow([])
    return file.getvalue().encode("utf-8-sig")


def as_xlsx(release: Release, chance: random.Random) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for title, rows in tables(release):
        sheet.append([title])
        for row in rows:
            sheet.append(
                [int(cell) if cell.isdecimal() and cell[0] != "0" and chance.random() < 0.7 else cell for cell in row]
            )
        sheet.append([])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_markdown(release: Release, _chance: random.Random) -> bytes:
    lines: list[str] = []
    for title, rows in tables(release):
        lines += [f"## {title}", ""]
        for index, row in enumerate(rows):
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
            if not index:
                lines.append("|" + "---|" * len(row))
        lines.append("")
    return "\n".join(lines).encode()


def as_wrapped_pipes(release: Release, _chance: random.Random) -> bytes:
    """Cells between pipes; a row breaks behind an empty cell."""
    lines: list[str] = []
    for title, rows in tables(release):
        lines.append(title)
        lines += [" | ".join(row).replace("|  |", "|\n|") + " |" for row in rows]
    return "\n".join(lines).encode()


def as_tabs(release: Release, chance: random.Random) -> bytes:
    """What a browser gives to the clipboard; some look-alike letters, as a scan has them."""
    lines: list[str] = ["Ports", ""]
    for title, rows in tables(release):
        lines += [title, *("\t".join(_scanned(cell, chance) for cell in row) for row in rows), ""]
    return "\n".join(lines).encode()


def _scanned(cell: str, chance: random.Random) -> str:
    return "\u0422\u0421\u0420" if cell == "TCP" and chance.random() < 0.1 else cell


def as_lines(release: Release, _chance: random.Random) -> bytes:
    """One cell a line with blank lines between; empty cells leave nothing."""
    pieces: list[str] = ["A page about ports", "It has tables."]
    for title, rows in tables(release):
        pieces += [title, *(cell for row in rows for cell in row if cell)]
    return "\n\n".join(pieces).encode()


def as_running(release: Release, chance: random.Random) -> bytes:
    """All on one line, as the text of a PDF, with words that narrow columns broke."""
    pieces: list[str] = ["Network communication overview of a product."]
    for title, rows in tables(release):
        pieces.append(title)
        pieces += [_broken(cell, chance, column=column) for row in rows for column, cell in enumerate(row) if cell]
    return " ".join(pieces).encode()


def _broken(cell: str, chance: random.Random, *, column: int) -> str:
    if column > 1 or chance.random() > 0.4:
        return cell
    for word, broken in (
        ("TCP", "TC P"),
        ("Recommended", "Recomme nded"),
        ("Mandatory", "Mandat ory"),
        ("UDP", "UD P"),
    ):
        cell = cell.replace(word, broken)
    return cell


def as_layout(release: Release, _chance: random.Random) -> bytes:
    """Columns below each other, cells wrapped at the width of theirs, the header again on each page."""
    lines: list[str] = []
    for title, rows in tables(release):
        widths = [_width(role) for role in release.columns]
        lines += ["", title, ""]
        for number, row in enumerate(rows):
            if number and number % 20 == 0:
                lines += [f"Page {number}".rjust(60), "\f", *_wrapped(rows[0], widths)]
            lines += _wrapped(row, widths)
    return "\n".join(lines).encode()


def _width(role: str) -> int:
    return {"client": 24, "server": 24, "protocol": 10, "description": 40, "required": 22}.get(role, 16)


def _wrapped(row: t.Sequence[str], widths: t.Sequence[int]) -> list[str]:
    cells = [textwrap.wrap(cell, width, break_long_words=True) or [""] for cell, width in zip(row, widths, strict=True)]
    return [
        "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
        for parts in itertools.zip_longest(*cells, fillvalue="")
    ]


FORMATS: dict[str, t.Callable[[Release, random.Random], bytes]] = {
    "html": as_html,
    "csv": as_csv,
    "xlsx": as_xlsx,
    "markdown": as_markdown,
    "pipes": as_wrapped_pipes,
    "tabs": as_tabs,
    "lines": as_lines,
    "layout": as_layout,
    "running": as_running,
}
