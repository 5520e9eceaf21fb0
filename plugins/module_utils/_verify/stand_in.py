# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A listener in the background of a host, and what it found there."""

from __future__ import annotations

import ipaddress
import os
import pathlib
import platform
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._host.addresses import own_addresses
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import DEFAULT_PORT, live_connection

from .control import Control
from .listener import (
    Door,
    Server,
    open_doors,
    other_doors,
)


def stand_in(given: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Begin to listen as the options of C(flow_listener) say; nothing is begun without C(doors).

    Raises C(ListenerError) where another listener runs.
    """
    own = _addresses()
    connection = live_connection()
    doors: t.List[Door] = []
    if given["doors"]:
        control = Control()
        doors = open_doors(given["doors"], own=own)
        server = Server(doors, control=control, host=given["host"], secret=given["secret"])
        _in_background(server, lifetime_s=given["lifetime"])
        doors += other_doors(given["doors"], ports={connection.port if connection else DEFAULT_PORT})
    return {
        "doors": [door.as_json() for door in doors],
        "addresses": own,
        "as_root": os.geteuid() == 0,
        "sees_packets": bool(given["doors"]) and server.sees_packets,
        "system": _system(),
        "python": platform.python_version(),
    }


def _addresses() -> t.List[str]:
    found = sorted(map(ipaddress.ip_address, own_addresses()), key=lambda one: (one.version, one))
    return [str(one) for one in found if not (one.is_loopback or one.is_link_local)]


def _system() -> str:
    try:
        lines = pathlib.Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.system()
    named = dict(line.partition("=")[::2] for line in lines if "=" in line)
    return named.get("PRETTY_NAME", platform.system()).strip('"')


def _in_background(server: Server, *, lifetime_s: int) -> None:
    """In a session of its own, without any file of this process, so that the task ends and the listener does not."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        os.chdir("/")
        if os.fork() == 0:
            nothing = os.open(os.devnull, os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(nothing, standard)
            server.serve(lifetime_s=lifetime_s)
    finally:
        os._exit(0)
