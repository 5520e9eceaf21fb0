# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What does not fit between the places of hosts and of networks, and what is open between all places or to everyone."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import closest, nearest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog, flow_sort_key
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.groups import squeezed

from ..flows import Compiled
from .model import Finding

_HALF_OF_IPV4 = 1 << 31


def find_in_places(catalogs: t.Sequence[Catalog], estate: Estate, compiled: Compiled) -> t.Iterator[Finding]:
    """Findings about sites, clusters, groups and networks."""
    for miss in estate.near_misses:
        yield Finding("near_miss", "warning", miss.hosts, (), str(miss))
    yield from _sites(estate)
    yield from _alike("printops_cluster", "cluster_mismatch", _hosts_by(estate, "cluster"))
    yield from _open_to_everyone(estate)
    yield from _crossing_sites(catalogs, estate, compiled)


def _hosts_by(estate: Estate, name: t.Literal["site", "cluster"]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for host in estate.hosts.values():
        place = host.site if name == "site" else host.cluster
        if place is not None:
            found.setdefault(place, []).append(host.name)
    return found


def _sites(estate: Estate) -> t.Iterator[Finding]:
    hosts_of = _hosts_by(estate, "site")
    components_of: dict[str, dict[str, None]] = {}
    for view in estate.views:
        for entry in view:
            if entry.site is not None:
                components_of.setdefault(entry.site, {})[entry.component] = None
    meant = set()
    for site, components in sorted(components_of.items()):
        if site not in hosts_of:
            meant.add(nearest(site, hosts_of))
            yield Finding(
                "site_mismatch",
                "warning",
                (),
                (),
                f"printops_networks has networks of the site {site!r} ({few(list(components))}), and no host has it: "
                f"they reach only hosts without a site; {closest(site, hosts_of)}",
            )
    for site, hosts in sorted(hosts_of.items()):
        if components_of and site not in components_of and site not in meant:
            yield Finding(
                "site_mismatch",
                "warning",
                tuple(hosts),
                (),
                f"printops_site is {site!r}, of which printops_networks has no network: nothing that is at a site "
                f"reaches them; {closest(site, components_of)}",
            )
    yield from _alike("printops_site", "site_mismatch", hosts_of)


def _alike(variable: str, kind: str, hosts_of: t.Mapping[str, t.Sequence[str]]) -> t.Iterator[Finding]:
    """Names that differ in case, blanks or separators only."""
    by_letters: dict[str, list[str]] = {}
    for place in sorted(hosts_of):
        by_letters.setdefault(squeezed(place) or place, []).append(place)
    for places in by_letters.values():
        if len(places) > 1:
            usual = max(places, key=lambda place: (len(hosts_of[place]), place))
            hosts = sorted(host for place in places if place != usual for host in hosts_of[place])
            others = ", ".join(repr(place) for place in places if place != usual)
            detail = f"{variable} is {others}, another one than {usual!r} of other hosts; did you mean {usual!r}?"
            yield Finding(kind, "warning", tuple(hosts), (), detail)


def _open_to_everyone(estate: Estate) -> t.Iterator[Finding]:
    hosts_of: dict[str, list[str]] = {}
    wide: dict[NetworkSet, bool] = {}
    for host in estate.hosts.values():
        named = {entry.component: entry.networks for entry in host.networks if _is_wide(entry.networks, wide)}
        for component, networks in named.items():
            hosts_of.setdefault(f"printops_networks: {component} is {_few_of(networks)}", []).append(host.name)
        management = NetworkSet.parse(host.enforcement.management)
        if _is_wide(management, wide):
            hosts_of.setdefault(f"printops_management is {_few_of(management)}", []).append(host.name)
    for detail, hosts in sorted(hosts_of.items()):
        yield Finding("everyone", "warning", tuple(hosts), (), f"{detail}: open to everyone who reaches them")


def _is_wide(networks: NetworkSet, known: dict[NetworkSet, bool]) -> bool:
    """Whether half of all IPv4 addresses or more, or a prefix of IPv6 as wide, are among them."""
    if networks not in known:
        known[networks] = (
            sum(last - first + 1 for first, last in networks.v4) >= _HALF_OF_IPV4
            or sum(last - first + 1 for first, last in networks.v6) >= 1 << 125
        )
    return known[networks]


def _few_of(networks: NetworkSet) -> str:
    return few(networks.cidrs())


def _crossing_sites(catalogs: t.Sequence[Catalog], estate: Estate, compiled: Compiled) -> t.Iterator[Finding]:
    """Rows between servers of which the document says nothing of a place, where servers of several sites open them."""
    if len(_hosts_by(estate, "site")) < 2:
        return
    servers = {catalog.name: {name for name, one in catalog.components.items() if one.kind == "server"}
               for catalog in catalogs}  # fmt: skip
    anywhere = {
        flow.id
        for catalog in catalogs
        for flow in catalog.flows
        if flow.scope == "any"
        and servers[catalog.name].issuperset(flow.client)
        and servers[catalog.name].issuperset(flow.server)
    }
    sites_of: dict[str, set[str | None]] = {}
    hosts_of: dict[str, set[str]] = {}
    for one in compiled.alike:
        for flow in anywhere.intersection(request.flow for request in one.requests):
            sites_of.setdefault(flow, set()).update(estate.hosts[name].site for name in one.hosts)
            hosts_of.setdefault(flow, set()).update(one.hosts)
    crossing = sorted((flow for flow, sites in sites_of.items() if len(sites) > 1), key=flow_sort_key)
    if crossing:
        yield Finding(
            "crosses_sites",
            "info",
            tuple(sorted({name for flow in crossing for name in hosts_of[flow]})),
            tuple(crossing),
            "open between servers of all sites, as these rows say nothing of a place; an overlay with scope: site "
            "keeps them inside each",
        )
