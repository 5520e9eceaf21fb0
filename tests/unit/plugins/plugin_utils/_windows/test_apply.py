# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of a change of a Windows host, with modules that answer from a list."""

from __future__ import annotations

import json
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.printops.firewall.plugins.plugin_utils._apply import confirmed as confirmed_apply
from ansible_collections.printops.firewall.plugins.plugin_utils._windows import apply as windows_apply
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.apply import WindowsRules
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import (
    after,
    answer,
    foreign,
    look,
    rule,
)

Answer = dict[str, t.Any] | Exception
STALE = {"changed": False, "stale": True, "done": 0, "pending": False, "undone": False, "repaired": ""}
WRITTEN = {**STALE, "changed": True, "stale": False, "done": 2, "pending": True}
KEPT = {**WRITTEN, "pending": False}
CONFIRMED = {"changed": True, "state": "confirmed", "detail": ""}
CRASHED = {"failed": True, "msg": "MODULE FAILURE", "module_stdout": ""}
RIGHT = answer(rules=after(look(rule())))
LOST = OSError("Connection aborted.")


class Bench:
    """An action whose module calls are answered in turn; keeps the calls and counts the resets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[Answer] = []
        self.calls: list[tuple[str, dict[str, t.Any]]] = []
        self.resets = 0
        self.clock = 0.0
        self.options: dict[str, t.Any] = {"port": 5986}
        self.transport = "winrm"
        self.is_windows = True
        monkeypatch.setattr(ActionBase, "run", lambda *_a, **_k: {})
        clock = types.SimpleNamespace(monotonic=lambda: self.clock, sleep=self._sleep)
        monkeypatch.setattr(confirmed_apply, "time", clock)
        monkeypatch.setattr(windows_apply, "time", clock)
        monkeypatch.setattr(windows_apply, "restore_files", lambda: {"restore.ps1": "x"})

    def _sleep(self, seconds: float) -> None:
        self.clock += seconds

    def _reset(self) -> None:
        self.resets += 1

    def _execute(self, *, module_name: str, module_args: dict[str, t.Any], task_vars: object) -> dict[str, t.Any]:
        assert task_vars == {"inventory_hostname": "win1"}
        self.calls.append((module_name.removeprefix("printops.firewall.windows_defender_"), module_args))
        self.clock += 5
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(told, Exception):
            raise told
        return dict(told)

    def run(self, *answers: Answer, check: bool = False, **arguments: t.Any) -> dict[str, t.Any]:
        self.answers = list(answers)
        action = object.__new__(WindowsRules)
        given = {"rules": [rule()], **arguments}
        action._task = types.SimpleNamespace(args={key: value for key, value in given.items() if value is not None})
        action._task.check_mode = check
        action._connection = types.SimpleNamespace(
            reset=self._reset,
            get_option=lambda name: self.options[name],
            transport=self.transport,
            _shell=types.SimpleNamespace(_IS_WINDOWS=self.is_windows),
        )
        action._execute_module = self._execute
        action._load_name = "windows_defender_rules"
        return action.run(task_vars={"inventory_hostname": "win1"})

    @property
    def called(self) -> list[str]:
        return [name for name, _arguments in self.calls]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_an_unchanged_host_is_one_call_and_no_reset(bench: Bench) -> None:
    result = bench.run(RIGHT)
    assert (result["changed"], result["pending"], result["rules"], result["warnings"]) == (False, False, 1, [])
    assert (bench.called, bench.resets) == (["info"], 0)
    assert bench.calls[0][1] == {"group": "printops.firewall", "management_ports": [5985, 5986], "outgoing": False}


def test_a_change_is_two_calls_and_is_confirmed_over_a_new_connection(bench: Bench) -> None:
    result = bench.run(answer(), WRITTEN, CONFIRMED, confirm_timeout="30")
    assert (result["changed"], result["confirmed"], result["pending"], len(result["added"])) == (True, True, False, 2)
    assert (bench.called, bench.resets) == (["info", "change", "pending"], 1)
    (_state, changed, asked) = (arguments for _name, arguments in bench.calls)
    assert (changed["confirm_timeout"], changed["state_id"], asked["want"]) == (30, "1", "confirmed")
    assert changed["token"] == asked["token"]
    assert changed["session"] == answer()["connections"]
    assert changed["restore_files"] == {"restore.ps1": "x"}
    assert [json.loads(line)["do"] for line in changed["operations"].split("\n")] == ["add", "add"]


def test_without_confirmation_a_change_is_two_calls(bench: Bench) -> None:
    result = bench.run(answer(), KEPT, confirm_timeout=0)
    assert (result["changed"], "confirmed" in result) == (True, False)
    assert (bench.called, bench.resets) == (["info", "change"], 0)
    (_name, changed) = bench.calls[1]
    assert ("token" in changed, changed["confirm_timeout"], changed["restore_files"]) == (False, 0, {})


def test_check_mode_reads_and_tells(bench: Bench) -> None:
    result = bench.run(answer(), check=True)
    assert (result["changed"], result["pending"], bench.called) == (True, False, ["info"])
    assert "[management-connection]" in result["diff"]["after"]


@pytest.mark.parametrize("timeout", [True, -1, "x", 9, 1.5])
def test_a_wrong_timeout_is_refused_before_anything_is_done(bench: Bench, timeout: object) -> None:
    result = bench.run(answer(), confirm_timeout=timeout)
    assert result["failed"]
    assert "confirm_timeout is" in result["msg"]
    assert bench.calls == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"rules": None}, "state is present but all of the following are missing: rules"),
        ({"profile": "any"}, "profile. Supported parameters include"),
        ({"profiles": ["work"]}, "value of profiles must be one or more of: domain, private, public, any"),
        ({"rules": 5}, "Elements value for option 'rules' is of type .*str"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_done(
    bench: Bench, arguments: dict[str, t.Any], told: str
) -> None:
    with pytest.raises(AnsibleActionFail, match=told):
        bench.run(answer(), **arguments)
    assert bench.calls == []


def test_a_host_that_is_reached_as_linux_is_refused_before_anything_is_done(bench: Bench) -> None:
    bench.transport, bench.is_windows = "ssh", False
    assert "not reached as Windows, but over ssh" in bench.run(answer())["msg"]
    assert bench.calls == []


def test_a_host_that_is_not_fit_is_named_with_the_remedy_and_nothing_is_written(bench: Bench) -> None:
    result = bench.run(answer(policy__local_policy_modify_state="gp_override"))
    assert (result["failed"], result["changed"], bench.called) == (True, False, ["info"])
    assert result["msg"].startswith("windows_defender_rules: win1: a Group Policy has")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (rule(ports=["0"]), "'0' is no port"),
        ({"direction": "in"}, "protocol is None; it must be one of tcp, udp, icmp"),
        (rule(port="1"), "unknown key 'port'"),
        (5, "is 5; a rule is a mapping with the keys direction"),
    ],
)
def test_a_wrong_rule_is_named(bench: Bench, raw: object, told: str) -> None:
    result = bench.run(answer(), rules=[raw])
    assert "win1: rules[0]" in result["msg"]
    assert told in result["msg"]


def test_a_module_that_fails_to_read_is_the_result(bench: Bench) -> None:
    result = bench.run({"failed": True, "msg": "windows_defender_info: access is denied"})
    assert (result["failed"], result["changed"], bench.called) == (True, False, ["info"])


def test_rules_that_changed_since_they_were_read_are_read_again(bench: Bench) -> None:
    result = bench.run(answer(), STALE, answer(state_id="2"), WRITTEN, CONFIRMED)
    assert result["confirmed"]
    assert bench.called == ["info", "change", "info", "change", "pending"]
    assert bench.calls[3][1]["state_id"] == "2"
    assert bench.calls[1][1]["token"] != bench.calls[3][1]["token"]


def test_rules_that_change_again_and_again_are_given_up(bench: Bench) -> None:
    result = bench.run(*[answer(), STALE] * 5)
    assert "somebody else changed the rules" in result["msg"]
    assert bench.called == ["info", "change"] * windows_apply.MOST_READS


def test_another_change_is_waited_for(bench: Bench) -> None:
    waits = answer(pending={"state": "pending", "token": "other", "detail": ""})
    assert bench.run(waits, waits, RIGHT)["changed"] is False
    assert bench.called == ["info"] * 3


def test_another_change_that_waits_for_too_long_is_left_to_the_host_to_refuse(bench: Bench) -> None:
    waits = answer(pending={"state": "pending", "token": "other", "detail": ""})
    refused = {"failed": True, "msg": "windows_defender_change: another change waits", "pending": False}
    result = bench.run(*[waits] * 9, refused)
    assert (result["failed"], bench.called) == (True, ["info"] * 9 + ["change"])
    assert 60 <= bench.clock <= 60 + 20


def test_a_host_that_is_right_only_because_of_a_change_that_waits_is_not_ok(bench: Bench) -> None:
    waits = {**RIGHT, "pending": {"state": "pending", "token": "other", "detail": "until 10:42"}}
    result = bench.run(*[waits] * 40)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "a change of another run waits to be confirmed or taken back (until 10:42)" in result["msg"]
    assert set(bench.called) == {"info"}


def test_in_check_mode_another_change_is_not_waited_for(bench: Bench) -> None:
    waits = answer(pending={"state": "pending", "token": "other", "detail": ""})
    result = bench.run(waits, check=True)
    assert bench.called == ["info"]
    assert "a change of another run waits" in result["warnings"][-1]


def test_what_the_host_took_back_or_settled_is_told(bench: Bench) -> None:
    restored = answer(pending={"state": "restored", "token": "x", "detail": "at boot"}, others=[foreign()])
    settled = {**WRITTEN, "repaired": "an unconfirmed change of an interrupted run was taken back first"}
    result = bench.run(restored, settled, CONFIRMED)
    assert [text.split(": ")[0] for text in result["warnings"]] == ["windows_defender_rules"] * 3
    told = "\n".join(result["warnings"])
    assert all(one in told for one in ("'Web' lets everyone", "earlier run back (at boot)", "taken back first"))
    assert "repaired" not in result


def test_a_change_that_failed_and_was_undone_is_told(bench: Bench) -> None:
    failed = {"failed": True, "msg": "operation 2 (add): no", "undone": True, "pending": False, "done": 0}
    result = bench.run(answer(), failed)
    assert (result["failed"], result["changed"], result["pending"], bench.resets) == (True, False, False, 0)
    assert result["msg"] == "operation 2 (add): no"


def test_a_change_that_failed_and_could_not_be_undone_is_taken_back_at_once(bench: Bench) -> None:
    failed = {"failed": True, "msg": "operation 2 (add): no", "undone": False, "pending": True, "done": 0}
    result = bench.run(answer(), failed, {"state": "restored", "detail": ""})
    assert (result["failed"], result["changed"], bench.called[-1]) == (True, False, "pending")
    assert bench.calls[-1][1]["want"] == "restored"
    kept = bench.run(answer(), {**failed, "pending": False}, confirm_timeout=0)
    assert (kept["failed"], kept["changed"], bench.called[-1]) == (True, True, "change")
    later = bench.run(answer(), failed, LOST)
    assert later["changed"]
    assert "the host takes everything back by itself (Connection aborted.)" in later["msg"]


def test_a_rollback_is_told_with_the_host_s_reason(bench: Bench) -> None:
    restored = {"state": "restored", "detail": "10:00 timeout"}
    result = bench.run(answer(), WRITTEN, LOST, {"state": "pending", "detail": "not a new one"}, restored)
    assert (result["failed"], result["rolled_back"], result["changed"]) == (True, True, False)
    assert "10:00 timeout" in result["msg"]
    assert "printops_management" in result["msg"]
    assert bench.resets == 3


def test_a_host_that_stays_away_is_given_up_in_time(bench: Bench) -> None:
    result = bench.run(answer(), WRITTEN, LOST, confirm_timeout=30)
    assert (result["failed"], result["rolled_back"], "Connection aborted." in result["msg"]) == (True, False, True)
    assert 30 + 60 <= bench.clock <= 30 + 60 + 20


@pytest.mark.parametrize("loss", [LOST, CRASHED, AnsibleConnectionFailure("winrm connection error")])
def test_a_lost_answer_to_a_whole_change_needs_no_other_call(bench: Bench, loss: Answer) -> None:
    result = bench.run(answer(), loss, CONFIRMED)
    assert (result["changed"], result["confirmed"], result["rules"], len(result["added"])) == (True, True, 1, 2)
    assert bench.called == ["info", "change", "pending"]


def test_a_lost_answer_to_a_change_that_was_taken_back_is_a_failure(bench: Bench) -> None:
    result = bench.run(answer(), LOST, {"state": "restored", "detail": "incomplete"})
    assert (result["failed"], result["rolled_back"]) == (True, True)
    assert "the connection was lost while the rules were applied: Connection aborted." in result["msg"]


def test_a_connection_that_was_lost_before_any_change_is_unreachable(bench: Bench) -> None:
    with pytest.raises(AnsibleConnectionFailure, match="the host has not changed anything"):
        bench.run(answer(), LOST, {"state": "unknown", "detail": ""})
    with pytest.raises(AnsibleConnectionFailure, match="while the firewall was read: Connection aborted"):
        bench.run(LOST)


@pytest.mark.parametrize(
    ("transport", "options", "port"),
    [
        ("winrm", {"port": 5985}, 5985),
        ("psrp", {"port": None, "protocol": "http"}, 5985),
        ("psrp", {"port": None, "protocol": "https"}, 5986),
        ("psrp", {"port": "15986"}, 15986),
        ("ssh", {"port": None}, 22),
        ("local", {}, 5986),
    ],
)
def test_the_port_is_that_of_the_connection(bench: Bench, transport: str, options: dict[str, t.Any], port: int) -> None:
    bench.transport, bench.options = transport, options
    bench.run(RIGHT, check=True)
    assert bench.calls[0][1]["management_ports"] == sorted({5985, 5986, port})


def test_what_takes_a_change_back_is_of_this_collection() -> None:
    files = windows_apply.restore_files()
    assert {"restore.ps1", "Firewall.psm1", "FirewallChange.psm1"} <= set(files)
    assert all("SPDX-License-Identifier" in text for text in files.values())
