# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shells: they run each command in a thread of its own, and keep its output until it is asked for."""

from __future__ import annotations

import abc
import base64
import threading
import typing as t
import xml.etree.ElementTree as ET

from .command import Command, Computer, ConnectionLostError, Outcome, Peer
from .messages import NAMESPACES, SHELL, TIMED_OUT, FaultError, Request

PATIENCE_SECONDS = 10.0
"""How long a Receive waits for output. Clients give up after 20 s, and ask again when told that there is none."""
LARGEST_OUTPUT = 250_000
"""Bytes of output in one answer, before base64: below the 500 kB that Windows allows for a message."""


class Shell(abc.ABC):
    """One shell; every method is called with the lock held, and a command's thread takes it to leave its outcome."""

    def __init__(self, computer: Computer) -> None:
        self.computer = computer
        self.lock = threading.Condition()
        self.lost: set[str] = set()

    @abc.abstractmethod
    def command(self, request: Request, peer: Peer) -> str:
        """Begin a command and return its identifier."""

    @abc.abstractmethod
    def send(self, request: Request, peer: Peer) -> None:
        """Take input, and run the command when this was its end."""

    @abc.abstractmethod
    def ready(self, command: str) -> bool:
        """Whether there is output of the command, or its end."""

    @abc.abstractmethod
    def take(self, command: str) -> str:
        """The streams and the state of the command as XML; output is given once."""

    @abc.abstractmethod
    def finish(self, command: str, outcome: Outcome) -> None:
        """Keep what a command came to."""

    def receive(self, request: Request) -> str:
        """Raises C(FaultError) when there is nothing to say, and C(ConnectionLostError) when there never will be."""
        desired = request.body.find("rsp:Receive/rsp:DesiredStream", NAMESPACES)
        command = (desired.get("CommandId") or "").upper() if desired is not None else ""
        self.lock.wait_for(lambda: self.ready(command) or command in self.lost, PATIENCE_SECONDS)
        if command in self.lost:
            raise ConnectionLostError
        if not self.ready(command):
            raise FaultError(TIMED_OUT, "The operation did not complete within the time specified in OperationTimeout.")
        return self.take(command)

    def start(self, identifier: str, command: Command) -> None:
        threading.Thread(target=self._run, args=(identifier, command), daemon=True).start()

    def _run(self, identifier: str, command: Command) -> None:
        try:
            outcome = self.computer.execute(command)
        except ConnectionLostError:
            with self.lock:
                self.lost.add(identifier)
                self.lock.notify_all()
            return
        except Exception as error:  # a test must see it, and a thread would swallow it
            outcome = Outcome(rc=1, stdout="", stderr=f"the test's computer failed: {type(error).__name__}: {error}")
        with self.lock:
            self.finish(identifier, outcome)
            self.lock.notify_all()


def stream(name: str, data: bytes, command: str) -> str:
    owner = f' CommandId="{command}"' if command else ""
    return f'<rsp:Stream Name="{name}"{owner}>{base64.b64encode(data).decode()}</rsp:Stream>'


def state(command: str, *, done: bool, inner: str = "") -> str:
    return (
        f'<rsp:CommandState CommandId="{command}" State="{SHELL}CommandState/{"Done" if done else "Running"}">'
        f"{inner}</rsp:CommandState>"
    )


def sent_streams(request: Request) -> t.Iterator[tuple[ET.Element, bytes]]:
    for element in request.body.findall("rsp:Send/rsp:Stream", NAMESPACES):
        yield element, base64.b64decode(element.text or "")
