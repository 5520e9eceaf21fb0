# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether machines answer: a new TCP connection to SSH and the server's banner."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .naming import LabNames
from .network import move_thread_into
from .topology import Machine

SSH_PORT = 22
ATTEMPT_S = 1.0
PAUSE_S = 0.05


@dataclass(frozen=True)
class Silence:
    """An address that did not answer in time, and what came of the last attempt."""

    host: str
    address: str
    reason: str


def ssh_answers(*, address: str) -> str | None:
    """None when an SSH server at `address` shows its banner, else what went wrong."""
    try:
        with socket.create_connection((address, SSH_PORT), timeout=ATTEMPT_S) as connection:
            banner = connection.recv(64)
    except OSError as error:
        return str(error)
    return None if banner.startswith(b"SSH-") else f"said {banner!r} instead of an SSH banner"


def wait_for_ssh(
    *, names: LabNames, machines: Iterable[Machine], is_alive: Callable[[str], bool], bound_s: float
) -> list[Silence]:
    """Wait until all addresses of all machines answer; those that do not within `bound_s` seconds.

    A machine that `is_alive` says has ended is not waited for.
    """
    deadline = time.monotonic() + bound_s

    def wait_for(machine: Machine) -> Silence | None:
        move_thread_into(namespace=names.namespace_path)
        for address in machine.addresses:
            while (reason := ssh_answers(address=address)) is not None:
                if not is_alive(machine.name):
                    return Silence(host=machine.name, address=address, reason="the machine has ended")
                if time.monotonic() > deadline:
                    return Silence(host=machine.name, address=address, reason=reason)
                time.sleep(PAUSE_S)
        return None

    waited_for = list(machines)
    if not waited_for:
        return []
    with ThreadPoolExecutor(max_workers=len(waited_for)) as pool:
        return [silence for silence in pool.map(wait_for, waited_for) if silence is not None]
