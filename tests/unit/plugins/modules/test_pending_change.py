# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module from its arguments to its result, on a folder that stands for the host's root."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._confirm.pending import Pending
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import Snapshot
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import Connection
from ansible_collections.printops.firewall.plugins.modules import pending_change
from ansible_collections.printops.firewall.tests.older_ansible import patch_module_args

TOKEN, OTHER = "to"
HERE, ELSEWHERE = Connection("192.0.2.7", 22, 40000), Connection("192.0.2.7", 22, 40001)


class Ended(Exception):  # noqa: N818
    """The module ended with this result."""

    def __init__(self, result: dict[str, t.Any]) -> None:
        super().__init__(result)
        self.result = result


class Machine:
    """A host with a change of one file that waits, made over C(HERE)."""

    def __init__(self, root: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.file = root / "etc/rules"
        self.file.parent.mkdir()
        self.file.write_text("old")
        self.lock_is_held = False
        monkeypatch.setattr(pending_change, "Pending", lambda provider, run: self.pending())  # noqa: ARG005
        monkeypatch.setattr(pending_change, "live_connection", lambda: ELSEWHERE)
        for name in ("exit_json", "fail_json"):
            monkeypatch.setattr(pending_change.AnsibleModule, name, end)

    def run(self, command: list[str]) -> tuple[int, str, str]:
        if command[0] != "/bin/sh":
            return 0, "", ""
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def pending(self) -> Pending:
        return Pending(provider="ufw", run=self.run, root=self.root, now=lambda: ("boot", 100.0))

    def change(self) -> None:
        snapshot = Snapshot(files={str(self.file): self.file.read_bytes()}, load=["true"])
        with self.pending().guard(token=TOKEN, seconds=30, snapshot=snapshot, session=str(HERE)):
            self.file.write_text("new")


def end(_module: object, **result: t.Any) -> t.NoReturn:
    raise Ended(result)


def call(**arguments: t.Any) -> dict[str, t.Any]:
    with patch_module_args({"provider": "ufw", **arguments}), pytest.raises(Ended) as ended:
        pending_change.main()
    return ended.value.result


@pytest.fixture(name="machine")
def machine_fixture(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


@pytest.mark.usefixtures("machine")
def test_nothing_waits() -> None:
    assert call() == {"changed": False, "state": "unknown", "detail": ""}
    assert call(want="confirmed") == {"changed": False, "state": "unknown", "detail": ""}
    assert call(token=OTHER, want="restored")["state"] == "unknown"


def test_asking_changes_nothing(machine: Machine) -> None:
    machine.change()
    assert call() == {"changed": False, "state": "pending", "detail": ""}
    assert call(token=TOKEN)["state"] == "pending"
    assert call(token=OTHER)["state"] == "unknown"
    assert machine.file.read_text() == "new"


def test_it_is_confirmed_once(machine: Machine) -> None:
    machine.change()
    assert call(token=TOKEN, want="confirmed") == {"changed": True, "state": "confirmed", "detail": ""}
    assert call(token=TOKEN, want="confirmed") == {"changed": False, "state": "confirmed", "detail": ""}
    assert call(token=TOKEN, want="restored")["state"] == "confirmed"
    assert machine.file.read_text() == "new"


def test_it_is_not_confirmed_over_its_own_connection(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.change()
    monkeypatch.setattr(pending_change, "live_connection", lambda: HERE)
    answer = call(token=TOKEN, want="confirmed")
    assert (answer["changed"], answer["state"]) == (False, "pending")
    assert answer["detail"] == "the connection is not a new one"
    assert call()["state"] == "pending"


def test_it_is_taken_back_on_request(machine: Machine) -> None:
    machine.change()
    answer = call(want="restored")
    assert (answer["changed"], answer["state"]) == (True, "restored")
    assert answer["detail"].endswith("Z asked: loaded")
    assert machine.file.read_text() == "old"
    assert call(token=TOKEN, want="confirmed")["state"] == "restored"


def test_check_mode_only_asks(machine: Machine) -> None:
    machine.change()
    assert call(want="restored", _ansible_check_mode=True)["state"] == "pending"
    assert call(want="confirmed", _ansible_check_mode=True)["changed"] is False
    assert machine.file.read_text() == "new"


def test_a_host_that_cannot_is_a_failure(machine: Machine) -> None:
    machine.change()
    (machine.file.parent / ".rules.printops-before").unlink()
    machine.file.unlink()
    machine.file.mkdir()
    (machine.root / "var/lib/printops-firewall/ufw/restore").write_text("exit 1")
    assert "could not be taken back" in call(want="restored")["msg"]
