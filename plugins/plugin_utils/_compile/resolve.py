# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What one flow comes to under one host's decisions: channels, questions, or a reason why not."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import (
    NEVER_OPENED,
    Catalog,
    Channel,
    Flow,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.decisions import Decisions


class Opening(t.NamedTuple):
    """Ports of a protocol, or ICMP types, with nothing left to decide; any ports where there are only source ports."""

    protocol: str
    ports: tuple[PortRange, ...]
    icmp_types: tuple[str, ...]
    source_ports: tuple[PortRange, ...] = ()


@dataclass(frozen=True)
class Question:
    """What the operator must say: C(variable) settles C(field); C(suggested) only where the document gives grounds."""

    field: str
    variable: str
    suggested: str | None
    why: str
    feature: str = ""


class Resolution(t.NamedTuple):
    """Exactly one of the first three is not empty; C(groups) are those that the flow is sent to, if it is."""

    openings: tuple[Opening, ...] = ()
    questions: tuple[Question, ...] = ()
    declined: str = ""
    groups: NetworkSet = NetworkSet()


class Resolver:
    """Resolves flows of one catalog, each once for each set of decisions."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._flows = {flow.id: flow for flow in catalog.flows}
        self._known: dict[tuple[str, int], tuple[Decisions, Resolution]] = {}

    def resolve(self, flow: Flow, decisions: Decisions) -> Resolution:
        """Resolve a flow for the host at the end that decides on its ports."""
        key = (flow.id, id(decisions))
        if key not in self._known:
            self._known[key] = (decisions, self._resolve(flow, decisions))
        return self._known[key][1]

    def _resolve(self, flow: Flow, decisions: Decisions) -> Resolution:
        if flow.id in decisions.refuse:
            return Resolution(declined="refused by printops_refuse")
        if flow.treatment in NEVER_OPENED:
            return Resolution(declined=flow.because)
        accepted = flow.id in decisions.accept
        if flow.treatment == "opt_in" and not accepted:
            return Resolution(declined=f"opened only if printops_accept names it: {flow.because}")
        in_use = {name: decisions.features.get(name) for name in flow.features}
        if in_use and not accepted and not any(in_use.values()):
            unknown = [name for name, answer in in_use.items() if answer is None]
            if unknown:
                return Resolution(questions=tuple(map(self._feature_question, unknown)))
            return Resolution(declined=f"printops_features does not name {' or '.join(in_use)}")
        if decisions.security != "documented" and flow.secured_twin and not accepted:
            twin = self._flows[flow.secured_twin]
            if self.resolve(twin, decisions).openings:
                return Resolution(declined=f"{twin.id} carries it encrypted")
        if decisions.security == "secured_only" and _is_plaintext_only(flow) and not accepted:
            return Resolution(questions=(_plaintext_question(flow),))
        return self._openings(flow, decisions)

    def _openings(self, flow: Flow, decisions: Decisions) -> Resolution:
        openings: dict[Opening, None] = {}
        questions: dict[Question, None] = {}
        for channel in _selected_channels(flow, decisions):
            opening = opening_of(channel, decisions)
            if opening:
                openings[opening] = None
            elif channel.decision:
                questions[self._port_question(channel.decision)] = None
        groups = flow.travels.groups
        if flow.travels.decision:
            groups = decisions.groups.get(flow.travels.decision, ())
            if not groups:
                questions[self._group_question(flow.travels.decision)] = None
        if questions:
            return Resolution(questions=tuple(questions))
        return Resolution(openings=tuple(openings), groups=NetworkSet.parse(groups))

    def _port_question(self, name: str) -> Question:
        decision = self._catalog.decisions[name]
        choices = f" One of {', '.join(decision.choices)}." if decision.choices else ""
        return Question(
            field="port",
            variable=f"printops_ports.{name}",
            suggested=", ".join(decision.suggested) or None,
            why=f"{decision.description}{choices} {decision.why}".strip(),
        )

    def _group_question(self, name: str) -> Question:
        decision = self._catalog.decisions[name]
        return Question(
            field="group",
            variable=f"printops_multicast_groups.{name}",
            suggested=None,
            why=f"{decision.description} {decision.why}".strip(),
        )

    def _feature_question(self, name: str) -> Question:
        return Question(
            field="feature",
            variable="printops_features",
            suggested=None,
            why=f"Is {name} in use? {self._catalog.features[name]}",
            feature=name,
        )


def opening_of(channel: Channel, decisions: Decisions) -> Opening | None:
    """What a channel comes to under decisions; C(None) where they leave its ports open."""
    ports = decisions.ports.get(channel.decision, channel.ports) if channel.decision else channel.ports
    return Opening(channel.protocol, ports, channel.icmp_types) if ports or channel.icmp_types else None


def _selected_channels(flow: Flow, decisions: Decisions) -> tuple[Channel, ...]:
    if decisions.security == "documented":
        return flow.unsecured + flow.secured
    return flow.secured or flow.unsecured


def _is_plaintext_only(flow: Flow) -> bool:
    return not flow.secured and any(channel.protocol != "icmp" for channel in flow.unsecured)


def _plaintext_question(flow: Flow) -> Question:
    return Question(
        field="security",
        variable="printops_accept",
        suggested=None,
        why=(
            f"printops_security is secured_only and the document has no secured port for {flow.id}: "
            "name it in printops_accept to open it unencrypted, or in printops_refuse to keep it closed."
        ),
    )
