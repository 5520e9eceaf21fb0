# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run would do on a Windows host, and what it tells of it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import (
    CONTROLLER,
    LINE,
    WAY_IN,
    after,
    answer,
    as_read,
    look,
    remoting,
    rule,
    steps,
)


def test_a_first_run_adds_the_way_in_and_then_the_rules() -> None:
    plan = look(rule())
    assert steps(plan) == ["add", "add"]
    assert plan.warnings == ()
    expected = {
        "changed": True,
        "added": [WAY_IN, LINE],
        "removed": [],
        "running": True,
        "started": False,
        "stopped": False,
        "rules": 1,
        "management": ["192.0.2.10/32"],
        "foreign": [],
        "blocked": [],
    }
    assert {key: plan.result[key] for key in expected} == expected
    assert plan.result["diff"]["before"] == ""
    assert plan.result["diff"]["after"] == f"{WAY_IN}\n{LINE}\n"


def test_a_second_run_finds_nothing_to_do() -> None:
    plan = look(rule(), host=answer(rules=after(look(rule()))))
    assert (plan.operations, plan.result["changed"], plan.result["added"]) == ((), False, [])
    assert plan.result["diff"]["before"] == plan.result["diff"]["after"] == ""


def test_a_line_that_stays_is_in_the_same_place_of_the_difference() -> None:
    was = after(look(rule(), rule(ports=["80"], remotes=["10.9.0.0/16"])))
    plan = look(rule(), rule(ports=["81"], remotes=["10.9.0.0/16"]), host=answer(rules=reversed(was)))
    assert plan.result["diff"]["before"].splitlines()[:2] == plan.result["diff"]["after"].splitlines()[:2]
    assert [line.split(" from ")[0] for line in plan.result["removed"]] == ["allow in tcp 80"]
    assert steps(plan) == ["add", "remove"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"enabled": False}, "(disabled)"),
        ({"application": "C:\\x.exe"}, "(only program"),
        ({"description": "x"}, "[x]"),
    ],
)
def test_what_somebody_did_to_our_rules_is_told_and_put_right(change: dict[str, t.Any], told: str) -> None:
    way_in, ours = after(look(rule()))
    plan = look(rule(), host=answer(rules=[way_in, ours._replace(**change)]))
    assert plan.result["changed"]
    assert plan.result["added"] == [LINE]
    assert told in plan.result["removed"][0]


def test_another_spelling_of_a_name_is_put_right_though_no_line_tells_it() -> None:
    way_in, ours = after(look(rule()))
    plan = look(rule(), host=answer(rules=[way_in, ours._replace(name=ours.name.upper())]))
    assert steps(plan) == ["add", "remove"]
    assert (plan.result["added"], plan.result["changed"]) == ([], True)
    assert "was edited" in plan.result["diff"]["before"]


def test_a_rule_of_others_with_our_name_is_left_alone() -> None:
    way_in, ours = after(look(rule()))
    theirs = ours._replace(grouping="", remote_addresses="10.0.0.5")
    assert look(rule(), host=answer(rules=[way_in, ours], others=[theirs])).operations == ()
    assert steps(look(rule(), host=answer(rules=[way_in], others=[theirs]))) == ["add"]


def test_profiles_are_changed_last_and_those_in_use_last_of_all() -> None:
    changes = {f"policy__profiles__{name}__enabled": False for name in ("domain", "public")}
    changes |= {"policy__profiles__domain__default_inbound": "allow"}
    plan = look(rule(), host=answer(**changes), start=True, default_inbound="block")
    assert [(step.do, step.profile, dict(step.values)) for step in plan.operations[2:]] == [
        ("profile", "public", {"enabled": True}),
        ("profile", "domain", {"enabled": True, "default_inbound": "block"}),
    ]
    before, now = (plan.result["diff"][key].splitlines()[-1] for key in ("before", "after"))
    assert (before, now) == ("profile domain: off, allow in", "profile domain: on, block in")
    assert plan.warnings == ()


def test_only_the_named_profiles_are_changed_and_nothing_unasked() -> None:
    off = {f"policy__profiles__{name}__enabled": False for name in ("domain", "private", "public")}
    plan = look(rule(), host=answer(**off), start=True, profiles=["domain"])
    assert [step.profile for step in plan.operations if step.do == "profile"] == ["domain"]
    assert "profile" not in steps(look(rule(), host=answer(**off)))


def test_removal_takes_everything_of_ours_off_the_way_in_last() -> None:
    plan = look(host=answer(rules=after(look(rule())), others=[remoting()]), state="absent")
    assert steps(plan) == ["remove", "remove"]
    assert " management " in plan.operations[-1].name
    assert (sorted(plan.result["removed"]), plan.result["rules"]) == (sorted([WAY_IN, LINE]), 0)
    assert look(host=answer(others=[remoting()]), state="absent").operations == ()


def test_removal_leaves_the_profiles_as_they_were_found() -> None:
    found = {
        "domain": {"enabled": False, "default_inbound": "allow"},
        "private": {"enabled": True, "default_inbound": "block"},
    }
    host = answer(rules=after(look(rule())), others=[remoting()], found=found)
    plan = look(host=host, state="absent", as_found=True)
    assert steps(plan) == ["profile", "remove", "remove", "forget"]
    assert dict(plan.operations[0].values) == {"enabled": False, "default_inbound": "allow"}
    assert (plan.result["stopped"], plan.result["running"]) == (True, False)
    assert steps(look(host=host, state="absent")) == ["remove", "remove"]


def test_the_steps_are_what_the_module_takes() -> None:
    plan = look(rule(), host=answer(policy__profiles__domain__enabled=False), start=True)
    add, *_others, profile = [step.as_json() for step in plan.operations]
    assert add == {"do": "add", "rule": plan.operations[0].rule.as_json() if plan.operations[0].rule else None}
    assert profile == {"do": "profile", "profile": "domain", "values": {"enabled": True}}
    assert add["rule"]["remote_addresses"] == CONTROLLER
    assert as_read(plan.operations[0].rule or remoting()).remote_addresses == f"{CONTROLLER}/255.255.255.255"
