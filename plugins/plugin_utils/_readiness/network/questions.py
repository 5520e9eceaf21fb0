# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What to ask a host about its network before an installation, from the plan: ports, targets and peers."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import asdict, dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.jmx import RISKS

from .targets import (
    Target,
    Unnamed,
    flow_ports,
    literal,
    outbound_targets,
)

WIDEST_LISTENED = 64
"""A wider range is one to choose from, such as that of passive FTP, and not so many listening ports."""

_PORTS_OF_A_PEER = 6


@dataclass(frozen=True)
class Listened:
    """Ports that components of the host listen on, and the flows that say so.

    C(is_opened): a rule lets others reach them, which for JMX takes the operator's word.
    """

    protocol: str
    ports: str
    components: tuple[str, ...]
    flows: tuple[str, ...]
    is_jmx: bool
    is_opened: bool


@dataclass(frozen=True)
class Peer:
    """An address whose latency counts: of a member of the group (by its name), or of a device."""

    name: str
    kind: t.Literal["member", "device"]
    address: str
    ports: tuple[int, ...]


@dataclass(frozen=True)
class Questions:
    components: tuple[str, ...]
    listened: tuple[Listened, ...]
    targets: tuple[Target, ...]
    unnamed: tuple[Unnamed, ...]
    peers: tuple[Peer, ...]

    def as_json(self) -> dict[str, t.Any]:
        """Plain data; C(probe) are the arguments of the module, in the order of C(targets) and C(peers)."""
        return {
            **{name: list(value) for name, value in asdict(self).items()},
            "probe": {
                "targets": [target.probe() for target in self.targets],
                "latency": [{"address": peer.address, "ports": list(peer.ports)} for peer in self.peers],
            },
        }


def questions_of(
    plan: Plan,
    host: str,
    *,
    refused: t.Collection[str],
    members: t.Sequence[str],
    devices: t.Sequence[str],
    member_ports: t.Sequence[int],
    device_ports: t.Sequence[int],
) -> Questions:
    """Raises C(ReadinessError) for a member that the plan does not have, and for a device that is no address."""
    if host not in plan["hosts"]:
        return Questions((), (), (), (), ())
    addresses = tuple(literal(one, place=f"host {host}: preinstall_network_devices") for one in devices)
    targets, unnamed = outbound_targets(plan, host, devices=addresses)
    return Questions(
        components=tuple(plan["hosts"][host]["components"]),
        listened=tuple(_listened(plan, host, refused=refused)),
        targets=targets,
        unnamed=unnamed,
        peers=(
            *_members(plan, host, members=members, targets=targets, ports=member_ports),
            *(Peer(device, "device", device, tuple(device_ports)) for device in addresses),
        ),
    )


def _listened(plan: Plan, host: str, *, refused: t.Collection[str]) -> t.Iterator[Listened]:
    """Ports of all rows whose server's side is on the host, but for those that the operator has not decided to use.

    JMX is served whether or not a rule opens it.
    """
    part = plan["hosts"][host]
    in_rules = {flow for rule in part["rules"] if rule["direction"] == "in" for flow in rule["flows"]}
    found: dict[tuple[str, str], list[tuple[str, list[str], bool]]] = {}
    for flow_id, flow in plan["flows"].items():
        catalog = flow_id.partition("/")[0]
        components = [one for one in flow["to"] if f"{catalog}_{one}" in part["components"]]
        is_jmx = bool(RISKS.intersection(flow.get("risks", ())))
        is_unused = flow_id in refused or (flow["decided_by"] and flow_id not in in_rules)
        if not components or (is_unused and not is_jmx):
            continue
        for protocol, ports in flow_ports(plan, host, flow_id):
            if protocol in ("tcp", "udp") and _size(ports) <= WIDEST_LISTENED:
                found.setdefault((protocol, ports), []).append((flow_id, components, is_jmx))
    for (protocol, ports), askers in sorted(found.items(), key=lambda one: (one[0][0], PortRange.parse(one[0][1]))):
        yield Listened(
            protocol,
            ports,
            tuple(sorted({component for _flow, components, _jmx in askers for component in components})),
            tuple(flow for flow, _components, _jmx in askers),
            any(jmx for _flow, _components, jmx in askers),
            any(flow in in_rules for flow, _components, _jmx in askers),
        )


def _size(ports: str) -> int:
    parsed = PortRange.parse(ports)
    return parsed.last - parsed.first + 1


def _members(
    plan: Plan, host: str, *, members: t.Sequence[str], targets: t.Sequence[Target], ports: t.Sequence[int]
) -> t.Iterator[Peer]:
    """The other members, each by its first address of a family that the host has, and the planned ports there first."""
    versions = _versions(plan, host)
    for member in sorted({*members} - {host}):
        if member not in plan["hosts"]:
            hint = closest(member, plan["hosts"])
            raise ReadinessError(f"host {host}: preinstall_network_members: the plan has no host {member!r}; {hint}")
        own = [one for one in plan["hosts"][member]["addresses"] if ipaddress.ip_address(one).version in versions]
        if own:
            planned = [one.port for one in targets if one.protocol == "tcp" and one.address == own[0]]
            known = [port for port in dict.fromkeys((*planned, *ports)) if port is not None]
            yield Peer(member, "member", own[0], tuple(known[:_PORTS_OF_A_PEER]))


def _versions(plan: Plan, host: str) -> set[int]:
    return {ipaddress.ip_address(one).version for one in plan["hosts"][host]["addresses"]}
