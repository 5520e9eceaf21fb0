# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault at every system call of an apply that changes something: what is accepted is the old plan or the new.

SIGKILL and ENOSPC, in the module and all programs that it starts, in the script that takes a change back, and in the
confirmation. Judged by packets right after the fault, after the timer's script, and after the next run.
"""

from __future__ import annotations

import typing as t

import pytest

from .conftest import Lab
from .probes.faults import NEW, OLD, PORTS, Subject, sampled
from .probes.packets import listening

pytestmark = pytest.mark.trial

TOKEN = "a" * 32
GUARDED = {"confirm_token": TOKEN, "confirm_timeout": 900}
MOST_POINTS = 40


@pytest.fixture(params=["site1", "mgmt1"])
def subject(lab: Lab, request: pytest.FixtureRequest) -> t.Iterator[Subject]:
    lab.reset(request.param)
    subject = Subject(lab, request.param)
    subject.call(subject.rules(OLD, start=True))
    with listening(lab, request.param, tcp=PORTS):
        yield subject


def heal(subject: Subject) -> None:
    """What the timer does, and does again while it fails."""
    done = subject.shell(f"[ ! -e {subject.state}/restore ] || sh {subject.state}/restore timeout {TOKEN}")
    assert done.returncode == 0, done.stderr


def sweep(
    subject: Subject,
    *,
    name: str,
    prepare: t.Callable[[], None],
    command: list[str],
    ends: t.Callable[[bool], set[str]],
    most: int = MOST_POINTS,
) -> None:
    """Try all points of a command; C(ends) tells the plan after healing, given whether a change still waited."""
    prepare()
    calls = subject.with_fault(command, at=0, what="kill")["calls"]
    heal(subject)
    tried = mixed = 0
    for what in ("kill", "ENOSPC"):
        for number in sampled(calls, most=most):
            prepare()
            result = subject.with_fault(command, at=number, what=what)
            where = f"{name} on {subject.host}, {what} at call {number}, {result['hit']}"
            tried += result["hit"] is not None
            plans = subject.plans()
            mixed += len(plans) == 2
            waited = subject.is_pending()
            if waited:
                heal(subject)
                plans = subject.plans()
            assert plans in (ends(waited), {"old"}), (where, plans, result["status"])
    subject.call(subject.rules(NEW))
    assert subject.plans() == {"new"}
    assert subject.shell(f"[ ! -e {subject.state} ]").returncode == 0
    head = f"{name} on {subject.host}"
    print(f"\n{head}: {tried} faults at {len(calls)} calls; one IP version alone: {mixed} times")


def test_faults_while_applying(subject: Subject) -> None:
    sweep(
        subject,
        name="apply",
        prepare=lambda: t.cast("None", subject.call(subject.rules(OLD))),
        command=subject.rules(NEW, **GUARDED),
        ends=lambda waited: {"old"} if waited else {"new"},
    )


def test_faults_while_taking_back(subject: Subject) -> None:
    def prepare() -> None:
        subject.call(subject.rules(OLD))
        subject.call(subject.rules(NEW, **GUARDED))

    sweep(
        subject,
        name="take back",
        prepare=prepare,
        command=["sh", f"{subject.state}/restore", "timeout", TOKEN],
        ends=lambda _waited: {"old"},
    )


def test_faults_while_confirming(subject: Subject) -> None:
    def prepare() -> None:
        subject.call(subject.rules(OLD))
        subject.call(subject.rules(NEW, **GUARDED))

    sweep(
        subject,
        name="confirm",
        prepare=prepare,
        command=subject.module("pending_change", {"provider": subject.provider, "token": TOKEN, "want": "confirmed"}),
        ends=lambda waited: {"old"} if waited else {"new"},
    )
