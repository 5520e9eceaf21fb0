# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which new connections and which questions get through: all of a list side by side, each from the address it names.

Reads C({"bound_s": 1.0, "attempts": 2, "probes": [["tcp", source, target, port], ...]}) and writes the indexes of the
probes that got through, as JSON. Only what was met with silence is tried again, so a refusal is one attempt.
"""

from __future__ import annotations

import collections
import contextlib
import errno
import json
import resource
import select
import socket
import struct
import sys
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 1500
QUESTIONS_AT_ONCE = 64
RESET_AT_CLOSE = struct.pack("ii", 1, 0)
IP_BIND_ADDRESS_NO_PORT = 24


def family_of(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def begin(source: str, target: str, port: int) -> tuple[socket.socket, int]:
    """A connection on its way, and the error if it has failed already, else 0."""
    connection = socket.socket(family_of(source), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    connection.bind((source, 0))
    error = connection.connect_ex((target, port))
    if error == errno.EADDRNOTAVAIL:
        raise OSError(error, f"no port is left for connections from {source}")
    return connection, 0 if error == errno.EINPROGRESS else error


def connect_all(probes: dict[int, list[t.Any]], *, bound_s: float) -> tuple[set[int], set[int]]:
    """The indexes of the connections that were established, and of those that met with silence."""
    established: set[int] = set()
    silent: set[int] = set()
    waiting = collections.deque(probes.items())
    under_way: dict[int, tuple[int, socket.socket, float]] = {}
    poll = select.epoll()
    while waiting or under_way:
        while waiting and len(under_way) < AT_ONCE:
            index, (_protocol, source, target, port) = waiting.popleft()
            connection, error = begin(source, target, port)
            if error:
                connection.close()
            else:
                poll.register(connection, select.EPOLLOUT)
                under_way[connection.fileno()] = (index, connection, time.monotonic() + bound_s)
        now = time.monotonic()
        for descriptor, _events in poll.poll(0.05):
            index, connection, _deadline = under_way.pop(descriptor)
            if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                established.add(index)
            connection.close()
        while under_way:
            descriptor, (index, connection, deadline) = next(iter(under_way.items()))
            if deadline > now:
                break
            del under_way[descriptor]
            silent.add(index)
            connection.close()
    return established, silent


class Questions:
    """Questions over UDP that wait for an answer; an answer is known by who asked and whom it comes from."""

    def __init__(self, probes: dict[int, list[t.Any]]) -> None:
        self.outstanding = {
            (source, socket.inet_pton(family_of(target), target), port): (index, target)
            for index, (_protocol, source, target, port) in probes.items()
        }
        self.answered: set[int] = set()
        self.askers = {source: self.asker(source) for source in {key[0] for key in self.outstanding}}
        self.sources = {asker.fileno(): source for source, asker in self.askers.items()}
        self.poll = select.epoll()
        for descriptor in self.sources:
            self.poll.register(descriptor, select.EPOLLIN)

    @staticmethod
    def asker(source: str) -> socket.socket:
        asker = socket.socket(family_of(source), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        asker.bind((source, 0))
        return asker

    def ask(self) -> None:
        for number, ((source, _packed, port), (_index, target)) in enumerate(list(self.outstanding.items())):
            with contextlib.suppress(PermissionError):
                self.askers[source].sendto(b"?", (target, port))
            if number % QUESTIONS_AT_ONCE == 0:
                self.take_answers(0)

    def take_answers(self, wait_s: float) -> None:
        for descriptor, _events in self.poll.poll(wait_s):
            source = self.sources[descriptor]
            asker = self.askers[source]
            with contextlib.suppress(BlockingIOError):
                while True:
                    sender, port = asker.recvfrom(256)[1][:2]
                    index, _target = self.outstanding.pop(
                        (source, socket.inet_pton(asker.family, sender), port), (None, "")
                    )
                    if index is not None:
                        self.answered.add(index)


def ask_all(probes: dict[int, list[t.Any]], *, bound_s: float, attempts: int) -> set[int]:
    """The indexes of the questions that were answered."""
    questions = Questions(probes)
    for _attempt in range(attempts):
        questions.ask()
        deadline = time.monotonic() + bound_s / 2
        while questions.outstanding and (left_s := deadline - time.monotonic()) > 0:
            questions.take_answers(left_s)
    return questions.answered


def main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asked = json.load(sys.stdin)
    bound_s, attempts = asked["bound_s"], asked["attempts"]
    probes = dict(enumerate(asked["probes"]))
    questions = {index: probe for index, probe in probes.items() if probe[0] == "udp"}
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(ask_all, questions, bound_s=bound_s, attempts=attempts + 1)
        silent = probes.keys() - questions.keys()
        through: set[int] = set()
        for _attempt in range(attempts):
            established, silent = connect_all({index: probes[index] for index in silent}, bound_s=bound_s)
            through |= established
        json.dump(sorted(through | answers.result()), sys.stdout)


if __name__ == "__main__":
    main()
