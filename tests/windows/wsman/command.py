# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shell is asked to run, and what came of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """One TCP connection: its number on this server, counted from 1, and both its ends."""

    number: int
    address: str
    port: int
    local_port: int


@dataclass(frozen=True)
class Command:
    """A PowerShell script with its input; words is the command line where there was one."""

    script: str
    stdin: bytes
    peer: Peer
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    rc: int
    stdout: str
    stderr: str = ""


class ConnectionLostError(Exception):
    """The client is not to hear of this command any more: its connection is closed without an answer."""


class Computer(t.Protocol):
    """What stands behind a server. Called from several threads at once."""

    def execute(self, command: Command) -> Outcome:
        """Raises C(ConnectionLostError), before or after it did anything, to close the connection."""

    def admits(self, peer: Peer) -> bool:
        """Whether the new connection gets through."""

    def left(self, peer: Peer) -> None:
        """The connection is closed."""
