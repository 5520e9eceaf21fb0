# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The outgoing rules of a host as single addresses and ports to try."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

LIMITED_BROADCAST = "255.255.255.255/32"
WIDEST_TRIED = 16
"""Of a wider range only the first and the last port are tried."""

Kind = t.Literal["host", "device", "outside"]


@dataclass(frozen=True)
class Target:
    """One address to reach, whose it is (a host of the plan, a device, or outside of both), and the flows that ask."""

    protocol: str
    address: str
    port: int | None
    kind: Kind
    name: str
    flows: tuple[str, ...]

    def probe(self) -> dict[str, t.Any]:
        port = {} if self.port is None else {"port": self.port}
        return {"protocol": self.protocol, "address": self.address, **port}


@dataclass(frozen=True)
class Unnamed:
    """A part of a rule that cannot be tried, because no address in its networks is known."""

    protocol: str
    ports: str
    remotes: tuple[str, ...]
    flows: tuple[str, ...]


def outbound_targets(
    plan: Plan, host: str, *, devices: t.Sequence[str]
) -> tuple[tuple[Target, ...], tuple[Unnamed, ...]]:
    """One target for each known address and port, in the order of the rules; addresses of the host's families only."""
    owners = {
        address: name for name, part in plan["hosts"].items() if name != host for address in sorted(part["addresses"])
    }
    own_families = {ipaddress.ip_address(one).version for one in plan["hosts"][host]["addresses"]} or {4, 6}
    targets: dict[tuple[str, str, int | None], Target] = {}
    unnamed: list[Unnamed] = []
    for rule in plan["hosts"][host]["rules"]:
        if rule["direction"] != "out" or _cannot_be_asked(rule):
            continue
        remotes = [one for one in rule["remotes"] if ipaddress.ip_network(one).version in own_families]
        known, unknown = _addresses(remotes, named=[*owners, *devices])
        for ports, tried in _ports_of(rule):
            flows = _askers(plan, host, rule, ports)
            for address in known:
                kind, name = _owner(address, owners=owners, devices=devices)
                for port in tried:
                    key = (rule["protocol"], address, port)
                    targets.setdefault(key, Target(*key, kind, name, flows))
            if unknown:
                unnamed.append(Unnamed(rule["protocol"], ports, tuple(unknown), flows))
    return tuple(targets.values()), tuple(unnamed)


def _cannot_be_asked(rule: t.Mapping[str, t.Any]) -> bool:
    """Whether it is about answers, or about membership in groups, which a probe cannot send."""
    return bool(rule.get("source_ports")) or rule["protocol"] == "igmp"


def literal(text: str, *, place: str) -> str:
    """The address in its usual form, or raise C(ReadinessError)."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ReadinessError(f"{place} has {text!r}; it must be a literal IPv4 or IPv6 address") from error


def flow_ports(plan: Plan, host: str, flow_id: str) -> t.Iterator[tuple[str, str]]:
    """Protocol and ports of a flow on a host: those that were decided, else those of the document."""
    decided = plan["hosts"][host].get("decided_ports", {}).get(flow_id)
    for text in plan["flows"][flow_id]["ports"] if decided is None else decided:
        ports, _slash, protocol = text.partition("/")
        yield protocol, ports


def _addresses(remotes: t.Sequence[str], *, named: t.Sequence[str]) -> tuple[list[str], list[str]]:
    """The single addresses and the named ones of networks; and the networks in which none is known."""
    known: dict[str, None] = {}
    unknown: list[str] = []
    for remote in remotes:
        network = ipaddress.ip_network(remote)
        if network.is_multicast or remote == LIMITED_BROADCAST:
            unknown.append(remote)
            continue
        inside = [one for one in named if ipaddress.ip_address(one) in network]
        if network.num_addresses <= 2:
            inside = [str(one) for one in network]
        known.update(dict.fromkeys(inside))
        if not inside:
            unknown.append(remote)
    return list(known), list(NetworkSet.parse(unknown).cidrs())


def _ports_of(rule: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, tuple[int | None, ...]]]:
    """Each entry of a rule's ports, and the ports of it to try."""
    if rule["protocol"] == "icmp":
        yield "echo-request", (None,)
        return
    for text in rule["ports"]:
        ports = PortRange.parse(text)
        is_wide = ports.last - ports.first >= WIDEST_TRIED
        yield text, (ports.first, ports.last) if is_wide else tuple(range(ports.first, ports.last + 1))


def _askers(plan: Plan, host: str, rule: t.Mapping[str, t.Any], ports: str) -> tuple[str, ...]:
    """The rule's flows that ask for these of its ports, or all of them where the plan does not tell them apart."""
    asking = [flow for flow in rule["flows"] if (rule["protocol"], ports) in flow_ports(plan, host, flow)]
    return tuple(asking or rule["flows"])


def _owner(address: str, *, owners: t.Mapping[str, str], devices: t.Sequence[str]) -> tuple[Kind, str]:
    if address in devices:
        return "device", address
    return ("host", owners[address]) if address in owners else ("outside", address)
