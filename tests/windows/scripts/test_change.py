# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""windows_defender_change in PowerShell 7, without a confirmation."""

from __future__ import annotations

import typing as t

import pytest

from .host import GROUP, TOKEN, Host, lines, restore_files, rule

pytestmark = pytest.mark.pwsh

Operation = dict[str, t.Any]

OLD = [rule("printops a"), rule("printops b", local_ports="80"), rule("printops b", local_ports="81")]
FOREIGN = [rule("printops b", grouping="someone"), rule("theirs", grouping="")]
EVERYTHING: list[Operation] = [
    {"do": "add", "rule": rule("printops new", remote_addresses="10.0.0.0/24,10.1.0.1,LocalSubnet,2001:db8::/32")},
    {"do": "set", "name": "printops a", "values": {"description": "changed", "enabled": False}},
    {"do": "rename", "name": "printops b", "to": "printops b (replaced)"},
    {"do": "add", "rule": rule("printops b", local_ports="82")},
    {"do": "remove", "name": "printops b (replaced)"},
    {"do": "profile", "profile": "domain", "values": {"enabled": True, "default_inbound": "allow"}},
    {"do": "profile", "profile": "public", "values": {"enabled": False}},
]
DONE = {"changed": True, "stale": False, "done": 7, "pending": False, "undone": False, "repaired": ""}


@pytest.fixture
def used(both: Host) -> Host:
    """A host with rules of ours and of others, two of which have the same name."""
    both.put(rules=[*FOREIGN, *OLD])
    return both


def test_every_operation(used: Host) -> None:
    answer = used.change(EVERYTHING)
    assert {key: answer[key] for key in DONE} == DONE
    assert "problem" not in answer
    assert used.names() == ["printops a", "printops new", "printops b"]
    first, new, last = used.rules()
    assert (first["description"], first["enabled"], first["local_ports"]) == ("changed", False, "443")
    assert new["remote_addresses"] == "10.0.0.0/255.255.255.0,10.1.0.1/255.255.255.255,LocalSubnet,2001:db8::/32"
    assert last["local_ports"] == "82"
    assert used.rules("someone") + used.rules("") == FOREIGN
    assert used.profile("domain")["default_inbound"] == "allow"
    assert used.profile("public")["enabled"] is False
    assert used.data()["task"] is None


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("Add-PrintopsRule", 1),
        ("Add-PrintopsRule", 2),
        ("Set-PrintopsRule", 1),
        ("Set-PrintopsRule", 2),
        ("Set-PrintopsRule", 3),
        ("Set-PrintopsRule", 4),
        ("Set-PrintopsRule", 5),
        ("Remove-PrintopsRule", 1),
        ("Remove-PrintopsRule", 2),
        ("Set-PrintopsProfile", 1),
        ("Set-PrintopsProfile", 2),
    ],
)
def test_a_failure_of_any_operation_is_undone(used: Host, function: str, call: int) -> None:
    before = used.read()
    used.put(fail={function: call})
    answer = used.call("change", group=GROUP, state_id=before["state_id"], operations=lines(EVERYTHING))
    assert answer["failed"] is True
    assert f"told to fail at {function}" in answer["msg"]
    assert "it was undone" in answer["msg"]
    assert (answer["changed"], answer["undone"], answer["done"], answer["pending"]) == (False, True, 0, False)
    after = used.read()
    assert after["state_id"] == before["state_id"]
    assert after["others"] == before["others"]
    assert after["found"] is None


def test_the_message_names_the_operation_that_failed(used: Host) -> None:
    used.put(fail={"Add-PrintopsRule": 2})
    assert "operation 4 (add printops b) failed" in used.change(EVERYTHING)["msg"]


def test_an_operation_that_windows_refuses(used: Host) -> None:
    wrong = rule("printops x", protocol=1)
    answer = used.change([{"do": "remove", "name": "printops a"}, {"do": "add", "rule": wrong}])
    assert "expected range" in answer["msg"]
    assert answer["undone"] is True
    assert sorted(used.names()) == sorted(record["name"] for record in OLD)


def test_a_failed_undo_is_told(used: Host) -> None:
    used.put(fail={"Add-PrintopsRule": 1, "Remove-PrintopsRule": 2})
    operations: list[Operation] = [
        {"do": "remove", "name": "printops a"},
        {"do": "remove", "name": "printops b"},
    ]
    answer = used.change(operations)
    assert (answer["failed"], answer["changed"], answer["undone"]) == (True, True, False)
    assert "undoing it failed as well" in answer["msg"]


def test_a_setting_that_a_policy_overrides_is_no_success(used: Host) -> None:
    used.put(deaf_profiles=True)
    answer = used.change([{"do": "profile", "profile": "public", "values": {"default_inbound": "allow"}}])
    assert "default_inbound of the profile public does not take effect" in answer["msg"]
    assert answer["undone"] is True


def test_another_state_is_stale_and_nothing_is_done(used: Host) -> None:
    answer = used.call("change", group=GROUP, state_id="0" * 64, operations=lines(EVERYTHING))
    assert (answer["changed"], answer["stale"], answer["done"]) == (False, True, 0)
    assert used.rules() == OLD


def test_nothing_to_do(used: Host) -> None:
    answer = used.change([])
    assert (answer["changed"], answer["stale"]) == (False, False)


def test_check_mode_changes_nothing(used: Host) -> None:
    answer = used.change(EVERYTHING, check=True)
    assert (answer["changed"], answer["stale"], answer["done"]) == (True, False, 0)
    assert used.rules() == OLD
    assert not used.state.exists()


