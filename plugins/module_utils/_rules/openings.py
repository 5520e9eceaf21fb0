# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What lets packets to a host in, whoever wrote it, and how far that goes beyond the rules of a plan."""

from __future__ import annotations

import ipaddress
import typing as t

from . import intervals
from .rules import (
    Network,
    PortRange,
    Rule,
    cut_ports,
    parse_network,
)

EVERY_PORT = PortRange(1, 65535)
ANYONE: dict[int, Network] = {4: ipaddress.ip_network("0.0.0.0/0"), 6: ipaddress.ip_network("::/0")}
EVERYONE: tuple[Network, ...] = tuple(ANYONE.values())
_LISTED = 4


class Opening(t.NamedTuple):
    """Something that accepts packets to this host.

    C(name) is what the administrator finds it by; C(protocol) is C(tcp), C(udp) or C(any); no C(ports) are all ports,
    and no C(source_ports) all that packets come from. C(destinations) are the only addresses that it is about, if any.
    """

    name: str
    protocol: str
    ports: tuple[PortRange, ...]
    sources: tuple[Network, ...]
    source_ports: tuple[PortRange, ...] = ()
    destinations: tuple[Network, ...] = ()

    def as_json(self) -> dict[str, t.Any]:
        narrower = {"source_ports": self.source_ports, "destinations": self.destinations}
        return {
            "name": self.name,
            "protocol": self.protocol,
            "ports": list(map(str, self.ports)),
            "sources": list(map(str, self.sources)),
            **{key: list(map(str, values)) for key, values in narrower.items() if values},
        }

    @classmethod
    def of(cls, raw: t.Mapping[str, t.Any]) -> Opening:
        """Read what C(as_json) gave."""
        ports, source_ports = (tuple(map(PortRange.parse, raw.get(key, ()))) for key in ("ports", "source_ports"))
        sources, own = (tuple(map(parse_network, raw.get(key, ()))) for key in ("sources", "destinations"))
        return cls(raw["name"], raw["protocol"], ports, sources, source_ports, own)

    @property
    def who(self) -> str:
        """The sources for a person."""
        if set(self.sources) >= set(EVERYONE):
            return "everyone"
        names = [f"everyone (IPv{one.version})" if one.prefixlen == 0 else str(one) for one in self.sources]
        more = f" and {len(names) - _LISTED} more networks" if len(names) > _LISTED else ""
        return ", ".join(names[:_LISTED]) + more


class Denial(t.NamedTuple):
    """Something that comes before openings and keeps packets out; shaped as they are."""

    protocol: str
    ports: tuple[PortRange, ...]
    sources: tuple[Network, ...]

    def hides(self, opening: Opening) -> bool:
        """Whether no packet of these sources is left to the opening."""
        ports = opening.ports or (EVERY_PORT,)
        return self.protocol in ("any", opening.protocol) and (
            not self.ports or all(any(own.covers(port) for own in self.ports) for port in ports)
        )


class Excess(t.NamedTuple):
    """Ports that an opening lets somebody reach whom the rules do not; C(planned) tells whether they let anybody."""

    protocol: str
    ports: PortRange
    planned: bool

    def __str__(self) -> str:
        return f"{self.ports}/{self.protocol}"


def after_denials(opening: Opening, denials: t.Iterable[Denial]) -> Opening:
    """The opening without the sources that come to nothing before they reach it."""
    sources = opening.sources
    for denial in denials:
        if denial.hides(opening):
            sources = without(sources, denial.sources)
    return opening._replace(sources=sources)


def beyond(opening: Opening, rules: t.Iterable[Rule]) -> list[Excess]:
    """What the opening lets in and the C(in) rules do not."""
    found = []
    incoming = [rule for rule in rules if rule.direction == "in"]
    for protocol in ("tcp", "udp") if opening.protocol == "any" else (opening.protocol,):
        ours = [
            (port, () if _is_narrower(rule, opening) else rule.remotes)
            for rule in incoming
            if rule.protocol == protocol and (rule.ports or opening.source_ports)
            for port in rule.ports or (EVERY_PORT,)
        ]
        for piece in cut_ports(opening.ports or (EVERY_PORT,), at=[port for port, _remotes in ours]):
            allowed = [remotes for own, remotes in ours if own.first <= piece.first <= own.last]
            networks = [network for remotes in allowed for network in remotes]
            if without(opening.sources, networks):
                found.append(Excess(protocol, piece, bool(allowed)))
    return found


def _is_narrower(rule: Rule, opening: Opening) -> bool:
    """Whether the opening goes beyond the only addresses of the host, or source ports, that the rule is about."""
    asked = opening.source_ports or (EVERY_PORT,)
    known = rule.source_ports or (EVERY_PORT,)
    if rule.destinations and without(opening.destinations or EVERYONE, rule.destinations):
        return True
    return not all(any(own.covers(one) for own in known) for one in asked)


def wider(openings: t.Iterable[Opening], rules: t.Sequence[Rule]) -> list[str]:
    """One sentence for each opening that lets somebody reach a port of the rules whom they do not let."""
    found = []
    for opening in openings:
        ports = [str(excess) for excess in beyond(opening, rules) if excess.planned]
        if ports:
            found.append(f"{opening.name} lets {opening.who} reach {', '.join(ports)}, wider than the plan")
    return found


def without(networks: t.Iterable[Network], others: t.Iterable[Network]) -> tuple[Network, ...]:
    """The fewest networks that cover the first and none of the others."""
    networks, others = list(networks), list(others)
    rest: list[Network] = []
    for version in (4, 6):
        kept = intervals.subtract(_intervals(networks, version=version), _intervals(others, version=version))
        for first, last in kept:
            ends = ANYONE[version][first], ANYONE[version][last]
            rest += ipaddress.summarize_address_range(*t.cast("t.Any", ends))
    return tuple(rest)


def _intervals(networks: t.Iterable[Network], *, version: int) -> intervals.Intervals:
    """First and last addresses as numbers."""
    return intervals.join((int(one[0]), int(one[-1])) for one in networks if one.version == version)
