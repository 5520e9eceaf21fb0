# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What of a host is not as the plan has it: from the plan, and the state that C(firewall_state_info) read."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._firewalld import objects as _firewalld
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import egress_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import MANAGEMENT_FLOW
from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import Opening, beyond
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    Rule,
    compact_flows,
    parse_network,
    parse_rules,
)
from ansible_collections.printops.firewall.plugins.module_utils._ufw import files as _ufw
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

from .listeners import listener_findings
from .model import Drift

_KEPT = (MANAGEMENT_FLOW,)

State = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Line:
    """A rule for one remote; C(what) is direction, protocol and ports."""

    what: str
    remote: str
    flows: tuple[str, ...]

    @classmethod
    def of_rules(cls, rules: t.Iterable[Rule]) -> list[Line]:
        """A line for each remote, each once."""
        found = [
            cls(rule.what(version=remote.version), str(remote), rule.flows) for rule in rules for remote in rule.remotes
        ]
        return list(dict.fromkeys(found))

    def __str__(self) -> str:
        preposition = "to" if self.what.startswith("out ") else "from"
        return f"{self.what} {preposition} {self.remote} [{compact_flows(self.flows)}]"


def host_drift(plan: Plan, host: str, *, state: State) -> list[Drift]:
    """Everything about one host, in order of kinds."""
    rules = parse_rules([rule for rule in plan["hosts"][host]["rules"] if rule["direction"] == "in"])
    foreign = [Opening.of(raw) for raw in state["foreign"]]
    own = Line.of_rules(parse_rules(state["own"]))
    kept = [line for line in own if line.flows == _KEPT]
    port = PortRange(state["management_port"], state["management_port"])
    ways_in = [Rule("in", "tcp", (port,), (), (parse_network(line.remote),), ()) for line in kept]
    return [
        *(Drift("not_enforced", fault) for fault in state["faults"]),
        *(Drift("ipv6_dropped", sentence) for sentence in state.get("told", ())),
        *(Drift("not_enforced", sentence) for sentence in state.get("unreached", ())),
        *(Drift("kept_out", sentence) for sentence in state.get("kept_out", ())),
        *(Drift("ban_overridden", sentence) for sentence in state.get("overridden", ())),
        *_at_boot(state),
        *(Drift("not_at_boot", sentence) for sentence in state.get("overruled_at_boot", ())),
        *([Drift("pending", "a change waits to be confirmed, or to be taken back")] if state["pending"] else []),
        *_own_rules(rules, own=own, foreign=foreign, provider=state["provider"]),
        *_output(plan, host, state=state),
        *management_drift(kept, networks=plan["hosts"][host]["management"], port=port),
        *(Drift("stale", text) for text in state["stray"]),
        *(Drift("disagreement", text) for text in state["disagreements"]),
        *_foreign(foreign, rules=[*rules, *ways_in], plan=rules),
        *listener_findings(plan, host, state=state, rules=rules, foreign=foreign),
    ]


def _at_boot(state: State) -> t.Iterator[Drift]:
    said = state.get("at_boot", "enabled")
    if not state["faults"] and said in (
        "disabled",
        "masked",
        "masked-runtime",
        "enabled-runtime",
        "static",
        "indirect",
    ):
        advice = f"systemctl {'unmask' if said.startswith('masked') else 'enable'} {state['provider']}"
        yield Drift("not_at_boot", f"{state['provider']} is {said}, so it will not run after the next boot: {advice}")


def _own_rules(
    rules: t.Sequence[Rule], *, own: t.Sequence[Line], foreign: t.Sequence[Opening], provider: str
) -> t.Iterator[Drift]:
    """What the provider should have for the plan, and what it has, line by line."""
    expected = _expected(rules, provider=provider)
    twins = _twins(foreign) if provider == "ufw" else set()
    found = [line for line in own if line.flows != _KEPT]
    yield from _compared([line for line in expected if (line.what, line.remote) not in twins or line in found], found)


