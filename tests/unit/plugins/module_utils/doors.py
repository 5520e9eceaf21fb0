# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of this machine that answer nothing, or at which nobody listens."""

from __future__ import annotations

import contextlib
import socket
import time
import typing as t

LOOPBACK = "127.0.0.1"


@contextlib.contextmanager
def mute() -> t.Iterator[int]:
    """A port that answers nothing, as a filtered one: nobody takes what its full queue holds."""
    with socket.create_server((LOOPBACK, 0), backlog=0) as door, contextlib.ExitStack() as stack:
        for _place in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(door.getsockname())
        time.sleep(0.1)
        yield door.getsockname()[1]


def closed_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as door:
        door.bind((LOOPBACK, 0))
        return int(door.getsockname()[1])
