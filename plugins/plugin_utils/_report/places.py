# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Who and where an address is: the components, sites and hosts of a plan, and the zones between firewalls."""

from __future__ import annotations

import bisect
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.intervals import Interval
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.rules import split_component

CENTRAL = "central"
"""The zone of what belongs to no site."""
ELSEWHERE = "elsewhere"
"""The zone of addresses that the plan names for nobody."""


class Label(t.NamedTuple):
    """One name of an address: a component, its site or C(""), and where a host runs it the catalog and the host."""

    component: str
    site: str
    catalog: str = ""
    host: str = ""


class Piece(t.NamedTuple):
    """Addresses that have the same names; C(version) is 4 or 6."""

    version: int
    first: int
    last: int
    labels: frozenset[Label]

    @property
    def networks(self) -> NetworkSet:
        interval = ((self.first, self.last),)
        return NetworkSet(v4=interval) if self.version == 4 else NetworkSet(v6=interval)


Named = tuple[Interval, Label]


class Places:
    """The names of all addresses of a plan; each set of networks is looked up once."""

    def __init__(self, plan: Plan) -> None:
        self.general = _general(plan)
        self._pieces = {version: _sweep(named, version) for version, named in _named(plan).items()}
        self._starts = {version: [one.first for one in pieces] for version, pieces in self._pieces.items()}
        self._known: dict[NetworkSet, tuple[Piece, ...]] = {}
        self._kinds: dict[tuple[str, str, tuple[str, ...], str], bool] = {}

    def of(self, networks: NetworkSet) -> tuple[Piece, ...]:
        """The networks in pieces with their names; a piece that nobody is named for has no label."""
        found = self._known.get(networks)
        if found is None:
            found = self._known[networks] = tuple(
                piece
                for version, intervals in ((4, networks.v4), (6, networks.v6))
                for interval in intervals
                for piece in self._within(version, interval)
            )
        return found

    def _within(self, version: int, interval: Interval) -> t.Iterator[Piece]:
        cursor, end = interval
        at = max(bisect.bisect_right(self._starts[version], cursor) - 1, 0)
        for piece in self._pieces[version][at:]:
            if piece.first > end:
                break
            if piece.last < cursor:
                continue
            if piece.first > cursor:
                yield Piece(version, cursor, piece.first - 1, frozenset())
            last = min(piece.last, end)
            yield Piece(version, max(piece.first, cursor), last, piece.labels)
            cursor = last + 1
        if cursor <= end:
            yield Piece(version, cursor, end, frozenset())

    def is_one_of(self, label: Label, components: tuple[str, ...], *, catalog: str) -> bool:
        """Whether the label is that of one of a catalog's components, or of a part of one."""
        key = (label.component, label.catalog, components, catalog)
        known = self._kinds.get(key)
        if known is None:
            names = {label.component, *self.general.get(label.component, ())}
            known = self._kinds[key] = label.catalog in ("", catalog) and not names.isdisjoint(components)
        return known


def _general(plan: Plan) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for one in plan.get("components", ()):
        name = split_component(plan, one["component"])[1]
        found[name] = found.get(name, frozenset()) | frozenset(one.get("part_of", ()))
    return found


def _named(plan: Plan) -> dict[int, list[Named]]:
    named: dict[int, list[Named]] = {4: [], 6: []}
    for one in plan.get("networks", ()):
        _add(named, NetworkSet.parse(one["networks"]), [Label(one["component"], one.get("site", ""))])
    for name, host in plan["hosts"].items():
        labels = []
        for full in host["components"]:
            catalog, component = split_component(plan, full)
            labels.append(Label(component, host.get("site", ""), catalog, name))
        _add(named, NetworkSet.parse(host["addresses"]), labels)
    return named


def _add(named: dict[int, list[Named]], networks: NetworkSet, labels: list[Label]) -> None:
    for version, intervals in ((4, networks.v4), (6, networks.v6)):
        named[version].extend((interval, label) for interval in intervals for label in labels)


def _sweep(named: list[Named], version: int) -> list[Piece]:
    """Disjoint pieces in order, each with all names of its addresses."""
    begins: dict[int, list[Label]] = {}
    ends: dict[int, list[Label]] = {}
    for (first, last), label in named:
        begins.setdefault(first, []).append(label)
        ends.setdefault(last + 1, []).append(label)
    pieces: list[Piece] = []
    active: dict[Label, int] = {}
    previous = 0
    for edge in sorted(begins.keys() | ends.keys()):
        if active and edge > previous:
            pieces.append(Piece(version, previous, edge - 1, frozenset(active)))
        for label in ends.get(edge, ()):
            active[label] -= 1
            if not active[label]:
                del active[label]
        for label in begins.get(edge, ()):
            active[label] = active.get(label, 0) + 1
        previous = edge
    return pieces
