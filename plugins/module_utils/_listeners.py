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
from dataclasses import dataclass

_TABLES = (("tcp", "tcp"), ("tcp6", "tcp"), ("udp", "udp"), ("udp6", "udp"))
_WAITING = {"tcp": "0A", "udp": "07"}
_CLIENTS = {("udp", 68), ("udp", 546)}
"""Where DHCP clients take their answers."""


@dataclass(frozen=True)
class Listener:
    """A port of a protocol, the addresses that it is bound to, and the name of a process that holds it, if known."""

    protocol: str
    port: int
    addresses: t.Tuple[str, ...]
    process: str

    def as_json(self) -> t.Dict[str, t.Any]:
        return {
            "protocol": self.protocol,
            "port": self.port,
            "addresses": list(self.addresses),
            "process": self.process,
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
    names = _holders(proc, {inode for bound in found.values() for inode in bound.values()})
    return [
        Listener(protocol, port, tuple(sorted(bound)), _first(names.get(inode, "") for inode in bound.values()))
        for (protocol, port), bound in sorted(found.items())
    ]


def _first(names: t.Iterable[str]) -> str:
    return next((name for name in names if name), "")


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


def _holders(proc: pathlib.Path, inodes: t.Set[str]) -> t.Dict[str, str]:
    """Names of processes by the inodes of their sockets."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: t.Dict[str, str] = {}
    for process in proc.glob("[0-9]*"):
        for inode in filter(None, (wanted.get(link) for link in _descriptors(process))):
            found.setdefault(inode, _name(process))
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
