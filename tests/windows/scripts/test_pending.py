# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that waits to be confirmed, in PowerShell 7: confirmed, taken back, and what comes in between."""

from __future__ import annotations

import fcntl
import json
import time
import typing as t
from operator import itemgetter

import pytest

from .host import GROUP, TOKEN, Host, lines, rule

pytestmark = pytest.mark.pwsh

OLD = [rule("printops a", description="of \u20ac", remote_addresses="10.0.0.0/255.255.255.0"), rule("printops b")]
FOREIGN = [rule("printops a", grouping="someone")]
CHANGE: list[dict[str, t.Any]] = [
    {"do": "add", "rule": rule("printops new")},
    {"do": "set", "name": "printops b", "values": {"enabled": False}},
    {"do": "remove", "name": "printops a"},
    {"do": "profile", "profile": "public", "values": {"default_inbound": "allow"}},
]
SESSION = [{"local_port": 5986, "remote_address": "192.0.2.7", "remote_port": 50000}]
NEXT = [{"local_port": 5986, "remote_address": "192.0.2.7", "remote_port": 50001}]
ELSE = [{"local_port": 5986, "remote_address": "192.0.2.8", "remote_port": 50001}]


@pytest.fixture
def used(both: Host) -> Host:
    both.put(rules=[*FOREIGN, *OLD], connections=[*SESSION])
    return both


def is_as_before(host: Host) -> bool:
    """Whether rules and settings are those before the change, and nothing is left of it."""
    left = {path.name for path in host.state.iterdir()} & {"snapshot.json", "applied", "found.json"}
    return (
        sorted(host.rules(), key=itemgetter("name")) == OLD
        and host.rules("someone") == FOREIGN
        and host.profile("public")["default_inbound"] == "block"
        and host.data()["task"] is None
        and not left
    )


def test_a_change_arms_the_host_first(used: Host) -> None:
    answer = used.armed(CHANGE, session=SESSION)
    assert (answer["changed"], answer["pending"], answer["done"]) == (True, True, 4)
    assert used.names() == ["printops b", "printops new"]
    assert used.data()["task"] == {"path": str(used.state / "restore.ps1"), "seconds": 60}
    for name, text in used.restore_files().items():
        assert (used.state / name).read_bytes() == text.encode()
    facts, *rules = (used.state / "snapshot.json").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in rules] == OLD
    told = json.loads(facts)
    assert (told["token"], told["group"], told["session"], told["found"]) == (TOKEN, GROUP, SESSION, None)
    assert 30 < told["until"] - time.time() - 62135596800 <= 60


def test_a_waiting_change_is_told(used: Host) -> None:
    used.armed(CHANGE)
    for pending in (used.read()["pending"], used.read(token=TOKEN)["pending"], used.pending("status")):
        assert (pending["state"], pending["token"]) == ("pending", TOKEN)
        assert pending["detail"].startswith("until 20")
    assert used.pending("status", token="other")["state"] == "unknown"  # noqa: S106


def test_a_confirmed_change_stays(used: Host) -> None:
    used.armed(CHANGE, session=SESSION)
    used.put(connections=[*SESSION, *NEXT])
    answer = used.pending("confirmed")
    assert (answer["changed"], answer["state"], answer["token"]) == (True, "confirmed", TOKEN)
    assert used.names() == ["printops b", "printops new"]
    assert used.data()["task"] is None
    again = used.pending("confirmed")
    assert (again["changed"], again["state"]) == (False, "confirmed")
    assert used.read()["pending"]["state"] == "none"
    assert used.read()["found"]["public"]["default_inbound"] == "block"


@pytest.mark.parametrize("connections", [SESSION, ELSE, []])
def test_it_is_not_confirmed_over_the_connection_that_made_it(used: Host, connections: t.Any) -> None:
    used.armed(CHANGE, session=SESSION)
    used.put(connections=connections)
    answer = used.pending("confirmed")
    assert (answer["changed"], answer["state"]) == (False, "pending")
    assert answer["detail"] == "the connection is not a new one"


def test_it_is_confirmed_where_no_connection_is_known(used: Host) -> None:
    used.armed(CHANGE)
    assert used.pending("confirmed")["state"] == "confirmed"


def test_check_mode_confirms_nothing(used: Host) -> None:
    used.armed(CHANGE)
    answer = used.call("pending", check=True, token=TOKEN, want="confirmed")
    assert (answer["changed"], answer["state"]) == (False, "pending")


def test_the_task_takes_it_back(used: Host) -> None:
    used.armed(CHANGE)
    used.expire()
    done = used.run_task()
    assert (done.returncode, done.stderr) == (0, "")
    assert is_as_before(used)
    answer = used.pending("confirmed")
    assert (answer["changed"], answer["state"]) == (False, "restored")
    assert answer["detail"].endswith("Z timeout")
    assert used.read()["pending"] == {key: answer[key] for key in ("state", "token", "detail")}


def test_the_task_after_a_restart_does_not_wait(used: Host) -> None:
    used.armed(CHANGE)
    assert used.run_task().returncode == 0
    assert is_as_before(used)
    assert used.pending("status")["detail"].endswith("Z boot")


