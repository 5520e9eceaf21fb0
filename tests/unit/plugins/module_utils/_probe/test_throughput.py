# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes from one thread to another, and those that nobody may send or take."""

from __future__ import annotations

import socket
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._probe.throughput import receive, send

SIZE = 300_000
LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as door:
        return int(door.getsockname()[1])


def transfer(*, sources: t.Sequence[str], address: str = LOOPBACK, sent: int = SIZE) -> tuple[list[str], t.Any]:
    """What came, and the seconds or the error of the sender."""
    port = free_port()
    with ThreadPoolExecutor(max_workers=1) as pool:
        taking = pool.submit(receive, port=port, sources=sources, size=SIZE, timeout_s=3.0)
        try:
            told: t.Any = send(address=address, port=port, size=sent, timeout_s=3.0)
        except OSError as error:
            told = error
        return taking.result(), told


@pytest.mark.parametrize("address", [LOOPBACK, "::1"])
def test_all_bytes_arrive_and_the_receiver_ends_with_the_last_source(address: str) -> None:
    came, seconds = transfer(sources=[address], address=address)
    assert came == [address]
    assert 0 < seconds < 3


def test_nothing_is_taken_from_others() -> None:
    came, error = transfer(sources=["192.0.2.1"])
    assert came == []
    assert isinstance(error, OSError)


def test_nothing_is_sent_to_a_service_that_listens_there() -> None:
    with socket.create_server((LOOPBACK, 0)) as door, ThreadPoolExecutor(max_workers=1) as pool:

        def serve() -> bytes:
            connection, _peer = door.accept()
            with connection:
                connection.sendall(b"220 mail.example.org")
                connection.settimeout(2)
                return connection.recv(1)

        served = pool.submit(serve)
        with pytest.raises(ConnectionError, match="not the other side of this measurement"):
            send(address=LOOPBACK, port=door.getsockname()[1], size=SIZE, timeout_s=2.0)
        assert served.result() == b""


def test_where_nobody_takes_them_the_sender_gives_up() -> None:
    with pytest.raises(ConnectionRefusedError, match="nothing takes the bytes there"):
        send(address=LOOPBACK, port=free_port(), size=SIZE, timeout_s=0.5)


def test_where_nobody_sends_the_receiver_gives_up() -> None:
    assert receive(port=free_port(), sources=[LOOPBACK], size=SIZE, timeout_s=0.3) == []
