# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Find the tables that tell ports, by their headers, and read their rows."""

from __future__ import annotations

import re
import typing as t

from .limits import bounded
from .model import PORT_ROLES, Document, Record, Row, Unread
from .words import column_roles, is_other_column, is_requirement, letters, names_a_column, tidy

_DIGITS = re.compile(r"\d{2,}")
_HEADING_KEPT = 4


def header_roles(cells: t.Sequence[str]) -> tuple[str, ...]:
    """The columns that a header names, C(other <its text>) for unknown ones; empty where it is no header of ports."""
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) < 2 or any(_DIGITS.search(cell) or len(cell) > 80 for cell in filled):
        return ()
    named = [column_roles(cell) for cell in cells]
    roles = [role for one in named for role in one]
    known = sum(map(bool, named))
    clear = len(set(roles)) > 1 and sum(map(names_a_column, filled)) > 1
    if not any(role in PORT_ROLES for role in roles) or not clear or known * 2 < len(filled):
        return ()
    return tuple(
        role
        for cell, one in zip(cells, named, strict=True)
        for role in (one[:1] if _in_one_cell(one) else one) or (_other(cell),)
    )


def _in_one_cell(roles: tuple[str, ...]) -> bool:
    """Whether a header names two columns that stand in one cell, as C(Communication type data volume)."""
    return len(roles) == 2 and roles[0] == "application"


def _other(cell: str) -> str:
    return f"other {tidy(cell)}".strip()


def is_foreign_header(cells: t.Sequence[str]) -> bool:
    """Whether it is the header of a table that tells no ports."""
    filled = [cell for cell in cells if cell.strip()]
    return (
        len(filled) > 1
        and all(is_other_column(cell) or column_roles(cell) for cell in filled)
        and any(is_other_column(cell) for cell in filled)
    )


def read_tables(records: t.Iterable[Record], *, loose: bool) -> Document:
    """Rows of all tables; C(loose): rows may go on in the next line, as in texts that were copied or scanned."""
    return _Reader(bounded(records), loose=loose).read()


