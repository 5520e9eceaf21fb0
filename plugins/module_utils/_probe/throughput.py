# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A bounded number of bytes from one host to another over TCP, and how long they take."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import pathlib
import socket
import time
import typing as t

CHUNK = 65536
GREETING = b"printops throughput\n"
"""What the receiver says first. Without it nothing is sent: something else may listen there."""
RECEIVED = b"."
"""What the receiver answers to the last byte, so that the sender's time is that of the whole way."""


def receive(*, port: int, sources: t.Collection[str], size: int, timeout_s: float) -> t.List[str]:
    """Take C(size) bytes from each of the sources, one after another; those that came until the time was over.

    Connections from other addresses are closed at once.
    """
    deadline = time.monotonic() + timeout_s
    wanted = {_plain(source) for source in sources}
    came: t.List[str] = []
    with _listener(port) as door:
        while wanted and time.monotonic() < deadline:
            door.settimeout(max(deadline - time.monotonic(), 0.01))
            try:
                connection, peer = door.accept()
            except OSError:
                break
            with connection:
                source = _plain(peer[0])
                if source in wanted and _take(connection, size=size, deadline=deadline):
                    wanted.discard(source)
                    came.append(source)
    return came


def send(*, address: str, port: int, size: int, timeout_s: float) -> float:
    """Seconds that C(size) bytes take to arrive; raises OSError.

    The receiver may only just be starting: a refusal is tried again until the time is over.
    """
    deadline = time.monotonic() + timeout_s
    with _connection(address, port, deadline=deadline) as connection:
        _expect(connection, GREETING, deadline=deadline)
        chunk = os.urandom(CHUNK)
        began = time.monotonic()
        left = size
        while left:
            connection.settimeout(_left(deadline))
            left -= connection.send(chunk[: min(left, CHUNK)])
        _expect(connection, RECEIVED, deadline=deadline)
        return time.monotonic() - began


def _expect(connection: socket.socket, words: bytes, *, deadline: float) -> None:
    said = b""
    while len(said) < len(words):
        connection.settimeout(_left(deadline))
        data = connection.recv(len(words) - len(said))
        if not data:
            break
        said += data
    if said != words:
        raise ConnectionError("what answers there is not the other side of this measurement")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("it took too long")
    return left


def _connection(address: str, port: int, *, deadline: float) -> socket.socket:
    while time.monotonic() + 0.2 < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection((address, port), timeout=_left(deadline))
        time.sleep(0.1)
    raise ConnectionRefusedError("nothing takes the bytes there")


def _listener(port: int) -> socket.socket:
    """For both families, where the host has IPv6."""
    family = socket.AF_INET6 if socket.has_ipv6 and pathlib.Path("/proc/net/if_inet6").exists() else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        door.bind(("", port))
        door.listen(8)
    except OSError:
        door.close()
        raise
    return door


def _take(connection: socket.socket, *, size: int, deadline: float) -> bool:
    with contextlib.suppress(OSError):
        connection.settimeout(_left(deadline))
        connection.sendall(GREETING)
        left = size
        while left:
            connection.settimeout(_left(deadline))
            data = connection.recv(min(left, CHUNK))
            if not data:
                return False
            left -= len(data)
        connection.sendall(RECEIVED)
        return True
    return False


def _plain(address: str) -> str:
    """An IPv4 address that is mapped to IPv6 as IPv4; without a zone."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
