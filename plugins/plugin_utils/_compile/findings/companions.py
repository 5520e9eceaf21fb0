# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a row takes besides the ports that it prints: of SMB files, of JMX the RMI port, a broadcast's own subnet."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Flow, flow_sort_key
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate

from ..flows import Compiled
from ..merge import Request
from ..travels import LIMITED_BROADCAST
from .model import Finding

NETBIOS = (("udp", 137), ("udp", 138), ("tcp", 139))
SMB = ("tcp", 445)

_NO_SMB = (
    "ports of NetBIOS alone, which find names or serve old devices, while SMB moves files over 445/tcp: nothing that "
    "is open lets the same ends do so, and an overlay adds it where they must"
)
_NO_TWIN = (
    "the row has one port, and a JMX console goes on to an RMI port, which Java takes at random at each start unless "
    "com.sun.management.jmxremote.rmi.port or the product's own setting fixes it: fix it to a port that is open"
)
_TWIN_CLOSED = (
    "a JMX console goes on to the RMI port of {twin}, which is not open to the same ends: accept both or neither"
)
_NO_SUBNET = (
    "asked by broadcast, which an enforced egress lets out to 255.255.255.255 and to what is in the networks of the "
    "other end; where the product asks the broadcast address of the host's own subnet, give printops_addresses with "
    "its prefix, as 10.1.20.7/24"
)


def find_companions(
    flows: t.Mapping[str, Flow], estate: Estate, compiled: Compiled, *, hosts_of: t.Mapping[str, t.Sequence[str]]
) -> t.Iterator[Finding]:
    """Findings about flows in rules; C(hosts_of) are the hosts of each."""
    going_on = {flow.rmi_twin for flow in flows.values()}
    lacking: dict[tuple[str, str], dict[str, list[str]]] = {}
    for flow in map(flows.__getitem__, hosts_of):
        if any(_covers(channel.protocol, channel.ports, NETBIOS) for channel in flow.unsecured + flow.secured):
            without = [name for name in hosts_of[flow.id] if _is_without_smb(flow, compiled.requests[name])]
            lacking.setdefault(("smb_port", _NO_SMB), {})[flow.id] = without
        elif flow.rmi_twin:
            without = [name for name in hosts_of[flow.id] if _is_without_twin(flow, compiled.requests[name])]
            lacking.setdefault(("rmi_port", _TWIN_CLOSED.format(twin=flow.rmi_twin)), {})[flow.id] = without
        elif "jmx" in flow.risks and flow.id not in going_on:
            lacking.setdefault(("rmi_port", _NO_TWIN), {})[flow.id] = list(hosts_of[flow.id])
    for (kind, detail), by_flow in sorted(lacking.items()):
        hosts = tuple(sorted({name for names in by_flow.values() for name in names}))
        ids = tuple(sorted((flow for flow, names in by_flow.items() if names), key=flow_sort_key))
        if ids:
            yield Finding(kind, "warning", hosts, ids, detail)
    yield from _unknown_subnets(flows, estate, compiled, hosts_of=hosts_of)


def _unknown_subnets(
    flows: t.Mapping[str, Flow], estate: Estate, compiled: Compiled, *, hosts_of: t.Mapping[str, t.Sequence[str]]
) -> t.Iterator[Finding]:
    """Askers whose egress is enforced, of whose own subnets nothing is known."""
    asking: dict[str, list[str]] = {}
    for flow in map(flows.__getitem__, hosts_of):
        for host in map(estate.hosts.__getitem__, hosts_of[flow.id] if "broadcast" in flow.travels.by else ()):
            if host.enforcement.egress == "enforce" and not host.broadcasts:
                asked = [one for one in compiled.requests[host.name] if _is_question(one, flow)]
                if asked and not any(one.remotes & host.addresses for one in asked):
                    asking.setdefault(flow.id, []).append(host.name)
    if asking:
        hosts = tuple(sorted({name for names in asking.values() for name in names}))
        yield Finding("own_subnet", "info", hosts, tuple(sorted(asking, key=flow_sort_key)), _NO_SUBNET)


def _is_question(request: Request, flow: Flow) -> bool:
    return request.flow == flow.id and request.direction == "out" and any(one.ports for one in request.openings)


def _is_without_smb(flow: Flow, requests: t.Iterable[Request]) -> bool:
    """Whether ends of the flow have its NetBIOS and not SMB's own port."""
    return _lacks(
        (one for one in requests if one.flow == flow.id and _has(one, NETBIOS)),
        (one for one in requests if _has(one, (SMB,))),
    )


def _is_without_twin(flow: Flow, requests: t.Iterable[Request]) -> bool:
    return _lacks(
        (one for one in requests if one.flow == flow.id), (one for one in requests if one.flow == flow.rmi_twin)
    )


def _lacks(wanting: t.Iterable[Request], having: t.Iterable[Request]) -> bool:
    had: dict[str, NetworkSet] = {}
    for one in having:
        had[one.direction] = had.get(one.direction, NetworkSet()) | one.remotes
    return any(not one.remotes - LIMITED_BROADCAST <= had.get(one.direction, NetworkSet()) for one in wanting)


def _has(request: Request, ports: t.Sequence[tuple[str, int]]) -> bool:
    return any(_covers(opening.protocol, opening.ports, ports) for opening in request.openings)


def _covers(protocol: str, ranges: t.Iterable[PortRange], ports: t.Sequence[tuple[str, int]]) -> bool:
    return any(protocol == wanted and one.first <= number <= one.last for one in ranges for wanted, number in ports)
