# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intervals against sets of numbers."""

from __future__ import annotations

import itertools
import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.intervals import Interval, cut, join, subtract

INTERVALS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda one: (one[0], one[0] + one[1])))


def numbers(intervals: t.Iterable[Interval]) -> set[int]:
    return {number for first, last in intervals for number in range(first, last + 1)}


@given(INTERVALS)
def test_joined_intervals_are_the_same_numbers_in_the_fewest_intervals(intervals: list[Interval]) -> None:
    joined = join(intervals)
    assert numbers(joined) == numbers(intervals)
    assert all(left[1] + 1 < right[0] for left, right in itertools.pairwise(joined))


@given(INTERVALS, INTERVALS)
def test_subtracting_leaves_the_numbers_in_no_hole(intervals: list[Interval], holes: list[Interval]) -> None:
    rest = subtract(join(intervals), join(holes))
    assert numbers(rest) == numbers(intervals) - numbers(holes)
    assert join(rest) == rest


@given(INTERVALS, INTERVALS)
def test_no_interval_covers_a_part_of_a_piece(intervals: list[Interval], others: list[Interval]) -> None:
    pieces = list(cut(intervals, at=others))
    assert numbers(pieces) == numbers(intervals)
    assert sum(last - first + 1 for first, last in pieces) == len(numbers(intervals))
    for piece, (first, last) in itertools.product(pieces, [*intervals, *others]):
        common = numbers([piece]) & set(range(first, last + 1))
        assert common in (set(), numbers([piece]))
