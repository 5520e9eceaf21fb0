# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both ends saw, and the verdict on it."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._verify.model import Door, Partaker, Probe
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.seen import Attempt, Record, Seen
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.verdict import judge, result_of

HERE, THERE = "10.0.0.1", "10.0.0.2"
TCP = Probe("allowed", "a", HERE, "b", THERE, "tcp", 5020, ("x/y/1",))
UDP = dataclasses.replace(TCP, protocol="udp", port=37)
ECHO = dataclasses.replace(TCP, protocol="icmp", port=None)
HEARD = dataclasses.replace(UDP, is_heard_only=True, destination="239.1.2.3")
OURS = Door("ours")
HELD = Door("held", "java", ("0.0.0.0",))
LOCAL = Door("held", "java", ("127.0.0.1",))
FAILED = Door("failed", why="Permission denied")
KEY = "tcp 10.0.0.1 40000 10.0.0.2 5020"
LEFT, CAME_BACK, KEPT_IN = Seen(1), Seen(1, 1), Seen()
TOKEN = {"host": "b", "local": THERE, "peer": HERE}
ARRIVED, ANSWERED, RESET = Seen(1), Seen(1, 1), Seen(1, 0, 1)


def attempt(outcome: t.Any, **more: t.Any) -> Attempt:
    return Attempt(outcome, **{"key": KEY, "ms": 1.5, "left": LEFT, **more})


def record(seen: Seen | None = None, **more: t.Any) -> Record:
    return Record(seen={KEY: seen} if seen else {}, **more)


BLIND = Record()
RESETS_OF_OTHERS = {"resets_of_others": True}
CASES: list[tuple[str, Probe, Door, list[Attempt], Record, tuple[str, str]]] = [
    ("our listener", TCP, OURS, [attempt("token", token=TOKEN)], record(ANSWERED), ("answered", "")),
    ("the product", TCP, HELD, [attempt("accepted")], record(ANSWERED), ("answered", "")),
    ("the product, unseen", TCP, HELD, [attempt("accepted", left=None)], BLIND, ("answered", "")),
    ("nobody there saw it", TCP, HELD, [attempt("accepted")], record(), ("reached_other", "between")),
    ("no token", TCP, OURS, [attempt("other")], record(), ("reached_other", "between")),
    ("another host", TCP, OURS, [attempt("token", token={**TOKEN, "host": "c"})], record(), ("mismatch", "between")),
    (
        "translated",
        TCP,
        OURS,
        [attempt("token", token={**TOKEN, "peer": "9.9.9.9"})],
        record(),
        ("mismatch", "between"),
    ),
    (
        "redirected",
        TCP,
        OURS,
        [attempt("token", token={**TOKEN, "local": "9.9.9.9"})],
        record(),
        ("mismatch", "between"),
    ),
    ("not the source's", TCP, OURS, [attempt("no_source")], record(), ("mismatch", "source")),
    ("dropped there", TCP, OURS, [attempt("silent")], record(ARRIVED), ("dropped", "destination")),
    ("dropped on the way", TCP, OURS, [attempt("silent")], record(), ("dropped", "between")),
    ("never left", TCP, OURS, [attempt("silent", left=KEPT_IN)], record(), ("dropped", "source")),
    ("not let out", UDP, OURS, [attempt("barred", left=KEPT_IN)], record(), ("dropped", "source")),
    ("the answer lost", TCP, OURS, [attempt("silent")], record(ANSWERED), ("dropped", "between")),
    ("the answer kept out", TCP, OURS, [attempt("silent", left=CAME_BACK)], record(ANSWERED), ("dropped", "source")),
    ("nobody sees", TCP, OURS, [attempt("silent", left=None)], BLIND, ("dropped", "unknown")),
    ("a reset though we listen", TCP, OURS, [attempt("reset")], record(RESET), ("rejected", "destination")),
    ("a reset though java listens", TCP, HELD, [attempt("reset")], record(RESET), ("rejected", "destination")),
    ("a reset from between", TCP, OURS, [attempt("reset")], record(), ("rejected", "between")),
    ("a reset from here", TCP, OURS, [attempt("reset", left=KEPT_IN)], record(), ("rejected", "source")),
    ("on localhost only", TCP, LOCAL, [attempt("reset")], record(RESET), ("nothing_listens", "destination")),
    (
        "a firewall's reset",
        TCP,
        LOCAL,
        [attempt("reset")],
        record(RESET, **RESETS_OF_OTHERS),
        ("rejected", "destination"),
    ),
    (
        "ICMP from there",
        TCP,
        OURS,
        [attempt("icmp", icmp=(3, 10, THERE))],
        record(ARRIVED),
        ("rejected", "destination"),
    ),
    ("ICMP from between", TCP, OURS, [attempt("icmp", icmp=(3, 13, "10.0.0.254"))], record(), ("rejected", "between")),
    ("ICMP from here", TCP, OURS, [attempt("icmp", icmp=(3, 3, HERE))], record(), ("rejected", "source")),
    ("a router has no way", TCP, OURS, [attempt("icmp", icmp=(3, 0, "10.0.0.254"))], record(), ("no_route", "between")),
    ("nobody has the address", TCP, OURS, [attempt("icmp", icmp=(3, 1, HERE))], record(), ("no_route", "source")),
    ("no way", TCP, OURS, [attempt("no_way", left=KEPT_IN)], record(), ("no_route", "source")),
    (
        "a port that UDP closes",
        UDP,
        LOCAL,
        [attempt("icmp", icmp=(3, 3, THERE))],
        record(),
        ("nothing_listens", "destination"),
    ),
    ("UDP to the product", UDP, HELD, [attempt("silent")], record(ARRIVED), ("silent", "destination")),
    ("UDP that did not arrive", UDP, HELD, [attempt("silent")], record(), ("dropped", "between")),
    ("UDP to us", UDP, OURS, [attempt("silent")], record(ARRIVED), ("dropped", "destination")),
    (
        "UDP, the answer kept in",
        UDP,
        OURS,
        [attempt("silent")],
        record(ARRIVED, taken={KEY}),
        ("dropped", "destination"),
    ),
    ("an echo", ECHO, OURS, [attempt("accepted")], record(ANSWERED), ("answered", "")),
    ("a group heard", HEARD, OURS, [attempt("silent")], record(ARRIVED, taken={KEY}), ("answered", "")),
    ("a group not heard", HEARD, OURS, [attempt("silent")], record(ARRIVED), ("dropped", "destination")),
    ("a group that the product hears", HEARD, HELD, [attempt("silent")], record(ARRIVED), ("not_tried", "")),
    ("no listener", TCP, FAILED, [attempt("reset")], record(), ("not_tried", "")),
    ("too late", TCP, OURS, [], record(), ("not_tried", "")),
    (
        "a rate limit",
        TCP,
        OURS,
        [attempt("token", token=TOKEN), attempt("silent")],
        record(ARRIVED),
        ("partly_answered", "destination"),
    ),
    (
        "sent again",
        TCP,
        OURS,
        [attempt("token", token=TOKEN, left=Seen(2, 1))],
        record(Seen(2, 1)),
        ("partly_answered", "destination"),
    ),
    (
        "lost and sent again",
        TCP,
        OURS,
        [attempt("token", token=TOKEN, left=Seen(2, 1))],
        record(ANSWERED),
        ("partly_answered", "between"),
    ),
]


