# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Texts whose columns stand below each other, with blanks between them, as C(pdftotext -layout) makes them."""

from __future__ import annotations

import itertools
import re
import typing as t

from . import limits
from .cells import read_protocols
from .model import PORT_ROLES, Record
from .tables import header_roles
from .words import column_roles, names_a_column, squeeze

_PIECE = re.compile(r"\S+(?: \S+)*")
_PAGE = re.compile(r"\s*(?:page\s*\d+(?:\s*(?:of|/)\s*\d+)?|\d+\s*(?:of|/)\s*\d+)\s*", re.IGNORECASE)
_HEADER_LINES = 4


def read_aligned(text: str, *, ends: t.Container[str] = ()) -> t.Iterator[Record]:
    """A line for each line of the text, cut into the columns of the header above it.

    C(ends) are known names of clients and servers: a line with one of each is a row of its own.
    """
    lines = [line.replace("\f", "").rstrip().expandtabs() for line in text.split("\n")]
    numbers = [index for index, line in enumerate(lines) if line and not _PAGE.fullmatch(line)]
    starts: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    block: list[Record] = []
    below = -1
    for index, following in itertools.zip_longest(numbers, numbers[1:]):
        if index <= below:
            continue
        place = f"line {index + 1}"
        header = _header(lines[index : index + _HEADER_LINES])
        apart = not lines[index - 1].strip()
        is_title = not starts or (
            apart and following is not None and _is_title(lines[index], lines[following:][:_HEADER_LINES])
        )
        if header or is_title:
            yield from _joined(block, columns, starts, ends)
            block = []
        if header:
            starts, columns, below = header
            below += index
            yield Record(columns, place, goes_on=False)
        elif is_title:
            yield Record((lines[index].strip(),), place, goes_on=False)
        else:
            block.append(Record(_cut(lines[index], starts), place))
    yield from _joined(block, columns, starts, ends)


def _is_title(line: str, following: t.Sequence[str]) -> bool:
    """Whether it is one piece in front of a header."""
    return len(_PIECE.findall(line)) == 1 and _header(following) is not None


def _joined(
    block: t.Sequence[Record], columns: tuple[str, ...], starts: tuple[int, ...], ends: t.Container[str]
) -> t.Iterator[Record]:
    """Lines of a table, each with whether it goes on the one before: only where no word of it had room there."""
    if not block:
        return
    roles = header_roles(columns)
    roles = roles if len(roles) == len(columns) else ("",) * len(columns)
    rooms = [*(following - start - 1 for start, following in itertools.pairwise(starts)), 1 << 20]
    widths = [
        max((len(record.cells[column]) for record in block if len(record.cells[column]) <= room), default=room)
        for column, room in enumerate(rooms)
    ]
    before: tuple[str, ...] = ("",) * len(starts)
    for record in block:
        named = [
            squeeze(cell) in ends
            for cell, role in zip(record.cells, roles, strict=True)
            if role in ("client", "server")
        ]
        goes_on = not (named and all(named)) and all(
            _is_rest(cell, above, width, role)
            for cell, above, width, role in zip(record.cells, before, widths, roles, strict=True)
            if cell
        )
        before = record.cells
        yield record._replace(goes_on=goes_on)


def _is_rest(cell: str, above: str, width: int, role: str) -> bool:
    """Whether a cell can be the rest of the one above: that is there, was full, and is not complete by itself."""
    if role == "protocol" and read_protocols(cell).protocols:
        return False
    if role in PORT_ROLES and len(cell) > 1 and cell[0].isdigit() and above and above[-1].isalnum():
        return False
    return bool(above) and len(above) + 1 + len(cell.split()[0]) > width


def _header(lines: t.Sequence[str]) -> tuple[tuple[int, ...], tuple[str, ...], int] | None:
    """Where the columns of a header begin, its cells, and how many more lines it has; C(None) if it is none."""
    pieces = _PIECE.findall(lines[0]) if lines else []
    if len(pieces) < 2 or len(pieces) > limits.SHEET_COLUMNS or not any(map(column_roles, pieces)):
        return None
    best = None
    for count in range(1, len(lines) + 1):
        block = lines[:count]
        if not block[-1].strip():
            break
        starts = _starts(block)
        cells = tuple(
            " ".join(filter(None, parts)) for parts in zip(*(_cut(line, starts) for line in block), strict=True)
        )
        if header_roles(cells) and (best is None or _says_more(cells, best[1])):
            best = (starts, cells, count - 1)
    return best


def _says_more(cells: t.Sequence[str], before: t.Sequence[str]) -> bool:
    """Whether a header with one more line names columns at least as well, also where a name got longer."""
    longer = [cell for cell in cells if cell not in before]
    named = sum(map(names_a_column, cells)) - sum(map(names_a_column, before))
    return named > 0 or (named == 0 and all(map(names_a_column, longer)))


def _starts(block: t.Sequence[str]) -> tuple[int, ...]:
    """Columns begin behind two blanks in every line of the header."""
    width = max(map(len, block))
    filled = [any(index < len(line) and line[index] != " " for line in block) for index in range(width)]
    starts = [
        index
        for index, (one, two, now) in enumerate(zip([False, False, *filled], [False, *filled], filled, strict=False))
        if now and not one and not two
    ]
    return tuple(starts)


def _cut(line: str, starts: tuple[int, ...]) -> tuple[str, ...]:
    cells = [""] * len(starts)
    for match in _PIECE.finditer(line):
        for begin, end in _parts(line, match.start(), match.end(), starts):
            column = max((index for index, start in enumerate(starts) if start <= begin + 1), default=0)
            cells[column] = f"{cells[column]} {line[begin:end].strip()}".strip()
    return tuple(cells)


def _parts(line: str, begin: int, end: int, starts: tuple[int, ...]) -> t.Iterator[tuple[int, int]]:
    """A piece, cut where a column begins inside it behind a single blank."""
    edges = [begin, *(start for start in starts if begin < start < end and line[start - 1] == " "), end]
    return itertools.pairwise(edges)
