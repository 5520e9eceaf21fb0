# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What confirms a rendered folder's change: a session that proves that the host can still be got into."""

from __future__ import annotations

import json
import threading
import typing as t

import pytest

from ..powershell.resident import Done
from .host import UTILS, Host
from .rendered import FOREIGN, HTTPS, Folder, changes, wait_for

pytestmark = pytest.mark.pwsh

SINCE = 1000
ELSEWHERE, HERE = "192.0.2.7", "127.0.0.1"
RDP = {"local_port": 3389, "remote_address": ELSEWHERE, "remote_port": 50000}
WINRM = {"local_port": 5985, "remote_address": ELSEWHERE, "remote_port": 50001}

Session = dict[str, t.Any]


def terminal(began: int, address: str) -> Session:
    return {"number": 2, "processes": [], "connected": {"began": began, "address": address}, "ssh": ""}


def served(*chain: tuple[str, int], ssh: str = "") -> Session:
    """From the process up: names and when each began."""
    processes = [{"name": name, "began": began} for name, began in chain]
    return {"number": 0, "processes": processes, "connected": None, "ssh": ssh}


OLD, NEW, BOOT = SINCE - 60, SINCE + 60, 1
SSH_NEW = (("powershell.exe", NEW), ("cmd.exe", NEW), ("sshd.exe", NEW), ("sshd.exe", NEW), ("sshd.exe", BOOT))
SSH_OLD = (("powershell.exe", NEW), ("sshd.exe", OLD), ("sshd.exe", OLD), ("sshd.exe", BOOT))
SSH_SPLIT = (("pwsh.exe", NEW), ("sshd-session.exe", NEW), ("sshd-session.exe", NEW), ("sshd.exe", BOOT))
SSH_AUTHENTICATED_LATE = (("pwsh.exe", NEW), ("sshd.exe", NEW), ("sshd.exe", OLD), ("sshd.exe", BOOT))
SHELL_NEW = (("powershell.exe", NEW), ("wsmprovhost.exe", NEW), ("svchost.exe", BOOT))
SHELL_OLD = (("powershell.exe", NEW), ("wsmprovhost.exe", OLD), ("svchost.exe", BOOT))

CASES: list[tuple[str, Session, list[dict[str, t.Any]], str]] = [
    ("console", terminal(OLD, "LOCAL"), [], ""),
    ("new desktop", terminal(NEW, ELSEWHERE), [], ""),
    ("new desktop over IPv6", terminal(NEW, "2001:db8::7"), [], ""),
    ("old desktop", terminal(OLD, ELSEWHERE), [], "connected 60 s before"),
    ("desktop of the same second", terminal(SINCE, ELSEWHERE), [], "connected 0 s before"),
    ("desktop from here", terminal(NEW, "127.0.0.2"), [], "comes from this computer itself"),
    ("desktop from here in another form", terminal(NEW, "::ffff:127.0.0.1"), [], "comes from this computer itself"),
    ("desktop from nowhere", terminal(NEW, ""), [], "it cannot be seen where"),
    ("desktop without a record", {**terminal(NEW, ""), "connected": None}, [], "no record"),
    ("old desktop, somebody else's poll", terminal(OLD, ELSEWHERE), [WINRM], "connected 60 s before"),
    ("new SSH", served(*SSH_NEW, ssh=f"{ELSEWHERE} 5000 192.0.2.1 22"), [], ""),
    ("new SSH, newer server", served(*SSH_SPLIT, ssh=f"{ELSEWHERE} 5000 192.0.2.1 22"), [], ""),
    ("old SSH", served(*SSH_OLD, ssh=f"{ELSEWHERE} 5000 192.0.2.1 22"), [], "connected 60 s before"),
    ("SSH from before", served(*SSH_AUTHENTICATED_LATE, ssh=f"{ELSEWHERE} 5000 192.0.2.1 22"), [], "60 s before"),
    ("SSH from here", served(*SSH_NEW, ssh="::1 5000 ::1 22"), [], "comes from this computer itself"),
    ("SSH that does not say", served(*SSH_NEW, ssh="UNKNOWN"), [], "it cannot be seen where"),
    ("new WinRM", served(*SHELL_NEW), [WINRM], ""),
    ("new WinRM, no connection", served(*SHELL_NEW), [], "no connection to WinRM"),
    ("new WinRM over a connection from before", served(*SHELL_NEW), [{**WINRM, "remote_port": 49000}], "no connection"),
    ("old WinRM", served(*SHELL_OLD), [WINRM], "connected 60 s before"),
    ("WinRM from here", served(*SHELL_NEW), [WINRM, {**WINRM, "remote_address": HERE}], "its own WinRM"),
    ("a task", served(("powershell.exe", NEW), ("svchost.exe", BOOT)), [WINRM, RDP], "neither a session of"),
    ("a process without a parent", served(("powershell.exe", NEW)), [WINRM], "neither a session of"),
]
DECIDE = r"""
$global:ErrorActionPreference = 'Stop'
foreach ($name in @('OfflineFolder', 'OfflineSession')) {
    Import-Module -Name ([System.IO.Path]::Combine($args[0], "$name.psm1")) -Scope Global -Force -DisableNameChecking
}
foreach ($line in [System.IO.File]::ReadAllLines($args[1])) {
    $case = ConvertFrom-Json -InputObject $line -AsHashtable
    '[' + (Get-OfflineDoubt -Session $case['session'] -Change $case['change'] -Connections $case['connections']) + ']'
}
"""


