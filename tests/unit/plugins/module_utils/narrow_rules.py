# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about source ports, destinations and membership in groups, and which packets they accept."""

from __future__ import annotations

import ipaddress
import typing as t

from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, Rule, parse_rules

REMOTES = ["10.0.0.0/24", "10.0.0.7/32", "0.0.0.0/0", "2001:db8::/64", "fe80::/10", "::/0"]
DESTINATIONS = ["224.0.0.1/32", "239.192.0.10/32", "10.9.0.1/32", "ff02::1/128", "ff02::fb/128"]
SOURCES = ["10.0.0.7", "10.0.0.8", "203.0.113.9", "2001:db8::7", "fe80::7", "2001:db9::7"]
PORTS = [137, 161, 5353, 64099]

GOLDEN = [
    {"direction": "in", "protocol": "udp", "source_ports": ["64099"], "remotes": ["10.1.0.0/24", "10.2.0.0/24"],
     "flows": ["safeq5/server-to-printer/5"]},
    {"direction": "in", "protocol": "udp", "source_ports": ["137-138"], "remotes": ["10.3.0.5/32"],
     "flows": ["safeq6/others/13", "safeq6/others/14"]},
    {"direction": "in", "protocol": "udp", "ports": ["5353"], "remotes": ["10.1.0.0/24", "2001:db8:1::/64"],
     "destinations": ["224.0.0.251/32", "ff02::fb/128"], "flows": ["safeq6/others/7"]},
    {"direction": "in", "protocol": "igmp", "remotes": ["0.0.0.0/0", "fe80::/10"],
     "destinations": ["224.0.0.1/32", "224.0.0.251/32", "ff02::1/128", "ff02::fb/128"], "flows": ["safeq6/others/7"]},
    {"direction": "out", "protocol": "udp", "source_ports": ["64099"], "remotes": ["10.1.0.0/24"],
     "flows": ["safeq6/management/5"]},
    {"direction": "out", "protocol": "igmp", "remotes": ["224.0.0.2/32", "224.0.0.22/32", "ff02::2/128",
     "ff02::16/128"], "flows": ["safeq6/others/7"]},
]  # fmt: skip
"""One of each sort that the compiler makes of rows that are sent to many."""


class Packet(t.NamedTuple):
    protocol: str
    source: str
    source_port: int
    destination: str
    port: int


port_ranges = st.tuples(st.sampled_from(PORTS), st.sampled_from(PORTS)).map(lambda pair: PortRange(*sorted(pair)))
some_ports = st.lists(port_ranges, min_size=1, max_size=3).map(tuple)


@st.composite
def narrow_rules(draw: st.DrawFn, *, direction: str = "in") -> Rule:
    """A rule that the compiler could make, or a usual one of UDP."""
    protocol = draw(st.sampled_from(["udp", "udp", "igmp"]))
    of_source = protocol == "udp" and draw(st.booleans())
    ports = draw(some_ports) if protocol == "udp" else ()
    remotes = draw(st.lists(st.sampled_from(REMOTES), min_size=1, max_size=3, unique=True))
    versions = {ipaddress.ip_network(one).version for one in remotes}
    fitting = [one for one in DESTINATIONS if ipaddress.ip_network(one).version in versions]
    destinations = draw(st.lists(st.sampled_from(fitting), max_size=2, unique=True)) if direction == "in" else []
    if {ipaddress.ip_network(one).version for one in destinations} != versions:
        destinations = []
    raw: dict[str, t.Any] = {"direction": direction, "protocol": protocol, "remotes": remotes, "flows": ["a/b/1"]}
    if ports:
        raw["source_ports" if of_source else "ports"] = list(map(str, ports))
    if destinations:
        raw["destinations"] = destinations
    return parse_rules([raw])[0]


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    source = draw(st.sampled_from(SOURCES))
    version = ipaddress.ip_address(source).version
    own = ["10.9.0.1", "10.9.0.2", "2001:db8:9::1", *(one.partition("/")[0] for one in DESTINATIONS)]
    to = draw(st.sampled_from([one for one in own if ipaddress.ip_address(one).version == version]))
    protocol = draw(st.sampled_from(["udp", "udp", "igmp"]))
    ports = st.sampled_from([*PORTS, 40001])
    return Packet(protocol, source, draw(ports), to, draw(ports))


def inside(address: str, networks: t.Iterable[object]) -> bool:
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(str(network)) for network in networks)


def has(ports: t.Iterable[PortRange], number: int) -> bool:
    return any(one.first <= number <= one.last for one in ports)


def accepted(rules: t.Iterable[Rule], packet: Packet) -> bool:
    """What the rules say of a packet that comes in."""
    return any(
        rule.direction == "in"
        and rule.protocol == packet.protocol
        and (not rule.ports or has(rule.ports, packet.port))
        and (not rule.source_ports or has(rule.source_ports, packet.source_port))
        and inside(packet.source, rule.remotes)
        and (not rule.destinations or inside(packet.destination, rule.destinations))
        for rule in rules
    )
