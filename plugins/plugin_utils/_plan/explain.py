# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Answer questions about a plan: why a port is open, who may reach it, and what is missing where somebody may not."""

from __future__ import annotations

import dataclasses
import functools
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from .enforcement import management_ports
from .rules import (
    IndexedRule,
    flow_asks,
    index_exceptions,
    index_rules,
    split_component,
)

MANAGEMENT = "printops_management"
_MANAGEMENT_PURPOSE = (
    "Administration over SSH, or over WinRM on Windows, on the port that the connection of a run comes in on."
)


@dataclass(frozen=True)
class Reason:
    """A flow behind an answer: the vendor's document and row, what it is for, and the variables that decide on it.

    C(changed) tells which overlay changed the reading of the row, and why.
    """

    flow: str
    document: str
    purpose: str
    decided_by: tuple[str, ...]
    changed: str


@dataclass(frozen=True)
class Answer:
    """C(remotes) are all that the plan admits on the port; C(missing) says what would have to change where it is no.

    C(keeps_connection) tells that the address which a run comes from may reach it too. C(narrower) are rules, each as a
    sentence, that admit somebody on it from some source ports, or to a group only.
    """

    allowed: bool
    remotes: tuple[str, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    keeps_connection: bool = False
    narrower: tuple[str, ...] = ()


class Explainer:
    """Questions to one plan, which must not change; each host is indexed when it is first asked about."""

    def __init__(self, plan: t.Mapping[str, t.Any]) -> None:
        self._plan = plan
        self._rules: dict[str, tuple[IndexedRule, ...]] = {}

    def rules(self, host: str, *, direction: str) -> list[IndexedRule]:
        """Who may reach the host (C(in)), or what it may reach (C(out)); raises C(PlanError) for an unknown host."""
        if host not in self._plan["hosts"]:
            raise PlanError(f"the plan has no host {host!r}; {closest(host, self._plan['hosts'])}")
        if host not in self._rules:
            self._rules[host] = index_rules(self._plan, host)
        return [rule for rule in self._rules[host] if rule.direction == direction]

    def exceptions(self, host: str) -> list[IndexedRule]:
        """What an enforced egress lets out of the host besides its rules; empty where it is not enforced."""
        is_enforced = self._plan["hosts"][host]["egress"] == "enforce"
        return [*index_exceptions(self._plan, host)] if is_enforced else []

    def management(self, host: str) -> tuple[NetworkSet, bool]:
        """Who may always reach the port of SSH or WinRM, and whether the address that a run comes from may too."""
        part = self._plan["hosts"][host]
        return NetworkSet.parse(part["management"]), part["keep_connection"]

    def reason(self, flow: str) -> Reason:
        """What the plan knows of a flow."""
        if flow == MANAGEMENT:
            return Reason(flow, "inventory", _MANAGEMENT_PURPOSE, (), "")
        facts = self._plan["flows"][flow]
        return Reason(flow, facts["document"], facts["purpose"], tuple(facts["decided_by"]), facts.get("changed", ""))

    def why_open(self, host: str, protocol: str, port: int) -> Answer:
        """Why a port of a host is open and to whom, or why it is not."""
        covering = [rule for rule in self.rules(host, direction="in") if rule.covers(protocol, port)]
        rules = [rule for rule in covering if not rule.is_narrow]
        asked = PortRange(port, port)
        flows = dict.fromkeys(
            flow
            for rule in rules
            for flow in rule.flows
            if flow_asks(self._plan, host=host, flow=flow, protocol=protocol, ports=asked)
        )
        managers, keeps_connection = self.management(host)
        if protocol != "tcp" or port not in management_ports(self._plan["hosts"][host]["provider"]):
            managers, keeps_connection = NetworkSet(), False
        if managers:
            flows[MANAGEMENT] = None
        allowed = bool(rules or managers or keeps_connection)
        return Answer(
            allowed=allowed,
            remotes=managers.union(*(rule.remotes for rule in rules)).cidrs(),
            reasons=tuple(map(self.reason, flows)),
            missing=() if allowed else tuple(self._missing(host, protocol, port)),
            keeps_connection=keeps_connection,
            narrower=tuple(_narrower(rule) for rule in covering if rule.is_narrow),
        )

    def would_reach(self, source: str, host: str, protocol: str, port: int) -> Answer:
        """Whether an address, or every address of a network, would reach a port; raises C(PlanError) if it is none."""
        try:
            addresses = NetworkSet.parse([source])
        except ValueError as error:
            raise PlanError(f"{source!r} is no address: {error}") from error
        answer = self.why_open(host, protocol, port)
        if addresses <= NetworkSet.parse(answer.remotes):
            return answer
        missing = answer.missing
        if answer.allowed:
            flows = [one.flow for one in answer.reasons if one.flow != MANAGEMENT]
            ends = dict.fromkeys(end for flow in flows for end in self._plan["flows"][flow]["from"])
            places = []
            if ends:
                places.append(f"as a {' or '.join(ends)} it belongs into printops_networks or the component's group")
            if len(flows) < len(answer.reasons) or answer.keeps_connection:
                places.append(f"as an administrator's it belongs into {MANAGEMENT}")
            missing = (
                f"{port}/{protocol} is open on {host}, and {source} is not among those it is open to: "
                f"{'; '.join(places)}",
                *self._missing(host, protocol, port, found=flows),
            )
        return dataclasses.replace(answer, allowed=False, missing=missing)

    def _missing(self, host: str, protocol: str, port: int, *, found: t.Collection[str] = ()) -> t.Iterator[str]:
        """What keeps the flows that end on the port closed, other than those C(found) to open it."""
        runs = {split_component(self._plan, name) for name in self._plan["hosts"][host]["components"]}
        ours = dict.fromkeys(flow for end in sorted(runs) for flow in self._flows_to.get(end, ()) if flow not in found)
        relevant = [flow for flow in ours if _names(self._plan["flows"][flow], protocol, port)]
        waiting = self._waiting.get(host, {})
        for flow in relevant:
            yield from waiting.get(flow, ()) or self._skipped.get(flow) or [self._elsewhere(flow, host)]
        if not relevant and not found:
            yield (
                f"no row of the selected catalogs has {port}/{protocol} as a port of what {host} runs "
                f"({', '.join(sorted(component for _catalog, component in runs))})"
            )
            for flow in ours:
                yield from (text for text in waiting.get(flow, ()) if " waits for printops_ports." in text)

    @functools.cached_property
    def _flows_to(self) -> dict[tuple[str, str], list[str]]:
        flows: dict[tuple[str, str], list[str]] = {}
        for flow, facts in self._plan["flows"].items():
            for end in facts["to"]:
                flows.setdefault((_catalog_of(flow), end), []).append(flow)
        return flows

    @functools.cached_property
    def _waiting(self) -> dict[str, dict[str, list[str]]]:
        texts: dict[str, dict[str, list[str]]] = {}
        for one in self._plan["open_inputs"]:
            for host in one["hosts"]:
                text = f"{one['flow']} waits for {one['set']}: {one['why']}"
                texts.setdefault(host, {}).setdefault(one["flow"], []).append(text)
        return texts

    @functools.cached_property
    def _skipped(self) -> dict[str, list[str]]:
        return {one["flow"]: [f"{one['flow']} is skipped: {one['why']}"] for one in self._plan["skipped"]}

    def _elsewhere(self, flow: str, host: str) -> str:
        ports = ",".join(
            str(one)
            for rule in self.rules(host, direction="in")
            for one in rule.ports
            if not rule.is_narrow
            and flow in rule.flows
            and flow_asks(self._plan, host=host, flow=flow, protocol=rule.protocol, ports=one)
        )
        if ports:
            return f"{flow} has {ports} here instead, by printops_ports or printops_security"
        clients = " or ".join(self._plan["flows"][flow]["from"])
        return (
            f"{flow} opens nothing on {host}: it has no {clients} within its reach, or what is decided for this host "
            "keeps the row closed (printops_features, printops_accept, printops_refuse, printops_security)"
        )


def _narrower(rule: IndexedRule) -> str:
    why = "answers that no connection tracking knows" if rule.source_ports else "what is sent to the group"
    return f"{rule.what} from {', '.join(rule.remotes.cidrs())} is let in: {why} [{compact_flows(rule.flows)}]"


def _names(facts: t.Mapping[str, t.Any], protocol: str, port: int) -> bool:
    for text in facts["ports"]:
        ports, _slash, its_protocol = text.partition("/")
        first, _dash, last = ports.partition("-")
        if its_protocol == protocol and int(first) <= port <= int(last or first):
            return True
    return False


def _catalog_of(flow: str) -> str:
    return flow.split("/", 1)[0]
