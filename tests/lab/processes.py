# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes are the lab's machines, found in /proc, so that no file can be out of date about it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .naming import LabNames
from .topology import MACHINES

HALT_SIGNAL = signal.SIGRTMIN + 4
POLL_S = 0.05
KILL_BOUND_S = 5.0
SUPERVISOR_PROGRAMS = ("sh", "systemd-run", "nsenter", "systemd-nspawn")


@dataclass(frozen=True)
class Running:
    """A machine that runs: the processes that watch over it and, once it boots, its first process.

    Without supervisors it is what was left when they were killed: it is to be ended, not used.
    """

    host: str
    supervisors: tuple[int, ...]
    leader: int | None


def arguments_of(*, pid: int) -> list[str]:
    """The command line of a process; empty when it has ended."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return raw.decode(errors="replace").rstrip("\0").split("\0") if raw else []


def status_of(*, pid: int) -> dict[str, str]:
    """The fields of /proc/PID/status; empty when the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def all_processes() -> list[int]:
    return [int(name) for entry in Path("/proc").iterdir() if (name := entry.name).isdecimal()]


def is_supervisor_of(*, arguments: Sequence[str], machine_name: str) -> bool:
    """Whether a command line is that of a program on the way to, or that watches over, the named machine."""
    return Path(arguments[0]).name in SUPERVISOR_PROGRAMS and f"--machine={machine_name}" in arguments


def root_mount_source(*, mountinfo: str) -> str | None:
    """What is mounted on / according to the text of a /proc/PID/mountinfo."""
    for line in mountinfo.splitlines():
        own, _, source = line.partition(" - ")
        if own.split()[4] == "/":
            return source.split()[1]
    return None


def first_processes(*, pids: Sequence[int]) -> dict[str, int]:
    """Processes that are number 1 of a process namespace of their own, by what is mounted on their /.

    The lab mounts the root of a machine under the machine's name, which finds a first process even where
    systemd-nspawn was killed and left it alone.
    """
    found = {}
    for pid in pids:
        own_ids = status_of(pid=pid).get("NSpid", "").split()
        if len(own_ids) < 2 or own_ids[-1] != "1":
            continue
        try:
            mountinfo = Path(f"/proc/{pid}/mountinfo").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if (source := root_mount_source(mountinfo=mountinfo)) is not None:
            found[source] = pid
    return found


def running_machines(*, names: LabNames) -> dict[str, Running]:
    """The lab's machines of which any process runs now, by name."""
    pids = all_processes()
    command_lines = {pid: arguments for pid in pids if (arguments := arguments_of(pid=pid))}
    leaders = first_processes(pids=pids)
    found = {}
    for machine in MACHINES:
        machine_name = names.machine(host=machine.name)
        supervisors = tuple(
            pid
            for pid, arguments in command_lines.items()
            if is_supervisor_of(arguments=arguments, machine_name=machine_name)
        )
        leader = leaders.get(machine_name)
        if supervisors or leader is not None:
            found[machine.name] = Running(host=machine.name, supervisors=supervisors, leader=leader)
    return found


def send(*, pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def halt(*, names: LabNames, hosts: Sequence[str], patience_s: float) -> list[str]:
    """Halt the named machines and return when they have ended; the names of those that had to be killed.

    With a patience of 0 seconds they are killed at once. A machine is killed by its first process, because
    systemd-nspawn then still clears away its network; systemd-nspawn itself is killed only when it lingers.
    Nothing but this lab's machines ever gets a signal.
    """
    killed: set[str] = set()
    for number, whole, wait_s in (
        (HALT_SIGNAL, False, patience_s),
        (signal.SIGKILL, False, KILL_BOUND_S),
        (signal.SIGKILL, True, KILL_BOUND_S),
    ):
        if wait_s <= 0:
            continue
        remaining = [machine for host, machine in running_machines(names=names).items() if host in hosts]
        if number == signal.SIGKILL:
            killed.update(machine.host for machine in remaining)
        signalled = {pid for machine in remaining for pid in targets(machine=machine, whole=whole)}
        for pid in signalled:
            send(pid=pid, number=number)
        deadline = time.monotonic() + wait_s
        while signalled and time.monotonic() < deadline:
            if not set(hosts) & running_machines(names=names).keys() and not any(map(is_alive, signalled)):
                return sorted(killed)
            time.sleep(POLL_S)
    return sorted(killed)


def targets(*, machine: Running, whole: bool) -> list[int]:
    """The processes of a machine to signal: the first one, and if `whole` those that watch over it too."""
    leader = [] if machine.leader is None else [machine.leader]
    return [*machine.supervisors, *leader] if whole else leader


def is_alive(pid: int) -> bool:
    return not status_of(pid=pid).get("State", "Z").startswith("Z")
