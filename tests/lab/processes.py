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


@dataclass(frozen=True)
class Running:
    """A machine that runs: the process that watches over it and, once it boots, its first process."""

    host: str
    supervisor: int
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
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def is_supervisor_of(*, arguments: Sequence[str], machine_name: str) -> bool:
    return bool(arguments) and Path(arguments[0]).name == "systemd-nspawn" and f"--machine={machine_name}" in arguments


def first_process_under(*, supervisor: int, pids: Sequence[int]) -> int | None:
    """The child of `supervisor` that is process 1 of its own process namespace."""
    for pid in pids:
        status = status_of(pid=pid)
        own_ids = status.get("NSpid", "").split()
        if status.get("PPid") == str(supervisor) and len(own_ids) > 1 and own_ids[-1] == "1":
            return pid
    return None


def running_machines(*, names: LabNames) -> dict[str, Running]:
    """The lab's machines that run now, by name."""
    pids = all_processes()
    found = {}
    for pid in pids:
        arguments = arguments_of(pid=pid)
        for machine in MACHINES:
            if is_supervisor_of(arguments=arguments, machine_name=names.machine(host=machine.name)):
                leader = first_process_under(supervisor=pid, pids=pids)
                found[machine.name] = Running(host=machine.name, supervisor=pid, leader=leader)
    return found


def send(*, pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def halt(*, names: LabNames, hosts: Sequence[str], patience_s: float = 15.0) -> list[str]:
    """Halt the named machines and return when they have ended; the names of those that had to be killed.

    Only supervisors and first processes of this lab's machines ever get a signal.
    """
    killed: list[str] = []
    for number, wait_s in ((HALT_SIGNAL, patience_s), (signal.SIGKILL, 10.0)):
        remaining = [machine for host, machine in running_machines(names=names).items() if host in hosts]
        for machine in remaining:
            if number == signal.SIGKILL:
                killed.append(machine.host)
                send(pid=machine.supervisor, number=number)
            if machine.leader is not None:
                send(pid=machine.leader, number=number)
        deadline = time.monotonic() + wait_s
        while set(hosts) & running_machines(names=names).keys() and time.monotonic() < deadline:
            time.sleep(POLL_S)
    return killed
