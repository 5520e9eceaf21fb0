# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accepts on TCP ports and answers on UDP ports of this machine, in both families, until its standard input ends.

Usage: listen.py '{"tcp": [9100], "udp": [161]}'. Prints C(ready) once every port is open. What comes in goes back.
"""

from __future__ import annotations

import contextlib
import json
import resource
import select
import socket
import sys

BACKLOG = 4096


def open_port(kind: int, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6, kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def accept_all(listener: socket.socket, poll: select.epoll, sessions: dict[int, socket.socket]) -> None:
    with contextlib.suppress(BlockingIOError, ConnectionError):
        while True:
            session = listener.accept()[0]
            session.setblocking(False)
            sessions[session.fileno()] = session
            poll.register(session, select.EPOLLIN)


def answer_all(listener: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError, ConnectionError):
        while True:
            question, client = listener.recvfrom(256)
            listener.sendto(question, client)


def go_on(session: socket.socket) -> bool:
    """Send back what came in; false when the session is over."""
    try:
        data = session.recv(256)
        session.sendall(data)
    except OSError:
        return False
    return bool(data)


def main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    wanted = json.loads(sys.argv[1])
    doors = {door.fileno(): door for door in (open_port(socket.SOCK_STREAM, port) for port in wanted["tcp"])}
    ears = {ear.fileno(): ear for ear in (open_port(socket.SOCK_DGRAM, port) for port in wanted["udp"])}
    sessions: dict[int, socket.socket] = {}
    poll = select.epoll()
    for descriptor in (sys.stdin.fileno(), *doors, *ears):
        poll.register(descriptor, select.EPOLLIN)
    print("ready", flush=True)
    while True:
        for descriptor, _events in poll.poll():
            if descriptor in doors:
                accept_all(doors[descriptor], poll, sessions)
            elif descriptor in ears:
                answer_all(ears[descriptor])
            elif descriptor == sys.stdin.fileno():
                return
            elif not go_on(sessions[descriptor]):
                sessions.pop(descriptor).close()


if __name__ == "__main__":
    main()
