# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Hosts that ask for the same of others at the same places: what is worked out for one of them holds for all."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

if t.TYPE_CHECKING:  # pragma: no cover
    from .merge import Request


Wishes = tuple[tuple[t.Any, ...], ...]


def wishes_of(requests: t.Sequence[Request]) -> tuple[Wishes, list[NetworkSet]]:
    """The requests of one host with numbers in place of their remotes, and these by number.

    Openings are told apart by identity, so the requests must live as long as what is kept under their wishes.
    """
    numbers: dict[int, int] = {}
    remotes: list[NetworkSet] = []
    wishes = []
    for direction, openings, networks, flow, destinations in requests:
        number = numbers.get(id(networks))
        if number is None:
            number = numbers[id(networks)] = len(remotes)
            remotes.append(networks)
        wishes.append((direction, id(openings), number, flow, destinations))
    return tuple(wishes), remotes


def overlaps(sets: t.Sequence[NetworkSet]) -> frozenset[int]:
    """For each part that the sets cut all addresses into, a bit for each set that has it.

    It is all there is to know of unions, differences and intersections of the sets but the addresses.
    """
    found: set[int] = set()
    for family in ([one.v4 for one in sets], [one.v6 for one in sets]):
        edges: dict[int, int] = {}
        for number, intervals in enumerate(family):
            for first, last in intervals:
                edges[first] = edges.get(first, 0) ^ 1 << number
                edges[last + 1] = edges.get(last + 1, 0) ^ 1 << number
        here = 0
        for position in sorted(edges):
            here ^= edges[position]
            found.add(here)
    return frozenset(found)
