# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Outcomes as plain data and back, and why a probe tells nothing."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import (
    Evidence,
    Outcome,
    Status,
    outcome_from,
    problem_of,
)


def test_an_outcome_survives_its_way_through_plain_data() -> None:
    outcome = Outcome(
        item="safeq5/server/1",
        host="cml1",
        status=Status.UNKNOWN,
        summary="could not be checked",
        evidence=(Evidence("nothing", "cml1: sockets", "2026-03-31T12:00:00Z"),),
        remedy="look again",
        reason="no answer",
    )
    raw = outcome.as_json()
    assert raw["status"] == "could_not_check"
    assert type(raw["status"]) is str
    assert outcome_from(raw) == outcome


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (None, "x was not gathered"),
        ("text", "x was not gathered"),
        ({"unreachable": True, "msg": "no\n route"}, "the host was not reached: no route"),
        (
            {"skipped": True, "skip_reason": "Conditional result was False"},
            "x was not gathered: Conditional result was",
        ),
        ({"failed": True, "msg": "", "stderr": "boom"}, "x could not be read: boom"),
        ({"failed": False, "msg": "boom"}, "x could not be read: boom"),
        ({"failed": False}, "x could not be read: it gave no reason"),
        ({"failed": True, "rc": 1, "msg": "a" * 400}, "…"),
    ],
)
def test_a_probe_without_an_answer_says_why(result: t.Any, problem: str) -> None:
    said = problem_of({"x": result}, "x", "rc")
    assert problem in said
    assert "\n" not in said


def test_a_probe_with_the_wanted_keys_tells() -> None:
    assert problem_of({"x": {"failed": False, "rc": 2}}, "x", "rc") == ""
    assert problem_of({}, "x") == "x was not gathered"
