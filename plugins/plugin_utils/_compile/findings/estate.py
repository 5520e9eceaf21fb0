# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What does not fit together in the inventory: port clashes, components without flows, sites that overlap."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import (
    NEVER_OPENED,
    Catalog,
    Channel,
    flow_sort_key,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.decisions import Decisions
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate, Host, SiteNetworks

from ..flows import Compiled
from ..resolve import opening_of
from .model import Finding

RANGE_NOT_LISTENED_ON_AS_A_WHOLE = 100

ComponentKey = tuple[str, str]


def find_in_estate(catalogs: t.Sequence[Catalog], estate: Estate, compiled: Compiled) -> t.Iterator[Finding]:
    """Findings about hosts and networks, whatever the rules."""
    yield from _port_clashes(catalogs, estate)
    yield from _unreached(catalogs, estate, compiled)
    yield from _overlapping_sites(estate)
    yield from _shared_addresses(estate)


def _port_clashes(catalogs: t.Sequence[Catalog], estate: Estate) -> t.Iterator[Finding]:
    crowded = [host for host in estate.hosts.values() if len(host.components) > 1]
    if not crowded:
        return
    listening = _Listening(catalogs)
    hosts_of: dict[_Clash, list[str]] = {}
    for host in crowded:
        for clash in listening.clashes(host):
            hosts_of.setdefault(clash, []).append(host.name)
    for clash, hosts in sorted(hosts_of.items()):
        names = " and ".join(f"{catalog}_{component}" for catalog, component in clash.components)
        yield Finding(
            "port_clash",
            "warning",
            tuple(hosts),
            clash.flows,
            f"{names} {'both' if len(clash.components) == 2 else 'all'} want {clash.port}/{clash.protocol} "
            "on the same host",
        )


class _Clash(t.NamedTuple):
    """Components that want the same port, and the flows that end on it."""

    protocol: str
    port: int
    components: tuple[ComponentKey, ...]
    flows: tuple[str, ...]


class _Listening:
    """Which ports each component listens on, by the documents and the decisions."""

    def __init__(self, catalogs: t.Sequence[Catalog]) -> None:
        self._catalogs = {catalog.name: catalog for catalog in catalogs}
        self._channels: dict[ComponentKey, list[tuple[str, Channel]]] = {}
        for catalog in catalogs:
            for flow in catalog.flows:
                if flow.treatment in NEVER_OPENED:
                    continue
                for component in flow.server:
                    self._channels.setdefault((catalog.name, component), []).extend(
                        (flow.id, channel) for channel in dict.fromkeys((*flow.unsecured, *flow.secured))
                    )
        self._known: dict[tuple[frozenset[ComponentKey], int], list[_Clash]] = {}
        self._general = {
            (catalog.name, component): [(catalog.name, general) for general in catalog.components[component].part_of]
            for catalog in catalogs
            for component in catalog.components
        }
        self._ports: dict[int, dict[ComponentKey, dict[tuple[str, int], list[str]]]] = {}

    def clashes(self, host: Host) -> list[_Clash]:
        """Every clash on the host."""
        key = (host.components, id(host.decisions))
        if key not in self._known:
            self._known[key] = list(self._find(host))
        return self._known[key]

    def _find(self, host: Host) -> t.Iterator[_Clash]:
        running = self._running(host)
        ports_of = {component: self._flows_by_port(component, host.decisions) for component in running}
        if sum(map(len, ports_of.values())) == len(set().union(*ports_of.values())):
            return
        wanted: dict[tuple[str, int], list[ComponentKey]] = {}
        for component, ports in ports_of.items():
            for port in ports:
                wanted.setdefault(port, []).append(component)
        for (protocol, number), wanting in wanted.items():
            if len(wanting) == 1 or self._are_related(tuple(wanting)):
                continue
            components = sorted({name for component in wanting for name in running[component]})
            if len(components) > 1:
                flows = sorted(
                    {flow for component in wanting for flow in ports_of[component][protocol, number]}, key=flow_sort_key
                )
                yield _Clash(protocol, number, tuple(components), tuple(flows))

    def _running(self, host: Host) -> dict[ComponentKey, list[ComponentKey]]:
        """Components that flows can name, each with those of the host that are it or part of it."""
        found: dict[ComponentKey, list[ComponentKey]] = {}
        for component in host.components:
            for general in self._general[component]:
                found.setdefault(general, []).append(component)
        return found

    def _flows_by_port(self, component: ComponentKey, decisions: Decisions) -> dict[tuple[str, int], list[str]]:
        """All that the component listens on, by protocol and port."""
        known = self._ports.setdefault(id(decisions), {})
        if component not in known:
            known[component] = {}
            for flow, channel in self._channels.get(component, ()):
                opening = opening_of(channel, decisions)
                for one in opening.ports if opening else ():
                    if one.last - one.first < RANGE_NOT_LISTENED_ON_AS_A_WHOLE:
                        for port in range(one.first, one.last + 1):
                            known[component].setdefault((channel.protocol, port), []).append(flow)
        return known[component]

    def _are_related(self, components: tuple[ComponentKey, ...]) -> bool:
        catalog = components[0][0]
        names = [name for _catalog, name in components]
        known = self._catalogs[catalog].components
        return all(one == catalog for one, _name in components) and any(
            all(name in known[other].part_of for other in names) for name in names
        )


