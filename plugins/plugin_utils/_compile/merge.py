# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Merge what flows ask of one host into the fewest rules that say exactly the same."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    cut_ports,
    join_ports,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import flow_sort_key

from .alike import Wishes, overlaps, wishes_of
from .resolve import Opening


class Request(t.NamedTuple):
    """One flow's wish: remotes that may reach, or be reached, through openings.

    C(destinations) are the only addresses that the remotes may send to, for what comes in; None are all of the host.
    """

    direction: str
    openings: tuple[Opening, ...]
    remotes: NetworkSet
    flow: str
    destinations: NetworkSet | None = None


class PlannedRule(t.NamedTuple):
    """A rule of the plan, its remotes still as a set."""

    direction: str
    protocol: str
    ports: tuple[PortRange, ...]
    icmp_types: tuple[str, ...]
    remotes: NetworkSet
    flows: tuple[str, ...]
    source_ports: tuple[PortRange, ...] = ()
    destinations: NetworkSet | None = None

    def as_json(self) -> dict[str, t.Any]:
        """The shape that the plan file has."""
        shape: dict[str, t.Any] = {"direction": self.direction, "protocol": self.protocol}
        if self.ports:
            shape["ports"] = [str(port) for port in self.ports]
        if self.source_ports:
            shape["source_ports"] = [str(port) for port in self.source_ports]
        if self.icmp_types:
            shape["icmp_types"] = list(self.icmp_types)
        shape["remotes"] = list(self.remotes.cidrs())
        if self.destinations:
            shape["destinations"] = list(self.destinations.cidrs())
        shape["flows"] = list(self.flows)
        return shape


class Merged(t.NamedTuple):
    """The rules of one host in order of direction, protocol and ports.

    Every port is in exactly one rule, whose remotes are all that any flow asks for on it; ports with the same remotes
    share a rule. So it is with source ports, and with the ports of each set of destinations. C(shared) tells whether
    requests to let others in want a port or an ICMP type more than once. C(kind) is the same number for hosts whose
    requests differ in nothing but which addresses their remotes are.
    """

    rules: tuple[PlannedRule, ...]
    shared: bool
    kind: int


Wanted = dict[PortRange, list[Request]]
_Asked = tuple[PlannedRule, list[Request]]
"""A rule, and the requests that ask for it."""

EVERY_PORT = PortRange(0, 0)
"""Stands for the ports of what has none."""


class _Narrow(t.NamedTuple):
    """What sets rules apart that are about source ports, some destinations or membership in groups."""

    protocol: str
    is_of_source: bool
    destinations: NetworkSet | None

    @property
    def order(self) -> tuple[t.Any, ...]:
        return self.protocol, self.is_of_source, self.destinations.cidrs() if self.destinations else ()


class _Kind(t.NamedTuple):
    """The first host of a kind: its rules, each with the requests that ask for it, and its remotes by number."""

    number: int
    asked: list[_Asked]
    shared: bool
    requests: t.Sequence[Request]
    remotes: list[NetworkSet]

    @property
    def numbered(self) -> list[tuple[PlannedRule, tuple[int, ...]]]:
        """The rules, and the numbers of the remotes that each unites."""
        numbers = {id(networks): number for number, networks in enumerate(self.remotes)}
        return [
            (rule, tuple(sorted({numbers[id(request.remotes)] for request in asking}))) for rule, asking in self.asked
        ]


class _Same:
    """Kinds of equal wishes by how their remotes overlap, which is looked at where there is a second host only."""

    def __init__(self, first: _Kind) -> None:
        self._first = first
        self._kinds: dict[frozenset[int], tuple[_Kind, list[tuple[PlannedRule, tuple[int, ...]]]]] = {}

    def find(self, here: frozenset[int]) -> tuple[_Kind, list[tuple[PlannedRule, tuple[int, ...]]]] | None:
        if not self._kinds:
            self.add(overlaps(self._first.remotes), self._first)
        return self._kinds.get(here)

    def add(self, here: frozenset[int], kind: _Kind) -> None:
        self._kinds[here] = (kind, kind.numbered)


