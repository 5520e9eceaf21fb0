# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Flows of which one end is not managed, and the lines that try them from there."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.rules import IndexedRule, index_rules

_MOST_PORTS = 4
_SYSTEMS = ("linux", "windows", "macos")


def unverifiable(plan: Plan, hosts: t.Iterable[str]) -> list[dict[str, t.Any]]:
    """A rule of one of the hosts each, with what of its remotes no planned host has."""
    managed = NetworkSet.parse(address for part in plan["hosts"].values() for address in part["addresses"])
    found = []
    for host in hosts:
        for rule in index_rules(plan, host):
            outside = rule.remotes - managed
            if outside and rule.protocol != "igmp":
                found.append(_entry(plan, host, rule, outside))
    return found


def _entry(plan: Plan, host: str, rule: IndexedRule, outside: NetworkSet) -> dict[str, t.Any]:
    end = "from" if rule.direction == "in" else "to"
    components = {name for flow in rule.flows for name in plan["flows"].get(flow, {}).get(end, ())}
    reached = plan["hosts"][host]["addresses"] if rule.direction == "in" else _examples(outside)
    versions = {4 if outside.v4 else 0, 6 if outside.v6 else 0}
    targets = [one for one in reached if ipaddress.ip_address(one).version in versions]
    return {
        "host": host,
        "direction": rule.direction,
        "protocol": rule.protocol,
        "ports": [str(ports) for ports in rule.ports or rule.source_ports],
        "remotes": list(outside.cidrs()),
        "components": sorted(components),
        "flows": list(rule.flows),
        "commands": {
            system: [
                command(system, rule.protocol, target, port)
                for target in _firsts(targets)
                for port in _some_ports(rule)
            ]
            for system in _SYSTEMS
        },
    }


def _examples(networks: NetworkSet) -> list[str]:
    return [str(next(iter(ipaddress.ip_network(cidr).hosts()))) for cidr in networks.cidrs()]


def _firsts(addresses: t.Sequence[str]) -> list[str]:
    """The first address of each family."""
    return [*[one for one in addresses if ":" not in one][:1], *[one for one in addresses if ":" in one][:1]]


def _some_ports(rule: IndexedRule) -> list[int | None]:
    """The first of each range, of many ranges the first four."""
    return [ports.first for ports in rule.ports[:_MOST_PORTS]] or [None]


def command(system: str, protocol: str, address: str, port: int | None) -> str:
    """A line for a terminal of C(linux), C(macos), or PowerShell of C(windows). UDP only tells a refusal."""
    if port is None:
        if system == "windows":
            return f"Test-Connection -ComputerName {address} -Count 3"
        return f"{'ping6' if system == 'macos' and ':' in address else 'ping'} -c 3 {address}"
    if system == "windows":
        if protocol == "tcp":
            return f"Test-NetConnection -ComputerName {address} -Port {port}"
        family = ", 'InterNetworkV6'" if ":" in address else ""
        return (
            f"$u = [Net.Sockets.UdpClient]::new(0{family}); $u.Connect('{address}', {port}); "
            "$u.Client.ReceiveTimeout = 3000; [void]$u.Send([byte[]]@(0), 1); "
            "try { $u.Client.Receive([byte[]]::new(1500)) } catch { $_.Exception.Message }"
        )
    wait = "-G 3" if system == "macos" and protocol == "tcp" else "-w 3"
    return f"nc -vz{'u' if protocol == 'udp' else ''} {wait} {address} {port}"
