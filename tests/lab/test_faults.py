# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault at the system calls of an apply that change something: what is accepted is the old plan or the new.

SIGKILL, ENOSPC and EIO, in the module and all programs that it starts, in the script that takes a change back, and in
the confirmation. Judged by packets right after the fault, after the timer's script, and after the next run. A sample of
the calls here, spread over each of the three; PRINTOPS_EVERY_FAULT=1, which scripts/trial sets, tries all of them.
"""

from __future__ import annotations

import os
import time
import typing as t

import pytest

from .conftest import Lab, Tell
from .probes.faults import NEW, OLD, PORTS, Floor, Subject, agent_on, others, spread
from .probes.packets import listening

TOKEN = "a" * 32
GUARDED = {"confirm_token": TOKEN, "confirm_timeout": 900}
FAULTS = ("kill", "ENOSPC", "EIO")
EVERY = os.environ.get("PRINTOPS_EVERY_FAULT") == "1"
SAMPLE = {"apply": 9, "take back": 5, "confirm": 4}
FEWER = ("site2", "fw2")
"""Other versions of firewalld than mgmt1 has: half as many."""
SETTLED = {"apply": "old", "take back": "old", "confirm": "new"}
"""What is in force where no change waits any more."""
DEATHS = (0.4, 0.7, 0.9)
"""Moments, in parts of the time that an apply takes."""
KILL_DAEMON = "systemctl kill --signal=KILL firewalld.service"
WARNING = ("was taken back first", "took an unconfirmed change of an earlier run back")

Rules = list[dict[str, t.Any]]


class Plans(t.NamedTuple):
    """Rules of the old plan and of the new one; C(what) is how far they differ."""

    what: str
    old: Rules
    new: Rules


SMALL = Plans("small change", OLD, NEW)
LARGE = Plans("large change", [*OLD, *others(7000)], [*NEW, *others(7100)])


@pytest.fixture(scope="module", name="floor")
def floor_fixture(lab: Lab) -> t.Iterator[Floor]:
    with agent_on(lab, "floor") as agent:
        yield Floor(agent)


@pytest.fixture(scope="module", name="subject", params=["site1", "mgmt1", "site2", "fw2"])
def subject_fixture(lab: Lab, request: pytest.FixtureRequest) -> t.Iterator[Subject]:
    lab.reset(request.param)
    with agent_on(lab, request.param) as agent, listening(lab, request.param, tcp=PORTS):
        subject = Subject(lab, request.param, agent)
        subject.call(subject.rules(OLD, start=True))
        yield subject


class Sweep(t.NamedTuple):
    """All faults at one command: C(question) is what an agent is asked for, after the old plan and C(first)."""

    what: str
    plans: Plans
    question: dict[str, t.Any]
    first: dict[str, t.Any] | None = None


class Tally:
    """What was tried, and how it ended."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.tried = 0
        self.places: set[tuple[str, ...]] = set()
        self.wrong: list[str] = []
        self.after = {"old": 0, "new": 0, "one IP version each": 0}

    def count(self, hit: list[str], plans: set[str]) -> None:
        self.tried += 1
        self.places.add(tuple(hit))
        self.after["one IP version each" if len(plans) == 2 else next(iter(plans))] += 1

    def __str__(self) -> str:
        ends = ", ".join(f"{plan} {count}" for plan, count in self.after.items())
        places = f"{len(self.places)} different places of {self.calls} calls"
        return f"{self.tried} faults tried at {places}; right after it: {ends}; wrong: {len(self.wrong)}"


