# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What of a Windows host is not as the plan has it: from the plan, and what C(windows_defender_info) read."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import egress_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    Rule,
    parse_network,
    parse_rules,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.foreign import findings, openings, unplanned
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.limits import REMOTING_PORTS
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.lines import differences, record_lines
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.meaning import meaning_of
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.outgoing import (
    Outgoing,
    out_of_reach,
    outgoing,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import PROFILES, Record, profile_bits
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.rules import desired_records, is_management
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.state import State
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.truth import Wishes, failures, lapses, unheard
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.turning import FIRST_DYNAMIC

from .host import Line, management_drift
from .listeners import listener_findings
from .model import Drift

_SAME = re.compile(r"(?P<what>\S+ \S+ \S+ \S+) (?:from|to) (?P<remote>\S+)")


def windows_drift(plan: Plan, host: str, *, answer: t.Mapping[str, t.Any]) -> list[Drift]:
    """Everything about one host, in order of kinds; raises C(WindowsError) for an answer that says too little."""
    state = State.of(answer)
    part = plan["hosts"][host]
    named = part.get("profiles") or ["any"]
    wishes = Wishes(profiles=tuple(PROFILES) if "any" in named else tuple(name for name in PROFILES if name in named))
    unmet = failures(state, wishes)
    if not state.profiles or not state.is_administrator:
        return [Drift("not_enforced", fault) for fault in unmet]
    every = parse_rules(part["rules"])
    rules = [rule for rule in every if rule.direction == "in"]
    egress = egress_of(part, rules=every, management=())
    let_out = egress.rules if egress else None
    kept = [record for record in state.rules if is_management(record)]
    ports = [port for record in kept for port in meaning_of(record).local_ports.ranges]
    port = ports[0] if ports else PortRange(*[answer_port(state)] * 2)
    ways_in = [_way_in(record) for record in kept]
    profiles = [PROFILES[name] for name in state.current if state.profiles[name].enabled]
    others = [one for one in state.others if state.profiles_apply(one)]
    said = findings([*rules, *ways_in], others=others, profiles=profiles)
    leaves = outgoing(let_out, others=others, profiles=profiles) if let_out is not None else Outgoing()
    listening = {
        "listeners": [one for one in answer["listeners"] if _is_asked(one, openings(others, profiles=profiles))],
        "management_port": port.first,
    }
    deaf = unheard(state, wishes, rules)
    waits = answer["pending"]["state"] == "pending"
    return [
        *(Drift("not_enforced", fault) for fault in dict.fromkeys([*unmet, *lapses(state, wishes)])),
        *_outbound(part, state, wishes, let_out),
        *([Drift("pending", "a change waits to be confirmed, or to be taken back")] if waits else []),
        *_own_rules(
            desired_records(rules, profiles=profile_bits(named), egress=let_out),
            [one for one in state.rules if one not in kept],
        ),
        *management_drift(Line.of_rules(ways_in), networks=part["management"], port=port),
        *(Drift("disagreement", sentence) for sentence in (*said.blocked, *leaves.blocked, *deaf)),
        *(Drift("foreign_wider", sentence) for sentence in (*said.wider, *said.unread)),
        *(
            Drift("foreign_open", sentence)
            for sentence in (
                *unplanned([*rules, *ways_in], others=others, profiles=profiles),
                *leaves.wider,
                *leaves.unread,
            )
        ),
        *listener_findings(plan, host, state=listening, rules=rules, foreign=openings(others, profiles=profiles)),
    ]


def _outbound(
    part: t.Mapping[str, t.Any], state: State, wishes: Wishes, let_out: t.Sequence[Rule] | None
) -> t.Iterator[Drift]:
    """Whether the profiles keep in what no rule lets out, where they are to and nowhere else."""
    for name, one in state.profiles.items():
        is_wanted = let_out is not None and name in wishes.profiles
        if is_wanted and one.default_outbound == "allow":
            yield Drift("not_enforced", f"what no rule names is let out by the {name} profile, against egress enforce")
        if not is_wanted and "default_outbound" in (state.found or {}).get(name, {}):
            yield Drift("stale", f"what leaves is restricted by the {name} profile, where egress is not enforce")
    if let_out is not None:
        cut = out_of_reach(state.domain, let_out, is_named=bool(part.get("egress_domain")))
        yield from [Drift("missing", cut)] if cut else []


def answer_port(state: State) -> int:
    """The port that the reading came to."""
    return next((one.port for one in state.connections), REMOTING_PORTS[-1])


def _way_in(record: Record) -> Rule:
    meaning = meaning_of(record)
    remotes = tuple(parse_network(cidr) for cidr in meaning.remote.networks.cidrs())
    return Rule("in", "tcp", meaning.local_ports.ranges, (), remotes, ())


def _own_rules(desired: t.Sequence[Record], found: t.Sequence[Record]) -> t.Iterator[Drift]:
    """What the host should have and has, line by line; a line for each remote."""
    missing, stale = differences(
        [line for record in found for line in record_lines(record)],
        [line for record in desired for line in record_lines(record)],
    )
    for line in missing:
        other = next((one for one in stale if _is_about_the_same(one, line)), None)
        if other:
            stale.remove(other)
            yield Drift("changed", f"is {other}, the plan has {line}")
        else:
            yield Drift("missing", line.removeprefix("allow "))
    yield from (Drift("stale", f"the plan has no {line}") for line in stale)


def _is_about_the_same(one: str, other: str) -> bool:
    mine, its = _SAME.match(one), _SAME.match(other)
    return bool(mine and its and (mine["what"] == its["what"] or mine["remote"] == its["remote"]))


def _is_asked(listener: t.Mapping[str, t.Any], reached: t.Iterable[t.Any]) -> bool:
    """Whether to tell of it: Windows hands out dynamic ports all the time, and nobody reaches most of them."""
    port = listener["port"]
    return port < FIRST_DYNAMIC or any(
        opening.protocol in ("any", listener["protocol"])
        and any(one.first <= port <= one.last for one in opening.ports)
        for opening in reached
    )