def test_the_profiles_as_found_are_kept_once_and_forgotten(used: Host) -> None:
    off: Operation = {"do": "profile", "profile": "public", "values": {"enabled": False}}
    used.change([off])
    assert used.read()["found"]["public"] == {"enabled": True, "default_inbound": "block"}
    used.change([{"do": "profile", "profile": "public", "values": {"default_inbound": "allow"}}])
    found = used.read()["found"]
    assert found == {
        "domain": {"enabled": True, "default_inbound": "block"},
        "private": {"enabled": True, "default_inbound": "block"},
        "public": {"enabled": True, "default_inbound": "block"},
    }
    answer = used.change([{"do": "profile", "profile": "public", "values": found["public"]}, {"do": "forget"}])
    assert answer["done"] == 2
    assert used.read()["found"] is None


def test_what_leaves_is_closed_and_opened_and_how_it_was_is_kept_meanwhile(used: Host) -> None:
    close: Operation = {"do": "profile", "profile": "public", "values": {"default_outbound": "block"}}
    used.change([close])
    assert used.profile("public")["default_outbound"] == "block"
    assert used.read()["found"] == {"domain": {}, "private": {}, "public": {"default_outbound": "allow"}}
    used.change([{"do": "profile", "profile": "public", "values": {"default_outbound": "allow"}}, close])
    assert used.read()["found"]["public"] == {"default_outbound": "allow"}
    release: Operation = {"do": "release", "profile": "public", "setting": "default_outbound"}
    used.change([{"do": "profile", "profile": "public", "values": {"default_outbound": "allow"}}, release])
    assert (used.profile("public")["default_outbound"], used.read()["found"]) == ("allow", None)
    used.change([release])
    used.change([{"do": "profile", "profile": "domain", "values": {"enabled": False, "default_outbound": "block"}}])
    used.change([{"do": "release", "profile": "domain", "setting": "default_outbound"}])
    assert used.read()["found"]["domain"] == {"enabled": True, "default_inbound": "block"}


def test_what_was_closed_is_opened_where_the_change_fails(used: Host) -> None:
    used.put(fail={"Remove-PrintopsRule": 1})
    close: Operation = {"do": "profile", "profile": "public", "values": {"default_outbound": "block"}}
    answer = used.change([close, {"do": "remove", "name": "printops a"}])
    assert answer["undone"] is True
    assert (used.profile("public")["default_outbound"], used.read()["found"]) == ("allow", None)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("remove", "operation 2 is no dictionary"),
        ({"do": "dance"}, 'operation 2 is to do "dance"'),
        ({"do": "add"}, 'operation 2 lacks the key "rule"'),
        ({"do": "add", "rule": {"name": "x"}}, 'operation 2: rule lacks the key "description"'),
        ({"do": "add", "rule": rule("x", colour="red")}, 'operation 2: rule has the key "colour"'),
        ({"do": "add", "rule": rule("x", grouping="other")}, 'the rule is of "other" and not of'),
        ({"do": "set", "name": "printops a", "values": {"name": "x"}}, 'operation 2: values has the key "name"'),
        ({"do": "set", "name": "theirs", "values": {}}, 'the rule "theirs", which the group does not have'),
        ({"do": "remove", "name": "printops c"}, 'the rule "printops c", which the group does not have'),
        ({"do": "rename", "name": "printops a"}, 'operation 2 lacks the key "to"'),
        ({"do": "remove", "name": "printops a", "now": True}, 'operation 2 has the key "now"'),
        ({"do": "profile", "profile": "home", "values": {}}, 'the profile "home"'),
        ({"do": "release", "profile": "home", "setting": "enabled"}, 'the profile "home"'),
        ({"do": "release", "profile": "public", "setting": "x"}, 'operation 2 is for the setting "x"'),
        ({"do": "release", "profile": "public"}, 'operation 2 lacks the key "setting"'),
        (
            {"do": "profile", "profile": "public", "values": {"stealth": True}},
            'operation 2: values has the key "stealth"',
        ),
    ],
)
def test_a_list_with_a_fault_is_refused_whole(used: Host, operation: object, message: str) -> None:
    answer = used.change([{"do": "add", "rule": rule("printops first")}, operation])
    assert answer["failed"] is True
    assert message in answer["msg"]
    assert "no operation was carried out" in answer["msg"]
    assert answer["undone"] is True
    assert used.rules() == OLD


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"confirm_timeout": 60, "restore_files": {}, "token": TOKEN}, "restore_files lacks restore.ps1"),
        ({"confirm_timeout": 60, "restore_files": {}}, "confirm_timeout needs a token"),
        (
            {"confirm_timeout": 60, "token": TOKEN, "restore_files": {**restore_files(), "../x.psm1": ""}},
            'restore_files has the name "../x.psm1"',
        ),
    ],
)
def test_a_host_is_not_armed_by_halves(used: Host, arguments: dict[str, t.Any], message: str) -> None:
    answer = used.change(EVERYTHING, **arguments)
    assert message in answer["msg"]
    assert used.rules() == OLD
    assert used.data().get("task") is None


def test_a_state_folder_of_somebody_else_is_refused(used: Host) -> None:
    before = used.read()["state_id"]
    used.put(foreign_folder=True)
    answer = used.call("change", group=GROUP, state_id=before, operations=lines(EVERYTHING))
    assert "remove it" in answer["msg"]
    assert used.rules() == OLD
