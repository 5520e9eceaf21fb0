# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady stream of new connections to an open and to a closed port, and one session that goes on beside it.

Usage: stream.py SOURCE TARGET OPEN_PORT CLOSED_PORT. Every line on standard input ends a lap and is answered by what
became of the connections that began in it, as JSON; the end of the input ends the program.
A connection fails when it is refused, when it takes longer than BOUND_S, or when its first packet had to be repeated.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import select
import socket
import struct
import sys
import time

PER_SECOND = 250
BOUND_S = 0.9
SESSION_PAUSE_S = 0.02
RESET_AT_CLOSE = struct.pack("ii", 1, 0)
TOTAL_RETRANSMISSIONS = slice(100, 104)
TCP_INFO_BYTES = 104


def was_repeated(connection: socket.socket) -> bool:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
    return any(info[TOTAL_RETRANSMISSIONS])


class Lap:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.ended = 0.0
        self.tried = {"open": 0, "closed": 0}
        self.established = {"open": 0, "closed": 0}
        self.under_way = 0
        self.rounds = 0
        self.longest_round_s = 0.0

    def text(self, *, session_error: str) -> str:
        counts = {
            "seconds": self.ended - self.began,
            "open": self.tried["open"],
            "failed": self.tried["open"] - self.established["open"],
            "closed": self.tried["closed"],
            "leaked": self.established["closed"],
            "rounds": self.rounds,
            "longest_round_s": self.longest_round_s,
            "session_error": session_error,
        }
        return json.dumps(counts)


class Session:
    """One long connection: a byte there and back, again and again."""

    def __init__(self, source: str, target: str, port: int) -> None:
        self.socket = socket.create_connection((target, port), 5, (source, 0))
        self.socket.setblocking(False)
        self.sent_at = 0.0
        self.next_at = time.monotonic()
        self.error = ""

    def send_when_due(self, now: float) -> None:
        if not self.sent_at and now >= self.next_at and not self.error:
            try:
                self.socket.send(b".")
            except OSError as error:
                self.error = str(error)
            self.sent_at = now

    def take_answer(self, lap: Lap) -> None:
        try:
            if not self.socket.recv(16):
                self.error = "closed by the other side"
        except OSError as error:
            self.error = str(error)
        now = time.monotonic()
        lap.rounds += 1
        lap.longest_round_s = max(lap.longest_round_s, now - self.sent_at)
        self.sent_at, self.next_at = 0.0, now + SESSION_PAUSE_S


class Stream:
    def __init__(self, source: str, target: str, open_port: int, closed_port: int) -> None:
        self.source, self.target = source, target
        self.ports = {"open": open_port, "closed": closed_port}
        self.poll = select.epoll()
        self.under_way: dict[int, tuple[socket.socket, str, Lap, float]] = {}
        self.session = Session(source, target, open_port)
        self.lap = Lap()
        self.finished: list[Lap] = []
        self.poll.register(self.session.socket, select.EPOLLIN)
        self.poll.register(sys.stdin.fileno(), select.EPOLLIN)

    def begin(self, kind: str) -> None:
        family = socket.AF_INET6 if ":" in self.source else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        connection.bind((self.source, 0))
        error = connection.connect_ex((self.target, self.ports[kind]))
        self.lap.tried[kind] += 1
        if error not in (0, errno.EINPROGRESS):
            connection.close()
            return
        self.lap.under_way += 1
        self.under_way[connection.fileno()] = (connection, kind, self.lap, time.monotonic() + BOUND_S)
        self.poll.register(connection, select.EPOLLOUT)

    def end(self, descriptor: int, *, answered: bool) -> None:
        connection, kind, lap, _deadline = self.under_way.pop(descriptor)
        if answered and connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            lap.established[kind] += kind == "closed" or not was_repeated(connection)
        connection.close()
        lap.under_way -= 1

    def turn_lap(self) -> None:
        self.lap.ended = time.monotonic()
        self.finished.append(self.lap)
        self.lap = Lap()

    def report(self) -> None:
        while self.finished and not self.finished[0].under_way:
            print(self.finished.pop(0).text(session_error=self.session.error), flush=True)

    def run(self) -> None:
        next_at = time.monotonic()
        while True:
            now = time.monotonic()
            while next_at <= now:
                self.begin("open")
                self.begin("closed")
                next_at += 1 / PER_SECOND
            self.session.send_when_due(now)
            checked_at = time.monotonic()
            for descriptor, _events in self.poll.poll(max(0.0, next_at - checked_at)):
                if descriptor == self.session.socket.fileno():
                    self.session.take_answer(self.lap)
                elif descriptor == sys.stdin.fileno():
                    if not os.read(descriptor, 1):
                        return
                    self.turn_lap()
                else:
                    self.end(descriptor, answered=True)
            while self.under_way and (oldest := next(iter(self.under_way.items())))[1][3] <= checked_at:
                self.end(oldest[0], answered=False)
            self.report()


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print("started", flush=True)
    Stream(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])).run()