def test_the_task_twice_and_after_a_confirmation_does_nothing(used: Host) -> None:
    used.armed(CHANGE)
    task = used.data()["task"]
    used.run_task()
    used.put(task=task)
    assert used.run_task().returncode == 0
    assert is_as_before(used)
    used.armed(CHANGE)
    used.pending("confirmed")
    used.put(task=task)
    assert used.run_task().returncode == 0
    assert used.names() == ["printops b", "printops new"]
    assert used.data()["task"] is None


def test_a_task_that_cannot_begin_is_tried_again(used: Host) -> None:
    used.armed(CHANGE)
    (used.state / "snapshot.json").rename(used.state / "aside")
    (used.state / "snapshot.json").write_text("{")
    assert used.run_task().returncode != 0
    assert used.data()["task"] is not None
    (used.state / "aside").rename(used.state / "snapshot.json")
    assert used.run_task().returncode == 0
    assert is_as_before(used)


def test_what_fails_for_a_moment_is_put_back_at_once(used: Host) -> None:
    used.armed(CHANGE)
    used.put(fail={"Add-PrintopsRule": 1, "Set-PrintopsProfile": 1})
    assert used.run_task().returncode == 0
    assert is_as_before(used)
    assert "except" not in used.read()["pending"]["detail"]


REFUSED = rule("printops refused", protocol=1)
"""A rule as Windows takes none: it has ports, and a protocol without."""


@pytest.mark.parametrize("way", ["task", "demand", "settled"])
def test_one_rule_that_cannot_be_put_back_keeps_nothing_else_in_force(used: Host, way: str) -> None:
    used.put(rules=[*FOREIGN, *OLD, REFUSED])
    used.armed([*CHANGE, {"do": "remove", "name": "printops refused"}])
    assert used.names() == ["printops b", "printops new"]
    if way == "task":
        assert used.run_task().returncode == 0
        told = used.read()["pending"]
    elif way == "demand":
        told = used.pending("restored")
    else:
        used.expire()
        told = {"state": "restored", "detail": used.change([], confirm_timeout=0).get("repaired", "")}
    assert is_as_before(used)
    assert told["state"] == "restored"
    assert ', except: the rule "printops refused" could not be put back: ' in told["detail"]
    (event,) = used.data()["events"]
    assert event.startswith("An unconfirmed change of the firewall was taken back: 20")
    assert 'the rule "printops refused" could not be put back' in event


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        ("Remove-PrintopsRule", "a rule of the change could not be removed: "),
        ("Set-PrintopsProfile", "default_inbound of the profile public could not be put back: "),
    ],
)
def test_whatever_cannot_be_put_back_is_told_and_all_else_is(used: Host, function: str, sentence: str) -> None:
    used.armed(CHANGE)
    used.put(always_fail=[function])
    assert used.run_task().returncode == 0
    assert sentence in used.read()["pending"]["detail"]
    assert {"printops a", "printops b"} <= set(used.names())
    if function == "Remove-PrintopsRule":
        assert used.profile("public")["default_inbound"] == "block"
    else:
        assert sorted(used.names()) == ["printops a", "printops b"]
    assert used.data()["task"] is None


def test_a_full_disk_and_a_closed_event_log_keep_nothing_in_force(used: Host) -> None:
    used.armed(CHANGE)
    (used.state / "outcome.json.new").mkdir()
    used.put(always_fail=["Write-PrintopsEvent"])
    assert used.run_task().returncode == 0
    assert is_as_before(used)


@pytest.mark.parametrize(("function", "call"), [("Add-PrintopsRule", 1), ("Set-PrintopsRule", 1)])
def test_a_task_that_dies_is_completed_by_the_next(used: Host, function: str, call: int) -> None:
    used.armed(CHANGE)
    used.put(die={function: call})
    assert used.run_task(alone=True).returncode == 9
    used.put(die={})
    assert used.run_task().returncode == 0
    assert is_as_before(used)


def test_it_is_taken_back_on_demand(used: Host) -> None:
    used.armed(CHANGE)
    answer = used.pending("restored")
    assert (answer["changed"], answer["state"]) == (True, "restored")
    assert answer["detail"].endswith("Z asked")
    assert is_as_before(used)


def test_a_failed_change_disarms_the_host(used: Host) -> None:
    used.put(fail={"Remove-PrintopsRule": 1})
    answer = used.armed(CHANGE)
    assert (answer["failed"], answer["undone"], answer["pending"]) == (True, True, False)
    assert is_as_before(used)
    assert used.pending("status")["state"] == "unknown"


def test_a_failed_undo_is_left_to_the_task(used: Host) -> None:
    used.put(fail={"Remove-PrintopsRule": 1, "Add-PrintopsRule": 2})
    answer = used.armed(CHANGE)
    assert (answer["failed"], answer["changed"], answer["undone"], answer["pending"]) == (True, True, False, True)
    used.put(fail={})
    answer = used.pending("confirmed")
    assert (answer["state"], answer["detail"].rpartition(" ")[2]) == ("restored", "incomplete")
    assert is_as_before(used)


