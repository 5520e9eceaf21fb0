# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Texts whose cells stand between commas, semicolons, tabs or pipes."""

from __future__ import annotations

import csv
import io
import re
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DocumentError

from . import limits
from .model import Record
from .tables import header_roles

_PIPE = re.compile(r"(?<!\\)\|")
_RULE_LINE = re.compile(r"[\s|:=+-]*-{2,}[\s|:=+-]*")
_MARKUP = re.compile(r"\*\*|__|`|<br\s*/?>|<[^<>]{1,80}>")


def read_csv(text: str, *, delimiter: str) -> t.Iterator[Record]:
    """Lines of a file of comma separated values; raises C(DocumentError) with the line."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield Record(tuple(cells), f"line {reader.line_num}", goes_on=False)
    except csv.Error as error:
        raise DocumentError(f"line {reader.line_num}: {error}") from error


def read_tabs(text: str) -> t.Iterator[Record]:
    """Lines with tabs between cells, as copying a table from a browser gives, or a scan."""
    for number, line in enumerate(text.split("\n"), start=1):
        yield Record(tuple(cell.strip() for cell in line.split("\t")), f"line {number}")


class _Shape(t.NamedTuple):
    leading: bool
    pipes: int


def read_pipes(text: str) -> t.Iterator[Record]:
    """Lines with pipes between cells; a row goes on in the next lines until it has as many cells as its header."""
    shape: _Shape | None = None
    held = _Held()
    for number, line in enumerate(text.split("\n"), start=1):
        place = f"line {number}"
        pipes = len(_PIPE.findall(line))
        leading = line.lstrip().startswith("|")
        is_header = pipes > 0 and len(header_roles(_split(line, leading=leading))) > 1
        is_text = not pipes and not (held.lines and line.strip())
        is_too_much = (
            bool(held.lines) and shape is not None and (pipes >= shape.pipes or held.pipes + pipes > shape.pipes)
        )
        if is_header or is_text or is_too_much or _RULE_LINE.fullmatch(line):
            yield from held.record(shape)
        if is_text:
            yield Record((line.strip(),), place, goes_on=False)
        elif is_header:
            shape = _Shape(leading, pipes)
            yield Record(_split(line, leading=leading), place, goes_on=False)
        elif shape is None:
            yield Record(_split(line, leading=leading), place, goes_on=False)
        elif not _RULE_LINE.fullmatch(line):
            held.take(line, pipes, number)
            if held.pipes >= shape.pipes:
                yield from held.record(shape)
    yield from held.record(shape)


class _Held:
    """Lines of a row that is not complete yet."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.pipes = self._characters = self._started = 0

    def take(self, line: str, pipes: int, number: int) -> None:
        """Raises C(DocumentError) where the row has grown too long to be one."""
        if not self.lines:
            self.pipes, self._characters, self._started = 0, 0, number
        self.lines.append(line)
        self.pipes += pipes
        self._characters += len(line) + 1
        if self._characters > 2 * limits.CELL_CHARACTERS:
            raise DocumentError(f"line {self._started}: a row of more than {2 * limits.CELL_CHARACTERS} characters")

    def record(self, shape: _Shape | None) -> t.Iterator[Record]:
        """The row, if there is one, and nothing is held any more."""
        if self.lines and shape:
            yield Record(_split("\n".join(self.lines), leading=shape.leading), f"line {self._started}", goes_on=False)
        self.lines = []


def _split(line: str, *, leading: bool) -> tuple[str, ...]:
    cells = [_MARKUP.sub(" ", cell).replace("\\|", "|").strip() for cell in _PIPE.split(line.strip())]
    if leading:
        cells = cells[1:]
    if cells and not cells[-1] and line.rstrip().endswith("|"):
        cells = cells[:-1]
    return tuple(cells)
