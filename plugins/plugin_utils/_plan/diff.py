# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What changes from one plan to another, by meaning: who gains and who loses access, and what else opens or closes."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    compact_flows,
    cut_ports,
    join_ports,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import PREFIX

from .enforcement import NAMES, Enforcement
from .file import Plan
from .rules import EXCEPTIONS, IndexedRule, flow_asks, index_exceptions, index_rules

MANAGEMENT = "management"
MOST_LINES = 40
_DEFAULTS = Enforcement().as_json()
_SINGLE = (
    "provider",
    *(name for name in NAMES if name not in (MANAGEMENT, *EXCEPTIONS)),
)


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


@dataclass(frozen=True)
class Setting:
    """A member of a host that is no list of networks; of a plan that does not have it, what it stood for there."""

    host: str
    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"~ {self.host} {self.name} {self.after}, was {self.before}"


@dataclass(frozen=True)
class Membership:
    """A host that comes into the plan, or leaves it."""

    host: str
    joins: bool

    def __str__(self) -> str:
        if self.joins:
            return f"+ {self.host} comes into the plan: what no rule lets in is closed on it"
        return f"- {self.host} is in the plan no more: no run changes it, and it keeps the rules that it has"


Difference = Change | Setting | Membership


def diff_plans(old: Plan, new: Plan) -> list[Difference]:
    """All that opens, closes or weakens, in order of hosts, losses before gains; empty where both plans mean the same.

    C(old) may be of an earlier format.
    """
    changes: list[Difference] = []
    for host in sorted({*old["hosts"], *new["hosts"]}):
        before, after = old["hosts"].get(host), new["hosts"].get(host)
        if before is None or after is None:
            changes.append(Membership(host, joins=before is None))
        if after is not None:
            changes.extend(_settings(host, before or {}, after))
        for index in (index_rules, index_exceptions) if after is not None else (index_rules,):
            theirs, ours = index(old, host), index(new, host)
            changes.extend(_surplus(old, host, theirs, ours, gained=False))
            changes.extend(_surplus(new, host, ours, theirs, gained=True))
        changes.extend(_management(host, before or {}, after or {}))
    return changes


def _settings(host: str, before: Plan, after: Plan) -> t.Iterator[Setting]:
    for name in _SINGLE:
        default = _DEFAULTS.get(name, "as the role has it")
        values = [part.get(name, default) for part in (before, after)]
        if name == "provider" and not before:
            continue
        if values[0] != values[1]:
            yield Setting(host, name, *(text if isinstance(text, str) else json.dumps(text) for text in values))


def _management(host: str, before: Plan, after: Plan) -> t.Iterator[Change]:
    old, new = (NetworkSet.parse(part.get(MANAGEMENT, ())) for part in (before, after))
    for gained, networks in ((False, old - new), (True, new - old)):
        if networks:
            yield Change(host, gained, "in", "the port of SSH or WinRM", networks.cidrs(), (f"{PREFIX}{MANAGEMENT}",))


def _surplus(
    plan: Plan, host: str, rules: tuple[IndexedRule, ...], others: tuple[IndexedRule, ...], *, gained: bool
) -> t.Iterator[Change]:
    """What C(rules), which are those of C(plan), admit and C(others) do not."""
    for rule in rules:
        rivals = [one for one in others if _kind(one) == _kind(rule)]
        by_remotes: dict[NetworkSet, list[PortRange | str]] = {}
        for piece, remotes in _pieces(rule, rivals):
            if remotes:
                by_remotes.setdefault(remotes, []).append(piece)
        for remotes, pieces in by_remotes.items():
            ports = join_ports(piece for piece in pieces if isinstance(piece, PortRange))
            types = (piece for piece in pieces if isinstance(piece, str) and piece)
            what = rule.told([*ports, *types])
            flows = tuple(flow for flow in rule.flows if _asks_for_any(plan, host, flow, rule, pieces))
            yield Change(host, gained, rule.direction, what, remotes.cidrs(), flows)


def _asks_for_any(plan: Plan, host: str, flow: str, rule: IndexedRule, pieces: list[PortRange | str]) -> bool:
    return any(
        isinstance(piece, str) or flow_asks(plan, host=host, flow=flow, protocol=rule.protocol, ports=piece)
        for piece in pieces
    )


def _kind(rule: IndexedRule) -> tuple[t.Any, ...]:
    """What rules must share to be about the same packets, but for their ports and remotes."""
    return rule.direction, rule.protocol, bool(rule.source_ports), rule.destinations


def _numbers(rule: IndexedRule) -> tuple[PortRange, ...]:
    return rule.source_ports or rule.ports


def _pieces(rule: IndexedRule, rivals: list[IndexedRule]) -> t.Iterator[tuple[PortRange | str, NetworkSet]]:
    for name in rule.icmp_types or ([] if _numbers(rule) else [""]):
        same = (one.remotes for one in rivals if name in (one.icmp_types or [""]))
        yield name, rule.remotes - NetworkSet().union(*same)
    theirs = [other for one in rivals for other in _numbers(one)]
    for port in _numbers(rule):
        for piece in cut_ports([port], at=theirs):
            same = (
                one.remotes
                for one in rivals
                if any(other.first <= piece.first <= other.last for other in _numbers(one))
            )
            yield piece, rule.remotes - NetworkSet().union(*same)


def check_same_plan(approved: Plan, *, compiled: Plan, path: str) -> None:
    """Raise C(PlanError), with the lines that differ, unless the inventory still compiles to the approved plan."""
    if approved == compiled:
        return
    lines = [str(change) for change in diff_plans(approved, compiled)]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more"]
    if not lines:
        keys = sorted(key for key in {*approved, *compiled} if approved.get(key) != compiled.get(key))
        hosts = sorted(name for name, part in compiled["hosts"].items() if approved["hosts"].get(name) != part)
        where = f": {few(hosts)}" if hosts else ""
        lines = [f"nothing that a host lets in or out; what differs is {', '.join(keys)}{where}"]
    raise PlanError(
        f"{path}: the inventory no longer compiles to this plan; make a new plan and have it approved. "
        "It would change:\n" + "\n".join(lines)
    )
