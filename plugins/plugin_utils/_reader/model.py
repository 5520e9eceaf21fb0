# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A vendor's document as rows, whatever file it came in."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

PORT_ROLES = ("unsecured", "secured", "port")
FACTS = ("client", "server", *PORT_ROLES, "protocol", "application", "required", "direction")
"""Columns whose cells are facts and not prose."""


class Record(t.NamedTuple):
    """A line of a table, or a line of text as its only cell.

    C(goes_on) tells whether it continues the cells of the line before; C(None) where its format does not say.
    """

    cells: tuple[str, ...]
    place: str
    goes_on: bool | None = None


@dataclass(frozen=True)
class Row:
    """A row of the document: its cells as printed, by column, in printed order."""

    section: str
    cells: t.Mapping[str, str]
    place: str

    def cell(self, role: str) -> str:
        """The cell, empty where the document has none."""
        return self.cells.get(role, "")


@dataclass(frozen=True)
class Unread:
    """What stands in a table and is no row that could be read: the cells as printed, and what is asked."""

    section: str
    cells: tuple[str, ...]
    place: str
    question: str


@dataclass(frozen=True)
class Document:
    """All rows of a file in printed order; C(passed_over) tells tables that have no ports."""

    rows: tuple[Row, ...]
    unread: tuple[Unread, ...] = ()
    passed_over: tuple[str, ...] = ()
    columns: tuple[str, ...] = field(default=())