def try_all(subject: Subject, floor: Floor, sweep: Sweep) -> Tally:
    """Try the faults and judge each."""
    subject.call(subject.rules(sweep.plans.old))
    prepare(subject, sweep)
    calls = [tuple(call) for call in subject.agent.ask(**sweep.question)["calls"]]
    heal(subject)
    tally = Tally(len(calls))
    for number, what in points(calls, most=SAMPLE[sweep.what] // (2 if subject.host in FEWER else 1)):
        prepare(subject, sweep)
        done = subject.agent.ask(**sweep.question, at=number, what=what)
        try:
            if done["hit"]:
                plans = floor.plans(subject.host)
                tally.count(done["hit"], plans)
                assert subject.is_pending() or plans == {SETTLED[sweep.what]}, f"settled, and {plans}"
            judge_repair(subject, floor, sweep, alone=number % 2 == 0)
        except AssertionError as error:
            tally.wrong.append(f"{what} at call {number} of {len(calls)}, {done['hit']}: {error}")
            make_new(subject, sweep)
    return tally


def points(calls: t.Sequence[tuple[str, ...]], *, most: int) -> list[tuple[int, str]]:
    """The calls, by number, and the faults to try there.

    In the whole form SIGKILL at each call, and the other faults at the first one of each place: a program that makes
    the same call again and again goes the same way whichever of them fails. Else one fault at each of some calls.
    """
    if not EVERY:
        return [(number, FAULTS[index % len(FAULTS)]) for index, number in enumerate(spread(len(calls), most=most))]
    firsts = {call: number for number, call in reversed(list(enumerate(calls, start=1)))}
    kills = [(number, FAULTS[0]) for number in range(1, len(calls) + 1)]
    return sorted([*kills, *((number, what) for number in firsts.values() for what in FAULTS[1:])])


def prepare(subject: Subject, sweep: Sweep) -> None:
    """From the old plan, with nothing left of another change, to where the question is asked."""
    if sweep.first:
        subject.call(sweep.first)


def make_new(subject: Subject, sweep: Sweep) -> None:
    heal(subject)
    subject.call(subject.rules(sweep.plans.old))


def heal(subject: Subject) -> None:
    """What the timer does."""
    subject.shell(f"[ ! -e {subject.state}/restore ] || sh {subject.state}/restore timeout {TOKEN}")


def judge_repair(subject: Subject, floor: Floor, sweep: Sweep, *, alone: bool) -> None:
    """The host heals C(alone) as its timer would have it, or the next run does it, and says so.

    A change that is made and may still be confirmed is the timer's alone.
    """
    if subject.is_pending() and (alone or subject.holds(f"[ -e {subject.state}/pending/applied ]")):
        heal(subject)
        assert not subject.is_pending(), "still pending"
        assert floor.plans(subject.host) == {"old"}, "healed alone"
    pending = subject.is_pending()
    again = subject.call(subject.rules(sweep.plans.old))
    if pending:
        assert any(text in str(again["warnings"]) for text in WARNING), again
    assert floor.plans(subject.host) == {"old"}, "after the next run"
    assert subject.holds(f"! ls {subject.state} | grep -v found.json"), "leftovers"


def sweeps(subject: Subject, plans: Plans) -> t.Iterator[Sweep]:
    waiting = subject.rules(plans.new, **GUARDED)
    take_back = {"command": ["sh", f"{subject.state}/restore", "timeout", TOKEN]}
    confirm = {"provider": subject.provider, "token": TOKEN, "want": "confirmed"}
    yield Sweep("apply", plans, waiting)
    yield Sweep("take back", plans, take_back, waiting)
    yield Sweep("confirm", plans, {"module": "pending_change", "arguments": confirm}, waiting)


@pytest.mark.parametrize("subject", ["mgmt1", "site2", "fw2"], indirect=True)
def test_a_daemon_that_dies_while_a_change_is_made(subject: Subject, floor: Floor, tell: Tell) -> None:
    """The module notices, and has the old rules in force without the daemon; the next run starts it."""
    ends: list[str] = []
    for plans in (SMALL, LARGE):
        subject.call(subject.rules(plans.old, start=True))
        begun = time.monotonic()
        subject.call(subject.rules(plans.new))
        took_s = time.monotonic() - begun
        subject.call(subject.rules(plans.old))
        for part in DEATHS:
            subject.shell(f"(sleep {took_s * part:.2f}; {KILL_DAEMON}) >/dev/null 2>&1 </dev/null &")
            done = subject.agent.ask(**subject.rules(plans.new, **GUARDED))
            subject.shell(f"sleep {max(0.0, took_s * (part - 0.9)) + 0.2:.2f}")
            seen = floor.plans(subject.host)
            assert seen == ({"old"} if done["status"] else {"new"}), (subject.host, plans.what, part, seen, done)
            heal(subject)
            assert floor.plans(subject.host) == {"old"}, (subject.host, plans.what, part)
            subject.call(subject.rules(plans.old, start=True))
            assert floor.plans(subject.host) == {"old"}, (subject.host, plans.what, part)
            ends.append(next(iter(seen)))
    tell(f"firewalld on {subject.host} killed {len(ends)} times; then: {', '.join(ends)}")


@pytest.mark.parametrize(
    ("subject", "plans"),
    [
        pytest.param("site1", LARGE, id="site1-large"),  # ufw loads all changes in the same way
        *(
            pytest.param(host, plans, id=f"{host}-{plans.what.partition(' ')[0]}")
            for host in ("mgmt1", "site2", "fw2")
            for plans in (SMALL, LARGE)  # firewalld reloads for large ones
        ),
    ],
    indirect=["subject"],
)
def test_faults(subject: Subject, plans: Plans, floor: Floor, tell: Tell) -> None:
    for sweep in sweeps(subject, plans):
        tally = try_all(subject, floor, sweep)
        tell(f"{sweep.what}, {plans.what}, on {subject.host}: {tally}")
        assert not tally.wrong, "\n".join(tally.wrong)
        assert tally.tried
