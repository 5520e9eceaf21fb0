# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which zone an address is in: one that the operator named, else its site."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReportError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import mapping, text_list

from .places import CENTRAL, ELSEWHERE, Places

Split = dict[str, NetworkSet]


class Zones:
    """Splits networks by zone; the smallest network that the operator gave wins, then the site of who is there.

    Where several C(places) know an address, the first that does is asked.
    """

    def __init__(self, given: t.Mapping[str, NetworkSet], places: t.Sequence[Places]) -> None:
        self._given = _narrowest_first(given)
        self._places = places
        self._known: dict[NetworkSet, Split] = {}

    def split(self, networks: NetworkSet) -> Split:
        """The networks by zone, in order of addresses."""
        found = self._known.get(networks)
        if found is None:
            found = self._known[networks] = self._split(networks)
        return found

    def _split(self, networks: NetworkSet) -> Split:
        found: dict[str, list[NetworkSet]] = {}
        rest = networks
        for zone, one in self._given:
            inside = rest & one
            if inside:
                found.setdefault(zone, []).append(inside)
                rest = rest - inside
        for places in self._places:
            unknown = []
            for piece in places.of(rest):
                if piece.labels:
                    sites = sorted({label.site for label in piece.labels if label.site})
                    found.setdefault(", ".join(sites) or CENTRAL, []).append(piece.networks)
                else:
                    unknown.append(piece.networks)
            rest = NetworkSet().union(*unknown)
        if rest:
            found.setdefault(ELSEWHERE, []).append(rest)
        return {zone: NetworkSet().union(*sets) for zone, sets in found.items()}


def _narrowest_first(given: t.Mapping[str, NetworkSet]) -> list[tuple[str, NetworkSet]]:
    single = [(zone, NetworkSet.parse([cidr])) for zone, networks in given.items() for cidr in networks.cidrs()]
    return sorted(single, key=lambda one: one[1].size())


def read_zones(value: object) -> dict[str, NetworkSet]:
    """The variable C(report_zones): a mapping of zones to lists of networks; raises C(ReportError)."""
    zones: dict[str, NetworkSet] = {}
    for zone, networks in mapping(value, place="report_zones", error=ReportError).items():
        place = f"report_zones.{zone}"
        texts = text_list(networks, place=place, error=ReportError)
        try:
            zones[zone] = NetworkSet.parse(texts)
        except ValueError as error:
            raise ReportError(f"{place}: {error}; give networks such as 10.1.20.0/24 or 2001:db8::/64") from error
        for other, taken in zones.items():
            if other != zone and taken == zones[zone]:
                raise ReportError(f"{place} has the networks of report_zones.{other} too; name them once")
    return zones
