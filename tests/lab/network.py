# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own network namespace, with one bridge that has the controller's addresses."""

from __future__ import annotations

import ctypes
import json
import os
from pathlib import Path

from .commands import run, succeeds
from .naming import LabNames
from .topology import CONTROLLER_ADDRESSES, with_prefix

BRIDGE = "lab0"
CLONE_NEWNET = 0x40000000


def network_is_up(*, names: LabNames) -> bool:
    """Whether namespace and bridge are there; a name left by a dead namespace does not count."""
    return succeeds(command=["ip", "-n", names.namespace, "link", "show", "dev", BRIDGE])


def create_network(*, names: LabNames) -> None:
    """Make namespace and bridge anew. No machine may run in a former one."""
    remove_network(names=names)
    run(command=["ip", "netns", "add", names.namespace])
    commands = [
        "link set dev lo up",
        f"link add name {BRIDGE} type bridge forward_delay 0 mcast_snooping 0",
        *(f"address add {with_prefix(address=address)} dev {BRIDGE} nodad" for address in CONTROLLER_ADDRESSES),
        f"link set dev {BRIDGE} up",
    ]
    run(command=["ip", "-n", names.namespace, "-batch", "-"], stdin="\n".join(commands) + "\n")


def remove_network(*, names: LabNames) -> None:
    if names.namespace_path.exists():
        run(command=["ip", "netns", "delete", names.namespace])


def remove_ports(*, names: LabNames, host: str) -> None:
    """Remove the bridge's ports of a machine that was killed before it could do so."""
    links = json.loads(run(command=["ip", "-n", names.namespace, "-json", "link", "show", "master", BRIDGE]) or "[]")
    for link in links:
        name = link["ifname"]
        if name.startswith(f"vb-{host}-"):
            succeeds(command=["ip", "-n", names.namespace, "link", "delete", "dev", name])


def inside_network(*, names: LabNames) -> list[str]:
    """What to put before a command so that it runs in the lab's network, and else where it would have run."""
    return ["nsenter", f"--net={names.namespace_path}", "--"]


def move_thread_into(*, namespace: Path) -> None:
    """Move the calling thread into a network namespace, for good; raise OSError when that fails."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(namespace, os.O_RDONLY)
    try:
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter network namespace {namespace}")
    finally:
        os.close(descriptor)
