# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether rules would be in force on a Windows host, told before anything is written."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import WindowsError
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.state import State
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import (
    answer,
    look,
    refused,
    rule,
)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"service__firewall": {"state": "stopped"}}, "Windows Defender Firewall (MpsSvc) is stopped"),
        ({"service__filtering_engine": {"state": "stopped"}}, "Base Filtering Engine (BFE) is stopped"),
        ({"policy__profiles__domain__local_rules_apply": False}, "rules of the domain profile ignored"),
        (
            {"policy__local_policy_modify_state": "gp_override"},
            "a Group Policy has the host's own firewall rules ignored",
        ),
        (
            {"policy__profiles__domain__block_all_inbound": True},
            "blocks all incoming connections of the domain profile",
        ),
        ({"policy__local_policy_modify_state": "inbound_blocked"}, "blocks all incoming connections of the domain"),
        ({"products": ["Guard"], "policy__profiles__domain__enabled": False}, "Guard is registered as the firewall"),
    ],
)
def test_rules_without_effect_are_refused_first(changes: dict[str, t.Any], told: str) -> None:
    assert told in refused(rule(), host=answer(**changes))


def test_a_service_that_does_not_run_tells_of_nothing_else() -> None:
    empty = {**answer()["policy"], "local_policy_modify_state": "unknown", "profiles": {}, "local_profiles": {}}
    host = answer(policy=empty, service__firewall={"state": "stopped"})
    assert "start it" in refused(rule(), host=host)
    assert "start it" in refused(host=host, state="absent")
    assert not State.of(host).is_enforced


def test_rules_for_profiles_that_no_network_has_are_refused() -> None:
    host = answer(policy__current_profiles=["public"])
    told = refused(rule(), host=host, profiles=["domain", "private"])
    assert "networks of the public profile, and the rules are for the domain and private profiles only" in told
    assert look(rule(), host=host, profiles=["public"]).result["changed"]


@pytest.mark.parametrize(
    ("changes", "options", "told"),
    [
        ({"policy__profiles__domain__enabled": False}, {}, "the firewall is off for the domain profile"),
        ({"policy__profiles__domain__default_inbound": "allow"}, {}, "is let in by the domain profile"),
        ({"policy__current_profiles": ["domain", "public"]}, {"profiles": ["domain"]}, "of the public profile too"),
        ({"policy__profiles__public__local_rules_apply": False}, {}, "networks of the public profile, where it is not"),
        ({"products": ["Guard", "Wall"]}, {}, "Guard and Wall is registered as a firewall of this host too"),
        ({"policy__policy_rules": ["printops 1"]}, {}, "a Group Policy brings 1 rules of this collection"),
        ({"connections": []}, {}, "the connection of this run is not among those that the host tells of"),
    ],
)
def test_what_lessens_the_effect_is_a_warning(changes: dict[str, t.Any], options: dict[str, t.Any], told: str) -> None:
    plan = look(rule(), host=answer(**changes), **options)
    assert [told in text for text in plan.warnings] == [True]


def test_a_copy_of_our_rules_by_group_policy_is_told_with_the_refusal() -> None:
    changes: dict[str, t.Any] = {"policy__policy_rules": ["a", "b"], "policy__local_policy_modify_state": "gp_override"}
    assert "(2 rules of this collection come from a Group Policy)" in refused(rule(), host=answer(**changes))


def test_running_tells_whether_anything_is_filtered() -> None:
    off = answer(policy__profiles__domain__enabled=False)
    assert not look(rule(), host=off).result["running"]
    plan = look(rule(), host=off, start=True)
    assert (plan.result["running"], plan.result["started"]) == (True, True)


def test_an_answer_that_lacks_a_part_is_an_error_and_no_traceback() -> None:
    raw = answer()
    del raw["policy"]["profiles"]["public"]
    with pytest.raises(WindowsError, match=r"cannot be understood: KeyError\('public'\)"):
        State.of(raw)


ANSWERS = rule(protocol="udp", ports=[], source_ports=["64099"], flows=["safeq5/terminal-professional/1"])


@pytest.mark.parametrize(
    ("setter", "ending"),
    [
        ({}, "may not come in: Set-NetFirewallProfile -AllowUnicastResponseToMulticast True lets them in"),
        ({"unicast_responses": "policy"}, "domain profile by a Group Policy, so those of"),
        ({"unicast_responses": "policy"}, "may not come in: have it changed in a Group Policy"),
    ],
)
def test_answers_to_a_broadcast_that_windows_drops_are_announced(setter: dict[str, str], ending: str) -> None:
    deaf = {"policy__profiles__domain__unicast_responses": False, "policy__profiles__domain__set_by": setter}
    (told,) = look(ANSWERS, host=answer(**deaf)).warnings
    assert told.startswith("answers to a broadcast or to a group are dropped by the domain profile")
    assert "those of safeq5/terminal-professional/1 may not" in told
    assert ending in told
    assert look(rule(), host=answer(**deaf)).warnings == ()
    assert look(ANSWERS, host=answer(policy__current_profiles=["private"], **deaf)).warnings == ()


def test_profiles_must_be_named() -> None:
    with pytest.raises(WindowsError, match="profiles is empty"):
        look(rule(), profiles=[])


def test_an_account_without_the_rights_of_an_administrator_changes_nothing() -> None:
    host = answer(administrator=False)
    for options in ({}, {"state": "absent"}):
        assert "has not the rights of an administrator" in refused(rule(), host=host, **options)
