# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the firewalls between zones must let through: the change request for those who run them."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.intervals import Intervals
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, join_ports
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

from .boxes import Box, without
from .matrix import NOT_ROUTED, End, FlowRow, flow_rows
from .places import Places
from .zones import Zones

Action = t.Literal["add", "keep", "remove"]
ACTIONS: tuple[Action, ...] = ("add", "remove", "keep")
WIDE_RANGE_PORTS = 1000
_HALF_OF_IPV4, _AS_WIDE_OF_IPV6 = 1 << 31, 1 << 125
_NO_PORTS: Intervals = ((0, 0),)


@dataclass(frozen=True)
class Crossing:
    """Packets that cross from one zone into another, and the rows that ask for them."""

    action: Action
    source_zone: str
    destination_zone: str
    protocol: str
    icmp_types: tuple[str, ...]
    source_ports: tuple[PortRange, ...]
    ports: tuple[PortRange, ...]
    sources: NetworkSet
    destinations: NetworkSet
    encryption: str
    rows: tuple[FlowRow, ...]

    @property
    def flows(self) -> tuple[str, ...]:
        """The ids of the rows, each once."""
        return tuple(dict.fromkeys(row.flow for row in self.rows))

    @property
    def change_id(self) -> str:
        """A name that the same change has in every report."""
        parts = (
            self.action,
            self.protocol,
            *self.icmp_types,
            *map(str, self.source_ports),
            *map(str, self.ports),
            *self.sources.cidrs(),
            *self.destinations.cidrs(),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]

    def risks(self, facts: t.Mapping[str, Plan]) -> tuple[str, ...]:
        """What speaks against it, in words of the plan's findings."""
        found = [risk for flow in self.flows for risk in facts.get(flow, {}).get("risks", ())]
        if self.encryption == "plaintext":
            found.insert(0, "plaintext")
        if any(port.last - port.first + 1 > WIDE_RANGE_PORTS for port in self.ports):
            found.append("wide_range")
        if any(map(_is_half_of_all, (self.sources, self.destinations))):
            found.append("everyone")
        return tuple(dict.fromkeys(found))


def _is_half_of_all(networks: NetworkSet) -> bool:
    return NetworkSet(v4=networks.v4).size() >= _HALF_OF_IPV4 or NetworkSet(v6=networks.v6).size() >= _AS_WIDE_OF_IPV6


_Key = tuple[str, str, str, tuple[str, ...], tuple[PortRange, ...]]


def crossings(
    rows: t.Sequence[FlowRow],
    places: Places,
    *,
    zones: t.Mapping[str, NetworkSet],
    approved: Plan | None = None,
) -> list[Crossing]:
    """What crosses a border of zones, with what is to be done about it since the approved plan.

    Each packet of the plan is in rows to add or to keep, and each of the approved plan that is not in the plan in rows
    to remove; no row has a packet twice for the same flows. Groups and broadcasts cross nothing.
    """
    with paused_garbage_collector():
        theirs = Places(approved) if approved else None
        split = Zones(zones, [places, theirs] if theirs else [places])
        new = _boxes(rows, split)
        old = _boxes(flow_rows(approved, theirs), split) if approved else {}
        found = [*_compared(new, old, ("add", "keep")), *_compared(old, new, ("remove", None))]
        return sorted(found, key=_order)


def _order(one: Crossing) -> tuple[t.Any, ...]:
    return (
        ACTIONS.index(one.action), one.source_zone, one.destination_zone, one.protocol, one.ports,
        one.sources.cidrs(), one.destinations.cidrs(),
    )  # fmt: skip


def _boxes(rows: t.Iterable[FlowRow], zones: Zones) -> dict[_Key, dict[tuple[Box, str], list[FlowRow]]]:
    found: dict[_Key, dict[tuple[NetworkSet, NetworkSet, str], list[FlowRow]]] = {}
    for row in rows:
        if row.is_on_a_link:
            continue
        sources, destinations = zones.split(row.source.networks), zones.split(_routed(row.destination))
        for source_zone, source in sources.items():
            for destination_zone, destination in destinations.items():
                if source_zone != destination_zone:
                    key = (source_zone, destination_zone, row.protocol, row.icmp_types, row.source_ports)
                    found.setdefault(key, {}).setdefault((source, destination, row.encryption), []).append(row)
    return {
        key: {
            (Box(source, destination, _ports(members)), encryption): members
            for (source, destination, encryption), members in by_ends.items()
        }
        for key, by_ends in found.items()
    }


def _routed(end: End) -> NetworkSet:
    return end.networks - NOT_ROUTED


def _ports(rows: t.Iterable[FlowRow]) -> Intervals:
    return join_ports(port for row in rows for port in row.ports) or _NO_PORTS


def _compared(
    ours: t.Mapping[_Key, t.Mapping[tuple[Box, str], list[FlowRow]]],
    theirs: t.Mapping[_Key, t.Mapping[tuple[Box, str], list[FlowRow]]],
    actions: tuple[Action, Action | None],
) -> t.Iterator[Crossing]:
    """What is only ours, with the first action, and what both have, with the second where there is one."""
    surplus, shared = actions
    for key, boxes in ours.items():
        others = [box for box, _encryption in theirs.get(key, ())]
        for (box, encryption), rows in boxes.items():
            alone = without(box, others)
            yield from (_crossing(surplus, key, piece, encryption, rows) for piece in alone)
            if shared:
                both = without(box, alone) if others else []
                yield from (_crossing(shared, key, piece, encryption, rows) for piece in both)


def _crossing(action: Action, key: _Key, box: Box, encryption: str, rows: list[FlowRow]) -> Crossing:
    source_zone, destination_zone, protocol, icmp_types, source_ports = key
    ports = () if box.ports == _NO_PORTS else tuple(PortRange(*one) for one in box.ports)
    return Crossing(
        action=action,
        source_zone=source_zone,
        destination_zone=destination_zone,
        protocol=protocol,
        icmp_types=icmp_types,
        source_ports=source_ports,
        ports=ports,
        sources=box.sources,
        destinations=box.destinations,
        encryption=encryption,
        rows=tuple(
            row for row in rows if not ports or any(one.overlaps(other) for one in row.ports for other in ports)
        ),
    )
