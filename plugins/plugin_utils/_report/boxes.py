# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Sets of packets as boxes of sources, destinations and ports, exact under difference."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.intervals import Intervals, subtract
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet


class Box(t.NamedTuple):
    """Every packet from one of the sources to one of the destinations on one of the ports."""

    sources: NetworkSet
    destinations: NetworkSet
    ports: Intervals


def without(box: Box, others: t.Iterable[Box]) -> list[Box]:
    """The packets of a box that are in no other, as disjoint boxes."""
    rest = [box]
    for other in others:
        rest = [piece for one in rest for piece in _minus(one, other)]
    return rest


def _minus(box: Box, other: Box) -> list[Box]:
    sources, destinations = box.sources & other.sources, box.destinations & other.destinations
    ports = subtract(box.ports, subtract(box.ports, other.ports))
    if not (sources and destinations and ports):
        return [box]
    pieces = [
        Box(box.sources - other.sources, box.destinations, box.ports),
        Box(sources, box.destinations - other.destinations, box.ports),
        Box(sources, destinations, subtract(box.ports, other.ports)),
    ]
    return [piece for piece in pieces if all(piece)]