def test_what_sessions_prove(host: Host) -> None:
    known = [{**WINRM, "remote_port": 49000}]
    change = {"since": SINCE, "session": known}
    lines = [{"session": session, "change": change, "connections": now} for _name, session, now, _said in CASES]
    (host.folder / "cases.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (host.folder / "decide.ps1").write_text(DECIDE)
    done = host.powershell(host.folder / "decide.ps1", str(UTILS), str(host.folder / "cases.jsonl"))
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert len(told) == len(CASES)
    wrong = [
        (name, one)
        for (name, _, _, said), one in zip(CASES, told, strict=True)
        if not (said in one and (said or one == "[]"))
    ]
    assert wrong == []


class Waiting:
    """An apply that waits to be confirmed, made in a session of Remote Desktop."""

    def __init__(self, host: Host, seconds: int = 120) -> None:
        host.put(rules=FOREIGN, connections=[RDP], session=terminal(1, ELSEWHERE))
        self.host = host
        self.folder = Folder(host, HTTPS)
        self._told: list[Done] = []
        self._thread = threading.Thread(target=self._apply, args=[seconds])
        self._thread.start()
        wait_for((host.state / "applied").exists)

    def _apply(self, seconds: int) -> None:
        self._told.append(self.folder.run("apply", "-ConfirmTimeout", str(seconds)))

    @property
    def told(self) -> Done:
        self._thread.join()
        return self._told[0]


def test_a_change_is_confirmed_in_a_new_session_only(host: Host) -> None:
    waiting = Waiting(host)
    host.put(connections=[RDP, WINRM])
    old = waiting.folder.run("confirm")
    assert old.returncode == 1
    assert "s before the change was made: open a new session to this computer" in old.stderr
    assert "What was changed is not confirmed: it is taken back at" in old.stderr
    again = waiting.folder.run("apply", "-Check")
    assert again.returncode == 1
    assert "Nothing to change." in again.stdout
    assert "what was changed is not confirmed: it is taken back at" in again.stderr
    assert "confirm.ps1 is run in a new session" in again.stderr
    assert waiting.folder.run("remove", "-ConfirmTimeout", "0").returncode == 1
    host.put(session=terminal(99999999999, ELSEWHERE))
    confirmed = waiting.folder.run("confirm")
    assert (confirmed.returncode, confirmed.stdout) == (0, "Confirmed.\n"), confirmed.stderr
    told = waiting.told
    assert (told.returncode, told.stdout.split()[-1]) == (0, "Confirmed."), told.stderr
    first, second, *rest = told.stdout.splitlines()
    assert first.startswith("The firewall is changed: it is taken back at ")
    assert "a session that is open already proves nothing" in second.lower()
    assert changes(told.stdout) == rest[:-1]
    assert host.names() == waiting.folder.names
    assert host.data()["task"] is None
    late = waiting.folder.run("confirm")
    assert late.returncode == 1
    assert "no change waits" in late.stderr


def test_somebody_may_confirm_without_a_proof(host: Host) -> None:
    waiting = Waiting(host)
    confirmed = waiting.folder.run("confirm", "-Unproven")
    assert (confirmed.returncode, confirmed.stdout) == (0, "Confirmed.\n"), confirmed.stderr
    assert waiting.told.returncode == 0


def test_on_the_console_the_same_session_may_confirm(host: Host) -> None:
    waiting = Waiting(host)
    host.put(session=terminal(1, "LOCAL"), connections=[RDP, WINRM])
    assert waiting.folder.run("confirm").returncode == 0
    assert waiting.told.returncode == 0


def test_what_the_host_took_back_is_told_at_the_next_call(host: Host) -> None:
    waiting = Waiting(host, seconds=30)
    host.expire()
    assert host.run_task().returncode == 0
    assert waiting.told.returncode == 1
    assert "this computer took it back" in waiting.told.stderr
    assert "took an unconfirmed change back" in waiting.folder.run("apply", "-Check").stdout
    assert "was taken back" in waiting.folder.kept("apply") or host.names() == waiting.folder.names


@pytest.mark.parametrize("policy", ["AllSigned", "Restricted"])
def test_a_check_ends_as_the_change_would(host: Host, policy: str) -> None:
    host.put(script_policy=policy)
    folder = Folder(host, HTTPS)
    for words in ([], ["-Check"]):
        done = folder.run("apply", *words)
        assert done.returncode == 1
        assert f"the execution policy {policy}" in done.stderr


def test_it_is_said_before_that_sessions_may_end(host: Host) -> None:
    off = {"enabled": False, "default_inbound": "block", "default_outbound": "allow", "block_all_inbound": False}
    profiles = {name: {**off, "local_rules_apply": True} for name in ("domain", "private", "public")}
    host.put(policy={"local_policy_modify_state": "ok", "profiles": profiles, "current_profiles": ["public"]})
    said = Folder(host, HTTPS).kept("apply")
    assert "sessions that no rule lets in stand still from now on" in said.splitlines()[0]
