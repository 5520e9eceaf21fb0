# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command shell of WinRM: a command line, its standard input and both outputs. What the plugin winrm uses."""

from __future__ import annotations

import base64
import re
import uuid
from dataclasses import dataclass, field

from .command import Command, Computer, Outcome, Peer
from .messages import NAMESPACES, Request
from .shells import LARGEST_OUTPUT, Shell, sent_streams, state, stream

ENCODED = re.compile(r"-EncodedCommand\s+(\S+)", re.IGNORECASE)


@dataclass
class Running:
    """A command in the making; outcome once it ended, stdout what of it is not given out yet."""

    words: tuple[str, ...]
    stdin: bytearray = field(default_factory=bytearray)
    outcome: Outcome | None = None
    stdout: bytes = b""


class CommandShell(Shell):
    def __init__(self, computer: Computer) -> None:
        super().__init__(computer)
        self._commands: dict[str, Running] = {}

    def command(self, request: Request, peer: Peer) -> str:
        line = request.body.find("rsp:CommandLine", NAMESPACES)
        assert line is not None
        identifier = (line.get("CommandId") or str(uuid.uuid4())).upper()
        arguments = [argument.text or "" for argument in line.findall("rsp:Arguments", NAMESPACES)]
        running = Running(words=(line.findtext("rsp:Command", "", NAMESPACES), *arguments))
        self._commands[identifier] = running
        if request.options.get("WINRS_CONSOLEMODE_STDIN") != "FALSE":
            self._begin(identifier, running, peer)
        return identifier

    def send(self, request: Request, peer: Peer) -> None:
        for element, data in sent_streams(request):
            identifier = (element.get("CommandId") or "").upper()
            running = self._commands[identifier]
            running.stdin += data
            if (element.get("End") or "").lower() == "true":
                self._begin(identifier, running, peer)

    def _begin(self, identifier: str, running: Running, peer: Peer) -> None:
        script = script_of(" ".join(running.words))
        self.start(identifier, Command(script=script, stdin=bytes(running.stdin), peer=peer, words=running.words))

    def finish(self, command: str, outcome: Outcome) -> None:
        running = self._commands[command]
        running.outcome = outcome
        running.stdout = outcome.stdout.encode()

    def ready(self, command: str) -> bool:
        running = self._commands.get(command)
        return running is not None and running.outcome is not None

    def take(self, command: str) -> str:
        running = self._commands[command]
        assert running.outcome is not None
        part, running.stdout = running.stdout[:LARGEST_OUTPUT], running.stdout[LARGEST_OUTPUT:]
        streams = stream("stdout", part, command) if part else ""
        if running.stdout:
            return streams + state(command, done=False)
        if running.outcome.stderr:
            streams += stream("stderr", running.outcome.stderr.encode(), command)
        return streams + state(command, done=True, inner=f"<rsp:ExitCode>{running.outcome.rc}</rsp:ExitCode>")


def script_of(line: str) -> str:
    """The script of a command line that has it encoded, else the line."""
    encoded = ENCODED.search(line)
    return base64.b64decode(encoded[1]).decode("utf-16-le") if encoded else line
