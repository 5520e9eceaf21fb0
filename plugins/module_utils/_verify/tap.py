# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Packets that begin, answer or reset an attempt, as this host's network has them: before its firewall lets them in,
after it let them out. The kernel picks them out; see packet(7)."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import typing as t

from .wire import MAGIC, key_of

_ETH_P_ALL = 0x0003
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_OUTGOING, _OTHERS = 4, 3
_SNAP = 128
_BUFFER = 16 << 20
_WORD = int.from_bytes(MAGIC[:4], "big")
_SYN_OR_RST, _SYN, _RST, _ACK = 0x06, 0x02, 0x04, 0x10
_FRAGMENT = 0x1FFF
_MOST_KEYS = 200000

_LD, _LDH, _LDB = 0x20, 0x28, 0x30
_LDH_X, _LD_X, _LDB_X = 0x48, 0x40, 0x50
_LDX_HEADER, _AND, _JEQ, _JSET, _RET = 0xB1, 0x54, 0x15, 0x45, 0x06

Line = t.Tuple[str, int, int, str, str]
"""A label, an operation of bpf(4), its operand, and the labels to go on at, if it holds and if not."""


def _program() -> t.List[Line]:
    """For IPv4 the header's length is in X; that of IPv6 is 40 where nothing stands between it and the payload."""
    return [
        ("", _LDB, 0, "", ""),
        ("", _AND, 0xF0, "", ""),
        ("", _JEQ, 0x40, "v4", "is6"),
        ("is6", _JEQ, 0x60, "v6", "drop"),
        ("v4", _LDH, 6, "", ""),
        ("", _JSET, _FRAGMENT, "drop", "whole"),
        ("whole", _LDX_HEADER, 0, "", ""),
        ("", _LDB, 9, "", ""),
        ("", _JEQ, 6, "tcp4", "no_tcp4"),
        ("no_tcp4", _JEQ, 17, "udp4", "no_udp4"),
        ("no_udp4", _JEQ, 1, "icmp4", "drop"),
        ("tcp4", _LDB_X, 13, "", ""),
        ("", _JSET, _SYN_OR_RST, "take", "drop"),
        ("udp4", _LDH_X, 4, "", ""),
        ("", _JEQ, 8, "take", "icmp4"),
        ("icmp4", _LD_X, 8, "", ""),
        ("", _JEQ, _WORD, "take", "drop"),
        ("v6", _LDB, 6, "", ""),
        ("", _JEQ, 6, "tcp6", "no_tcp6"),
        ("no_tcp6", _JEQ, 17, "udp6", "no_udp6"),
        ("no_udp6", _JEQ, 58, "icmp6", "drop"),
        ("tcp6", _LDB, 53, "", ""),
        ("", _JSET, _SYN_OR_RST, "take", "drop"),
        ("udp6", _LDH, 44, "", ""),
        ("", _JEQ, 8, "take", "icmp6"),
        ("icmp6", _LD, 48, "", ""),
        ("", _JEQ, _WORD, "take", "drop"),
        ("take", _RET, _SNAP, "", ""),
        ("drop", _RET, 0, "", ""),
    ]


def compiled() -> bytes:
    """The program as an array of struct sock_filter."""
    lines = _program()
    places = {label: place for place, (label, _op, _k, _yes, _no) in enumerate(lines) if label}
    code = b""
    for place, (_label, op, operand, yes, no) in enumerate(lines):
        jumps = [places[label] - place - 1 if label else 0 for label in (yes, no)]
        code += struct.pack("=HBBI", op, *jumps, operand)
    return code


class Tap:
    """Counts packets by the key of their attempt: of a listener those that come in, of a prober those that go out.

    Raises C(OSError) where the process may not see packets.
    """

    def __init__(self, *, listens: bool) -> None:
        self._listens = listens
        self._counts: t.Dict[t.Tuple[str, str], t.List[int]] = {}
        self.resets_left = 0
        self._is_whole = True
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        try:
            code = compiled()
            self._kept = ctypes.create_string_buffer(code)
            # Native alignment, as the kernel reads struct sock_fprog.
            program = struct.pack("HP", len(code) // 8, ctypes.addressof(self._kept))
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
            self.socket.setblocking(False)
            self._forget_what_came_unfiltered()
        except OSError:
            self.socket.close()
            raise

    def _forget_what_came_unfiltered(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self.socket.recv(1):
                pass
        self.socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)

    def read(self) -> None:
        """Take in all that waits."""
        while True:
            try:
                data, address = self.socket.recvfrom(_SNAP)
            except BlockingIOError:
                return
            if address[2] != _OTHERS:
                self._take(data, device=address[0], is_outgoing=address[2] == _OUTGOING)

    def seen(self) -> t.Optional[t.Dict[str, t.List[int]]]:
        """By key, how many began, answered and reset; the most of any one device, for one packet may pass several.

        None where packets were lost, or more attempts seen than are kept.
        """
        self.read()
        _packets, lost = struct.unpack("II", self.socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
        if lost or not self._is_whole:
            return None
        found: t.Dict[str, t.List[int]] = {}
        for (key, _device), counts in self._counts.items():
            found[key] = list(map(max, counts, found.get(key, counts)))
        return found

    def _take(self, data: bytes, *, device: str, is_outgoing: bool) -> None:
        read = read_packet(data)
        if read is None:
            return
        key, back, kind = read
        if kind == 2 and is_outgoing:
            self.resets_left += 1
        if (kind == 0) == (is_outgoing != self._listens):
            name = (key if kind == 0 else back, device)
            if name not in self._counts:
                if len(self._counts) >= _MOST_KEYS:
                    self._is_whole = False
                    return
                self._counts[name] = [0, 0, 0]
            self._counts[name][kind] += 1


def read_packet(data: bytes) -> t.Optional[t.Tuple[str, str, int]]:
    """Its key, the key of the attempt that it is an answer to, and whether it begins (0), answers (1) or resets (2)."""
    if data[0] >> 4 == 4:
        head, protocol, addresses, family = (data[0] & 15) * 4, data[9], data[12:20], socket.AF_INET
    else:
        head, protocol, addresses, family = 40, data[6], data[8:40], socket.AF_INET6
    half = len(addresses) // 2
    source, destination = (socket.inet_ntop(family, one) for one in (addresses[:half], addresses[half:]))
    rest = data[head:]
    if len(rest) < 8:
        return None
    if protocol == 6:
        flags = rest[13]
        kind = 2 if flags & _RST else 1 if flags & _ACK else 0
        return _both_ways("tcp", source, destination, rest, kind)
    if protocol == 17:
        return _both_ways("udp", source, destination, rest, 1 if rest[8:].startswith(MAGIC + b"=") else 0)
    kind = 0 if rest[0] in (8, 128) else 1
    nonce = rest[8 + len(MAGIC) : 8 + len(MAGIC) + 16].decode("ascii", "replace")
    return key_of("icmp", source, nonce, destination, 0), key_of("icmp", destination, nonce, source, 0), kind


def _both_ways(protocol: str, source: str, destination: str, rest: bytes, kind: int) -> t.Tuple[str, str, int]:
    source_port, port = struct.unpack_from("!HH", rest)
    return (
        key_of(protocol, source, source_port, destination, port),
        key_of(protocol, destination, port, source, source_port),
        kind,
    )
