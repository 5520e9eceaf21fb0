# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether addresses answer, and how fast: one attempt each, all of them at the same time."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import struct
import time
import typing as t
from dataclasses import dataclass

AT_ONCE = 400
"""Sockets that are open at the same time; a process may have 1024 files by default."""

_REFUSED = {errno.ECONNREFUSED}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EHOSTDOWN, errno.ENETDOWN}
ECHO = {socket.AF_INET: (8, 0, socket.IPPROTO_ICMP), socket.AF_INET6: (128, 129, socket.IPPROTO_ICMPV6)}
"""Types of an echo request and of its reply, and the protocol, by family."""


@dataclass(frozen=True)
class Target:
    """What to reach: a literal address, C(tcp), C(udp) or C(icmp), and a port where the protocol has any."""

    protocol: str
    address: str
    port: t.Optional[int] = None

    @property
    def family(self) -> int:
        is_v6 = ipaddress.ip_address(self.address).version == 6
        return socket.AF_INET6 if is_v6 else socket.AF_INET


@dataclass(frozen=True)
class Attempt:
    """What became of one attempt, after how many milliseconds, and the system's word for it.

    C(open): accepted, or answered. C(closed): refused, by a reset or by ICMP. C(filtered): no answer in time.
    C(unreachable): a router, a firewall or this host says that there is no way. C(silent): nothing came back to a
    datagram, which proves nothing. C(error): the attempt could not be made.
    """

    state: str
    ms: float
    detail: str = ""

    @property
    def has_answer(self) -> bool:
        """Whether the time is that of a round trip to the address."""
        return self.state in ("open", "closed")


class Prober:
    """Makes attempts, never more than C(AT_ONCE) at the same time."""

    def __init__(self, *, timeout: float) -> None:
        self._timeout = timeout
        self._room = asyncio.Semaphore(AT_ONCE)

    async def attempt(self, target: Target) -> Attempt:
        """Timed from when it really begins: with many others, that is a while after it is asked for."""
        began = 0.0

        async def begin() -> t.Tuple[str, str]:
            nonlocal began
            began = time.monotonic()
            return await _KINDS[target.protocol](target)

        async with self._room:
            try:
                state, detail = await asyncio.wait_for(begin(), self._timeout)
            except asyncio.TimeoutError:
                state, detail = ("silent" if target.protocol == "udp" else "filtered"), "no answer in time"
            except OSError as error:
                state, detail = _state_of(error), os.strerror(error.errno) if error.errno else str(error)
            return Attempt(state, round((time.monotonic() - began) * 1000, 3), detail)


def _state_of(error: OSError) -> str:
    if error.errno in _REFUSED:
        return "closed"
    return "unreachable" if error.errno in _UNREACHABLE else "error"


async def _tcp(target: Target) -> t.Tuple[str, str]:
    with socket.socket(target.family, socket.SOCK_STREAM) as connection:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (target.address, target.port))
        return "open", ""


async def _udp(target: Target) -> t.Tuple[str, str]:
    """An empty datagram, which no service takes for a request."""
    with socket.socket(target.family, socket.SOCK_DGRAM) as connection:
        connection.setblocking(False)
        connection.connect((target.address, target.port))
        connection.send(b"")
        await asyncio.get_running_loop().sock_recv(connection, 1)
        return "open", "answered"


async def _icmp(target: Target) -> t.Tuple[str, str]:
    """An echo request, recognized in the reply by its random payload."""
    request, reply, protocol = ECHO[socket.AddressFamily(target.family)]
    payload = os.urandom(16)
    with echo_socket(target.family, protocol) as connection:
        connection.setblocking(False)
        connection.connect((target.address, 0))
        connection.send(echo_message(request, payload))
        while True:
            answer = await asyncio.get_running_loop().sock_recv(connection, 2048)
            if answer.endswith(payload) and answer[-len(payload) - 8] == reply:
                return "open", "echo"


def echo_socket(family: int, protocol: int) -> socket.socket:
    """Of the kind that any user may have where the system allows it, else the kind that root may."""
    try:
        return socket.socket(family, socket.SOCK_DGRAM, protocol)
    except PermissionError:
        return socket.socket(family, socket.SOCK_RAW, protocol)


def echo_message(kind: int, payload: bytes) -> bytes:
    """An echo request or reply with the checksum of IPv4; that of IPv6 is the kernel's."""
    identifier = os.getpid() & 0xFFFF
    body = struct.pack("!BBHHH", kind, 0, 0, identifier, 1) + payload
    total = sum(struct.unpack(f"!{len(body) // 2}H", body))
    folded = (total & 0xFFFF) + (total >> 16)
    checksum = ~(folded + (folded >> 16)) & 0xFFFF
    return struct.pack("!BBHHH", kind, 0, checksum, identifier, 1) + payload


_KINDS: t.Dict[str, t.Callable[[Target], t.Awaitable[t.Tuple[str, str]]]] = {"tcp": _tcp, "udp": _udp, "icmp": _icmp}
