# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first apply, or a removal, is broken off at a system call, and run again at once: it ends, and does what it is for.

The process of the module dies, and the programs that it started go on. The time of the host's own timer is not over, or
is over at the same moment. A sample of the calls here; PRINTOPS_EVERY_FAULT=1, which scripts/trial sets, tries all.
"""

from __future__ import annotations

import time
import typing as t

import pytest

from .conftest import Lab, Tell
from .probes.faults import MANAGEMENT, NEW, OLD, PORTS, Floor, Subject, agent_on, spread
from .probes.packets import listening
from .test_faults import EVERY, TOKEN

GUARDED = {"confirm_token": TOKEN, "confirm_timeout": 900}
LONGEST_S = 60.0
SAMPLE = 7
HOLD_UFW = 'import fcntl, time; f = open("/run/ufw.lock", "w"); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(300)'
Question = dict[str, t.Any]


@pytest.fixture(scope="module", name="floor")
def floor_fixture(lab: Lab) -> t.Iterator[Floor]:
    with agent_on(lab, "floor") as agent:
        yield Floor(agent)


@pytest.fixture(scope="module", name="subject", params=["site1", "mgmt1"])
def subject_fixture(lab: Lab, request: pytest.FixtureRequest) -> t.Iterator[Subject]:
    lab.reset(request.param)
    with agent_on(lab, request.param) as agent, listening(lab, request.param, tcp=PORTS):
        yield Subject(lab, request.param, agent)


def removal(subject: Subject, **more: t.Any) -> Question:
    given = {"state": "absent", "as_found": True, "management": MANAGEMENT, **more}
    return {"module": f"{subject.provider}_rules", "arguments": given}


def first_apply(subject: Subject, **more: t.Any) -> Question:
    return subject.rules(NEW, start=True, **more)


def nothing(subject: Subject) -> None:
    subject.call(removal(subject))
    subject.call({"module": "leftovers", "arguments": {"state": "absent"}})


def something(subject: Subject) -> None:
    nothing(subject)
    subject.call(subject.rules(OLD, start=True))


class Breaking(t.NamedTuple):
    """What is broken off, on which host, and what packets say before it and after it."""

    question: t.Callable[..., Question]
    prepare: t.Callable[[Subject], None]
    before: str
    after: str


BREAKINGS = {
    "first apply": Breaking(first_apply, nothing, "open", "new"),
    "removal": Breaking(removal, something, "old", "open"),
}


@pytest.mark.parametrize("what", BREAKINGS)
@pytest.mark.parametrize("timer", ["sleeps", "fires"])
def test_run_again_at_once(subject: Subject, floor: Floor, tell: Tell, what: str, timer: str) -> None:
    breaking = BREAKINGS[what]
    breaking.prepare(subject)
    whole = subject.agent.ask(**breaking.question(subject, **GUARDED))
    assert whole["status"] == 0, whole["output"]
    calls = whole["calls"]
    take_back(subject)
    assert floor.plans(subject.host) == {breaking.before}
    tried, longest_s, wrong = 0, 0.0, []
    for number in range(1, len(calls) + 1) if EVERY else spread(len(calls), most=SAMPLE):
        breaking.prepare(subject)
        broken = subject.agent.ask(**breaking.question(subject, **GUARDED), at=number, what="break off")
        if not broken["hit"] or subject.holds(f"[ -e {subject.state}/pending/applied ]"):
            take_back(subject)
            continue
        if timer == "fires":
            subject.shell(f"[ ! -e {script(subject)} ] || sh {script(subject)} timeout {TOKEN} >/tmp/timer 2>&1 &")
        begun = time.monotonic()
        again = subject.agent.ask(**breaking.question(subject))
        took_s = time.monotonic() - begun
        tried, longest_s = tried + 1, max(longest_s, took_s)
        try:
            assert again["status"] == 0, again["output"]
            assert took_s < LONGEST_S
            assert floor.plans(subject.host) == {breaking.after}
            assert subject.holds(f"! ls {subject.state} | grep -v found.json"), "leftovers"
        except AssertionError as error:
            wrong.append(f"broken off at call {number} of {len(calls)}, {broken['hit']}, {took_s:.1f} s: {error}")
            take_back(subject)
    tell(f"{what} on {subject.host} broken off {tried} times, and run again at once: {longest_s:.1f} s at most")
    assert not wrong, "\n".join(wrong)
    assert tried


def take_back(subject: Subject) -> None:
    subject.shell(f"[ ! -e {script(subject)} ] || sh {script(subject)} timeout {TOKEN}")


def script(subject: Subject) -> str:
    return f"{subject.state}/restore"


READ_ONLY = {
    "site1": "mount --bind /etc/ufw/user6.rules /etc/ufw/user6.rules",  # nothing is renamed to where a mount is
    "mgmt1": "mount --bind /etc/firewalld /etc/firewalld; mount -o remount,bind,ro /etc/firewalld",
}
WRITABLE = {"site1": "umount /etc/ufw/user6.rules", "mgmt1": "umount /etc/firewalld"}


@pytest.mark.parametrize("what", ["change", *BREAKINGS])
def test_a_file_that_cannot_be_put_back_keeps_nothing_in_force(subject: Subject, floor: Floor, what: str) -> None:
    if what == "change":
        breaking = Breaking(lambda subject, **more: subject.rules(NEW, **more), something, "old", "new")
    else:
        breaking = BREAKINGS[what]
    breaking.prepare(subject)
    subject.call(breaking.question(subject, **GUARDED))
    assert floor.plans(subject.host) == {breaking.after}
    subject.shell(READ_ONLY[subject.host])
    try:
        if subject.holds(f"sh {script(subject)} timeout {TOKEN}"):
            pytest.fail("it was put back though it is read-only")
        assert floor.plans(subject.host) == {breaking.before}
        begun = time.monotonic()
        assert not subject.holds(f"sh {script(subject)} timeout {TOKEN}")
        assert time.monotonic() - begun < 1.0, "loaded again"
        again = subject.agent.ask(**breaking.question(subject))
        assert again["status"] != 0
        assert "the old rules are in force, and this cannot be put back: /etc/" in again["output"]
        assert floor.plans(subject.host) == {breaking.before}
    finally:
        subject.shell(WRITABLE[subject.host])
    take_back(subject)
    assert floor.plans(subject.host) == {breaking.before}
    assert subject.holds(f"! ls {subject.state} | grep -v found.json"), "leftovers"
    assert subject.holds("! nft list table inet printops_rescue"), "the copy of the rules"


@pytest.mark.parametrize("subject", ["site1"], indirect=True)
@pytest.mark.parametrize("what", BREAKINGS)
def test_the_timer_wins_over_a_ufw_command_that_never_ends(
    subject: Subject, floor: Floor, tell: Tell, what: str
) -> None:
    """ufw asks its questions with its lock held."""
    breaking = BREAKINGS[what]
    breaking.prepare(subject)
    subject.call(breaking.question(subject, **GUARDED))
    assert floor.plans(subject.host) == {breaking.after}
    subject.shell(f"python3 -c '{HOLD_UFW}' >/dev/null 2>&1 & echo $! >/tmp/holder; sleep 0.5")
    begun = time.monotonic()
    try:
        take_back(subject)
        tell(f"taken back in {time.monotonic() - begun:.1f} s while the lock of ufw was held")
        assert floor.plans(subject.host) == {breaking.before}
        assert subject.holds("kill -0 $(cat /tmp/holder)"), "it is not ours to end"
    finally:
        subject.shell("kill $(cat /tmp/holder)")
    status = subject.shell("ufw status")
    assert ("Status: active" in status) is (breaking.before == "old")
