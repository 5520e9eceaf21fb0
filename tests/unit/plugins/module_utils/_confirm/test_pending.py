# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that a host takes back, in a folder: the script is really run by /bin/sh, systemd is a list of its calls."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import threading
import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._confirm.pending import Pending
from ansible_collections.printops.firewall.plugins.module_utils._confirm.script import (
    LOAD_SECONDS,
    PATIENCE_SECONDS,
)
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import (
    HalfDoneError,
    PendingError,
    Snapshot,
)

TOKEN = "-".join("t")
RULES = "*filter\n### RULES ###\n{}\n### END RULES ###\nCOMMIT\n"


def rule(number: int, *, flow: str = "") -> str:
    comment = f" comment={f'printops:{flow}'.encode().hex()}" if flow else ""
    allow = f"### tuple ### allow tcp {number} 0.0.0.0/0 any 0.0.0.0/0 in{comment}"
    return f"\n{allow}\n-A ufw-user-input -p tcp --dport {number} -j ACCEPT\n"


def rules_file(*rules: str) -> bytes:
    return RULES.format("".join(rules)).encode()


class Machine:
    """A host below a folder with one firewall file, and commands that fail when asked to."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self.calls: list[list[str]] = []
        self.broken: dict[str, type[OSError] | int] = {}
        self.moment = ("boot1", 100.0)
        self.file = root / "etc/ufw/user.rules"
        self.file.parent.mkdir(parents=True)
        self.file.write_bytes(rules_file(rule(1), rule(22, flow="management-connection"), rule(80, flow="a/b/1")))
        self.old = self.file.read_bytes()
        self.state = root / "var/lib/printops-firewall/ufw"

    def run(self, command: list[str]) -> tuple[int, str, str]:
        self.calls.append(command)
        fault = self.broken.get(command[0], 0)
        if not isinstance(fault, int):
            raise fault(f"no {command[0]}")
        if command[0] == "/bin/sh":
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr
        return fault, "", f"{command[0]} failed" if fault else ""

    def pending(self) -> Pending:
        return Pending(provider="ufw", run=self.run, root=self.root, now=lambda: self.moment)

    def snapshot(self, *, load: str = "true", shared: bool = True) -> Snapshot:
        path = str(self.file)
        return Snapshot(
            files={path: self.file.read_bytes(), str(self.root / "etc/ufw/new"): None},
            load=[load],
            shared={path: "grep -qx '### RULES ###'"} if shared else {},
        )

    def change(
        self, content: bytes = rules_file(rule(1), rule(443, flow="a/b/2")), token: str = TOKEN, load: str = "true"
    ) -> None:
        with self.pending().guard(token=token, seconds=30, snapshot=self.snapshot(load=load), session="1.2.3.4 5 22"):
            self.file.write_bytes(content)
            (self.root / "etc/ufw/new").write_text("new")

    def is_clean(self) -> bool:
        units = list((self.root / "etc/systemd/system").rglob("*printops*"))
        return (
            not self.state.exists()
            and not units
            and sorted(p.name for p in self.file.parent.iterdir())
            in (
                ["user.rules"],
                ["new", "user.rules"],
            )
        )

    def fire(self, *, why: str = "timeout", token: str = TOKEN) -> int:
        return subprocess.run(["/bin/sh", str(self.state / "restore"), why, token], check=False).returncode


@pytest.fixture
def machine(tmp_path: pathlib.Path) -> Machine:
    return Machine(tmp_path)


def test_a_confirmed_change_stays_and_leaves_nothing(machine: Machine) -> None:
    machine.change()
    new = machine.file.read_bytes()
    assert machine.pending().state("t") == ("pending", "")
    assert machine.pending().confirm("t", session="1.2.3.4 6 22") == ("confirmed", "")
    assert machine.file.read_bytes() == new
    assert machine.is_clean()
    assert machine.pending().confirm("t")[0] == "confirmed"
    assert machine.pending().settle() is None


def test_it_is_not_confirmed_over_its_own_connection_nor_with_another_token(machine: Machine) -> None:
    machine.change()
    assert machine.pending().confirm("t", session="1.2.3.4 5 22") == ("pending", "the connection is not a new one")
    assert machine.pending().confirm("u", session="1.2.3.4 6 22") == ("unknown", "")
    assert machine.pending().token() == "t"


@pytest.mark.parametrize("why", ["timeout", "boot"])
def test_the_timer_and_a_reboot_take_it_back(machine: Machine, why: str) -> None:
    machine.change()
    assert machine.fire(why=why) == 0
    assert machine.file.read_bytes() == machine.old
    assert machine.is_clean()
    state, detail = machine.pending().confirm("t", session="1.2.3.4 6 22")
    assert state == "restored"
    assert f" {why}: loaded" in detail
    assert "of an earlier run back" in str(machine.pending().settle())
    assert machine.pending().settle() is None


def test_a_timer_of_another_change_does_nothing(machine: Machine) -> None:
    machine.change()
    assert machine.fire(token=TOKEN * 2) == 0
    assert machine.pending().state("t") == ("pending", "")


def test_the_script_goes_on_where_it_was_killed(machine: Machine) -> None:
    machine.change()
    (machine.state / "pending").rename(machine.state / "restoring")
    (machine.file.parent / ".user.rules.printops-before").replace(machine.file)
    assert machine.pending().confirm("t") == ("restoring", "")
    assert machine.fire() == 0
    assert machine.file.read_bytes() == machine.old
    assert machine.is_clean()


def test_the_script_fails_and_is_kept_while_the_old_rules_cannot_be_loaded(machine: Machine) -> None:
    gate = machine.root / "gate"
    machine.change(load=f"[ -e {gate} ]")
    assert machine.fire() == 1
    assert machine.file.read_bytes() == machine.old
    assert machine.pending().state("t") == ("restoring", "")
    gate.touch()
    assert machine.fire() == 0
    assert machine.is_clean()


def make_stuck(machine: Machine, path: pathlib.Path) -> pathlib.Path:
    """Until the file that is returned goes, nothing is renamed to the path."""
    guard = machine.root / "stuck"
    guard.touch()
    script = machine.state / "restore"
    refused = f'{{ {{ ! [ -e {guard} ] || [ "$2" != {path} ]; }} && mv -f "$1" "$2"; }}'
    script.write_text(script.read_text().replace('mv -f "$1" "$2"', refused))
    return guard


def test_what_cannot_be_put_back_keeps_nothing_else_in_force(machine: Machine) -> None:
    log = machine.root / "log"
    source = f"f={machine.file.parent}/.user.rules.printops-before; [ -e $f ] || f={machine.file}"
    other = machine.file.with_name("other.rules")
    other.write_bytes(b"old")
    snapshot = machine.snapshot(
        load=f'{source}; echo "$stuck" >> {log}; cat $f >> {log}; cat $kept/x >> {log}', shared=False
    )
    snapshot = snapshot._replace(files={**snapshot.files, str(other): b"old"}, kept={"x": b"kept\n"})
    with machine.pending().guard(token=TOKEN, seconds=30, snapshot=snapshot):
        machine.file.write_bytes(b"new")
        other.write_bytes(b"new")
    guard = make_stuck(machine, machine.file)
    for _retry in range(3):
        assert machine.fire() == 1
    assert other.read_bytes() == b"old"
    assert log.read_bytes() == f"{machine.file}\n".encode() + machine.old + b"kept\n", "loaded once, from the copy"
    said = f"the old rules are in force, and this cannot be put back: {machine.file}"
    assert machine.pending().state(TOKEN) == ("restoring", said)
    with pytest.raises(PendingError, match="as a whole: the old rules are in force, and this cannot be put back"):
        machine.pending().settle()

    guard.unlink()
    assert machine.fire() == 0
    assert machine.file.read_bytes() == machine.old
    assert log.read_text().endswith("kept\n")
    assert machine.pending().state(TOKEN)[0] == "restored"
    assert not (machine.root / "run/printops-firewall/ufw.stuck").exists()


def test_an_edit_that_fails_keeps_nothing_in_force(machine: Machine) -> None:
    snapshot = machine.snapshot(load=f"touch {machine.root}/loaded")._replace(edits={"/etc/ufw/ufw.conf": "false"})
    with machine.pending().guard(token=TOKEN, seconds=30, snapshot=snapshot):
        machine.file.write_bytes(b"new")
    assert machine.fire() == 1
    assert machine.file.read_bytes() == machine.old
    assert (machine.root / "loaded").exists()
    assert machine.pending().state(TOKEN)[1].endswith("this cannot be put back: /etc/ufw/ufw.conf")


def test_a_state_that_cannot_be_written_keeps_nothing_in_force(machine: Machine) -> None:
    machine.change(load=f"touch {machine.root}/loaded")
    (machine.state / "restoring").write_text("a folder cannot be renamed to a file")
    assert machine.fire() == 1
    assert machine.file.read_bytes() == machine.old
    assert (machine.root / "loaded").exists()


def test_at_boot_what_cannot_be_put_back_is_loaded_later(machine: Machine) -> None:
    machine.change()
    make_stuck(machine, machine.file)
    script = machine.state / "restore"
    script.write_text(script.read_text().replace("    systemd-run ", "    echo systemd-run "))
    done = subprocess.run(["/bin/sh", str(script), "boot"], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "systemd-run --quiet --collect --unit=printops-firewall-restore-ufw-timer --on-active=15s" in done.stdout


def test_what_an_administrator_added_stays(machine: Machine) -> None:
    machine.change(rules_file(rule(1), rule(443, flow="a/b/2")))
    machine.file.write_bytes(rules_file(rule(1), rule(443, flow="a/b/2"), rule(8443)))
    assert machine.fire() == 0
    ours = rule(22, flow="management-connection"), rule(80, flow="a/b/1")
    assert machine.file.read_bytes() == rules_file(ours[0], rule(1), rule(8443), ours[1])
    assert machine.is_clean()


FOREIGN = st.lists(st.integers(1, 999), unique=True, max_size=6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=FOREIGN, after=FOREIGN)
def test_foreign_rules_are_those_of_the_moment_and_ours_those_of_before(
    tmp_path_factory: pytest.TempPathFactory, before: list[int], after: list[int]
) -> None:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    first, last = rule(22, flow="management-connection"), rule(80, flow="a/b/1")
    machine.file.write_bytes(rules_file(first, *map(rule, before), last))
    machine.change(rules_file(*map(rule, after), rule(443, flow="a/b/2")))
    assert machine.fire() == 0
    assert machine.file.read_bytes() == rules_file(first, *map(rule, after), last)


def test_a_merged_file_that_the_firewall_refuses_gives_way_to_the_old_one(machine: Machine) -> None:
    machine.change(rules_file(rule(8443)).replace(b"### RULES", b"### RULEX"))
    assert machine.fire() == 0
    assert machine.file.read_bytes() == machine.old


@pytest.fixture(name="holder")
def holder_fixture(machine: Machine) -> t.Iterator[t.Callable[[str], subprocess.Popen[str]]]:
    """Processes that hold the lock, and say so with the text."""
    machine.change()
    lock = machine.root / "run/printops-firewall/ufw.lock"
    started: list[subprocess.Popen[str]] = []

    def hold(says: str) -> subprocess.Popen[str]:
        command = f"exec 9>>{lock}; flock 9; echo {says} > {lock}; echo held; exec sleep 60"
        started.append(subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout is not None
        assert started[-1].stdout.readline() == "held\n"
        return started[-1]

    yield hold
    for process in started:
        process.kill()
        process.communicate()


Hold = t.Callable[[str], "subprocess.Popen[str]"]


def test_the_timer_ends_a_run_that_still_changes_the_firewall(machine: Machine, holder: Hold) -> None:
    process = holder("$$")
    assert machine.fire() == 0
    assert process.wait(5) == -signal.SIGKILL
    assert machine.file.read_bytes() == machine.old


def test_a_timer_of_another_change_ends_nobody(machine: Machine, holder: Hold) -> None:
    process = holder("$$")
    assert machine.fire(token=TOKEN * 2) == 0
    assert process.poll() is None
    assert machine.pending().token() == TOKEN


def test_another_one_that_takes_back_is_waited_for(machine: Machine, holder: Hold) -> None:
    process = holder('"$$ restores"')
    threading.Timer(5.0, process.terminate).start()
    done = subprocess.run(
        ["/bin/sh", str(machine.state / "restore"), "settle"], check=False, capture_output=True, text=True
    )
    assert (done.returncode, process.wait()) == (0, -signal.SIGTERM)
    assert f"waits for process {process.pid}, which takes the change back" in done.stderr
    assert machine.file.read_bytes() == machine.old


def test_waiting_has_an_end_which_the_timer_does_not_accept(machine: Machine, holder: Hold) -> None:
    script = machine.state / "restore"
    script.write_text(script.read_text().replace(f"-lt {PATIENCE_SECONDS}", "-lt 4"))
    process = holder('"$$ restores"')
    with pytest.raises(PendingError, match=f"process {process.pid} has held .*ufw.lock for 4 s"):
        machine.pending().settle()
    assert machine.fire() == 0
    assert machine.file.read_bytes() == machine.old


def test_what_a_dead_run_has_started_is_ended(machine: Machine) -> None:
    token = f"{TOKEN}-orphans"
    with machine.pending().guard(token=token, seconds=30, snapshot=machine.snapshot()):
        orphan = subprocess.Popen(["sleep", "60"])
    other = subprocess.Popen(["sleep", "60"])
    try:
        assert machine.fire(token=token) == 0
        assert orphan.wait(5) == -signal.SIGKILL
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_command_that_loads_the_old_rules_has_a_bound(machine: Machine) -> None:
    machine.change(load="sleep 60")
    script = machine.state / "restore"
    script.write_text(script.read_text().replace(f"timeout -k 5 {LOAD_SECONDS} ", "timeout -k 5 1 "))
    with pytest.raises(PendingError, match=r"this did not end within .*: sleep 60"):
        machine.pending().take_back(TOKEN)
    assert machine.pending().state(TOKEN) == ("restoring", "")


@pytest.mark.parametrize("fault", [1, PermissionError])
def test_without_a_timer_nothing_is_changed(machine: Machine, fault: type[OSError] | int) -> None:
    machine.broken = {"systemd-run": fault, "setsid": fault}
    with pytest.raises(PendingError, match="nothing was changed"):
        machine.change()
    assert machine.file.read_bytes() == machine.old
    assert machine.is_clean()


def test_without_systemd_a_process_waits(machine: Machine) -> None:
    machine.broken = {"systemd-run": FileNotFoundError, "systemctl": FileNotFoundError}
    machine.change()
    (waiting,) = [call for call in machine.calls if call[0] == "setsid"]
    assert f"sleep 30; until /bin/sh {machine.state}/restore timeout t; do sleep 3" in waiting[-1]
    assert machine.pending().confirm("t")[0] == "confirmed"


def test_a_change_that_undid_itself_is_forgotten(machine: Machine) -> None:
    with (
        pytest.raises(ValueError, match="no"),
        machine.pending().guard(token=TOKEN, seconds=30, snapshot=machine.snapshot()),
    ):
        raise ValueError("no")
    assert machine.is_clean()


@pytest.mark.parametrize("error", [HalfDoneError("half"), ValueError("whole")])
def test_a_change_that_could_not_undo_itself_is_left_to_the_timer(machine: Machine, error: Exception) -> None:
    with (
        pytest.raises(PendingError, match="the host takes everything back within 30 s"),
        machine.pending().guard(token=TOKEN, seconds=30, snapshot=machine.snapshot()),
    ):
        if not isinstance(error, HalfDoneError):
            machine.file.write_bytes(b"half")
        raise error
    assert machine.pending().confirm("t")[0] == "restored"
    assert machine.file.read_bytes() == machine.old


def test_another_change_waits_until_the_timer_must_have_fired(machine: Machine) -> None:
    machine.change()
    assert machine.pending().waits()
    with pytest.raises(PendingError, match="not settled yet"):
        machine.change(token=TOKEN + "u")
    assert machine.pending().token() == "t"
    machine.moment = ("boot1", 139.0)
    assert not machine.pending().waits()
    assert "taken back first" in str(machine.pending().settle())
    assert machine.file.read_bytes() == machine.old


def test_a_change_of_another_boot_or_one_broken_off_is_not_waited_for(machine: Machine) -> None:
    machine.change()
    machine.moment = ("boot2", 1.0)
    assert not machine.pending().waits()
    machine.moment = ("boot1", 101.0)
    (machine.state / "pending/applied").unlink()
    assert not machine.pending().waits()


def test_it_can_be_asked_to_take_a_change_back_at_once(machine: Machine) -> None:
    machine.change()
    state, detail = machine.pending().take_back("t")
    assert (state, " asked: loaded" in detail) == ("restored", True)
    assert machine.file.read_bytes() == machine.old


def test_what_a_crash_before_or_after_the_change_left_is_cleared(machine: Machine) -> None:
    machine.change()
    (machine.state / "pending").rename(machine.state / "confirmed")
    assert machine.pending().state("t")[0] == "confirmed"
    assert machine.pending().settle() is None
    assert machine.is_clean()


def test_what_the_script_left_when_it_was_killed_at_its_end_is_cleared(machine: Machine) -> None:
    machine.change()
    script = (machine.state / "restore").read_text()
    assert machine.fire() == 0
    machine.state.mkdir(parents=True)
    (machine.state / "restore").write_text(script)
    machine.pending().settle()
    assert machine.is_clean()


def test_the_script_is_kept_while_the_change_cannot_be_forgotten(machine: Machine) -> None:
    machine.change()
    (machine.state / "done").write_text("a folder cannot be renamed to a file")
    assert machine.fire() == 1
    assert machine.file.read_bytes() == machine.old
    (machine.state / "done").unlink()
    assert machine.fire() == 0
    assert machine.is_clean()