def partaker(name: str, address: str, door: Door, probe: Probe) -> Partaker:
    return Partaker(name, True, (address,), (address,), {(probe.protocol, probe.port or 0): door})


@pytest.mark.parametrize(
    ("probe", "door", "attempts", "kept", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_verdict(probe: Probe, door: Door, attempts: list[Attempt], kept: Record, wanted: tuple[str, str]) -> None:
    sender, to = partaker("a", HERE, OURS, probe), partaker("b", THERE, door, probe)
    found = judge(probe, attempts, sender=sender, to=to, record=kept)
    assert (found.verdict, found.at) == wanted, found
    assert found.detail
    if probe.expected == "allowed":
        is_good = wanted[0] == "answered"
        is_open = wanted[0] in ("silent", "not_tried")
        assert result_of(probe, found) == ("pass" if is_good else "unproven" if is_open else "fail")


@pytest.mark.parametrize(
    ("outcome", "kept", "wanted"),
    [
        (attempt("token", token=TOKEN), record(ANSWERED), "fail"),
        (attempt("silent"), record(ARRIVED), "pass"),
        (attempt("silent", left=None), BLIND, "pass"),
        (attempt("icmp", icmp=(3, 10, THERE)), record(ARRIVED), "pass"),
        (attempt("silent"), record(), "unproven"),
        (attempt("silent", left=KEPT_IN), record(), "unproven"),
        (attempt("icmp", icmp=(3, 1, HERE)), record(), "unproven"),
        (attempt("no_source"), record(), "unproven"),
    ],
)
def test_what_must_be_refused_passes_only_where_the_host_itself_may_have_stopped_it(
    outcome: Attempt, kept: Record, wanted: str
) -> None:
    probe = dataclasses.replace(TCP, expected="refused")
    sender, to = partaker("a", HERE, OURS, probe), partaker("b", THERE, OURS, probe)
    assert result_of(probe, judge(probe, [outcome], sender=sender, to=to, record=kept)) == wanted


def test_a_port_that_is_closed_only_because_nothing_listens_is_open() -> None:
    probe = dataclasses.replace(TCP, expected="refused")
    sender, to = partaker("a", HERE, OURS, probe), partaker("b", THERE, LOCAL, probe)
    found = judge(probe, [attempt("reset")], sender=sender, to=to, record=record(RESET))
    assert (found.verdict, result_of(probe, found)) == ("nothing_listens", "fail")


def test_an_address_that_the_plan_has_and_the_host_has_not() -> None:
    to = dataclasses.replace(partaker("b", THERE, FAILED, TCP), own=("10.0.0.9",))
    found = judge(TCP, [attempt("silent")], sender=partaker("a", HERE, OURS, TCP), to=to, record=record())
    assert (found.verdict, found.detail) == ("mismatch", "the plan has 10.0.0.2 as b, which has 10.0.0.9")
