# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A listener that stands in on ports that nobody holds, on the planned addresses of this host, for a while."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import pathlib
import resource
import selectors
import signal
import socket
import struct
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.printops.firewall.plugins.module_utils._host.listeners import Listener, listeners

from .control import Control
from .tap import Tap
from .wire import LARGEST, key_of, read_question, saying

_PATIENCE_S = 5
"""After which a connection is closed that the other side keeps."""
_ALARM_S = 3
_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass
class Door:
    """A port as it was found, and our sockets on it."""

    protocol: str
    port: int
    state: str = "ours"
    process: str = ""
    addresses: t.Tuple[str, ...] = ()
    why: str = ""
    sockets: t.List[socket.socket] = field(default_factory=list)

    def as_json(self) -> t.Dict[str, t.Any]:
        names = ("protocol", "port", "state", "process", "addresses", "why")
        return {name: getattr(self, name) for name in names}


def open_doors(wanted: t.Sequence[t.Mapping[str, t.Any]], *, own: t.Collection[str]) -> t.List[Door]:
    """A door each; one that anybody holds, on whatever address, is left alone. C(own) are addresses of this host."""
    allow_many_files()
    held = {(one.protocol, one.port): one for one in listeners()}
    return [_open(one, held.get((one["protocol"], one["port"])), own=own) for one in wanted]


def other_doors(wanted: t.Sequence[t.Mapping[str, t.Any]], *, ports: t.Collection[int]) -> t.List[Door]:
    """What listens for TCP besides, on more than loopback, but for the C(ports) of administration."""
    named = {(one["protocol"], one["port"]) for one in wanted}
    return [
        _held(one)
        for one in listeners()
        if one.protocol == "tcp"
        and (one.protocol, one.port) not in named
        and one.port not in ports
        and not all(ipaddress.ip_address(address).is_loopback for address in one.addresses)
    ]


def _open(wanted: t.Mapping[str, t.Any], holder: t.Optional[Listener], *, own: t.Collection[str]) -> Door:
    if holder:
        return _held(holder)
    door = Door(wanted["protocol"], wanted["port"])
    try:
        for address in wanted["addresses"]:
            if address in own:
                door.sockets.append(_bound(door.protocol, address, door.port))
        for group in wanted.get("groups", ()):
            for address in wanted["addresses"]:
                if address in own and (":" in address) == (":" in group):
                    door.sockets.append(_joined(group, address, door.port))
    except OSError as error:
        close(door)
        door.state = "held" if error.errno == errno.EADDRINUSE else "failed"
        door.why = os.strerror(error.errno) if error.errno else str(error)
    if not door.sockets and door.state == "ours":
        door.state, door.why = "failed", f"none of {', '.join(wanted['addresses'])} is an address of this host"
    return door


def _held(holder: Listener) -> Door:
    return Door(holder.protocol, holder.port, "held", holder.process, holder.addresses)


def close(door: Door) -> None:
    for one in door.sockets:
        one.close()
    door.sockets = []


def _bound(protocol: str, address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    one = socket.socket(family, kind)
    try:
        one.setblocking(False)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if protocol == "tcp":
            # Only so that connections of the past do not count. What listens still does.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((address, port))
        if protocol == "tcp":
            one.listen(1024)
    except OSError:
        one.close()
        raise
    return one


def _joined(group: str, address: str, port: int) -> socket.socket:
    """A member of the group on the device that has the address."""
    one = _bound("udp", group, port)
    packed = socket.inet_pton(one.family, group)
    try:
        if one.family == socket.AF_INET:
            one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, packed + socket.inet_aton(address))
        else:
            index = struct.pack("=I", device_of(address))
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, packed + index)
    except OSError:
        one.close()
        raise
    return one


def device_of(address: str, *, proc: pathlib.Path = pathlib.Path("/proc")) -> int:
    """Number of the device that has the IPv6 address; 0, which leaves the choice to the kernel, where none has."""
    wanted = ipaddress.ip_address(address).packed.hex()
    for line in (proc / "net" / "if_inet6").read_text(encoding="ascii").splitlines():
        fields = line.split()
        if fields[0] == wanted:
            return int(fields[1], 16)
    return 0


