# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds back packets that a rule of the firewall sends to a queue, until its standard input ends.

Usage: delay.py QUEUE SECONDS, beside a rule such as C(iptables -I INPUT -s 198.18.1.11 -j NFQUEUE --queue-num QUEUE).
Prints C(ready) once it holds the queue. It does what C(tc qdisc add ... netem delay) does, on kernels without netem.
"""

from __future__ import annotations

import collections
import select
import socket
import struct
import sys
import time

NETLINK_NETFILTER = 12
QUEUE_SUBSYSTEM = 3 << 8
PACKET, VERDICT, CONFIG = QUEUE_SUBSYSTEM, QUEUE_SUBSYSTEM | 1, QUEUE_SUBSYSTEM | 2
REQUEST = 1
ACCEPT = 1
PACKET_HEADER, VERDICT_HEADER = 1, 2
COMMAND, PARAMETERS = 1, 2
BIND = 1
COPY_META = 1
HEADERS = 20
"""Bytes of the netlink header and of the one of netfilter before the attributes."""


def message(kind: int, queue: int, attribute: int, payload: bytes) -> bytes:
    padded = payload + b"\0" * (-len(payload) % 4)
    body = struct.pack("=BBH", 0, 0, socket.htons(queue)) + struct.pack("=HH", 4 + len(payload), attribute) + padded
    return struct.pack("=IHHII", 16 + len(body), kind, REQUEST, 0, 0) + body


def packets(data: bytes) -> list[int]:
    """Ids of the packets that netlink told of."""
    found = []
    while len(data) >= HEADERS:
        length, kind = struct.unpack_from("=IH", data)
        attributes = data[HEADERS:length]
        while kind == PACKET and len(attributes) >= 4:
            size, attribute = struct.unpack_from("=HH", attributes)
            if attribute & 0x3FFF == PACKET_HEADER:
                found.append(struct.unpack_from("!I", attributes, 4)[0])
            attributes = attributes[(size + 3) & ~3 :]
        data = data[(length + 3) & ~3 :]
    return found


def main() -> None:
    queue, seconds = int(sys.argv[1]), float(sys.argv[2])
    held: collections.deque[tuple[float, int]] = collections.deque()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as netlink:
        netlink.bind((0, 0))
        netlink.send(message(CONFIG, queue, COMMAND, struct.pack("!BxH", BIND, socket.AF_UNSPEC)))
        netlink.send(message(CONFIG, queue, PARAMETERS, struct.pack("!IB", 0, COPY_META)))
        print("ready", flush=True)
        while True:
            wait = max(held[0][0] - time.monotonic(), 0) if held else None
            readable, _writable, _other = select.select([netlink, sys.stdin], [], [], wait)
            if sys.stdin in readable:
                return
            if netlink in readable:
                due = time.monotonic() + seconds
                held.extend((due, packet) for packet in packets(netlink.recv(65536)))
            while held and held[0][0] <= time.monotonic():
                verdict = struct.pack("!II", ACCEPT, held.popleft()[1])
                netlink.send(message(VERDICT, queue, VERDICT_HEADER, verdict))


if __name__ == "__main__":
    main()