def _unreached(catalogs: t.Sequence[Catalog], estate: Estate, compiled: Compiled) -> t.Iterator[Finding]:
    in_use = {request.flow for one in compiled.alike for request in one.requests}
    in_use.update(one.flow for one in compiled.open_inputs)
    reached = {
        (catalog.name, component)
        for catalog in catalogs
        for flow in catalog.flows
        if flow.id in in_use
        for component in flow.client + flow.server
    }
    known = {catalog.name: catalog.components for catalog in catalogs}
    unreached = {
        (catalog, component)
        for catalog, component in {one for host in estate.hosts.values() for one in host.components}
        if reached.isdisjoint((catalog, name) for name in known[catalog][component].part_of)
    }
    hosts_of: dict[ComponentKey, list[str]] = {}
    for host in estate.hosts.values():
        for one in unreached & host.components:
            hosts_of.setdefault(one, []).append(host.name)
    for (catalog_name, component), hosts in sorted(hosts_of.items()):
        yield Finding(
            "unreached",
            "info",
            tuple(hosts),
            (),
            f"no flow begins or ends at {catalog_name}_{component}: none of its counterparts is in the inventory",
        )


def _overlapping_sites(estate: Estate) -> t.Iterator[Finding]:
    seen: dict[str, None] = {}
    for view in estate.views:
        for version in (4, 6):
            seen.update(dict.fromkeys(_overlaps_between_sites(view, version=version)))
    for detail in seen:
        yield Finding("site_overlap", "warning", (), (), detail)


def _overlaps_between_sites(view: tuple[SiteNetworks, ...], *, version: int) -> t.Iterator[str]:
    intervals = sorted(
        (first, last, entry.site, entry.component)
        for entry in view
        if entry.site is not None
        for first, last in (entry.networks.v4 if version == 4 else entry.networks.v6)
    )
    open_until: list[tuple[int, str, str]] = []
    for first, last, site, component in intervals:
        open_until = [one for one in open_until if one[0] >= first]
        for _last, other_site, other_component in open_until:
            if other_site != site:
                names = sorted((f"{other_component}.{other_site}", f"{component}.{site}"))
                yield f"printops_networks: {' and '.join(names)} overlap: both sites claim the same addresses"
        open_until.append((last, site, component))


def _shared_addresses(estate: Estate) -> t.Iterator[Finding]:
    owners: dict[str, list[str]] = {}
    for host in estate.hosts.values():
        for address in host.address_texts:
            owners.setdefault(address, []).append(host.name)
    for address, names in owners.items():
        if len(names) > 1:
            detail = f"{address} is an address of each of them: what one is allowed, the others are too"
            yield Finding("shared_address", "warning", tuple(names), (), detail)
