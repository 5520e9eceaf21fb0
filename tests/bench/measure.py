# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seconds of two ways of doing the same, and what they come to."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

MINIMUM_RUNS = 5


class BenchError(Exception):
    """A benchmark did not do what it is meant to measure."""


@dataclass(frozen=True)
class Comparison:
    """Seconds of every run of ours and of the rival, in the order in which they ran."""

    name: str
    rival: str
    ours: tuple[float, ...]
    rivals: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.ours or len(self.ours) != len(self.rivals):
            raise BenchError(f"{self.name}: {len(self.ours)} runs of ours, {len(self.rivals)} of {self.rival}")

    @property
    def ours_s(self) -> float:
        return statistics.median(self.ours)

    @property
    def rival_s(self) -> float:
        return statistics.median(self.rivals)

    @property
    def ratio(self) -> float:
        """Rival divided by ours: more is better."""
        return self.rival_s / self.ours_s

    @property
    def runs(self) -> int:
        return len(self.ours)


def alternate(
    name: str, *, rival: str, runs: int, ours: Callable[[], float], rivals: Callable[[], float]
) -> Comparison:
    """Run both sides in turn; each call returns its own seconds."""
    pairs = []
    for number in range(1, runs + 1):
        pairs.append((ours(), rivals()))
        print(f"  {name} {number}/{runs}: ours {pairs[-1][0]:.3f} s, {rival} {pairs[-1][1]:.3f} s", flush=True)
    return Comparison(name, rival, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))