def allow_many_files() -> None:
    """As many open files as the system lets this process have."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65536, hard))


def kernel_resets(*, proc: pathlib.Path = pathlib.Path("/proc")) -> int:
    """Resets that the kernel itself sent since it runs. Those of a firewall's rules do not count."""
    rows = [line.split() for line in (proc / "net" / "snmp").read_text(encoding="ascii").splitlines()]
    names, values = (row for row in rows if row[0] == "Tcp:")
    return int(values[names.index("OutRsts")])


class Server:
    """Says who it is to whoever connects, and keeps what came; one process, until it is ended or the time is over."""

    def __init__(self, doors: t.Sequence[Door], *, control: Control, host: str, secret: str) -> None:
        self._doors, self._control = doors, control
        self._host, self._secret = host, secret
        self._taken: t.Dict[str, None] = {}
        self._open: t.Dict[socket.socket, float] = {}
        self._resets = kernel_resets()
        self._selector = selectors.DefaultSelector()
        self._tap: t.Optional[Tap] = None
        with contextlib.suppress(OSError):
            self._tap = Tap(listens=True)

    @property
    def sees_packets(self) -> bool:
        return self._tap is not None

    def serve(self, *, lifetime_s: float) -> None:
        """The alarm ends the process even where nothing of this file does."""
        deadline = time.monotonic() + lifetime_s
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(lifetime_s) + _ALARM_S)
        for door in self._doors:
            for one in door.sockets:
                self._selector.register(
                    one, selectors.EVENT_READ, self._accept if door.protocol == "tcp" else self._hear
                )
        if self._tap:
            self._selector.register(self._tap.socket, selectors.EVENT_READ, lambda _socket: self._see())
        self._selector.register(self._control.socket, selectors.EVENT_READ, lambda _socket: None)
        with self._control.socket:
            while time.monotonic() < deadline:
                for key, _events in self._selector.select(min(deadline - time.monotonic(), 1)):
                    if key.fileobj is self._control.socket:
                        told = self._control.answer(secret=self._secret, record=self._record)
                        if told is True:
                            return
                        if told:
                            deadline = time.monotonic() + told
                            signal.alarm(told + _ALARM_S)
                    else:
                        key.data(key.fileobj)
                self._close_old()

    def _see(self) -> None:
        if self._tap:
            self._tap.read()

    def _record(self) -> t.Dict[str, t.Any]:
        resets = kernel_resets()
        return {
            "seen": self._tap.seen() if self._tap else None,
            "taken": list(self._taken),
            "resets_left": self._tap.resets_left if self._tap else 0,
            "resets_of_kernel": resets - self._resets,
        }

    def _accept(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, peer = door.accept()
                local = connection.getsockname()
                self._taken[key_of("tcp", peer[0], peer[1], local[0], local[1])] = None
                connection.setblocking(False)
                with contextlib.suppress(OSError):
                    connection.send(saying(self._secret, host=self._host, local=local[0], peer=peer[0]))
                self._open[connection] = time.monotonic() + _PATIENCE_S
                self._selector.register(connection, selectors.EVENT_READ, self._read)

    def _read(self, connection: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                if connection.recv(LARGEST):
                    return
            except BlockingIOError:
                raise
            except OSError:
                pass
            self._close(connection)

    def _close(self, connection: socket.socket) -> None:
        """With a reset, so that the port is free at once for whoever is to hold it."""
        self._selector.unregister(connection)
        del self._open[connection]
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        connection.close()

    def _close_old(self) -> None:
        now = time.monotonic()
        while self._open:
            connection, end = next(iter(self._open.items()))
            if end > now:
                return
            self._close(connection)

    def _hear(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, peer = door.recvfrom(LARGEST)
                asked = read_question(self._secret, data)
                if asked is None:
                    continue
                nonce, wants_answer = asked
                local = door.getsockname()
                self._taken[key_of("udp", peer[0], peer[1], local[0], local[1])] = None
                if wants_answer:
                    said = saying(self._secret, host=self._host, local=local[0], peer=peer[0], nonce=nonce)
                    with contextlib.suppress(OSError):
                        door.sendto(said, peer)