def _output(plan: Plan, host: str, *, state: State) -> t.Iterator[Drift]:
    """What may leave the host, where that is or should be restricted; pings only with firewalld."""
    outgoing = parse_rules([rule for rule in plan["hosts"][host]["rules"] if rule["direction"] == "out"])
    wanted = egress_of(plan["hosts"][host], rules=outgoing, management=())
    own = state["own_out"]
    if own is None and wanted:
        yield Drift("missing", "egress is to be enforced, and nothing of ours restricts what leaves the host")
    elif own is not None and not wanted:
        yield Drift("stale", "what leaves the host is restricted, and egress is not to be enforced")
    elif wanted:
        found = [line for line in Line.of_rules(parse_rules(own)) if line.flows != _KEPT]
        yield from _compared(_expected(wanted.rules, provider=state["provider"], direction="out"), found)


def _compared(expected: t.Sequence[Line], found: t.Sequence[Line]) -> t.Iterator[Drift]:
    missing = [line for line in expected if line not in found]
    stale = [line for line in found if line not in expected]
    for line in missing:
        other = next((one for one in stale if one.what == line.what), None)
        if other:
            stale.remove(other)
            yield Drift("changed", f"is {other}, the plan has {line}", line.flows)
        else:
            yield Drift("missing", str(line), line.flows)
    yield from (Drift("stale", f"the plan has no {line}", line.flows) for line in stale)


def _expected(rules: t.Sequence[Rule], *, provider: str, direction: str = "in") -> list[Line]:
    if provider == "ufw":
        rendered = [
            rule for version in _ufw.VERSIONS for rule in _ufw.render_rules(rules, version=version, direction=direction)
        ]
        return Line.of_rules(filter(None, map(_ufw.read_rule, rendered)))
    return Line.of_rules(_firewalld.normalize(rules, direction=direction))


def _twins(foreign: t.Iterable[Opening]) -> set[tuple[str, str]]:
    """Foreign rules of ufw in whose place a rule of ours is not written, where they are equal."""
    return {
        (
            Rule("in", one.protocol, one.ports, (), one.sources, (), one.source_ports, one.destinations).what(
                version=one.sources[0].version
            ),
            str(one.sources[0]),
        )
        for one in foreign
        if len(one.sources) == 1
    }


def management_drift(kept: t.Sequence[Line], *, networks: t.Sequence[str], port: PortRange) -> t.Iterator[Drift]:
    """An address of its own may be where the last run came from; a network is there because somebody wants it."""
    remotes = {line.remote for line in kept}
    wanted = {str(parse_network(network)) for network in networks}
    here = NetworkSet.parse(remotes)
    for network in sorted(wanted - remotes):
        if NetworkSet.parse([network]) - here:
            yield Drift("missing", f"in tcp {port} from {network} [{MANAGEMENT_FLOW}]")
    for remote in sorted(remotes - wanted):
        if parse_network(remote).num_addresses > 1:
            yield Drift("stale", f"printops_management has no {remote}, and it may reach {port}/tcp")


def _foreign(foreign: t.Sequence[Opening], *, rules: t.Sequence[Rule], plan: t.Sequence[Rule]) -> t.Iterator[Drift]:
    for opening in foreign:
        excess = beyond(opening, rules)
        planned = [one for one in excess if one.planned]
        if planned:
            flows = [
                flow
                for rule in plan
                if any(one.protocol == rule.protocol and any(map(one.ports.overlaps, rule.ports)) for one in planned)
                for flow in rule.flows
            ]
            asked = f" [{compact_flows(set(flows))}]" if flows else ""
            ports = ", ".join(map(str, planned))
            yield Drift(
                "foreign_wider",
                f"{opening.name} lets {opening.who} reach {ports}, and the plan does not{asked}",
                tuple(dict.fromkeys(flows)),
            )
        others = [str(one) for one in excess if not one.planned]
        if others:
            ports = ", ".join(others) if opening.ports else "every other port"
            yield Drift("foreign_open", f"{opening.name} lets {opening.who} reach {ports}, which the plan closes")