class _Reader:
    def __init__(self, records: t.Sequence[Record], *, loose: bool) -> None:
        self._records = [record for record in records if not record.cells or any(map(str.strip, record.cells))]
        self._loose = loose
        self._columns: tuple[str, ...] = ()
        self._section = ""
        self._headings: list[str] = []
        self._rows: list[tuple[str, dict[str, str], str]] = []
        self._rows_of_table = 0
        self._unread: list[Unread] = []
        self._passed_over: list[str] = []
        self._seen: dict[str, None] = {}

    def read(self) -> Document:
        for index, record in enumerate(self._records):
            following = self._records[index + 1] if index + 1 < len(self._records) else Record((), "")
            self._take(record, following)
        rows = tuple(Row(section, cells, place) for section, cells, place in self._rows)
        return Document(rows, tuple(self._unread), tuple(self._passed_over), tuple(self._seen))

    def _take(self, record: Record, following: Record) -> None:
        roles = header_roles(record.cells)
        filled = [cell for cell in record.cells if cell.strip()]
        if not record.cells:
            self._columns, self._headings = (), []
        elif roles:
            self._begin(roles)
        elif is_foreign_header(record.cells):
            self._columns = ()
            self._passed_over.append(f"{record.place}: {' | '.join(map(tidy, filled))}")
        elif record.goes_on and self._columns:
            self._row(record)
        elif not self._columns or filled[0].startswith("#") or (_is_heading(filled) and _is_header(following)):
            self._headings = [*self._headings, max(filled, key=len)][-_HEADING_KEPT:]
        elif len(filled) == 1 and record.cells[0].strip() and not self._is_part(record):
            self._alone(record, filled[0])
        else:
            self._row(record)

    def _begin(self, roles: tuple[str, ...]) -> None:
        if self._columns and not self._headings and not self._rows_of_table:
            roles = _merged_header(self._columns, roles)
        elif self._headings or not self._columns:
            self._section = _title(self._headings, marked_first=not self._loose) or self._section
        self._columns, self._headings, self._rows_of_table = roles, [], 0
        self._seen.update(dict.fromkeys(roles))

    def _is_part(self, record: Record) -> bool:
        """Whether a line that has only its first cell is a row of ports, or the rest of the cell above."""
        cell = record.cells[0].strip()
        of_ports = self._columns[0] in PORT_ROLES and bool(_DIGITS.search(cell)) and len(cell) < 40
        is_rest = self._loose and record.goes_on is None and len(record.cells) > 1 and not cell[0].isupper()
        return bool(record.goes_on) or of_ports or is_rest

    def _alone(self, record: Record, text: str) -> None:
        """A line of one cell among rows: the title of the rows below it, or a text that belongs to no column."""
        if len(record.cells) > 1 or not self._loose:
            self._section = _title([text], marked_first=False) or self._section
        else:
            self._headings = [*self._headings, text][-_HEADING_KEPT:]

    def _row(self, record: Record) -> None:
        cells = list(record.cells)
        width = len(self._columns)
        if len(cells) > width and any(map(str.strip, cells[width:])):
            if not self._loose or self._columns[-1] in (*PORT_ROLES, "protocol"):
                self._ask(record, f"it has {len(cells)} cells under a header of {width}; which cell is too much?")
                return
            cells[width - 1 :] = [" ".join(cells[width - 1 :])]
        by_role: dict[str, str] = {}
        for role, cell in zip(self._columns, cells, strict=False):
            given = tidy(cell)
            by_role[role] = f"{by_role[role]} / {given}" if by_role.get(role) and given else by_role.get(role) or given
        goes_on = self._goes_on(by_role) if record.goes_on is None else record.goes_on
        if self._loose and self._rows_of_table and goes_on:
            self._append(by_role)
        elif not any(by_role.get(role) for role in (*PORT_ROLES, "protocol", "client", "server")):
            self._prose(record, by_role)
        else:
            self._rows.append((self._section, by_role, record.place))
            self._rows_of_table += 1

    def _goes_on(self, cells: t.Mapping[str, str]) -> bool:
        """Whether the cells continue those of the row above."""
        ports = any(cells.get(role) for role in PORT_ROLES)
        if "server" in self._columns and "client" in self._columns:
            return not cells.get("server") and not (cells.get("client") and ports and cells.get("protocol"))
        if "required" in self._columns:
            return not (is_requirement(cells.get("required", "")) and (cells.get("protocol") or ports))
        return not any(cells.get(role) for role in (*PORT_ROLES, "protocol"))

    def _append(self, cells: t.Mapping[str, str]) -> None:
        _section, last, _place = self._rows[-1]
        for role, cell in cells.items():
            if cell:
                last[role] = f"{last.get(role, '')} {cell}".strip()

    def _prose(self, record: Record, cells: t.Mapping[str, str]) -> None:
        if self._rows_of_table and not any(cell for role, cell in cells.items() if role in ("required", "application")):
            self._append(cells)
        else:
            self._ask(record, "it names neither ports nor ends; is it a row, and of which ports?")

    def _ask(self, record: Record, question: str) -> None:
        self._unread.append(Unread(self._section, tuple(map(tidy, record.cells)), record.place, question))


def _is_header(record: Record) -> bool:
    return bool(header_roles(record.cells)) or is_foreign_header(record.cells)


def _is_heading(filled: t.Sequence[str]) -> bool:
    """Whether a line in front of a header is its title: one cell, or the beginning of it again in others."""
    longest = letters(max(filled, key=len))
    return all(longest.startswith(letters(cell)) for cell in filled)


def _merged_header(above: tuple[str, ...], below: tuple[str, ...]) -> tuple[str, ...]:
    """Two lines of header as one: the lower names the column, where it names one."""
    longest = max(len(above), len(below))
    pairs = zip(above + ("",) * (longest - len(above)), below + ("",) * (longest - len(below)), strict=True)
    return tuple(low if low and not low.startswith("other") else high or low for high, low in pairs)


def _title(headings: t.Sequence[str], *, marked_first: bool) -> str:
    """The heading nearest to a table that is a title and no note; C(marked_first): one marked as a heading before."""
    marked = [one for one in headings if one.startswith("#")]
    titles = [one for one in headings if not letters(one).startswith("note") and len(one) < 160]
    best = ((marked if marked_first else ()) or titles or [""])[-1]
    return tidy(best.lstrip("#* ").rstrip("*: "))
