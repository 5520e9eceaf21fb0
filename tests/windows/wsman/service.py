# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions of WS-Management, carried out on the shells of one computer."""

from __future__ import annotations

import base64
import threading
import uuid

from .command import Computer, Peer
from .messages import (
    NAMESPACES,
    SHELL,
    SHELL_NOT_FOUND,
    TRANSFER,
    UNSUPPORTED,
    FaultError,
    MessageError,
    Reply,
    Request,
    fault_message,
    parse_request,
    reply_message,
)
from .psrp import RunspacePool
from .shells import Shell
from .winrs import CommandShell

OK, SERVER_ERROR = 200, 500


class Service:
    """Shells outlive connections, as on Windows: any authenticated client may go on with a shell it knows."""

    def __init__(self, computer: Computer) -> None:
        self._computer = computer
        self._shells: dict[str, Shell] = {}
        self._lock = threading.Lock()

    def answer(self, data: bytes, peer: Peer) -> tuple[int, bytes]:
        """HTTP status and message. Raises C(ConnectionLostError) when the client is to get none."""
        try:
            request = parse_request(data)
        except MessageError as error:
            return SERVER_ERROR, fault_message(FaultError(UNSUPPORTED, str(error)), relates_to="")
        try:
            return OK, reply_message(self._act(request, peer), relates_to=request.message_id)
        except FaultError as fault:
            return SERVER_ERROR, fault_message(fault, relates_to=request.message_id)

    def _act(self, request: Request, peer: Peer) -> Reply:
        if request.action == TRANSFER + "Create":
            return self._create(request)
        shell = self._shell(request)
        if request.action == TRANSFER + "Delete":
            with self._lock:
                self._shells.pop(request.shell, None)
            return Reply(TRANSFER + "DeleteResponse", "")
        with shell.lock:
            if request.action == SHELL + "Command":
                command = shell.command(request, peer)
                inner = f"<rsp:CommandResponse><rsp:CommandId>{command}</rsp:CommandId></rsp:CommandResponse>"
                return Reply(SHELL + "CommandResponse", inner)
            if request.action == SHELL + "Send":
                shell.send(request, peer)
                return Reply(SHELL + "SendResponse", "<rsp:SendResponse/>")
            if request.action == SHELL + "Receive":
                inner = f"<rsp:ReceiveResponse>{shell.receive(request)}</rsp:ReceiveResponse>"
                return Reply(SHELL + "ReceiveResponse", inner)
        if request.action == SHELL + "Signal":
            return Reply(SHELL + "SignalResponse", "<rsp:SignalResponse/>")
        raise FaultError(UNSUPPORTED, f"This server does not know {request.action}.")

    def _shell(self, request: Request) -> Shell:
        with self._lock:
            shell = self._shells.get(request.shell)
        if shell is None:
            raise FaultError(SHELL_NOT_FOUND, f"The shell {request.shell} was not found on the server.")
        return shell

    def _create(self, request: Request) -> Reply:
        element = request.body.find("rsp:Shell", NAMESPACES)
        wanted = element.get("ShellId") if element is not None else None
        identifier = (wanted or str(uuid.uuid4())).upper()
        creation = request.body.findtext("rsp:Shell/pwsh:creationXml", None, NAMESPACES)
        shell: Shell
        if creation is None:
            shell = CommandShell(self._computer)
        else:
            shell = RunspacePool(self._computer, base64.b64decode(creation))
        with self._lock:
            self._shells[identifier] = shell
        selectors = f'<w:SelectorSet><w:Selector Name="ShellId">{identifier}</w:Selector></w:SelectorSet>'
        return Reply(
            TRANSFER + "CreateResponse",
            "<x:ResourceCreated><a:Address>http://localhost/wsman</a:Address><a:ReferenceParameters>"
            f"<w:ResourceURI>{request.resource_uri}</w:ResourceURI>{selectors}</a:ReferenceParameters>"
            f"</x:ResourceCreated><rsp:Shell><rsp:ShellId>{identifier}</rsp:ShellId>"
            f"<rsp:ResourceUri>{request.resource_uri}</rsp:ResourceUri></rsp:Shell>",
        )
