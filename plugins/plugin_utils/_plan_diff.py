# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What changes from one plan to another, by meaning: who gains and who loses access to which ports."""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules import PortRange, compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan_rules import IndexedRule, index_rules

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Change:
    """Access that a host gains or loses; C(flows) ask for it in the plan that has it."""

    host: str
    gained: bool
    direction: str
    what: str
    remotes: tuple[str, ...]
    flows: tuple[str, ...]

    def __str__(self) -> str:
        preposition = "from" if self.direction == "in" else "to"
        return (
            f"{'+' if self.gained else '-'} {self.host} {self.direction} {self.what} {preposition} "
            f"{', '.join(self.remotes)} [{compact_flows(self.flows)}]"
        )


def diff_plans(old: Plan, new: Plan) -> list[Change]:
    """All changes, in order of hosts, losses before gains; empty where both plans mean the same."""
    changes: list[Change] = []
    for host in sorted({*old["hosts"], *new["hosts"]}):
        before, after = index_rules(old, host), index_rules(new, host)
        changes.extend(_surplus(host, before, after, gained=False))
        changes.extend(_surplus(host, after, before, gained=True))
    return changes


def _surplus(
    host: str, rules: tuple[IndexedRule, ...], others: tuple[IndexedRule, ...], *, gained: bool
) -> t.Iterator[Change]:
    """What C(rules) admit and C(others) do not."""
    for rule in rules:
        rivals = [one for one in others if (one.direction, one.protocol) == (rule.direction, rule.protocol)]
        by_remotes: dict[NetworkSet, list[str]] = {}
        for name, remotes in _pieces(rule, rivals):
            if remotes:
                by_remotes.setdefault(remotes, []).append(name)
        for remotes, names in by_remotes.items():
            yield Change(
                host, gained, rule.direction, f"{rule.protocol} {','.join(names)}", remotes.cidrs(), rule.flows
            )


def _pieces(rule: IndexedRule, rivals: list[IndexedRule]) -> t.Iterator[tuple[str, NetworkSet]]:
    for name in rule.icmp_types:
        same = (one.remotes for one in rivals if name in one.icmp_types)
        yield name, rule.remotes - NetworkSet().union(*same)
    for port in rule.ports:
        edges = {edge for one in rivals for other in one.ports for edge in (other.first, other.last + 1)}
        cuts = sorted({port.first, port.last + 1, *(edge for edge in edges if port.first < edge <= port.last)})
        for first, following in itertools.pairwise(cuts):
            same = (one.remotes for one in rivals if any(other.first <= first <= other.last for other in one.ports))
            yield str(PortRange(first, following - 1)), rule.remotes - NetworkSet().union(*same)
