# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How much of what tells a row from others it shares with another: rare names and ports count, common ones hardly."""

from __future__ import annotations

import collections
import functools
import math
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange

from .base import Base, BaseRow
from .cells import read_ports, read_protocols
from .model import PORT_ROLES, Row
from .words import plain

Cells = t.Union[Row, BaseRow]

_WEIGHTS = {
    "client": 3.0,
    "server": 3.0,
    "ports": 4.0,
    "application": 1.5,
    "protocol": 0.8,
    "required": 1.5,
    "section": 1.5,
}
_WORD = re.compile(r"[a-z0-9]+")


def words_of(text: str) -> frozenset[str]:
    """Words of a text, without case."""
    return frozenset(_WORD.findall(plain(text).casefold()))


@functools.lru_cache(maxsize=1 << 15)
def _ports_of_cells(cells: tuple[str, ...]) -> frozenset[t.Any]:
    read = [read_ports(cell) for cell in cells]
    return frozenset(port for one in read for port in one.ports) | frozenset(one.words for one in read if one.words)


def ports_of(row: Cells) -> frozenset[PortRange | str]:
    """All ports that a row prints in any column, and the words that stand for ports."""
    return _ports_of_cells(tuple(filter(None, map(row.cell, PORT_ROLES))))


@functools.lru_cache(maxsize=1 << 12)
def protocols_of(text: str) -> frozenset[str]:
    """Protocols that a cell names, or the cell where it names none clearly."""
    read = read_protocols(text)
    return frozenset(read.protocols or (plain(text).casefold(),))


class Similarity:
    """Compares rows of a document with those of a catalog; 1 is the same in all that counts, 0 nothing in common."""

    def __init__(self, base: Base, rows: t.Sequence[Row]) -> None:
        self._base = base
        self._roles = base.roles & frozenset(role for row in rows for role in row.cells)
        self._all = math.log(1 + len(base.rows)) or 1.0
        self._count = collections.Counter(
            item for row in base.rows for role in _WEIGHTS for item in set(self._items(row, role))
        )
        said = {row.id: _said(row) for row in base.rows}
        frequent = collections.Counter(word for words in said.values() for word in words)
        self._said = {
            flow: {word: max(0.05, 1 - math.log(frequent[word]) / self._all) for word in words}
            for flow, words in said.items()
        }
        self._rarity: dict[tuple[str, t.Any], float] = {}

    def _items(self, row: Cells, role: str) -> t.Iterator[tuple[str, t.Any]]:
        if role == "ports":
            return ((role, port) for port in ports_of(row))
        if role == "section":
            return iter(())
        return ((role, word) for word in words_of(row.cell(role)))

    def _weight(self, role: str, item: t.Any) -> float:
        """From 0.1 for what every row has to 1 for what one has."""
        key = (role, item)
        if key not in self._rarity:
            self._rarity[key] = max(0.1, 1 - math.log(1 + self._count[key]) / self._all)
        return self._rarity[key]

    def _shared(self, role: str, ours: t.Collection[t.Any], theirs: t.Collection[t.Any]) -> tuple[float, float]:
        """The share of two sets, each item by its rarity, and how rare the rarest of the first is."""
        either = {item: self._weight(role, item) for item in (*ours, *theirs)}
        total = sum(either.values())
        common = sum(weight for item, weight in either.items() if item in ours and item in theirs)
        return (common / total if total else 1.0), max((either[item] for item in ours), default=0.1)

    def _text(self, role: str, ours: str, theirs: str) -> tuple[float, float]:
        same = self._base.same_name
        if same(ours) == same(theirs):
            return 1.0, self._shared(role, words_of(ours), words_of(ours))[1]
        return self._shared(role, words_of(ours), words_of(theirs))

    def of(self, base: BaseRow, row: Row, *, same_section: bool | None) -> float:
        """How alike two rows are; C(same_section) is C(None) where nobody knows."""
        total = score = 0.0
        for role, weight in _WEIGHTS.items():
            if role == "section":
                if same_section is not None:
                    total, score = total + weight * 0.5, score + weight * 0.5 * same_section
                continue
            if role == "ports":
                share, rarity = self._shared(role, ports_of(base), ports_of(row))
            elif role not in self._roles:
                continue
            elif role == "protocol":
                share, rarity = float(protocols_of(base.cell(role)) == protocols_of(row.cell(role))), 0.5
            else:
                share, rarity = self._text(role, base.cell(role), row.cell(role))
            total += weight * rarity
            score += weight * rarity * share
        if "client" not in self._roles:
            share = self.told(base, row)
            total, score = total + 2.0, score + 2.0 * share
        return score / total

    def told(self, base: BaseRow, row: Row) -> float:
        """How much of what a flow is said to be for stands in the texts of the row; rare words count."""
        told = words_of(" ".join((row.section, *(cell for role, cell in row.cells.items() if role not in PORT_ROLES))))
        said = self._said[base.id]
        common = sum(weight for word, weight in said.items() if word in told)
        return min(1.0, 2 * common / (sum(said.values()) or 1.0))


def _said(row: BaseRow) -> frozenset[str]:
    ends = " ".join((*row.flow.client, *row.flow.server)).replace("_", " ")
    return frozenset(word for word in words_of(f"{row.flow.purpose} {row.cell('application')} {ends}") if len(word) > 2)
