# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's kernel accepts, as openings: protocol, port and network.

C(python -m tests.bench.openings firewalld|ufw COUNT) reads the kernel's rules from standard input and fails unless
they accept the first COUNT openings of the benchmark, and no other ones, beside SSH.
"""

from __future__ import annotations

import ipaddress
import itertools
import json
import re
import sys
import typing as t
from collections.abc import Iterable, Iterator

Opening = tuple[str, int, str]

TCP_PORTS = (80, 443, 515, 631, 4096, 5011, 5012, 5014, 5021, 5555, 5556, 7347, 8081, 8443, 9000, 9001, 9100, 9443)
UDP_PORTS = (161, 427, 3702, 4098, 5353, 9101, 50003)
NETWORKS = ("10.20.1.0/24", "10.20.2.0/24", "10.31.64.0/22", "172.20.8.16/29")
OPENINGS: tuple[Opening, ...] = tuple(
    (protocol, port, network)
    for network in NETWORKS
    for protocol, ports in (("tcp", TCP_PORTS), ("udp", UDP_PORTS))
    for port in ports
)
SSH_PORT = 22


def rules_of(openings: Iterable[Opening]) -> list[dict[str, t.Any]]:
    """A rule for each opening, in the form of a plan: not merged, so that both sides are given the same number."""
    return [
        {
            "direction": "in",
            "protocol": protocol,
            "ports": [str(port)],
            "remotes": [network],
            "flows": [f"bench/apply/{number}"],
        }
        for number, (protocol, port, network) in enumerate(openings, start=1)
    ]


def accepted_by_nftables(text: str) -> Iterator[Opening]:
    """Openings of C(nft -j list table); rules without a source, such as those for SSH from anywhere, are none."""
    entries = json.loads(text)["nftables"]
    sets = {entry["set"]["name"]: entry["set"].get("elem", []) for entry in entries if "set" in entry}
    for entry in entries:
        expressions = entry.get("rule", {}).get("expr", [])
        if not any("accept" in expression for expression in expressions):
            continue
        matches = {}
        for match in (expression["match"] for expression in expressions if "match" in expression):
            payload = match["left"].get("payload") if isinstance(match["left"], dict) else None
            if payload and match["op"] == "==":
                matches[payload["field"]] = (payload["protocol"], list(_elements(match["right"], sets)))
        if {"saddr", "dport"} <= matches.keys():
            protocol, ports = matches["dport"]
            for port, network in itertools.product(_ports(ports), matches["saddr"][1]):
                yield protocol, port, _network(network)


def _elements(value: t.Any, sets: dict[str, list[t.Any]]) -> Iterator[t.Any]:
    if isinstance(value, str) and value.startswith("@"):
        yield from sets[value[1:]]
    elif isinstance(value, dict) and "set" in value:
        yield from value["set"]
    else:
        yield value


def _ports(values: Iterable[t.Any]) -> Iterator[int]:
    for value in values:
        first, last = value["range"] if isinstance(value, dict) else (value, value)
        yield from range(int(first), int(last) + 1)


def _network(value: t.Any) -> str:
    if isinstance(value, dict):
        return f"{value['prefix']['addr']}/{value['prefix']['len']}"
    return str(ipaddress.ip_network(value))


def accepted_by_iptables(text: str) -> Iterator[Opening]:
    """Openings of ufw's own chain in the output of C(iptables-save)."""
    pattern = re.compile(r"-A ufw-user-input -s (\S+) -p (tcp|udp) .*--dports? (\S+) .*-j ACCEPT")
    for line in text.splitlines():
        if match := pattern.fullmatch(line):
            network, protocol, ports = match.groups()
            for part in ports.split(","):
                first, _colon, last = part.partition(":")
                for port in range(int(first), int(last or first) + 1):
                    yield protocol, port, network


def difference(accepted: Iterable[Opening], *, count: int) -> str:
    """What is accepted and was not asked for, and the other way round; empty when both are the same."""
    found = {opening for opening in accepted if opening[:2] != ("tcp", SSH_PORT)}
    wanted = set(OPENINGS[:count])
    return "; ".join(
        f"{label}: {sorted(openings)}"
        for label, openings in (("not accepted", wanted - found), ("accepted unasked", found - wanted))
        if openings
    )


READERS = {"firewalld": accepted_by_nftables, "ufw": accepted_by_iptables}


if __name__ == "__main__":
    sys.exit(difference(READERS[sys.argv[1]](sys.stdin.read()), count=int(sys.argv[2])) or None)
