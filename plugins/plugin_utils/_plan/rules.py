# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of a plan document, indexed for questions and comparisons."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import DOMAIN_SERVICES, EVERYWHERE
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import PREFIX

ALL_ADDRESSES = NetworkSet()
EXCEPTIONS = ("egress_extra", "egress_dns", "egress_time", "egress_domain")
"""Members of a host that say what an enforced egress lets out besides its rules."""


@dataclass(frozen=True)
class IndexedRule:
    """A rule of the plan, as C(Rule) has it; C(destinations) is empty where they are all addresses of the host."""

    direction: str
    protocol: str
    ports: tuple[PortRange, ...]
    icmp_types: tuple[str, ...]
    remotes: NetworkSet
    flows: tuple[str, ...]
    source_ports: tuple[PortRange, ...] = ()
    destinations: NetworkSet = ALL_ADDRESSES

    @classmethod
    def of(cls, raw: t.Mapping[str, t.Any]) -> IndexedRule:
        """Read a rule as the plan file has it."""
        return cls(
            direction=raw["direction"],
            protocol=raw["protocol"],
            ports=tuple(map(PortRange.parse, raw.get("ports", ()))),
            source_ports=tuple(map(PortRange.parse, raw.get("source_ports", ()))),
            destinations=NetworkSet.parse(raw.get("destinations", ())),
            icmp_types=tuple(raw.get("icmp_types", ())),
            remotes=NetworkSet.parse(raw["remotes"]),
            flows=tuple(raw["flows"]),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether it is only about some source ports, or some addresses of the host."""
        return bool(self.source_ports or self.destinations)

    def covers(self, protocol: str, port: int) -> bool:
        """Whether the rule is about this port, of whatever narrower kind it is."""
        asked = any(one.first <= port <= one.last for one in self.ports) or (not self.ports and self.is_narrow)
        return self.protocol == protocol and asked

    @property
    def what(self) -> str:
        """Protocol and ports for a person: C(tcp 5011-5012,5021)."""
        return self.told(self.ports or self.source_ports or self.icmp_types)

    def told(self, numbers: t.Iterable[PortRange | str]) -> str:
        """Protocol and some of the rule's ports, or source ports, or types of ICMP."""
        what = ",".join(map(str, numbers)) or "any"
        if self.source_ports:
            what = f"any with source port {what}"
        return f"{self.protocol} {what}{f' at {few(self.destinations.cidrs())}' if self.destinations else ''}"


def index_rules(plan: t.Mapping[str, t.Any], host: str) -> tuple[IndexedRule, ...]:
    """All rules of a host of the plan; none for a host that the plan does not have."""
    return tuple(map(IndexedRule.of, plan["hosts"].get(host, {}).get("rules", ())))


def index_exceptions(plan: t.Mapping[str, t.Any], host: str) -> tuple[IndexedRule, ...]:
    """What an enforced egress lets out besides the rules of a host; C(flows) are the variables that say so."""
    part = plan["hosts"].get(host, {})
    services = (
        ("egress_dns", EVERYWHERE, (("tcp", ["53"]), ("udp", ["53"]))),
        ("egress_time", EVERYWHERE, (("udp", ["123"]),)),
        ("egress_domain", (), tuple((protocol, _ports_of_a_domain(protocol)) for protocol in ("tcp", "udp"))),
    )
    raw = [{**rule, "flows": [f"{PREFIX}egress_extra"]} for rule in part.get("egress_extra", ())]
    for name, default, kinds in services:
        remotes = part.get(name, default)
        raw += [
            {"protocol": protocol, "ports": ports, "remotes": remotes, "flows": [f"{PREFIX}{name}"]}
            for protocol, ports in kinds
            if remotes
        ]
    return tuple(IndexedRule.of({**rule, "direction": "out"}) for rule in raw)


def _ports_of_a_domain(protocol: str) -> list[str]:
    return [ports for _service, its_protocol, ports in DOMAIN_SERVICES if its_protocol == protocol]


def opened_flows(plan: t.Mapping[str, t.Any]) -> set[str]:
    """The ids of the flows that are in rules of some host."""
    return {flow for host in plan["hosts"].values() for rule in host["rules"] for flow in rule["flows"]}


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
        if its_protocol == protocol and one.overlaps(ports):
            return True
    return False


def split_component(plan: t.Mapping[str, t.Any], name: str) -> tuple[str, str]:
    """Catalog and component of a name such as C(safeq6_terminal_server), by the catalogs of the plan."""
    catalog = max((one for one in plan["compiled_from"]["catalogs"] if name.startswith(f"{one}_")), key=len)
    return catalog, name.removeprefix(f"{catalog}_")
