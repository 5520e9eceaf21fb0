# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of a confirmed apply, with modules that answer from a list."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.printops.firewall.plugins.plugin_utils._apply import confirmed as confirmed_apply
from ansible_collections.printops.firewall.plugins.plugin_utils._apply.confirmed import ConfirmedApply

CHANGED = {"changed": True, "pending": True, "rules": 3}
UNCHANGED = {"changed": False, "pending": False, "rules": 3}
CRASHED = {"failed": True, "msg": "MODULE FAILURE", "module_stdout": ""}
LOST = AnsibleConnectionFailure("Shared connection to h closed.")
REFUSED = AnsibleConnectionFailure("Failed to connect: ssh: connect to host h port 22: Connection timed out")


class Action(ConfirmedApply):
    MODULE = "printops.firewall.ufw_rules"
    PROVIDER = "ufw"


class Bench:
    """An action whose module calls are answered in turn; keeps the calls and counts the resets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[dict[str, t.Any] | Exception] = []
        self.calls: list[tuple[str, dict[str, t.Any]]] = []
        self.resets = 0
        self.transport = "ssh"
        self.clock = 0.0
        monkeypatch.setattr(ActionBase, "run", lambda *_a, **_k: {})
        clock = types.SimpleNamespace(monotonic=lambda: self.clock, sleep=self._sleep)
        monkeypatch.setattr(confirmed_apply, "time", clock)

    def _sleep(self, seconds: float) -> None:
        self.clock += seconds

    def _reset(self) -> None:
        self.resets += 1

    def _execute(self, *, module_name: str, module_args: dict[str, t.Any], task_vars: object) -> dict[str, t.Any]:
        assert task_vars == {}
        self.calls.append((module_name.rpartition(".")[2], module_args))
        self.clock += 5
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, *answers: dict[str, t.Any] | Exception, check: bool = False, **arguments: t.Any) -> dict[str, t.Any]:
        self.answers = list(answers)
        action = object.__new__(Action)
        action._task = types.SimpleNamespace(args=arguments, check_mode=check)
        action._connection = types.SimpleNamespace(reset=self._reset, transport=self.transport)
        action._execute_module = self._execute
        return action.run(task_vars={})

    @property
    def called(self) -> list[str]:
        return [name for name, _arguments in self.calls]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_an_unchanged_run_is_one_call_and_no_reset(bench: Bench) -> None:
    assert bench.run(UNCHANGED) == UNCHANGED
    assert (bench.called, bench.resets) == (["ufw_rules"], 0)


def test_a_change_is_confirmed_after_a_reset_by_its_token(bench: Bench) -> None:
    result = bench.run(CHANGED, {"state": "confirmed"}, confirm_timeout="30")
    assert (result["changed"], result["confirmed"], result["pending"], result["rules"]) == (True, True, False, 3)
    assert (bench.called, bench.resets) == (["ufw_rules", "pending_change"], 1)
    (_name, applied), (_other, asked) = bench.calls
    assert (applied["confirm_timeout"], asked["want"]) == (30, "confirmed")
    assert applied["confirm_token"] == asked["token"]


@pytest.mark.parametrize(
    ("transport", "over_network"),
    [
        *((name, True) for name in ("ssh", "paramiko_ssh", "ansible.netcommon.libssh", "google.cloud.iap")),
        *(
            (name, False)
            for name in ("local", "chroot", "jail", "machinectl", "community.general.nspawn", "of.their.own")
        ),
        *((f"community.docker.{name}", False) for name in ("docker", "docker_api", "nsenter")),
        *((f"containers.podman.{name}", False) for name in ("podman", "buildah")),
        *((f"community.general.{name}", False) for name in ("lxc", "lxd", "incus", "iocage", "zone", "qubes")),
        *((name, False) for name in ("kubernetes.core.kubectl", "community.okd.oc", "community.libvirt.libvirt_qemu")),
        *((name, False) for name in ("amazon.aws.aws_ssm", "community.proxmox.proxmox_pct_remote")),
    ],
)
def test_the_host_is_told_whether_the_connection_needs_its_network(
    bench: Bench, transport: str, over_network: bool
) -> None:
    bench.transport = transport
    bench.run(UNCHANGED)
    assert bench.calls[0][1]["over_network"] is over_network


def test_every_change_has_a_token_of_its_own(bench: Bench) -> None:
    for _run in range(2):
        bench.run(CHANGED, {"state": "confirmed"})
    assert len({arguments.get("confirm_token", arguments.get("token")) for _name, arguments in bench.calls}) == 2


@pytest.mark.parametrize("options", [{"check": True}, {"confirm_timeout": 0}, {"confirm_timeout": "0"}])
def test_without_confirmation_there_is_no_token(bench: Bench, options: dict[str, t.Any]) -> None:
    assert bench.run(UNCHANGED, **options) == UNCHANGED
    assert bench.calls == [("ufw_rules", {"confirm_timeout": 0})]


@pytest.mark.parametrize("timeout", [True, -1, "x", 9, 1.5, None])
def test_a_wrong_timeout_is_refused_before_anything_is_done(bench: Bench, timeout: object) -> None:
    result = bench.run(CHANGED, confirm_timeout=timeout)
    assert result["failed"]
    assert f"confirm_timeout is {timeout if timeout == 9 else repr(timeout)}; give" in result["msg"]
    assert bench.calls == []


def test_a_rollback_is_told_with_the_host_s_reason(bench: Bench) -> None:
    restored = {"state": "restored", "detail": "2026-11-20T10:00:00Z timeout: loaded"}
    result = bench.run(CHANGED, REFUSED, {"state": "restoring", "detail": ""}, restored)
    assert (result["failed"], result["rolled_back"], result["changed"]) == (True, True, False)
    assert "2026-11-20T10:00:00Z timeout: loaded" in result["msg"]
    assert bench.resets == 3


def test_a_host_that_stays_away_is_given_up_in_time(bench: Bench) -> None:
    result = bench.run(CHANGED, REFUSED, confirm_timeout=30)
    assert (result["failed"], result["rolled_back"], "Connection timed out" in result["msg"]) == (True, False, True)
    assert 30 + 60 <= bench.clock <= 30 + 60 + 15


def test_a_host_that_cannot_be_reached_at_first_is_unreachable_at_once(bench: Bench) -> None:
    with pytest.raises(AnsibleConnectionFailure, match="connect to host h"):
        bench.run(REFUSED)
    assert bench.called == ["ufw_rules"]


def test_a_lost_connection_before_any_change_is_unreachable(bench: Bench) -> None:
    with pytest.raises(AnsibleConnectionFailure, match="has not changed anything"):
        bench.run(LOST, {"state": "unknown"})


@pytest.mark.parametrize("loss", [LOST, CRASHED])
def test_a_lost_answer_to_a_whole_change_is_had_again(bench: Bench, loss: dict[str, t.Any] | Exception) -> None:
    result = bench.run(loss, {"state": "confirmed"}, UNCHANGED)
    assert (result["changed"], result["confirmed"], result["rules"]) == (True, True, 3)
    assert bench.called == ["ufw_rules", "pending_change", "ufw_rules"]


def test_a_crashed_module_is_a_rollback(bench: Bench) -> None:
    result = bench.run(CRASHED, {"state": "restored", "detail": "now incomplete: loaded"})
    assert (result["failed"], result["rolled_back"]) == (True, True)
    assert "the module ended without an answer, so the host took its change back" in result["msg"]
