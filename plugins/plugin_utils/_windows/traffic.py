# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What packets rules are about: ports of TCP and UDP, and pings of both families."""

from __future__ import annotations

import collections.abc as c
import functools
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import EVERY_PORT
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    Rule,
    cut_ports,
    join_ports,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from .forms import network_set, read_words
from .meaning import ports_of
from .record import ANY_PROTOCOL, ICMP4, ICMP6, TCP, UDP, Record

PING4, PING6 = "ping4", "ping6"
_ECHO_REQUEST = {PING4: "8", PING6: "128"}
_KINDS = {
    TCP: ("tcp",),
    UDP: ("udp",),
    ICMP4: (PING4,),
    ICMP6: (PING6,),
    ANY_PROTOCOL: ("tcp", "udp", PING4, PING6),
}
_OF_A_RULE = {"tcp": ("tcp",), "udp": ("udp",), "icmp": (PING4, PING6)}


class Traffic(t.NamedTuple):
    """Packets of one C(kind), C(tcp), C(udp), C(ping4) or C(ping6), to ports; C(condition) says which of these only."""

    kind: str
    ports: PortRange = EVERY_PORT
    condition: str = ""

    def __str__(self) -> str:
        return "this host" if self.is_ping else f"{self.ports}/{self.kind}"

    @property
    def is_ping(self) -> bool:
        return self.kind in _ECHO_REQUEST

    def overlaps(self, other: Traffic) -> bool:
        return self.kind == other.kind and self.ports.overlaps(other.ports)

    def covers(self, other: Traffic) -> bool:
        return self.kind == other.kind and self.ports.covers(other.ports)

    def within(self, other: Traffic) -> Traffic:
        """What of this is of the other too; they overlap."""
        mine, its = self.ports, other.ports
        return self._replace(ports=PortRange(max(mine.first, its.first), min(mine.last, its.last)))

    def cut(self, at: t.Iterable[PortRange]) -> t.Iterator[Traffic]:
        """Parts of which none is partly in one of the ranges."""
        for ports in cut_ports([self.ports], at=at):
            yield self._replace(ports=ports)

    def of(self, networks: NetworkSet) -> NetworkSet:
        """Of these addresses those of its family."""
        if self.kind == PING4:
            return NetworkSet(v4=networks.v4)
        return NetworkSet(v6=networks.v6) if self.kind == PING6 else networks


class Planned(c.Mapping[Traffic, NetworkSet]):
    """What the incoming rules of a plan let in, in disjoint parts, each with whom they let in there.

    Answers, by their source ports, and membership in groups are no part of it.
    """

    def __init__(self, rules: t.Iterable[Rule]) -> None:
        allowed: dict[Traffic, list[NetworkSet]] = {}
        for rule in rules:
            is_told = rule.direction == "in" and not rule.source_ports and rule.protocol in _OF_A_RULE
            for kind in _OF_A_RULE[rule.protocol] if is_told else ():
                for ports in rule.ports or (EVERY_PORT,):
                    allowed.setdefault(Traffic(kind, ports), []).append(network_set(rule.remotes))
        edges: dict[str, list[PortRange]] = {}
        for one in allowed:
            edges.setdefault(one.kind, []).append(one.ports)
        parts: dict[Traffic, list[NetworkSet]] = {}
        for one, networks in allowed.items():
            for part in one.cut(edges[one.kind]):
                parts.setdefault(part, []).extend(networks)
        whole = {part: part.of(NetworkSet().union(*parts[part])) for part in sorted(parts)}
        self._parts = {part: networks for part, networks in whole.items() if networks}
        self._merged = {
            kind: tuple(
                Traffic(kind, ports) for ports in join_ports(one.ports for one in self._parts if one.kind == kind)
            )
            for kind in edges
        }

    def __getitem__(self, traffic: Traffic) -> NetworkSet:
        return self._parts[traffic]

    def __iter__(self) -> t.Iterator[Traffic]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def touches(self, traffic: Traffic) -> bool:
        """Whether any of it is planned."""
        return any(traffic.overlaps(one) for one in self._merged.get(traffic.kind, ()))


@functools.lru_cache(maxsize=8192)
def traffic_of(record: Record) -> tuple[Traffic, ...]:
    """What a rule is about, apart from protocols and ports that no plan has."""
    found: list[Traffic] = []
    for kind in _KINDS.get(record.protocol, ()):
        if kind not in _ECHO_REQUEST:
            found += [Traffic(kind, part.ports, part.condition) for part in ports_of(record).parts]
        elif record.protocol == ANY_PROTOCOL or _has_echo_request(record.icmp_types, kind=kind):
            found.append(Traffic(kind))
    return tuple(found)


def _has_echo_request(icmp_types: str, *, kind: str) -> bool:
    words = read_words(icmp_types)
    return not words or any(word.partition(":")[0] == _ECHO_REQUEST[kind] for word in words)
