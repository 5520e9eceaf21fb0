# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener: HTTP or HTTPS on a port of 127.0.0.1, a thread for each connection."""

from __future__ import annotations

import contextlib
import http.server
import itertools
import socket
import ssl
import threading
import typing as t
from dataclasses import dataclass, field

import spnego

from .authentication import Account, Authenticator
from .command import Computer, ConnectionLostError, Peer
from .encryption import CONTENT_TYPE, decrypt, encrypt, is_encrypted
from .messages import UNENCRYPTED, FaultError, fault_message
from .service import SERVER_ERROR, Service

PLAIN = "application/soap+xml;charset=UTF-8"
HANDSHAKE_SECONDS = 10.0


@dataclass
class Traffic:
    """What went over a server: connections that were let in, and messages by how they were protected."""

    connections: list[Peer] = field(default_factory=list)
    refused: int = 0
    encrypted: int = 0
    plain: int = 0


class WsManServer:
    """A context manager; the port is open between enter and exit."""

    def __init__(self, computer: Computer, *, accounts: list[Account], tls: ssl.SSLContext | None = None) -> None:
        self.computer = computer
        self.accounts = accounts
        self.tls = tls
        self.traffic = Traffic()
        self.service = Service(computer)
        self.numbers = itertools.count(1)
        self._listener = _Listener(self)

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    def __enter__(self) -> t.Self:
        threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._listener.server_close()


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, server: WsManServer) -> None:
        self.owner = server
        super().__init__(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)

    def finish_request(self, request: t.Any, client_address: t.Any) -> None:
        """In the connection's own thread: a slow handshake holds nobody up."""
        peer = Peer(next(self.owner.numbers), client_address[0], client_address[1], self.owner.port)
        if not self.owner.computer.admits(peer):
            self.owner.traffic.refused += 1
            return
        self.owner.traffic.connections.append(peer)
        try:
            with contextlib.suppress(OSError), self._secured(request) as secured:
                _Connection(secured, client_address, self, peer=peer)
        finally:
            self.owner.computer.left(peer)

    def _secured(self, plain: socket.socket) -> socket.socket:
        if self.owner.tls is None:
            return plain
        plain.settimeout(HANDSHAKE_SECONDS)
        secured = self.owner.tls.wrap_socket(plain, server_side=True)
        secured.settimeout(None)
        return secured


class _Connection(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(self, request: socket.socket, address: t.Any, listener: _Listener, *, peer: Peer) -> None:
        self.owner = listener.owner
        self.peer = peer
        self.authenticator = Authenticator(self.owner.accounts, basic=self.owner.tls is not None)
        super().__init__(request, address, listener)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        verdict = self.authenticator.judge(self.headers.get("Authorization", ""))
        if not verdict.accepted:
            self._reply(401, b"", headers=verdict.headers)
        elif not body:
            self._reply(200, b"", headers=verdict.headers)
        else:
            self._converse(body, verdict.headers)

    def _converse(self, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
        session = self.authenticator.session
        encrypted = is_encrypted(self.headers.get("Content-Type", ""))
        try:
            if not encrypted and self.owner.tls is None:
                fault = FaultError(UNENCRYPTED, "This service takes unencrypted messages over HTTPS only.")
                self._reply(SERVER_ERROR, fault_message(fault, relates_to=""), headers=headers)
            elif encrypted and session is not None:
                self.owner.traffic.encrypted += 1
                status, answer = self.owner.service.answer(decrypt(body, session), self.peer)
                self._reply(status, encrypt(answer, session), content_type=CONTENT_TYPE, headers=headers)
            elif encrypted:
                self._reply(400, b"", headers=headers)
            else:
                self.owner.traffic.plain += 1
                status, answer = self.owner.service.answer(body, self.peer)
                self._reply(status, answer, headers=headers)
        except ConnectionLostError:
            self.close_connection = True
        except (ValueError, spnego.exceptions.SpnegoError):
            self._reply(400, b"", headers=headers)

    def _reply(
        self, status: int, body: bytes, *, content_type: str = PLAIN, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", content_type), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: t.Any) -> None:
        """Silence: a test asks C(Traffic)."""
