# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every plan and every state that a Windows host may be found in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule, parse_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.compare import compare
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.meaning import reads_as_usual, same
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import (
    EVERY_PROFILE,
    Record,
    profile_bits,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.rules import desired_records, is_management
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import (
    apply,
    as_read,
    let_in,
)

NETWORKS = ["10.0.0.0/24", "10.0.0.5/32", "10.0.1.0/24", "10.0.0.0/23", "2001:db8::/64", "2001:db8::/32"]
REMOTES = [*NETWORKS, "::/0", "0.0.0.0/0"]
FLOWS = ["safeq6/management/1", "safeq6/mfd/2", "own/x/3"]
PROFILES = [EVERY_PROFILE, profile_bits(["domain"]), profile_bits(["domain", "private"])]
TAMPERED = {
    "enabled": [False],
    "action": ["block"],
    "direction": ["out"],
    "description": ["", "nobody asks for it"],
    "local_ports": ["*", "80", "443,80", "RPC"],
    "remote_addresses": ["*", "LocalSubnet", "10.0.0.5", "10.0.1.0/255.255.255.0", "nonsense?"],
    "application": ["C:\\x.exe"],
    "service": ["Spooler"],
    "package": ["S-1-15-2-1"],
    "profiles": [1, 2, 4],
    "local_addresses": ["10.0.0.1"],
    "interface_types": ["Lan"],
    "edge_traversal": [True],
    "protocol": [256, 17],
}


@st.composite
def raw_rules(draw: st.DrawFn) -> dict[str, object]:
    protocol = draw(st.sampled_from(["tcp", "tcp", "udp", "icmp"]))
    ports = {"tcp": ["80", "443", "80-443", "5986"], "udp": ["161", "160-170"]}
    what = (
        {"icmp_types": ["echo-request"]}
        if protocol == "icmp"
        else {"ports": draw(st.lists(st.sampled_from(ports[protocol]), min_size=1, max_size=2))}
    )
    return {
        "direction": draw(st.sampled_from(["in", "in", "in", "out"])),
        "protocol": protocol,
        **what,
        "remotes": draw(st.lists(st.sampled_from(REMOTES), min_size=1, max_size=3)),
        "flows": draw(st.lists(st.sampled_from(FLOWS), max_size=2)),
    }


def way_in(remotes: list[str]) -> tuple[Rule, ...]:
    raw = {
        "direction": "in",
        "protocol": "tcp",
        "ports": ["5986"],
        "remotes": remotes,
        "flows": ["management-connection"],
    }
    return parse_rules([raw]) if remotes else ()


@st.composite
def wanted(draw: st.DrawFn) -> tuple[Record, ...]:
    """The rules of some plan."""
    rules = parse_rules(draw(st.lists(raw_rules(), max_size=4)))
    return desired_records(
        rules,
        management=way_in(draw(st.lists(st.sampled_from(NETWORKS), max_size=2))),
        profiles=draw(st.sampled_from(PROFILES)),
        egress=[rule for rule in rules if rule.direction == "out"] if draw(st.booleans()) else None,
    )


@st.composite
def found(draw: st.DrawFn, plan: tuple[Record, ...]) -> list[Record]:
    """Our rules as a host may have them: of this plan and of another, some changed by hand, some there twice."""
    rules = [*draw(wanted()), *draw(st.permutations([*plan, *plan[:2]]))]
    names = [record.name for record in plan]
    kept = []
    for rule in rules:
        fate = draw(st.sampled_from(["keep", "keep", "drop", "tamper", "misname"]))
        changes: dict[str, object] = {}
        if fate == "tamper":
            key = draw(st.sampled_from(sorted(TAMPERED)))
            changes = {key: draw(st.sampled_from(TAMPERED[key]))}
        if fate == "misname":
            others = [*names, rule.name.upper(), f"{rule.name} (replaced)", "x"]
            changes = {"name": draw(st.sampled_from(others))}
        kept += [] if fate == "drop" else [as_read(rule._replace(**changes))]
    return kept


CASES = wanted().flatmap(lambda plan: st.tuples(st.just(plan), found(plan)))
Case = tuple[tuple[Record, ...], list[Record]]


@given(CASES)
def test_the_steps_lead_to_the_plan_and_nothing_is_left_to_do(case: Case) -> None:
    plan, state = case
    after = apply(state, compare(desired=plan, existing=state))
    assert sorted(rule.name for rule in after) == sorted(rule.name for rule in plan)
    assert compare(desired=plan, existing=after) == ()
    assert let_in(after) == let_in(plan)


@given(CASES)
def test_nothing_that_stays_allowed_is_refused_at_any_step(case: Case) -> None:
    plan, state = case
    both = let_in(state) & let_in(plan)
    steps = compare(desired=plan, existing=state)
    for count in range(len(steps) + 1):
        assert both <= let_in(apply(state, steps[:count]))


@given(CASES)
def test_nothing_is_let_in_meanwhile_that_was_not_and_will_not_be(case: Case) -> None:
    plan, state = case
    state = [rule for rule in state if rule.action == "allow"]
    either = let_in(state) | let_in(plan)
    steps = compare(desired=plan, existing=state)
    for count in range(len(steps) + 1):
        assert let_in(apply(state, steps[:count])) <= either


@given(CASES)
def test_the_way_in_comes_first_and_is_never_given_up_for_another(case: Case) -> None:
    plan, state = case
    state = [rule for rule in state if rule.action == "allow"]
    steps = compare(desired=plan, existing=state)
    ours = let_in([record for record in plan if is_management(record)])
    first = next((i for i in range(len(steps) + 1) if ours <= let_in(apply(state, steps[:i]))), None)
    assert first is not None
    assert all(step.do in ("rename", "add", "set") for step in steps[:first])
    assert all(is_management(step.rule) for step in steps[:first] if step.rule)
    for count in range(first, len(steps) + 1):
        assert ours <= let_in(apply(state, steps[:count]))


@given(wanted())
def test_an_unchanged_host_gives_nothing_to_do(plan: tuple[Record, ...]) -> None:
    assert compare(desired=plan, existing=[as_read(record) for record in reversed(plan)]) == ()


@given(CASES)
def test_a_rule_that_reads_as_usual_does_the_same(case: Case) -> None:
    plan, state = case
    for given_one in plan:
        assert reads_as_usual(as_read(given_one), given_one) or ":" in given_one.remote_addresses
        assert all(same(one, given_one) for one in state if reads_as_usual(one, given_one))


@given(wanted())
def test_no_two_rules_share_a_name(plan: tuple[Record, ...]) -> None:
    names = [record.name.lower() for record in plan]
    assert len(set(names)) == len(names)
