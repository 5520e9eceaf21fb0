# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets to a broadcast address or a group, and their answers, as a script on a machine.

C(many.py ask ADDRESS PORT [SOURCE]) prints the addresses and source ports of the answers.
C(many.py answer PORT FROM [GROUP SOURCE]) answers each question from the port FROM, and prints who asked.
C(many.py hear PORT GROUP...) joins the groups and prints C(GROUP SENDER) of what comes.
C(many.py query SECONDS) and C(many.py query6 SECONDS) are the querier of a link: they print who reported which group.
C(many.py send ADDRESS PORT [SOURCE]) sends one packet.
C(many.py relay PORT INNER) answers each question with what the port INNER of this machine says to it.
What goes on ends with its input.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import threading
import time

LINK = "host0"
WAIT_S = 2.0
IP_PKTINFO = 8
MLD_REPORT = 143


def open_udp(port: int = 0, *, at: str = "", version: int = 4) -> socket.socket:
    opened = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_BROADCAST, socket.SO_REUSEADDR):
        opened.setsockopt(socket.SOL_SOCKET, option, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, LINK.encode())
    if version == 6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index())
    else:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4sli", b"\0" * 4, 0, index()))
    opened.bind((at, port))
    return opened


def version_of(address: str) -> int:
    return 6 if ":" in address else 4


def join(listener: socket.socket, group: str) -> None:
    if version_of(group) == 6:
        joined = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", index())
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, joined)
    else:
        joined = struct.pack("4s4si", socket.inet_aton(group), b"\0" * 4, index())
        listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)


def index() -> int:
    return socket.if_nametoindex(LINK)


def ask(address: str, port: int, source: str = "") -> None:
    with open_udp(at=source, version=version_of(address)) as asker:
        asker.sendto(b"who?", (address, port))
        deadline = time.monotonic() + WAIT_S
        while (left := deadline - time.monotonic()) > 0:
            asker.settimeout(left)
            try:
                print(*asker.recvfrom(64)[1][:2], flush=True)
            except socket.timeout:  # noqa: UP041 - its own kind before Python 3.10
                return


def answer(port: int, from_port: int, group: str = "", source: str = "") -> None:
    version = version_of(group)
    heard, speaking = open_udp(port, version=version), open_udp(from_port, at=source, version=version)
    if group:
        join(heard, group)
    threading.Thread(target=_end_with_input, daemon=True).start()
    print("ready", flush=True)
    while True:
        asker = heard.recvfrom(64)[1]
        print(asker[0], flush=True)
        with contextlib.suppress(PermissionError):  # what a firewall says of a packet that may not leave
            speaking.sendto(b"me", asker)


def relay(port: int, inner: int) -> None:
    outside = open_udp(port)
    threading.Thread(target=_end_with_input, daemon=True).start()
    print("ready", flush=True)
    while True:
        question, asker = outside.recvfrom(2048)
        print(asker[0], flush=True)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inside:
            inside.settimeout(WAIT_S)
            inside.sendto(question, ("127.0.0.1", inner))
            with contextlib.suppress(OSError):
                outside.sendto(inside.recv(2048), asker)


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


def hear(port: int, *groups: str) -> None:
    for version in (4, 6):
        of_version = [group for group in groups if version_of(group) == version]
        if of_version:
            threading.Thread(target=_hear, args=(port, version, of_version), daemon=True).start()
    print("ready", flush=True)
    _end_with_input()


def _hear(port: int, version: int, groups: list[str]) -> None:
    listener = open_udp(port, version=version)
    if version == 6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        listener.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    for group in groups:
        join(listener, group)
    family, of_4 = (socket.AF_INET6, slice(0, 16)) if version == 6 else (socket.AF_INET, slice(8, 12))
    kinds = (socket.IPV6_PKTINFO, IP_PKTINFO)
    while True:
        _data, control, _flags, sender = listener.recvmsg(64, 64)
        to = next(socket.inet_ntop(family, data[of_4]) for _level, kind, data in control if kind in kinds)
        print(to, sender[0], flush=True)


def send(address: str, port: int, source: str = "") -> None:
    with open_udp(at=source, version=version_of(address)) as sender:
        sender.sendto(b"news", (address, port))


def query6(seconds: float) -> None:
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as querier,
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x86DD)) as tap,
    ):
        querier.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, LINK.encode())
        querier.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
        querier.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, b"\0\0\5\2\0\0\1\0")
        querier.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index())
        tap.bind((LINK, 0x86DD))
        general = struct.pack("!BBHHH16sBBH", 130, 0, 0, 1000, 0, b"\0" * 16, 2, 125, 0)
        querier.sendto(general, ("ff02::1", 0, 0, index()))
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            tap.settimeout(left)
            try:
                packet, source = tap.recvfrom(2048)
            except socket.timeout:  # noqa: UP041 - its own kind before Python 3.10
                return
            if source[2] != socket.PACKET_OUTGOING and packet[6] == 0 and packet[48] == MLD_REPORT:
                for group in groups6_of(packet[48:]):
                    print(socket.inet_ntop(socket.AF_INET6, packet[8:24]), group, flush=True)


def groups6_of(report: bytes) -> list[str]:
    found, place = [], 8
    for _record in range(struct.unpack("!H", report[6:8])[0]):
        words, sources = report[place + 1], struct.unpack("!H", report[place + 2 : place + 4])[0]
        found.append(socket.inet_ntop(socket.AF_INET6, report[place + 4 : place + 20]))
        place += 20 + 16 * sources + 4 * words
    return found


def query(seconds: float) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP) as querier,
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)) as tap,
    ):
        querier.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, LINK.encode())
        querier.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        querier.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x94\x04\0\0")
        querier.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4sli", b"\0" * 4, 0, index()))
        tap.bind((LINK, 0x0800))
        general = struct.pack("!BBH4sBBH", 0x11, 10, 0, b"\0" * 4, 2, 125, 0)
        total = sum(struct.unpack("!6H", general))
        check = ~((total >> 16) + (total & 0xFFFF)) & 0xFFFF
        querier.sendto(general[:2] + struct.pack("!H", check) + general[4:], ("224.0.0.1", 0))
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            tap.settimeout(left)
            try:
                packet, source = tap.recvfrom(2048)
            except socket.timeout:  # noqa: UP041 - its own kind before Python 3.10
                return
            if source[2] != socket.PACKET_OUTGOING and packet[9] == socket.IPPROTO_IGMP:
                for group in groups_of(packet[(packet[0] & 15) * 4 :]):
                    print(socket.inet_ntoa(packet[12:16]), group, flush=True)


def groups_of(report: bytes) -> list[str]:
    if report[0] == 0x16:
        return [socket.inet_ntoa(report[4:8])]
    found, place = [], 8
    for _record in range(struct.unpack("!H", report[6:8])[0] if report[0] == 0x22 else 0):
        words, sources = report[place + 1], struct.unpack("!H", report[place + 2 : place + 4])[0]
        found.append(socket.inet_ntoa(report[place + 4 : place + 8]))
        place += 8 + 4 * sources + 4 * words
    return found


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    arguments = [int(one) if one.isdigit() else one for one in given]
    commands = {
        "ask": ask,
        "answer": answer,
        "hear": hear,
        "send": send,
        "query": query,
        "query6": query6,
        "relay": relay,
    }
    commands[what](*arguments)  # type: ignore[operator]
