# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raising and removing the lab as a whole."""

from __future__ import annotations

import fcntl
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from . import cgroups, machines, network, processes
from .commands import LabError
from .images import Image, ensure_images
from .keys import ensure_keys
from .naming import LabNames
from .probe import Silence, wait_for_ssh
from .topology import MACHINES, Machine

BOOT_BOUND_S = 60.0
RUNNING_BOUND_S = 5.0
HALT_BOUND_S = 15.0
LOG_LINES_SHOWN = 8
INOTIFY_LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_INSTANCES = 1024
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def locked(*, names: LabNames) -> Iterator[None]:
    """Keep other commands from changing this lab meanwhile."""
    names.lock.parent.mkdir(parents=True, exist_ok=True)
    with names.lock.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def up(*, names: LabNames, cache: Path, chosen: Sequence[Machine]) -> list[str]:
    """Have the chosen machines running and answering; the names of those that had to be started.

    Machines that run are left alone and what dead ones left is cleared away. Raises LabError, after removing
    what this call started, when a machine does not come up.
    """
    ensure_images(cache=cache, images=sorted({Image.of(machine) for machine in chosen}))
    with locked(names=names):
        if not network.network_is_up(names=names):
            stop(names=names, hosts=[machine.name for machine in MACHINES], patience_s=0.0)
            network.create_network(names=names)
        watched = {name for name, found in processes.running_machines(names=names).items() if found.supervisors}
        lacking = [machine for machine in chosen if machine.name not in watched]
        try:
            ensure_keys(names=names)
            start(names=names, cache=cache, lacking=lacking)
        except BaseException as failure:
            undo(names=names, started=lacking, failure=failure)
            raise
        check_running(names=names, present=[machine for machine in chosen if machine not in lacking])
    return [machine.name for machine in lacking]


def undo(*, names: LabNames, started: Sequence[Machine], failure: BaseException) -> None:
    """Remove machines that did not come up, and the whole lab where no other machine runs; the logs stay."""
    try:
        stop(names=names, hosts=[machine.name for machine in started], patience_s=0.0)
        if not processes.running_machines(names=names):
            remove_everything(names=names, keep_logs=True)
    except (LabError, OSError) as error:
        raise LabError(f"{failure}\nand cleaning up failed too: {error}") from failure


def start(*, names: LabNames, cache: Path, lacking: Sequence[Machine]) -> None:
    """Boot new machines side by side and wait until they answer."""
    processes.halt(names=names, hosts=[machine.name for machine in lacking], patience_s=0.0)
    for machine in lacking:
        machines.clear(names=names, host=machine.name)
        machines.make_root(names=names, machine=machine, cache=cache)
    allow_many_watchers()
    boot_and_wait(names=names, chosen=lacking, all_addresses=True)


def allow_many_watchers() -> None:
    """Raise the kernel's limit where it can be: every machine has a systemd, and all share what one user may watch."""
    if int(INOTIFY_LIMIT.read_text(encoding="ascii")) < INOTIFY_INSTANCES:
        with suppress(OSError):
            INOTIFY_LIMIT.write_text(str(INOTIFY_INSTANCES), encoding="ascii")


def boot_and_wait(*, names: LabNames, chosen: Sequence[Machine], all_addresses: bool) -> None:
    """Boot machines whose roots are mounted; raise LabError for those that do not answer in time.

    A machine with a firewall may refuse the controller at some of its addresses: only its first one counts then.
    """
    supervisors = {machine.name: machines.boot(names=names, machine=machine) for machine in chosen}
    silences = wait_for_ssh(
        names=names,
        machines=chosen if all_addresses else first_addresses(chosen=chosen),
        is_alive=lambda host: supervisors[host].poll() is None,
        bound_s=BOOT_BOUND_S,
    )
    if silences:
        raise LabError("\n".join(describe(names=names, silence=silence) for silence in silences))


def first_addresses(*, chosen: Sequence[Machine]) -> list[Machine]:
    return [replace(machine, addresses=machine.addresses[:1]) for machine in chosen]


def check_running(*, names: LabNames, present: Sequence[Machine]) -> None:
    """Raise LabError for machines that ran before and shut the controller out."""
    silences = wait_for_ssh(
        names=names,
        machines=first_addresses(chosen=present),
        is_alive=lambda _host: True,
        bound_s=RUNNING_BOUND_S,
    )
    if silences:
        lines = [f"{s.host} runs, but SSH at {s.address} does not answer: {s.reason}" for s in silences]
        lines.append(f"`lab.py reset {' '.join(s.host for s in silences)}` makes it new")
        raise LabError("\n".join(lines))


def describe(*, names: LabNames, silence: Silence) -> str:
    log = names.log(host=silence.host)
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    last = [line for line in COLOUR.sub("", text).splitlines() if line.strip()][-LOG_LINES_SHOWN:]
    head = f"{silence.host}: SSH at {silence.address} does not answer ({silence.reason}); see {log}"
    return "\n".join([head, *(f"    {line}" for line in last)])


def stop(*, names: LabNames, hosts: Sequence[str], patience_s: float) -> list[str]:
    """Halt machines and clear what they leave; the names of those that had to be killed."""
    killed = processes.halt(names=names, hosts=hosts, patience_s=patience_s)
    forget_connections(names=names)
    for host in hosts:
        machines.clear(names=names, host=host)
    return killed


def forget_connections(*, names: LabNames) -> None:
    """Let no later run use a connection to a machine that has ended; open ones end by themselves."""
    if names.connections.parent.exists():
        shutil.rmtree(names.connections.parent)


def reset(*, names: LabNames, cache: Path, chosen: Sequence[Machine]) -> None:
    """Replace the chosen machines by new ones."""
    with locked(names=names):
        stop(names=names, hosts=[machine.name for machine in chosen], patience_s=HALT_BOUND_S)
    up(names=names, cache=cache, chosen=chosen)


def power_cycle(*, names: LabNames, chosen: Sequence[Machine]) -> None:
    """End the chosen machines without warning and boot them with their disks as they were."""
    with locked(names=names):
        running = processes.running_machines(names=names)
        if idle := [machine.name for machine in chosen if machine.name not in running]:
            raise LabError(f"{', '.join(idle)} does not run: run lab.py up")
        processes.halt(names=names, hosts=[machine.name for machine in chosen], patience_s=0.0)
        forget_connections(names=names)
        boot_and_wait(names=names, chosen=chosen, all_addresses=False)


def down(*, names: LabNames) -> list[str]:
    """Remove the lab and all that it left; the names of machines that had to be killed. May be repeated."""
    with locked(names=names):
        killed = stop(names=names, hosts=[machine.name for machine in MACHINES], patience_s=HALT_BOUND_S)
        remove_everything(names=names, keep_logs=False)
    return killed


def remove_everything(*, names: LabNames, keep_logs: bool) -> None:
    """Remove network, control groups and state folder. No machine may run any more."""
    network.remove_network(names=names)
    cgroups.remove_groups(names=names)
    if not names.state.exists():
        return
    for entry in names.state.iterdir():
        if keep_logs and entry.name == "logs":
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    if not keep_logs:
        names.state.rmdir()
