# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Merge what flows ask of one host into the fewest rules that say exactly the same."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog_model import flow_sort_key
from ansible_collections.printops.firewall.plugins.plugin_utils._networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._resolve import Opening


class Request(t.NamedTuple):
    """One flow's wish: remotes that may reach, or be reached, through openings."""

    direction: str
    openings: tuple[Opening, ...]
    remotes: NetworkSet
    flow: str


class PlannedRule(t.NamedTuple):
    """A rule of the plan, its remotes still as a set."""

    direction: str
    protocol: str
    ports: tuple[PortRange, ...]
    icmp_types: tuple[str, ...]
    remotes: NetworkSet
    flows: tuple[str, ...]

    def as_json(self) -> dict[str, t.Any]:
        """The shape that the plan file has."""
        what = (
            {"icmp_types": list(self.icmp_types)} if self.icmp_types else {"ports": [str(port) for port in self.ports]}
        )
        return {
            "direction": self.direction,
            "protocol": self.protocol,
            **what,
            "remotes": list(self.remotes.cidrs()),
            "flows": list(self.flows),
        }


class Merger:
    """Merges the requests of one host after another, remembering unions that come again."""

    def __init__(self) -> None:
        self._unions: dict[frozenset[NetworkSet], NetworkSet] = {}

    def merge(self, requests: t.Iterable[Request]) -> tuple[PlannedRule, ...]:
        """Rules in order of direction, protocol and ports.

        Every port ends in exactly one rule, whose remotes are all that any flow asks for on it; ports with
        the same remotes share a rule.
        """
        ports: dict[tuple[str, str], list[tuple[PortRange, Request]]] = {}
        icmp: dict[tuple[str, str], list[tuple[str, Request]]] = {}
        for request in requests:
            for opening in request.openings:
                key = (request.direction, opening.protocol)
                if opening.icmp_types:
                    icmp.setdefault(key, []).extend((name, request) for name in opening.icmp_types)
                else:
                    ports.setdefault(key, []).extend((port, request) for port in opening.ports)
        rules: list[PlannedRule] = []
        for key in sorted(ports.keys() | icmp.keys()):
            rules.extend(self._merge_ports(*key, ports.get(key, [])))
            rules.extend(self._merge_icmp(*key, icmp.get(key, [])))
        return tuple(rules)

    def _merge_ports(
        self, direction: str, protocol: str, wanted: list[tuple[PortRange, Request]]
    ) -> t.Iterator[PlannedRule]:
        by_remotes: dict[NetworkSet, list[tuple[PortRange, list[Request]]]] = {}
        for segment, requests in segments(wanted):
            remotes = self._union(requests)
            by_remotes.setdefault(remotes, []).append((segment, requests))
        for remotes, shared in sorted(by_remotes.items(), key=lambda item: item[1][0][0]):
            yield PlannedRule(
                direction,
                protocol,
                join_ports(segment for segment, _requests in shared),
                (),
                remotes,
                _flows_of(request for _segment, requests in shared for request in requests),
            )

    def _merge_icmp(self, direction: str, protocol: str, wanted: list[tuple[str, Request]]) -> t.Iterator[PlannedRule]:
        by_type: dict[str, list[Request]] = {}
        for name, request in wanted:
            by_type.setdefault(name, []).append(request)
        for name, requests in sorted(by_type.items()):
            yield PlannedRule(direction, protocol, (), (name,), self._union(requests), _flows_of(requests))

    def _union(self, requests: list[Request]) -> NetworkSet:
        first = requests[0].remotes
        if len(requests) == 1:
            return first
        sets = frozenset(request.remotes for request in requests)
        if sets not in self._unions:
            self._unions[sets] = first.union(*sets)
        return self._unions[sets]


def segments(wanted: list[tuple[PortRange, Request]]) -> t.Iterator[tuple[PortRange, list[Request]]]:
    """Cut overlapping ranges where one begins or ends, so that each segment has one list of requests."""
    by_range: dict[PortRange, list[Request]] = {}
    for port, request in wanted:
        by_range.setdefault(port, []).append(request)
    ranges = sorted(by_range)
    if are_disjoint(ranges):
        for port in ranges:
            yield port, by_range[port]
        return
    cuts = sorted({port.first for port in ranges} | {port.last + 1 for port in ranges})
    for first, following in itertools.pairwise(cuts):
        requests = [request for port in ranges if port.first <= first <= port.last for request in by_range[port]]
        if requests:
            yield PortRange(first, following - 1), requests


def are_disjoint(ranges: list[PortRange]) -> bool:
    """Whether no port is in two of the ranges, which are in order."""
    return all(left.last < right.first for left, right in itertools.pairwise(ranges))


def join_ports(ranges: t.Iterable[PortRange]) -> tuple[PortRange, ...]:
    """The same ports as the fewest ranges; C(ranges) are in order."""
    joined: list[PortRange] = []
    for one in ranges:
        if joined and one.first <= joined[-1].last + 1:
            joined[-1] = PortRange(joined[-1].first, max(one.last, joined[-1].last))
        else:
            joined.append(one)
    return tuple(joined)


def _flows_of(requests: t.Iterable[Request]) -> tuple[str, ...]:
    return tuple(sorted({request.flow for request in requests}, key=flow_sort_key))
