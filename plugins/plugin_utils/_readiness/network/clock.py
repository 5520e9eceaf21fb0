# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Clocks of all hosts against each other, each read against the controller's."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..model import Outcome, Status, problem_of
from .model import Case, few

CONTROLLER = "the controller"


@dataclass(frozen=True)
class Reading:
    """Seconds that a clock is ahead of the controller's, and how wrong that may be."""

    name: str
    offset_s: float
    uncertainty_s: float

    def span_to(self, other: Reading) -> tuple[float, float]:
        """The least and the most that the two clocks may differ."""
        difference = abs(self.offset_s - other.offset_s)
        doubt = self.uncertainty_s + other.uncertainty_s
        return max(difference - doubt, 0.0), difference + doubt

    def text_to(self, other: Reading) -> str:
        difference = self.offset_s - other.offset_s
        doubt = self.uncertainty_s + other.uncertainty_s
        word = "ahead of" if difference >= 0 else "behind"
        return f"{abs(difference):.3f} s (give or take {doubt:.3f}) {word} {other.name}"


def decide_clock(case: Case) -> Outcome:
    """A clock that most clocks agree with is right; the controller's is one of them, as another witness.

    Where no majority agrees, all that differ are told.
    """
    clocks = case.observed.get("clocks") or {}
    problem = problem_of({"clock": clocks.get(case.host)}, "clock", "offset_s", "uncertainty_s")
    if problem:
        return case.unknown(problem)
    readings = [Reading(CONTROLLER, 0.0, 0.0), *_readings(clocks)]
    own = next(one for one in readings if one.name == case.host)
    others = [one for one in readings if one.name != case.host]
    limit = case.number("clock_s")
    near = [one for one in others if own.span_to(one)[1] <= limit]
    far = [one for one in others if own.span_to(one)[0] > limit]
    seen = [own.text_to(one) for one in others]
    if 2 * (len(near) + 1) > len(readings):
        odd = f" Not so {few([one.name for one in far])}." if far else ""
        return case.outcome(Status.PASS, f"Within {limit:g} s of {few([one.name for one in near])}.{odd}", *seen)
    if far and 2 * (len(readings) - len(far)) <= len(readings):
        return case.outcome(Status.FAIL, few([own.text_to(one) for one in far]), *seen)
    return case.unknown(f"the readings took too long to tell differences of {limit:g} s", *seen)


def _readings(clocks: t.Mapping[str, t.Any]) -> t.Iterator[Reading]:
    for name, result in sorted(clocks.items()):
        if not problem_of({"clock": result}, "clock", "offset_s", "uncertainty_s"):
            yield Reading(name, float(result["offset_s"]), float(result["uncertainty_s"]))
