# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attempts to reach ports of this machine, all of them at the same time."""

from __future__ import annotations

import contextlib
import socket
import time
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._probe.ask import Peer, ask, parse_questions
from ansible_collections.printops.firewall.tests.unit.plugins.module_utils.doors import LOOPBACK, closed_port, mute

EXPIRY_S = 0.6


@contextlib.contextmanager
def accepting(count: int) -> t.Iterator[list[int]]:
    """Ports that accept."""
    with contextlib.ExitStack() as stack:
        doors = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _one in range(count)]
        yield [door.getsockname()[1] for door in doors]


def tcp(port: int, address: str = LOOPBACK) -> dict[str, t.Any]:
    return {"protocol": "tcp", "address": address, "port": port}


def asked(**changes: t.Any) -> dict[str, t.Any]:
    """Options of the module."""
    return {"targets": [], "latency": [], "samples": 5, "pause": 0.0, "timeout": EXPIRY_S, **changes}


def answers(**changes: t.Any) -> dict[str, t.Any]:
    return ask(parse_questions(asked(**changes)))


def states(*targets: dict[str, t.Any]) -> list[str]:
    return [one["state"] for one in answers(targets=targets)["targets"]]


def test_open_closed_and_filtered_are_told_apart() -> None:
    with accepting(1) as (open_port,), mute() as mute_port:
        assert states(tcp(open_port), tcp(closed_port()), tcp(mute_port)) == ["open", "closed", "filtered"]


def test_a_way_that_the_system_does_not_have_is_unreachable() -> None:
    assert states(tcp(9, "255.255.255.255")) == ["unreachable"]


def test_udp_is_open_where_something_answers_closed_where_refused_and_silent_else() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind((LOOPBACK, 0))
        silent = {"protocol": "udp", "address": LOOPBACK, "port": ear.getsockname()[1]}
        refused = {**silent, "port": closed_port(socket.SOCK_DGRAM)}
        assert states(silent, refused) == ["silent", "closed"]


def test_echo_requests_are_answered_in_both_families() -> None:
    assert states({"protocol": "icmp", "address": LOOPBACK}, {"protocol": "icmp", "address": "::1"}) == ["open"] * 2


def test_answers_come_in_the_order_of_the_questions() -> None:
    with accepting(3) as ports, mute() as mute_port:
        wanted = [ports[0], mute_port, ports[1], closed_port(), ports[2]]
        found = answers(targets=[tcp(port) for port in wanted])["targets"]
    assert [one["port"] for one in found] == wanted


def test_latency_takes_the_first_open_way_and_as_many_samples_as_are_asked_for() -> None:
    with accepting(1) as (port,):
        (found,) = answers(latency=[{"address": LOOPBACK, "ports": [port]}])["latency"]
    assert (found["way"], len(found["times_ms"]), found["lost"]) == ("icmp", 5, 0)
    assert max(found["times_ms"]) < 100
    assert [one["state"] for one in found["tried"]] == ["open", "open"]


def latency_over(monkeypatch: pytest.MonkeyPatch, *ports: int) -> dict[str, t.Any]:
    """Of an address that takes no echo requests."""
    ways = parse_questions(asked(targets=[tcp(port) for port in ports])).targets
    monkeypatch.setattr(Peer, "ways", ways)
    (found,) = answers(latency=[{"address": LOOPBACK, "ports": []}])["latency"]
    return t.cast("dict[str, t.Any]", found)


def test_latency_goes_over_a_port_that_accepts_where_icmp_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    with accepting(1) as (port,):
        found = latency_over(monkeypatch, closed_port(), port)
    assert (found["way"], len(found["times_ms"]), found["lost"]) == (f"tcp/{port}", 5, 0)


def test_a_refusal_is_a_round_trip_too_and_silence_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = closed_port()
    found = latency_over(monkeypatch, refusing)
    assert (found["way"], len(found["times_ms"])) == (f"tcp/{refusing}", 5)
    with mute() as mute_port:
        found = latency_over(monkeypatch, mute_port)
    assert (found["way"], found["times_ms"], found["lost"]) == ("", [], 0)


def test_fifty_flows_take_as_long_as_the_slowest() -> None:
    with accepting(20) as ports, mute() as mute_port:
        targets = [tcp(port) for port in ports] + [tcp(closed_port()) for _one in range(15)] + [tcp(mute_port)] * 15
        began = time.monotonic()
        found = answers(targets=targets, latency=[{"address": LOOPBACK, "ports": ports[:1]}])
        took = time.monotonic() - began
    counted = [one["state"] for one in found["targets"]]
    assert [counted.count(state) for state in ("open", "closed", "filtered")] == [20, 15, 15]
    assert took < EXPIRY_S + 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"targets": [tcp(80, "server")]}, "targets: 'server' is no literal IPv4 or IPv6 address"),
        ({"targets": [tcp(70000)]}, "targets: 127.0.0.1: port 70000 is not between 1 and 65535"),
        ({"targets": [{"protocol": "tcp", "address": "::1"}]}, "targets: ::1: port None is not between 1 and 65535"),
        ({"targets": [{"protocol": "icmp", "address": "::1", "port": 7}]}, "::1 has port 7, and icmp has no ports"),
        ({"latency": [{"address": "x", "ports": []}]}, "latency: 'x' is no literal"),
        ({"latency": [{"address": "::1", "ports": [0]}]}, "latency: port 0 is not between"),
        ({"samples": 0}, "samples is 0, and must be at least 1"),
        ({"timeout": 0.0}, "timeout is 0.0, and must be at least 0.1"),
        ({"pause": -1.0}, "pause is -1.0, and must be at least 0"),
    ],
)
def test_what_cannot_be_asked_is_said(changes: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_questions(asked(**changes))
