# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Sockets that wait for packets, read from /proc as C(ss -lntup) does."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import pathlib
import typing as t
from dataclasses import dataclass, field

from .java import Management, management

_TABLES = (("tcp", "tcp"), ("tcp6", "tcp"), ("udp", "udp"), ("udp6", "udp"))
_WAITING = {"tcp": "0A", "udp": "07"}
_CLIENTS = {("udp", 68), ("udp", 546)}
"""Where DHCP clients take their answers."""


@dataclass(frozen=True)
class Listener:
    """A port of a protocol, the addresses that it is bound to, and who holds it, if known.

    That is the name of the first process, and the ids of all, smallest first. C(is_jmx): one of them takes JMX there;
    C(is_local_management): only of its own host. C(is_ephemeral): the system gives such a port to who asks for any.
    """

    protocol: str
    port: int
    addresses: t.Tuple[str, ...]
    process: str
    pids: t.Tuple[int, ...] = field(default=(), compare=False)
    is_jmx: bool = False
    is_local_management: bool = False
    is_ephemeral: bool = False

    def as_json(self) -> t.Dict[str, t.Any]:
        return {
            "protocol": self.protocol,
            "port": self.port,
            "addresses": list(self.addresses),
            "process": self.process,
            "pids": list(self.pids),
            "jmx": self.is_jmx,
            "local_management": self.is_local_management,
            "ephemeral": self.is_ephemeral,
        }


def listeners(*, proc: pathlib.Path = pathlib.Path("/proc")) -> t.List[Listener]:
    """All TCP sockets that listen and all UDP sockets that are connected to nobody, by protocol and port.

    Names of processes take root.
    """
    found: t.Dict[t.Tuple[str, int], t.Dict[str, str]] = {}
    for table, protocol in _TABLES:
        for address, port, inode in _sockets(proc / "net" / table, waiting=_WAITING[protocol]):
            if (protocol, port) not in _CLIENTS:
                found.setdefault((protocol, port), {})[address] = inode
    holders = _holders(proc, {inode for bound in found.values() for inode in bound.values()})
    of_java = {pid: management(proc / str(pid)) for pid in {pid for pid, _name in holders.values()}}
    ephemeral = _ephemeral_ports(proc)
    return [
        _listener(protocol, port, bound, holders, of_java, port in ephemeral)
        for (protocol, port), bound in sorted(found.items())
    ]


def _listener(
    protocol: str,
    port: int,
    bound: t.Dict[str, str],
    holders: t.Dict[str, t.Tuple[int, str]],
    of_java: t.Dict[int, Management],
    is_ephemeral: bool,
) -> Listener:
    """C(bound) is addresses to inodes."""
    held = sorted({holders[inode] for inode in bound.values() if inode in holders})
    name = next((name for _pid, name in held if name), "")
    pids = tuple(pid for pid, _name in held)
    is_jmx, is_local = (
        protocol == "tcp" and any(port in getattr(of_java[pid], key) for pid in pids) for key in ("jmx", "local")
    )
    return Listener(protocol, port, tuple(sorted(bound)), name, pids, is_jmx, is_local, is_ephemeral)


def _ephemeral_ports(proc: pathlib.Path) -> range:
    try:
        first, last = (proc / "sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return range(0)
    return range(int(first), int(last) + 1)


def _sockets(table: pathlib.Path, *, waiting: str) -> t.Iterator[t.Tuple[str, int, str]]:
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except FileNotFoundError:
        return
    for line in lines:
        fields = line.split()
        if fields[3] == waiting:
            address, _colon, port = fields[1].partition(":")
            yield address_of(address), int(port, 16), fields[9]


def address_of(text: str) -> str:
    """C(0100007F) is 127.0.0.1: words of 32 bits, each with its last byte first; one mapped to IPv6 as IPv4."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    address = ipaddress.ip_address(b"".join(words))
    return str(getattr(address, "ipv4_mapped", None) or address)


def _holders(proc: pathlib.Path, inodes: t.Set[str]) -> t.Dict[str, t.Tuple[int, str]]:
    """Ids and names of processes by the inodes of their sockets; of several that share one, the oldest."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: t.Dict[str, t.Tuple[int, str]] = {}
    for pid in sorted(int(process.name) for process in proc.glob("[0-9]*")):
        process = proc / str(pid)
        for inode in filter(None, (wanted.get(link) for link in _descriptors(process))):
            found.setdefault(inode, (pid, _name(process)))
    return found


def _descriptors(process: pathlib.Path) -> t.Iterator[str]:
    """What the open files of a process are; nothing where it has ended."""
    with contextlib.suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield os.readlink(descriptor)


def _name(process: pathlib.Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