def test_a_host_that_does_not_run_its_own_script_is_not_changed(used: Host) -> None:
    used.put(scheduler="deaf")
    before = used.rules()
    answer = used.armed(CHANGE, seconds=1)
    assert answer["failed"]
    assert "this host does not run the script that takes a change back, by which it was tried" in answer["msg"]
    assert "AppLocker" in answer["msg"]
    assert (used.rules(), used.data()["task"]) == (before, None)
    assert not (used.state / "snapshot.json").exists()
    assert not (used.state / "trial").exists()


@pytest.mark.parametrize("language", ["FullLanguage", "ConstrainedLanguage"])
def test_a_trial_is_answered_only_where_the_script_can_do_its_work(host: Host, language: str) -> None:
    host.armed([{"do": "add", "rule": rule("printops a")}])
    host.pending("confirmed")
    (host.state / "trial").write_text(TOKEN)
    script = host.folder / "task.ps1"
    mode = f"$ExecutionContext.SessionState.LanguageMode = '{language}'"
    script.write_text(f"{mode}\n& '{host.state / 'restore.ps1'}'\n")
    host.powershell(script, alone=True)
    assert (host.state / "tried").exists() == (language == "FullLanguage")


def test_a_trial_that_was_left_takes_nothing_from_a_change_that_waits(used: Host) -> None:
    used.armed(CHANGE)
    (used.state / "trial").write_text(TOKEN)
    assert used.run_task().returncode == 0
    assert is_as_before(used)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01T00:00:00Z",
        "2024-01-01",
        "/Date(1700000000000)/",
        'says "2024-01-01T00:00:00Z"',
        "\\",
        "2024-01-01T00:00\\",
    ],
)
def test_texts_stay_texts_in_what_is_put_back(host_on_model: Host, text: str) -> None:
    there = [rule("printops a", description=text), rule(text, local_ports="80")]
    host_on_model.put(rules=there)
    host_on_model.armed([{"do": "remove", "name": "printops a"}, {"do": "remove", "name": text}])
    assert host_on_model.names() == []
    assert host_on_model.run_task().returncode == 0
    assert sorted(host_on_model.rules(), key=lambda one: one["local_ports"]) == sorted(
        there, key=lambda one: one["local_ports"]
    )


def test_a_task_that_cannot_be_registered_stops_the_change(used: Host) -> None:
    used.put(fail={"Register-PrintopsTask": 1})
    answer = used.armed(CHANGE)
    assert "could not be registered" in answer["msg"]
    assert "no operation was carried out" in answer["msg"]
    assert used.rules() == OLD
    assert used.pending("status")["state"] == "unknown"


@pytest.mark.parametrize("policy", ["AllSigned", "Restricted"])
def test_a_host_that_may_not_run_the_script_is_not_changed(used: Host, policy: str) -> None:
    used.put(script_policy=policy)
    answer = used.armed(CHANGE)
    assert policy in answer["msg"]
    assert used.rules() == OLD
    assert used.change(CHANGE)["changed"] is True


def test_a_change_waits_for_the_one_that_may_still_be_confirmed(used: Host) -> None:
    used.armed(CHANGE)
    names = used.names()
    answer = used.change([{"do": "remove", "name": "printops b"}])
    assert "another change waits to be confirmed until 20" in answer["msg"]
    assert used.names() == names


@pytest.mark.parametrize("function", ["Add-PrintopsRule", "Set-PrintopsRule", "Set-PrintopsProfile"])
def test_a_run_that_died_is_settled_by_the_next(used: Host, function: str) -> None:
    state_id = used.read()["state_id"]
    files = used.restore_files()
    armed = {"group": GROUP, "state_id": state_id, "token": TOKEN, "confirm_timeout": 60, "restore_files": files}
    used.put(die={function: 1})
    with pytest.raises(AssertionError):
        used.run(("change", {**armed, "operations": lines(CHANGE)}), alone=True)
    used.put(die={})
    assert used.read()["pending"]["state"] == "pending"
    removal = lines([{"do": "remove", "name": "printops a"}])
    answer = used.call("change", group=GROUP, state_id=state_id, operations=removal)
    assert answer["repaired"] == "an unconfirmed change of an interrupted run was taken back first"
    assert answer["changed"] is True
    assert used.names() == ["printops b"]
    assert used.read()["pending"]["state"] == "none"


def test_what_was_taken_back_is_told_to_the_next_run_once(used: Host) -> None:
    used.armed(CHANGE)
    used.run_task()
    assert used.read()["pending"]["state"] == "restored"
    first = used.change([{"do": "set", "name": "printops a", "values": {"enabled": False}}])
    assert first["repaired"].startswith("the host took an unconfirmed change of an earlier run back (20")
    assert used.read()["pending"]["state"] == "none"
    second = used.change([{"do": "set", "name": "printops a", "values": {"enabled": True}}])
    assert second["repaired"] == ""


def test_one_run_at_a_time(used: Host) -> None:
    used.state.mkdir()
    with (used.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = used.change(CHANGE)
    assert "another run is at work" in answer["msg"]
    assert used.rules() == OLD
