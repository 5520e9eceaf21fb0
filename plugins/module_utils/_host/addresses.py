# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The addresses of this host, as the kernel tells them over rtnetlink(7)."""

from __future__ import annotations

import ipaddress
import socket
import struct
import typing as t

_GET_ADDRESSES, _NEW_ADDRESS, _ERROR, _DONE = 22, 20, 2, 3
_REQUEST_DUMP = 0x301
_MESSAGE, _ADDRESS, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBBBI"), struct.Struct("=HH")
_PEER, _LOCAL = 1, 2


def own_addresses() -> t.FrozenSet[str]:
    """All of them, loopback too; raises C(OSError)."""
    body = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    request = _MESSAGE.pack(_MESSAGE.size + len(body), _GET_ADDRESSES, _REQUEST_DUMP, 1, 0) + body
    found: t.Set[str] = set()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.sendto(request, (0, 0))
        while True:
            for kind, message in _parts(kernel.recv(1 << 20), _MESSAGE):
                if kind == _DONE:
                    return frozenset(found)
                if kind == _ERROR:
                    raise OSError(-struct.unpack_from("=i", message)[0], "the kernel does not tell its addresses")
                if kind == _NEW_ADDRESS:
                    found.add(_address(message))


def _address(message: bytes) -> str:
    """The local one of a link between two."""
    values = dict(_parts(message[_ADDRESS.size :], _ATTRIBUTE))
    return str(ipaddress.ip_address(values.get(_LOCAL) or values[_PEER]))


def _parts(data: bytes, head: struct.Struct) -> t.Iterator[t.Tuple[int, bytes]]:
    """Kind and content of each part; a head begins with the length of all and the kind."""
    while len(data) >= head.size:
        fields = head.unpack_from(data)
        length = fields[0]
        yield fields[1], data[head.size : length]
        data = data[(length + 3) & ~3 :]
