# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listener and prober with each other, over loopback, in this process's own network."""

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._verify import control
from ansible_collections.printops.firewall.plugins.module_utils._verify.control import (
    Control,
    ListenerError,
    end,
    go_on,
)
from ansible_collections.printops.firewall.plugins.module_utils._verify.listener import Door, Server, close, open_doors
from ansible_collections.printops.firewall.plugins.module_utils._verify.prober import Prober, check_question

HERE = "127.0.0.1"


@pytest.fixture(name="listening")
def listening_fixture(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[t.Callable[..., list[Door]]]:
    monkeypatch.setattr(control, "NAME", f"\0printops.firewall verify {threading.get_ident()} {id(monkeypatch)}")
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("signal.alarm", lambda *_: None)
    with contextlib.ExitStack() as stack:

        def listening(*wanted: tuple[str, int], lifetime_s: float = 20) -> list[Door]:
            asked = [{"protocol": protocol, "port": port, "addresses": [HERE]} for protocol, port in wanted]
            mine = Control()
            doors = open_doors(asked, own=[HERE])
            server = Server(doors, control=mine, host="b", secret="s")  # noqa: S106
            thread = threading.Thread(target=server.serve, kwargs={"lifetime_s": lifetime_s})
            thread.start()
            stack.callback(mine.socket.close)
            stack.callback(lambda: [close(door) for door in doors])
            stack.callback(thread.join)
            stack.callback(end, "s")
            return doors

        yield listening


def free(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind((HERE, 0))
        return int(one.getsockname()[1])


def ask(
    protocol: str, port: int, *, expects: str = "token", tries: int = 1, at_once: int = 8
) -> list[dict[str, t.Any]]:
    asked = {
        "protocol": protocol,
        "source": HERE,
        "source_port": 0,
        "destination": HERE,
        "port": port,
        "expects": expects,
        "tries": tries,
    }
    (attempts,) = Prober([asked], secret="s", at_once=at_once, timeout_s=0.6, bound_s=10).run()  # noqa: S106
    return attempts


@pytest.mark.parametrize(("protocol", "kind"), [("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)])
def test_our_listener_says_who_it_is(listening: t.Callable[..., list[Door]], protocol: str, kind: int) -> None:
    port = free(kind)
    (door,) = listening((protocol, port))
    assert door.state == "ours"
    attempts = ask(protocol, port, tries=3)
    assert [one["outcome"] for one in attempts] == ["token"] * 3
    assert attempts[0]["token"] == {"host": "b", "local": HERE, "peer": HERE}
    record = end("s")
    assert record is not None
    assert {one["key"] for one in attempts} <= {*record["taken"]}


def test_a_datagram_that_wants_no_answer_is_taken(listening: t.Callable[..., list[Door]]) -> None:
    port = free(socket.SOCK_DGRAM)
    listening(("udp", port))
    (attempt,) = ask("udp", port, expects="nothing")
    record = end("s")
    assert record is not None
    assert attempt["key"] in record["taken"]


@pytest.mark.parametrize("held_on", [HERE, "127.0.0.9", "0.0.0.0"])
def test_a_port_that_anything_holds_is_left_alone(listening: t.Callable[..., list[Door]], held_on: str) -> None:
    with socket.socket() as holder:
        holder.bind((held_on, 0))
        holder.listen()
        port = holder.getsockname()[1]
        (door,) = listening(("tcp", port))
        assert (door.state, door.sockets) == ("held", [])
        wanted = "reset" if held_on == "127.0.0.9" else "accepted"
        assert [one["outcome"] for one in ask("tcp", port, expects="any")] == [wanted]


def test_what_accepts_and_is_not_ours_is_told() -> None:
    with socket.socket() as other:
        other.bind((HERE, 0))
        other.listen()
        assert [one["outcome"] for one in ask("tcp", other.getsockname()[1])] == ["other"]


def test_a_closed_port_refuses_over_tcp_and_udp() -> None:
    assert [one["outcome"] for one in ask("tcp", free())] == ["reset"]
    (attempt,) = ask("udp", free(socket.SOCK_DGRAM), expects="any")
    assert (attempt["outcome"], attempt["icmp"]) == ("icmp", [3, 3, HERE])


def test_there_is_one_listener_and_it_answers_its_own_run_only(listening: t.Callable[..., list[Door]]) -> None:
    listening(("tcp", free()))
    with pytest.raises(ListenerError, match="another verification"):
        Control()
    assert end("another secret") is None
    assert not go_on("another secret", lifetime_s=9)
    assert go_on("s", lifetime_s=9)
    assert end("s") is not None


def test_a_listener_ends_by_itself(listening: t.Callable[..., list[Door]]) -> None:
    listening(("tcp", free()), lifetime_s=0.3)
    assert [thread for thread in threading.enumerate() if "serve" in thread.name]
    for thread in threading.enumerate():
        if "serve" in thread.name:
            thread.join(5)
    assert not [thread for thread in threading.enumerate() if "serve" in thread.name]


def test_port_is_free_at_once_after_a_verification(listening: t.Callable[..., list[Door]]) -> None:
    """For a product that binds without SO_REUSEADDR."""
    port = free()
    (door,) = listening(("tcp", port))
    assert len(ask("tcp", port, tries=5)) == 5
    assert end("s") is not None
    close(door)
    with socket.socket() as product:
        product.bind((HERE, port))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"port": 70000}, "port is 70000, and must be between 0 and 65535"),
        ({"tries": 0}, "tries is 0"),
        ({"protocol": "sctp"}, "protocol is 'sctp', and must be one of tcp, udp, icmp"),
        ({"expects": "all"}, "expects is 'all'"),
        ({"source": "::1"}, "are of two families"),
        ({"source": "site1"}, "does not appear to be an IPv4 or IPv6 address"),
        ({"more": 1}, "must be a mapping with"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(change: dict[str, t.Any], message: str) -> None:
    good = {
        "protocol": "tcp",
        "source": HERE,
        "source_port": 0,
        "destination": HERE,
        "port": 1,
        "expects": "any",
        "tries": 1,
    }
    check_question(good, place="questions[0]")
    with pytest.raises(ValueError, match=message):
        check_question({**good, **change}, place="questions[0]")
