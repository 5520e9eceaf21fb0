# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How a listener is reached by the next task: a socket without a file, which is its lock too.

The name is in the abstract name space of unix(7), and goes with the process.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import socket
import struct
import typing as t

NAME = "\0printops.firewall verify"
_END, _GO_ON = "end", "go-on"
_CREDENTIALS = struct.Struct("3i")
_TIMEOUT_S = 30


class ListenerError(Exception):
    """A listener runs already, or none does; the message says which."""


class Control:
    """The listener's end; raises C(ListenerError) where another listener runs on the host."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.bind(NAME)
        except OSError as error:
            self.socket.close()
            raise ListenerError(
                "another verification listens on this host; it ends by itself within its time, or with its run"
            ) from error
        self.socket.listen(4)

    def answer(self, *, secret: str, record: t.Callable[[], t.Mapping[str, t.Any]]) -> t.Union[int, bool]:
        """Answer one caller of our run. True where it has the record now, and the listener is to end; a number of
        seconds for which it is to go on; 0 where nothing changes."""
        connection, _nobody = self.socket.accept()
        with connection:
            connection.settimeout(_TIMEOUT_S)
            with contextlib.suppress(OSError):
                if _user_of(connection) not in (0, os.geteuid()):
                    return 0
                word, _blank, rest = connection.recv(1024).decode("utf-8", "replace").partition(" ")
                given, _blank, seconds = rest.partition(" ")
                if not hmac.compare_digest(given.encode(), secret.encode()):
                    return 0
                if word == _GO_ON and seconds.isdigit():
                    connection.sendall(b"{}")
                    return int(seconds)
                connection.sendall(json.dumps(record()).encode())
                return True
        return 0


def _user_of(connection: socket.socket) -> int:
    given = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(given)[1])


def end(secret: str) -> t.Optional[t.Dict[str, t.Any]]:
    """End the listener of the run, and return its record; None where it is not there, or another run's."""
    return _ask(f"{_END} {secret}")


def go_on(secret: str, *, lifetime_s: int) -> bool:
    """Have the listener of the run go on for so long from now; false where it is not there."""
    return _ask(f"{_GO_ON} {secret} {lifetime_s}") is not None


def _ask(words: str) -> t.Optional[t.Dict[str, t.Any]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_S)
        try:
            connection.connect(NAME)
            connection.sendall(words.encode())
            parts = []
            while True:
                part = connection.recv(1 << 20)
                if not part:
                    break
                parts.append(part)
        except (ConnectionError, socket.timeout):
            return None
    return json.loads(b"".join(parts)) if parts else None
