# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whom a plan lets reach a port of a host, and what it lets leave one."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.rules import (
    IndexedRule,
    flow_asks,
    index_exceptions,
    index_rules,
)


class Admission:
    """Questions to one plan, each host indexed when it is first asked about."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rules: dict[str, tuple[IndexedRule, ...]] = {}

    def rules(self, host: str, *, direction: str) -> list[IndexedRule]:
        if host not in self._rules:
            self._rules[host] = index_rules(self._plan, host)
        return [rule for rule in self._rules[host] if rule.direction == direction]

    def lets_in(self, host: str, *, source: str, protocol: str, port: int | None) -> bool:
        """Whether a packet from the address to the port of an address of the host is let in, from whatever port."""
        return any(
            covers(rule, protocol, port) and not rule.is_narrow and holds(rule.remotes, source)
            for rule in self.rules(host, direction="in")
        )

    def lets_out(self, host: str, *, destination: str, protocol: str, port: int | None) -> bool:
        """Whether the host may send there; a host without enforced egress, or that is not planned, may everywhere."""
        part = self._plan["hosts"].get(host, {})
        if part.get("egress") != "enforce":
            return True
        rules = [*self.rules(host, direction="out"), *index_exceptions(self._plan, host)]
        return any(covers(rule, protocol, port) and holds(rule.remotes, destination) for rule in rules)

    def flows(self, host: str, rule: IndexedRule, port: int | None) -> tuple[str, ...]:
        """The rule's flows that ask for the port, or all of them where the plan does not tell them apart."""
        if port is None:
            return rule.flows
        ports = PortRange(port, port)
        asking = [
            flow
            for flow in rule.flows
            if flow_asks(self._plan, host=host, flow=flow, protocol=rule.protocol, ports=ports)
        ]
        return tuple(asking or rule.flows)


def covers(rule: IndexedRule, protocol: str, port: int | None) -> bool:
    return rule.protocol == protocol if port is None else rule.covers(protocol, port)


def holds(networks: NetworkSet, address: str) -> bool:
    """Whether the networks have the address."""
    parsed = ipaddress.ip_address(address)
    intervals: t.Sequence[tuple[int, int]] = networks.v4 if parsed.version == 4 else networks.v6
    return any(first <= int(parsed) <= last for first, last in intervals)
