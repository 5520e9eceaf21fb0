# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of a plan document, indexed for questions and comparisons."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import EVERYWHERE
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import PREFIX


@dataclass(frozen=True)
class IndexedRule:
    """A rule of the plan; C(ports) is empty for ICMP, whose types are C(icmp_types)."""

    direction: str
    protocol: str
    ports: tuple[PortRange, ...]
    icmp_types: tuple[str, ...]
    remotes: NetworkSet
    flows: tuple[str, ...]

    @classmethod
    def of(cls, raw: t.Mapping[str, t.Any]) -> IndexedRule:
        """Read a rule as the plan file has it."""
        return cls(
            direction=raw["direction"],
            protocol=raw["protocol"],
            ports=tuple(map(PortRange.parse, raw.get("ports", ()))),
            icmp_types=tuple(raw.get("icmp_types", ())),
            remotes=NetworkSet.parse(raw["remotes"]),
            flows=tuple(raw["flows"]),
        )

    def covers(self, protocol: str, port: int) -> bool:
        """Whether the rule is about this port."""
        return self.protocol == protocol and any(one.first <= port <= one.last for one in self.ports)

    @property
    def what(self) -> str:
        """Protocol and ports for a person: C(tcp 5011-5012,5021)."""
        return f"{self.protocol} {','.join([*map(str, self.ports), *self.icmp_types])}"


def index_rules(plan: t.Mapping[str, t.Any], host: str) -> tuple[IndexedRule, ...]:
    """All rules of a host of the plan; none for a host that the plan does not have."""
    return tuple(map(IndexedRule.of, plan["hosts"].get(host, {}).get("rules", ())))


def index_exceptions(plan: t.Mapping[str, t.Any], host: str) -> tuple[IndexedRule, ...]:
    """What an enforced egress lets out besides the rules of a host; C(flows) are the variables that say so."""
    part = plan["hosts"].get(host, {})
    services = (
        ("egress_dns", EVERYWHERE, ("tcp", "udp"), "53"),
        ("egress_time", EVERYWHERE, ("udp",), "123"),
    )
    raw = [{**rule, "flows": [f"{PREFIX}egress_extra"]} for rule in part.get("egress_extra", ())]
    for name, default, protocols, port in services:
        remotes = part.get(name, default)
        raw += [
            {"protocol": protocol, "ports": [port], "remotes": remotes, "flows": [f"{PREFIX}{name}"]}
            for protocol in protocols
            if remotes
        ]
    return tuple(IndexedRule.of({**rule, "direction": "out"}) for rule in raw)


def flow_asks(plan: t.Mapping[str, t.Any], *, host: str, flow: str, protocol: str, ports: PortRange) -> bool:
    """Whether a flow asks for any of the ports on a host, by its document or by what was decided there.

    What is no flow of the plan is a variable of the inventory, which asks for all of its rule.
    """
    if flow not in plan["flows"]:
        return True
    decided = plan["hosts"][host].get("decided_ports", {})
    for text in decided.get(flow, plan["flows"][flow]["ports"]):
        asked, _slash, its_protocol = text.partition("/")
        one = PortRange.parse(asked)
        if its_protocol == protocol and one.first <= ports.last and ports.first <= one.last:
            return True
    return False


def split_component(plan: t.Mapping[str, t.Any], name: str) -> tuple[str, str]:
    """Catalog and component of a name such as C(safeq6_terminal_server), by the catalogs of the plan."""
    catalog = max((one for one in plan["compiled_from"]["catalogs"] if name.startswith(f"{one}_")), key=len)
    return catalog, name.removeprefix(f"{catalog}_")
