# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""While rules change under a stream of new connections: none leaks in, and how many fail, beside the usual reload."""

from __future__ import annotations

import contextlib
import json
import math
import statistics
import subprocess
import time
import typing as t

import pytest

from .conftest import Lab, Tell
from .probes.faults import Subject, agent_on
from .probes.packets import canonical, listening, script
from .topology import machine_named

OPEN, CLOSED = 9100, 5999
SOURCE = "198.18.21.20"
TURNS = 20
LEAST_PER_SECOND = 200

LARGE, SMALL, RELOAD = "a large change", "a small change", "a plain reload"
RELOADS = {"firewalld": "firewall-cmd --reload", "ufw": "ufw reload"}


def rule(*, number: int, ports: list[str], remotes: list[str]) -> dict[str, t.Any]:
    return {
        "direction": "in",
        "protocol": "udp" if number % 5 == 4 else "tcp",
        "ports": ports,
        "remotes": remotes,
        "flows": [f"safeq6/terminal-server/{number % 49 + 1}"],
    }


def rule_set(*, shift: int) -> list[dict[str, t.Any]]:
    """Sixty rules, of which every other one depends on C(shift); one of the rest opens OPEN."""
    opening = rule(number=0, ports=[str(OPEN)], remotes=["198.18.21.0/27", "2001:db8:21::20"])
    others = [
        rule(
            number=number,
            ports=[str(7000 + 10 * number + (shift if number % 2 else 0)), "8000-8005"],
            remotes=[f"198.18.{number}.0/28", f"2001:db8:{number}::/64"],
        )
        for number in range(1, 60)
    ]
    return [opening, *others]


Lap = dict[str, t.Any]


class Stream:
    """The stream from the floor to a host, in laps.

    What became of the connections of a lap is known some time after its end, so many laps may be asked for together.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.ended: list[str] = []

    def end_lap(self, name: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.ended.append(name)

    def laps(self) -> list[tuple[str, Lap]]:
        """All that have ended since this was asked last, by name."""
        assert self.process.stdout is not None
        ended, self.ended = self.ended, []
        return [(name, json.loads(self.process.stdout.readline())) for name in ended]


@contextlib.contextmanager
def streaming(lab: Lab, host: str) -> t.Iterator[Stream]:
    target = canonical(machine_named(name=host).addresses[0])
    words = [*script("stream"), SOURCE, target, str(OPEN), str(CLOSED)]
    with listening(lab, host, tcp=(OPEN, CLOSED)), lab.start("floor", words, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "started\n"
            yield Stream(process)
        finally:
            process.stdin.close()


def wait_until_closed(stream: Stream) -> None:
    """A start of firewalld 0.9 ends before the rules are in force: what passes until then is no apply's doing."""
    for _lap in range(20):
        time.sleep(0.5)
        stream.end_lap("start")
        if not stream.laps()[0][1]["leaked"]:
            return
    raise AssertionError("the firewall was started and does not close the port")


def total(laps: list[Lap], key: str) -> int:
    return sum(lap[key] for lap in laps)


def row(name: str, laps: list[Lap]) -> str:
    return (
        f"  {name:22} failed {total(laps, 'failed'):5} of {total(laps, 'open'):6}, leaked {total(laps, 'leaked'):5} of "
        f"{total(laps, 'closed'):6}, session: {total(laps, 'rounds'):5} rounds, "
        f"longest {max(lap['longest_round_s'] for lap in laps):.3f} s"
    )


def typical(laps: list[Lap]) -> float:
    """Failures of the median turn: a hiccup of the test machine in one turn is nobody's doing."""
    return float(statistics.median(lap["failed"] for lap in laps))


def tolerated(reloads: list[Lap]) -> float:
    """What the median of as many reloads may be another time, going by how much these differ among themselves."""
    deviation = float(statistics.stdev(lap["failed"] for lap in reloads))
    return typical(reloads) + max(0.2 * typical(reloads), 3 * deviation * math.sqrt(2 / len(reloads)))


def slightly_other(rules: list[dict[str, t.Any]], *, turn: int) -> list[dict[str, t.Any]]:
    """The rules with a remote more, and with another port in the place of one, every other turn."""
    if turn % 2:
        return rules
    wider = {**rules[1], "remotes": [*rules[1]["remotes"], "198.18.99.0/24"]}
    moved = {**rules[2], "ports": [*rules[2]["ports"][1:], "7777"]}
    return [rules[0], wider, moved, *rules[3:]]


def measure(subject: Subject, stream: Stream) -> dict[str, list[Lap]]:
    """What became of the connections during each of the applies, and each of the plain reloads between them."""
    rule_sets = [rule_set(shift=shift) for shift in (0, 1)]

    def apply(rules: list[dict[str, t.Any]], *, name: str, least: int, most: int) -> None:
        applied = subject.call(subject.rules(rules))
        stream.end_lap(name)
        assert applied["changed"], applied
        assert least <= len(applied["added"]) + len(applied["removed"]) <= most, applied

    stream.end_lap("before")
    for turn in range(TURNS):
        apply(rule_sets[(turn + 1) % 2], name=LARGE, least=100, most=500)
        subject.shell(RELOADS[subject.provider])
        stream.end_lap(RELOAD)
    for turn in range(TURNS):
        apply(slightly_other(rule_sets[0], turn=turn), name=SMALL, least=2, most=8)
    laps: dict[str, list[Lap]] = {"before": [], LARGE: [], SMALL: [], RELOAD: []}
    for name, lap in stream.laps():
        laps[name].append(lap)
    return laps


@pytest.mark.parametrize("host", ["mgmt1", "site2", "fw2", "site1"])
def test_new_connections_while_rules_change(lab: Lab, host: str, tell: Tell) -> None:
    lab.reset(host)
    with agent_on(lab, host) as agent:
        subject = Subject(lab, host, agent)
        subject.call(subject.rules(rule_set(shift=0), start=True))
        with streaming(lab, host) as stream:
            wait_until_closed(stream)
            by_name = measure(subject, stream)
    large, small, reloads = by_name[LARGE], by_name[SMALL], by_name[RELOAD]
    laps = [*large, *small, *reloads]
    seconds = sum(lap["seconds"] for lap in laps)
    tell(f"{host}, {TURNS} times each, {total(laps, 'open') / seconds:.0f} connections/s to each port:")
    for name, some in ((LARGE, large), (SMALL, small), (RELOADS[subject.provider], reloads)):
        tell(row(name, some))
    for key in ("open", "closed"):
        assert total(laps, key) >= LEAST_PER_SECOND * seconds
    assert small[-1]["session_error"] == ""
    assert all(lap["rounds"] for lap in [*large, *small])
    assert total([*large, *small], "leaked") == 0
    assert total(small, "failed") == 0
    if subject.provider == "ufw":
        assert total(large, "failed") == 0
        assert total(reloads, "leaked") > 0, "this stream would not have noticed a leak"
    else:
        assert total(reloads, "failed") > 0, "this stream would not have noticed a failure"
        assert typical(large) <= tolerated(reloads), [lap["failed"] for lap in (*large, *reloads)]
