# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What changes from one plan to another, by meaning: who gains and who loses access to which ports."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    compact_flows,
    cut_ports,
    join_ports,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from .file import Plan
from .rules import IndexedRule, flow_asks, index_rules

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
        changes.extend(_surplus(old, host, before, after, gained=False))
        changes.extend(_surplus(new, host, after, before, gained=True))
    return changes


def _surplus(
    plan: Plan, host: str, rules: tuple[IndexedRule, ...], others: tuple[IndexedRule, ...], *, gained: bool
) -> t.Iterator[Change]:
    """What C(rules), which are those of C(plan), admit and C(others) do not."""
    for rule in rules:
        rivals = [one for one in others if (one.direction, one.protocol) == (rule.direction, rule.protocol)]
        by_remotes: dict[NetworkSet, list[PortRange | str]] = {}
        for piece, remotes in _pieces(rule, rivals):
            if remotes:
                by_remotes.setdefault(remotes, []).append(piece)
        for remotes, pieces in by_remotes.items():
            ports = join_ports(piece for piece in pieces if isinstance(piece, PortRange))
            types = (piece for piece in pieces if isinstance(piece, str))
            what = f"{rule.protocol} {','.join([*map(str, ports), *types])}"
            flows = tuple(flow for flow in rule.flows if _asks_for_any(plan, host, flow, rule, pieces))
            yield Change(host, gained, rule.direction, what, remotes.cidrs(), flows)


def _asks_for_any(plan: Plan, host: str, flow: str, rule: IndexedRule, pieces: list[PortRange | str]) -> bool:
    return any(
        isinstance(piece, str) or flow_asks(plan, host=host, flow=flow, protocol=rule.protocol, ports=piece)
        for piece in pieces
    )


def _pieces(rule: IndexedRule, rivals: list[IndexedRule]) -> t.Iterator[tuple[PortRange | str, NetworkSet]]:
    for name in rule.icmp_types:
        same = (one.remotes for one in rivals if name in one.icmp_types)
        yield name, rule.remotes - NetworkSet().union(*same)
    theirs = [other for one in rivals for other in one.ports]
    for port in rule.ports:
        for piece in cut_ports([port], at=theirs):
            same = (
                one.remotes for one in rivals if any(other.first <= piece.first <= other.last for other in one.ports)
            )
            yield piece, rule.remotes - NetworkSet().union(*same)
