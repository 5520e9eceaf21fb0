# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PowerShell remoting of WinRM ([MS-PSRP]): pipelines and their input. What the plugin psrp uses."""

from __future__ import annotations

import base64
import typing as t
import uuid
from dataclasses import dataclass, field

import psrpcore
from psrpcore.types import ErrorCategoryInfo, HostMethodIdentifier, NETException, PSString

from .command import Command, Computer, Outcome, Peer
from .messages import NAMESPACES, Request
from .shells import LARGEST_OUTPUT, Shell, sent_streams, state, stream

LARGEST_FRAGMENT = 100_000
POOL = ""
"""In the place of a pipeline's identifier: what belongs to the pool itself."""


@dataclass
class Running:
    """A pipeline in the making; its input is lines of text."""

    pipeline: psrpcore.ServerPipeline
    lines: list[str] = field(default_factory=list)
    done: bool = False


class RunspacePool(Shell):
    def __init__(self, computer: Computer, creation: bytes) -> None:
        super().__init__(computer)
        self._pool = psrpcore.ServerRunspacePool()
        self._running: dict[str, Running] = {}
        self._fragments: dict[str, list[bytes]] = {POOL: []}
        self._receive_data(creation, None)
        while self._pool.next_event() is not None:
            pass
        self._collect()

    def command(self, request: Request, peer: Peer) -> str:
        line = request.body.find("rsp:CommandLine", NAMESPACES)
        assert line is not None
        identifier = (line.get("CommandId") or str(uuid.uuid4())).upper()
        pipeline_id = uuid.UUID(identifier)
        pipeline = psrpcore.ServerPipeline(self._pool, pipeline_id)
        self._running[identifier] = Running(pipeline)
        self._fragments[identifier] = []
        first = line.findtext("rsp:Arguments", "", NAMESPACES)
        self._receive_data(base64.b64decode(first), pipeline_id)
        self._pump(peer)
        return identifier

    def send(self, request: Request, peer: Peer) -> None:
        for _element, data in sent_streams(request):
            self._receive_data(data, None)
        self._pump(peer)

    def _receive_data(self, data: bytes, pipeline_id: uuid.UUID | None) -> None:
        self._pool.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, pipeline_id))

    def _pump(self, peer: Peer) -> None:
        while (event := self._pool.next_event()) is not None:
            identifier = str(event.pipeline_id).upper()
            if isinstance(event, psrpcore.CreatePipelineEvent):
                pipeline = self._running[identifier].pipeline
                pipeline.start()
                if _metadata(pipeline).no_input:
                    self._begin(identifier, peer)
            elif isinstance(event, psrpcore.PipelineInputEvent):
                self._running[identifier].lines.append(str(event.data))
            elif isinstance(event, psrpcore.EndOfPipelineInputEvent):
                self._begin(identifier, peer)
        self._collect()

    def _begin(self, identifier: str, peer: Peer) -> None:
        running = self._running[identifier]
        script = "\n".join(command.command_text for command in _metadata(running.pipeline).commands)
        stdin = "".join(f"{line}\n" for line in running.lines).encode()
        self.start(identifier, Command(script=script, stdin=stdin, peer=peer))

    def finish(self, command: str, outcome: Outcome) -> None:
        running = self._running[command]
        for line in outcome.stdout.removesuffix("\n").split("\n") if outcome.stdout else []:
            running.pipeline.write_output(PSString(line.removesuffix("\r")))
        if outcome.stderr:
            running.pipeline.write_error(NETException(Message=outcome.stderr), category_info=ErrorCategoryInfo())
        if outcome.rc:
            running.pipeline.host_call(HostMethodIdentifier.SetShouldExit, [outcome.rc])
        running.pipeline.complete()
        running.done = True
        self._collect()

    def _collect(self) -> None:
        while (payload := self._pool.data_to_send(LARGEST_FRAGMENT)) is not None:
            owner = str(payload.pipeline_id).upper() if payload.pipeline_id else POOL
            self._fragments[owner].append(payload.data)

    def ready(self, command: str) -> bool:
        return bool(self._fragments.get(command)) or (command in self._running and self._running[command].done)

    def take(self, command: str) -> str:
        fragments = self._fragments[command]
        part: list[bytes] = []
        size = 0
        while fragments and (not part or size + len(fragments[0]) <= LARGEST_OUTPUT):
            part.append(fragments.pop(0))
            size += len(part[-1])
        streams = "".join(stream("stdout", fragment, command) for fragment in part)
        if command == POOL:
            return streams
        return streams + state(command, done=self._running[command].done and not fragments)


def _metadata(pipeline: psrpcore.ServerPipeline) -> t.Any:
    """What the client said of the pipeline when it created it."""
    return pipeline.metadata