class Merger:
    """Merges the requests of one host after another; of hosts of one kind only the first."""

    def __init__(self) -> None:
        self._unions: dict[frozenset[NetworkSet], NetworkSet] = {}
        self._known: dict[Wishes, _Same] = {}
        self._count = 0

    def merge(self, requests: t.Sequence[Request]) -> Merged:
        """The fewest rules for the requests of one host."""
        wishes, remotes = wishes_of(requests)
        same = self._known.get(wishes)
        if same is None:
            kind = self._kind(requests, remotes)
            self._known[wishes] = _Same(kind)
            return _merged(kind)
        here = overlaps(remotes)
        found = same.find(here)
        if found is None:
            kind = self._kind(requests, remotes)
            same.add(here, kind)
            return _merged(kind)
        kind, rules = found
        return Merged(tuple(self._of_host(rules, remotes)), kind.shared, kind.number)

    def _kind(self, requests: t.Sequence[Request], remotes: list[NetworkSet]) -> _Kind:
        self._count += 1
        return _Kind(self._count, *self._merge(requests), requests, remotes)

    def _of_host(
        self, rules: t.Iterable[tuple[PlannedRule, tuple[int, ...]]], remotes: t.Sequence[NetworkSet]
    ) -> t.Iterator[PlannedRule]:
        """The rules of a kind with the remotes of one of its hosts."""
        united: dict[tuple[int, ...], NetworkSet] = {}
        for rule, numbers in rules:
            networks = united.get(numbers)
            if networks is None:
                networks = united[numbers] = self._union([remotes[number] for number in numbers])
            direction, protocol, ports, types, _networks, flows, source_ports, destinations = rule
            yield PlannedRule(direction, protocol, ports, types, networks, flows, source_ports, destinations)

    def _merge(self, requests: t.Iterable[Request]) -> tuple[list[_Asked], bool]:
        ports: dict[tuple[str, str], Wanted] = {}
        icmp: dict[tuple[str, str], dict[str, list[Request]]] = {}
        narrow: dict[str, dict[_Narrow, Wanted]] = {}
        for request in requests:
            for opening in request.openings:
                key = (request.direction, opening.protocol)
                if opening.icmp_types:
                    by_type = icmp.setdefault(key, {})
                    for name in opening.icmp_types:
                        by_type.setdefault(name, []).append(request)
                elif is_narrow(request, opening):
                    _add_narrow(narrow.setdefault(request.direction, {}), request, opening)
                else:
                    by_port = ports.setdefault(key, {})
                    for port in opening.ports:
                        by_port.setdefault(port, []).append(request)
        rules: list[_Asked] = []
        shared = False
        for key in sorted(ports.keys() | icmp.keys()):
            cut = segments(ports.get(key, {}))
            types = icmp.get(key, {})
            rules.extend(self._merge_ports(*key, cut))
            rules.extend(self._merge_icmp(*key, types))
            if key[0] == "in" and not shared:
                shared = any(len(one) > 1 for one in (*cut.values(), *types.values()))
        for direction, kinds in narrow.items():
            rules.extend(self._merge_narrow(direction, kinds))
        return (sorted(rules, key=lambda one: one[0].direction) if narrow else rules), shared

    def _merge_narrow(self, direction: str, kinds: dict[_Narrow, Wanted]) -> t.Iterator[_Asked]:
        for kind in sorted(kinds, key=lambda kind: kind.order):
            for rule, asking in self._merge_ports(direction, kind.protocol, segments(kinds[kind])):
                ports = () if rule.ports == (EVERY_PORT,) else rule.ports
                of_source, to = (ports, ()) if kind.is_of_source else ((), ports)
                narrowed = rule._replace(ports=to, source_ports=of_source, destinations=kind.destinations)
                yield narrowed, asking

    def _merge_ports(self, direction: str, protocol: str, cut: Wanted) -> t.Iterator[_Asked]:
        by_remotes: dict[NetworkSet, list[PortRange]] = {}
        for segment, requests in cut.items():
            by_remotes.setdefault(self._union([request.remotes for request in requests]), []).append(segment)
        for remotes, ports in by_remotes.items():
            asking = [request for segment in ports for request in cut[segment]]
            yield PlannedRule(direction, protocol, join_ports(ports), (), remotes, _flows_of(asking)), asking

    def _merge_icmp(self, direction: str, protocol: str, types: dict[str, list[Request]]) -> t.Iterator[_Asked]:
        for name, requests in sorted(types.items()):
            remotes = self._union([request.remotes for request in requests])
            yield PlannedRule(direction, protocol, (), (name,), remotes, _flows_of(requests)), requests

    def _union(self, remotes: t.Sequence[NetworkSet]) -> NetworkSet:
        first = remotes[0]
        if len(remotes) == 1:
            return first
        sets = frozenset(remotes)
        if sets not in self._unions:
            self._unions[sets] = first.union(*sets)
        return self._unions[sets]


def _merged(kind: _Kind) -> Merged:
    return Merged(tuple(rule for rule, _asking in kind.asked), kind.shared, kind.number)


def _add_narrow(kinds: dict[_Narrow, Wanted], request: Request, opening: Opening) -> None:
    by_port = kinds.setdefault(_Narrow(opening.protocol, bool(opening.source_ports), request.destinations), {})
    for port in opening.source_ports or opening.ports or (EVERY_PORT,):
        by_port.setdefault(port, []).append(request)


def is_narrow(request: Request, opening: Opening) -> bool:
    """Whether it lets in or out less than all that goes to a port of the host, or what has no ports."""
    return bool(opening.source_ports) or request.destinations is not None or opening.protocol == "igmp"


def segments(wanted: Wanted) -> Wanted:
    """Cut overlapping ranges where one begins or ends, so that each segment, in order, has one list of requests."""
    ranges = sorted(wanted)
    if all(left.last < right.first for left, right in itertools.pairwise(ranges)):
        return {port: wanted[port] for port in ranges}
    return {
        piece: [request for port in ranges if port.first <= piece.first <= port.last for request in wanted[port]]
        for piece in cut_ports(ranges)
    }


def _flows_of(requests: list[Request]) -> tuple[str, ...]:
    if len(requests) == 1:
        return (requests[0].flow,)
    return tuple(sorted({request.flow for request in requests}, key=flow_sort_key))
