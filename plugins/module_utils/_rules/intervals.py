# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Intervals of whole numbers, both ends included: ports, and addresses as numbers."""

from __future__ import annotations

import typing as t

Interval = t.Tuple[int, int]
Intervals = t.Tuple[Interval, ...]


def join(intervals: t.Iterable[Interval]) -> Intervals:
    """The same numbers as the fewest intervals, in order."""
    given = sorted(intervals)
    if len(given) <= 1:
        return tuple(given)
    joined: t.List[Interval] = []
    for first, last in given:
        if joined and first <= joined[-1][1] + 1:
            if last > joined[-1][1]:
                joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return tuple(joined)


def subtract(intervals: Intervals, holes: Intervals) -> Intervals:
    """What of the intervals is in none of the holes; both as C(join) gives them."""
    if not holes or not intervals:
        return intervals
    rest: t.List[Interval] = []
    position = 0
    for first, last in intervals:
        while position < len(holes) and holes[position][1] < first:
            position += 1
        cursor = first
        index = position
        while index < len(holes) and holes[index][0] <= last:
            if holes[index][0] > cursor:
                rest.append((cursor, holes[index][0] - 1))
            cursor = max(cursor, holes[index][1] + 1)
            index += 1
        if cursor <= last:
            rest.append((cursor, last))
    return tuple(rest)


def cut(intervals: t.Collection[Interval], *, at: t.Iterable[Interval] = ()) -> t.Iterator[Interval]:
    """The numbers of the intervals in pieces, in order, of which no interval, given or C(at), covers a part only."""
    edges = {edge for first, last in intervals for edge in (first, last + 1)}
    lowest, highest = min(edges, default=0), max(edges, default=0)
    edges.update(edge for first, last in at for edge in (first, last + 1) if lowest < edge < highest)
    cuts = sorted(edges)
    for first, following in zip(cuts, cuts[1:]):
        if any(begin <= first <= end for begin, end in intervals):
            yield first, following - 1
