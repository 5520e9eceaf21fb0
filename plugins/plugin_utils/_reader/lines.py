# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Texts with one cell a line: which column each line belongs to is what costs least over the whole table."""

from __future__ import annotations

import functools
import itertools
import re
import typing as t
from dataclasses import dataclass

from .cells import read_ports, read_protocols
from .limits import RECORDS
from .model import PORT_ROLES, Record
from .tables import header_roles
from .words import column_roles, is_requirement, squeeze, tidy, word_list

_PROSE = ("description", "data", "volume")
_WRONG = 9.0
_EMPTY = {"client": 4.0, "server": 4.0, "required": 4.0, "protocol": 1.0, "application": 1.0}
"""What an empty cell costs; elsewhere 1.2."""


@dataclass(frozen=True)
class Known:
    """What the catalog that is compared with prints: names of ends, applications, titles of sections."""

    ends: frozenset[str] = frozenset()
    applications: frozenset[str] = frozenset()
    titles: tuple[str, ...] = ()


class _Chunk(t.NamedTuple):
    text: str
    line: int


def read_lines(text: str, *, known: Known) -> t.Iterator[Record]:
    """A line for each row, with its header in front and the title before that."""
    chunks = _chunks(text)
    headers = list(_headers(chunks))
    for (start, end), following in itertools.zip_longest(headers, headers[1:]):
        title = chunks[start - 1] if start else _Chunk("", 0)
        yield Record((f"# {title.text}",), f"line {title.line}", goes_on=False)
        header = tuple(chunk.text for chunk in chunks[start:end])
        yield Record(header, f"line {chunks[start].line}", goes_on=False)
        last = following[0] - 1 if following else len(chunks)
        yield from _rows(chunks[end:last], header_roles(header), known)


def _chunks(text: str) -> list[_Chunk]:
    """Cells with their first line: what stands between blank lines where there are such, else each line."""
    spaced = len(re.findall(r"\n[^\S\n]*\n", text)) * 3 > text.count("\n")
    found: list[_Chunk] = []
    open_chunk = False
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            open_chunk = False
            continue
        if spaced and open_chunk:
            found[-1] = _Chunk(f"{found[-1].text} {line.strip()}", found[-1].line)
        else:
            found.append(_Chunk(line.strip(), number))
        open_chunk = True
    return found[:RECORDS]


def _headers(chunks: t.Sequence[_Chunk]) -> t.Iterator[tuple[int, int]]:
    """Where headers begin and end: three or more names of columns in a row, ports among them."""
    index = 0
    while index < len(chunks):
        end = index
        while end < len(chunks) and len(chunks[end].text) < 80 and column_roles(chunks[end].text):
            end += 1
        cells = [chunk.text for chunk in chunks[index:end]]
        if end - index >= 3 and header_roles(cells):
            yield index, end
            index = end
        else:
            index += 1


def _rows(chunks: t.Sequence[_Chunk], roles: tuple[str, ...], known: Known) -> t.Iterator[Record]:
    cells: list[str] = []
    started, last = 0, len(roles)
    for chunk, (column, begins) in zip(chunks, _columns(chunks, roles, known), strict=True):
        if begins:
            if cells:
                yield Record(tuple(cells), f"line {started}", goes_on=False)
            cells, started, last = [""] * len(roles), chunk.line, -1
        cells[column] = f"{cells[column]} {chunk.text}".strip() if column == last else chunk.text
        last = column
    if cells:
        yield Record(tuple(cells), f"line {started}", goes_on=False)


def _columns(chunks: t.Sequence[_Chunk], roles: tuple[str, ...], known: Known) -> list[tuple[int, bool]]:
    """For each chunk its column and whether a row begins with it: the cheapest way through all of them."""
    if not chunks:
        return []
    width = len(roles)
    steps = [[_step(before, after, roles) for after in range(width)] for before in range(width)]
    cost = [
        _step(width - 1, column, roles)[0] + _misfit(chunks[0].text, roles[column], known) for column in range(width)
    ]
    ways: list[list[int]] = []
    for chunk in chunks[1:]:
        fits = [_misfit(chunk.text, role, known) for role in roles]
        came = [min(range(width), key=lambda before: cost[before] + steps[before][after][0]) for after in range(width)]
        cost = [cost[came[after]] + steps[came[after]][after][0] + fits[after] for after in range(width)]
        ways.append(came)
    column = min(range(width), key=lambda one: cost[one] + _step(one, 0, roles)[0])
    found: list[tuple[int, bool]] = []
    for came in reversed(ways):
        before = came[column]
        found.append((column, steps[before][column][1]))
        column = before
    return [(column, True), *reversed(found)]


def _step(before: int, after: int, roles: tuple[str, ...]) -> tuple[float, bool]:
    """What it costs that a cell of one column is followed by one of another, and whether a row begins between."""
    if after > before:
        return sum(_EMPTY.get(role, 1.2) for role in roles[before + 1 : after]), False
    ended = sum(_EMPTY.get(role, 0.8) for role in roles[before + 1 :])
    new_row = 0.1 + ended + sum(_EMPTY.get(role, 2.0) for role in roles[:after])
    goes_on = 1.0 if roles[after] in _PROSE else 3.5
    return (goes_on, False) if after == before and goes_on <= new_row else (new_row, True)


@functools.lru_cache(maxsize=1 << 15)
def _misfit(text: str, role: str, known: Known) -> float:
    if role in PORT_ROLES:
        return _misfit_of_ports(text)
    protocol = bool(read_protocols(text).protocols) and len(text) < 16
    if role == "protocol":
        return 0.0 if protocol else 3.0 if len(text) < 8 and (text.isupper() or text.isdecimal()) else _WRONG
    if role == "application" and squeeze(text) in known.applications:
        return 0.0
    if _misfit_of_ports(text) < 1 or protocol:
        return _WRONG - 2
    if role in ("client", "server"):
        return 0.0 if squeeze(text) in known.ends else 1.5 if len(text) < 80 else 4.0
    if role == "application":
        return 1.5
    if role == "required":
        return 0.0 if is_requirement(text) else _WRONG
    return 2.0 if squeeze(text) in known.ends else 1.0


def _misfit_of_ports(text: str) -> float:
    if squeeze(text) in word_list("no_port") | word_list("port_left_open"):
        return 0.3
    cell = read_ports(text)
    if cell.ports and not cell.words:
        return 0.0
    return 1.5 if len(text) < 60 and tidy(text)[0].isdigit() else _WRONG
