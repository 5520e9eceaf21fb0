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

from .conftest import Lab
from .probes.packets import canonical, listening, script
from .topology import machine_named

OPEN, CLOSED = 9100, 5999
SOURCE = "198.18.21.20"
TURNS = 10
LEAST_PER_SECOND = 200

FIREWALLD = {"module": "printops.firewall.firewalld_rules", "start": "systemctl start firewalld"}
UFW = {"module": "printops.firewall.ufw_rules", "start": "ufw --force enable"}
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


class Stream:
    """The stream from the floor to a host; C(lap) ends a lap and tells what became of its connections."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def lap(self) -> dict[str, t.Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return t.cast("dict[str, t.Any]", json.loads(self.process.stdout.readline()))


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
        if not stream.lap()["leaked"]:
            return
    raise AssertionError("the firewall was started and does not close the port")


def total(laps: list[dict[str, t.Any]], key: str) -> int:
    return sum(lap[key] for lap in laps)


def row(name: str, laps: list[dict[str, t.Any]]) -> str:
    return (
        f"  {name:22} failed {total(laps, 'failed'):5} of {total(laps, 'open'):6}, leaked {total(laps, 'leaked'):5} of "
        f"{total(laps, 'closed'):6}, session: {total(laps, 'rounds'):5} rounds, "
        f"longest {max(lap['longest_round_s'] for lap in laps):.3f} s"
    )


def typical(laps: list[dict[str, t.Any]]) -> float:
    """Failures of the median turn: a hiccup of the test machine in one turn is nobody's doing."""
    return float(statistics.median(lap["failed"] for lap in laps))


def tolerated(reloads: list[dict[str, t.Any]]) -> float:
    """What the median of as many reloads may be another time, going by how much these differ among themselves."""
    deviation = float(statistics.stdev(lap["failed"] for lap in reloads))
    return typical(reloads) + max(0.2 * typical(reloads), 3 * deviation * math.sqrt(2 / len(reloads)))


@pytest.mark.parametrize("host", ["mgmt1", "site2", "fw2", "site1"])
def test_new_connections_while_rules_change(lab: Lab, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    firewall = machine_named(name=host).firewall
    module, start = (UFW if firewall == "ufw" else FIREWALLD).values()
    rule_sets = [rule_set(shift=shift) for shift in (0, 1)]
    lab.reset(host)
    assert not lab.ansible(host, module=module, arguments={"rules": rule_sets[0]})["failed"]
    started = lab.enter(host, ["sh", "-c", start])
    assert started.returncode == 0, started.stderr

    applies, reloads = [], []
    with streaming(lab, host) as stream:
        wait_until_closed(stream)
        for turn in range(TURNS):
            stream.lap()
            applied = lab.ansible(host, module=module, arguments={"rules": rule_sets[(turn + 1) % 2]})
            assert applied["changed"], applied
            assert len(applied["added"]) > 50, applied
            applies.append(stream.lap())
            reloaded = lab.enter(host, ["sh", "-c", RELOADS[firewall]])
            assert reloaded.returncode == 0, reloaded.stdout + reloaded.stderr
            reloads.append(stream.lap())

    with capsys.disabled():
        print(f"\n{host}, {TURNS} times each:")
        print(row("the module", applies))
        print(row(RELOADS[firewall], reloads))
        for key in ("failed", "leaked"):
            print(f"  {key}: an apply {[lap[key] for lap in applies]}, a reload {[lap[key] for lap in reloads]}")
    laps = [*applies, *reloads]
    for key in ("open", "closed"):
        assert total(laps, key) >= LEAST_PER_SECOND * sum(lap["seconds"] for lap in laps)
    assert laps[-1]["session_error"] == ""
    assert all(lap["rounds"] for lap in applies)
    assert total(applies, "leaked") == 0
    if firewall == "ufw":
        assert total(applies, "failed") == 0
        assert total(reloads, "leaked") > 0, "this stream would not have noticed a leak"
    else:
        assert total(reloads, "failed") > 0, "this stream would not have noticed a failure"
        assert typical(applies) <= tolerated(reloads)
