# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Texts without any sign between cells, of tables that begin with what is required, a protocol and ports.

That is what copying a page or taking the text out of a PDF leaves of them. A row begins where such a word, a protocol
and ports follow each other; all else up to the next row describes it.
"""

from __future__ import annotations

import itertools
import re
import typing as t

from .model import Document, Row, Unread
from .words import squeeze, tidy, vocabulary


def _loose(word: str) -> str:
    """The word, also where a narrow column broke it."""
    return r"\s{0,2}".join(r"[-\s]?" if letter in "- " else re.escape(letter) for letter in word)


def _any_of(words: t.Iterable[str]) -> str:
    return "|".join(map(_loose, sorted(words, key=len, reverse=True)))


def _header_of(role: str) -> str:
    return _any_of(vocabulary()["columns"][role])


_REQUIRED = rf"(?<![A-Za-z])(?:{_any_of(vocabulary()['requirement'])}|{_loose('Recommend')})"
_HEAD = rf"{_REQUIRED}(?:\s*/\s*{_REQUIRED})?(?:(?!{_REQUIRED})[^|\t]){{0,250}}?"
_BOTH = rf"{_loose('TCP')}\s*[/,]\s*{_loose('UDP')}"
_PROTOCOL = rf"(?:{_BOTH}|{_any_of(('TCP', 'UDP', 'ICMP'))})(?:\s{_loose('Multicast')})?(?![A-Za-z/(])"
_NUMBER = r"\d{1,5}(?!\d|\s?[kKMG]i?[bB]\b|\s?ms\b)"
_LEFT_OPEN = _any_of(word for word in vocabulary()["port_left_open"] if word[0].isalpha())
_LIST = rf"{_NUMBER}(?:(?:\s*[-–/,]\s*|\s+){_NUMBER})*"
_PORTS = rf"(?:>=?\s?{_NUMBER}|(?:[Dd]efault\s+)?{_LIST}(?:\s+\((?:configurable|default)\))?|(?i:{_LEFT_OPEN})\b)"
_ROW = re.compile(rf"({_HEAD})\s+({_PROTOCOL})\s+({_PORTS})(?![\w.])")
_TYPE = rf"{_header_of('protocol')}|{_loose('Typ')}"
_HEADER = re.compile(rf"(?<![A-Za-z])(?i:{_header_of('required')})\s*\??\s+(?i:{_TYPE})\s+(?i:{_header_of('port')})\b")
_SUSPECT = re.compile(rf"(?:{_REQUIRED})[^.|]{{0,120}}?\s[A-Z0-9]{{2,5}}\s+{_NUMBER}(?![\w.+])")
_SUSPECT_LINE = re.compile(rf"^\s*(?:{_REQUIRED})\b[^\n]*", flags=re.MULTILINE)
_COLUMNS = ("required", "protocol", "port", "application", "description")


def read_running(text: str, *, titles: t.Sequence[str]) -> Document:
    """Rows of all tables; C(titles) are those of known sections, for texts that are all one line."""
    headers = list(_HEADER.finditer(text))
    rows: list[Row] = []
    unread: list[Unread] = []
    section = ""
    for header, following in itertools.zip_longest(headers, headers[1:]):
        section = _section(text[max(0, header.start() - 400) : header.start()], titles) or section
        end = following.start() if following else len(text)
        found = list(_ROW.finditer(text, header.end(), end))
        edges = [*(match.start() for match in found), end]
        line = text.count("\n", 0, header.end()) + 1
        unread.extend(_suspects(text[header.end() : edges[0]], section=section, line=line))
        for match, until in zip(found, edges[1:], strict=True):
            place = f"line {text.count(chr(10), 0, match.start()) + 1}"
            rest = text[match.end() : until]
            rows.append(Row(section, _cells(match, rest), place))
            unread.extend(_suspects(rest, section=section, line=text.count(chr(10), 0, match.end()) + 1))
    return Document(tuple(rows), tuple(unread), (), _COLUMNS)


def _cells(match: re.Match[str], rest: str) -> dict[str, str]:
    first, *others = [chunk for chunk in re.split(r"\n\s*\n", rest) if chunk.strip()] or [""]
    name = "path" if ">" in first and len(first) < 80 else "application"
    cells = {"required": match[1], "protocol": match[2], "port": match[3]}
    cells |= {name: first, "description": " ".join(others)} if others else {"description": first}
    return {role: tidy(cell) for role, cell in cells.items()}


def _suspects(rest: str, *, section: str, line: int) -> t.Iterator[Unread]:
    """What begins as a row does and is none."""
    pattern = _SUSPECT_LINE if "\n\n" in rest else _SUSPECT
    for match in pattern.finditer(rest):
        place = f"line {line + rest.count(chr(10), 0, match.start())}"
        words = tidy(rest[match.start() : match.start() + 160])
        yield Unread(section, (words,), place, "it begins as a row does; which protocol and port has it?")


def _section(before: str, titles: t.Sequence[str]) -> str:
    """The title in front of a header; empty where the table only goes on, as on a new page."""
    tail = squeeze(before)
    known = [title for title in titles if tail.endswith(squeeze(title))]
    if known:
        return max(known, key=len)
    lines = [tidy(line) for line in before.splitlines() if line.strip()]
    alone = len(lines) > 1 and len(lines[-1]) < 120
    return lines[-1] if alone and lines[-1][0].isupper() and not lines[-1].endswith((".", ",")) else ""
