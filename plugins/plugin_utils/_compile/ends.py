# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Who is at the ends of a flow: hosts that run a component, and networks of unmanaged endpoints."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog, Flow, Scope
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.decisions import Decisions
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate, Host, SiteNetworks

Components = tuple[str, ...]
ScopeKey = t.Union[tuple[str, str], None]


class Ends:
    """Answers for one catalog and estate; every question is computed once.

    Hosts with the same number in C(situations) get the same answers, but for their own addresses.
    """

    def __init__(self, catalog: Catalog, estate: Estate) -> None:
        self._catalog = catalog
        self._members: dict[str, list[Host]] = {name: [] for name in catalog.components}
        self._named = {entry.component for view in estate.views for entry in view if entry.networks}
        self.situations = _situations(estate)
        self._hosts: dict[Components, tuple[Host, ...]] = {}
        self._addresses: dict[tuple[t.Any, ...], NetworkSet] = {}
        self._networks: dict[tuple[t.Any, ...], NetworkSet] = {}
        self._servers: dict[tuple[t.Any, ...], list[tuple[Decisions, NetworkSet]]] = {}
        self._of_client: dict[tuple[t.Any, ...], tuple[tuple[Decisions | None, NetworkSet], ...]] = {}
        self._without: dict[str, dict[NetworkSet, NetworkSet]] = {}
        self._existing: dict[Components, bool] = {}
        self._own: dict[frozenset[tuple[str, str]], frozenset[str]] = {}
        self._by_scope: dict[tuple[Components, Scope], dict[ScopeKey, list[Host]]] = {}
        self._refusing: dict[str, frozenset[str]] = {}
        for host in estate.hosts.values():
            for component in self._own_components(host):
                self._members[component].append(host)
            for flow_id in host.decisions.refuse:
                self._refusing[flow_id] = self._refusing.get(flow_id, frozenset()) | {host.name}

    def hosts(self, components: Components) -> tuple[Host, ...]:
        """All hosts that run one of the components, each once, in order of their names."""
        if components not in self._hosts:
            found = {host.name: host for component in components for host in self._members[component]}
            self._hosts[components] = tuple(found[name] for name in sorted(found))
        return self._hosts[components]

    def exist(self, components: Components) -> bool:
        """Whether any host or network is one of the components."""
        if components not in self._existing:
            self._existing[components] = bool(self.hosts(components)) or self._have_networks(components)
        return self._existing[components]

    def _have_networks(self, components: Components) -> bool:
        known = self._catalog.components
        return any(known[name].addresses for name in components) or any(
            self._is_one_of(name, components) for name in self._named
        )

    def remotes(self, components: Components, *, flow: Flow, local: Host) -> NetworkSet:
        """Addresses of the components in scope of C(local), other than its own."""
        scope = flow.scope
        key = _scope_key(local, scope)
        site = _site_of(local, scope)
        refusing = self._refusing.get(flow.id)
        cache_key = (components, scope, key, refusing, id(local.networks), site)
        remotes = self._addresses.get(cache_key)
        if remotes is None:
            unmanaged = self._unmanaged(components, local.networks, site=site)
            in_scope = (
                host.addresses
                for host in self._in_scope(components, scope, key)
                if not (refusing and host.name in refusing)
            )
            remotes = self._addresses[cache_key] = NetworkSet().union(unmanaged, *in_scope)
        return remotes if self._own_components(local).isdisjoint(components) else self._others(remotes, local)

    def remote_servers(self, flow: Flow, *, local: Host) -> t.Sequence[tuple[Decisions | None, NetworkSet]]:
        """Servers in scope of a client, as pairs of the decisions that hold for them and their addresses.

        Unmanaged servers make none: the client's own hold for them.
        """
        cache_key = (flow.server, flow.scope, local.name)
        found = self._of_client.get(cache_key)
        if found is None:
            found = self._of_client[cache_key] = tuple(self._remote_servers(flow.server, flow.scope, local))
        return found

    def _remote_servers(
        self, components: Components, scope: Scope, local: Host
    ) -> t.Iterator[tuple[Decisions | None, NetworkSet]]:
        unmanaged = self._unmanaged(components, local.networks, site=_site_of(local, scope))
        if unmanaged:
            yield None, unmanaged
        is_server = not self._own_components(local).isdisjoint(components)
        for decisions, addresses in self._managed_servers(components, scope, _scope_key(local, scope)):
            remotes = self._others(addresses, local) if is_server else addresses
            if remotes:
                yield decisions, remotes

    def _managed_servers(
        self, components: Components, scope: Scope, key: ScopeKey
    ) -> t.Sequence[tuple[Decisions, NetworkSet]]:
        cache_key = (components, scope, key)
        if cache_key not in self._servers:
            by_decisions: dict[int, list[Host]] = {}
            for host in self._in_scope(components, scope, key):
                by_decisions.setdefault(id(host.decisions), []).append(host)
            self._servers[cache_key] = [
                (hosts[0].decisions, NetworkSet().union(*(host.addresses for host in hosts)))
                for hosts in by_decisions.values()
            ]
        return self._servers[cache_key]

    def _others(self, addresses: NetworkSet, local: Host) -> NetworkSet:
        """The addresses without the host's own, the same object for the same set of them."""
        others = self._without.setdefault(local.name, {})
        if addresses not in others:
            others[addresses] = addresses - local.addresses
        return others[addresses]

    def _in_scope(self, components: Components, scope: Scope, key: ScopeKey) -> t.Sequence[Host]:
        """Hosts that share a scope with the key's, those without a site or cluster of their own among them."""
        if key is None:
            return self.hosts(components)
        if (components, scope) not in self._by_scope:
            by_key: dict[ScopeKey, list[Host]] = {}
            for host in self.hosts(components):
                by_key.setdefault(_scope_key(host, scope), []).append(host)
            self._by_scope[components, scope] = by_key
        by_key = self._by_scope[components, scope]
        everywhere, here = by_key.get(None, []), by_key.get(key, [])
        return sorted([*everywhere, *here], key=lambda host: host.name) if everywhere and here else everywhere or here

    def _unmanaged(self, components: Components, view: tuple[SiteNetworks, ...], *, site: str | None) -> NetworkSet:
        cache_key = (components, id(view), site)
        if cache_key not in self._networks:
            fixed = [address for component in components for address in self._catalog.components[component].addresses]
            in_scope = (
                entry.networks
                for entry in view
                if (not site or entry.site in (None, site)) and self._is_one_of(entry.component, components)
            )
            self._networks[cache_key] = NetworkSet.parse(fixed).union(*in_scope)
        return self._networks[cache_key]

    def _is_one_of(self, component: str, components: Components) -> bool:
        known = self._catalog.components.get(component)
        return bool(known and not known.part_of.isdisjoint(components))

    def _own_components(self, host: Host) -> frozenset[str]:
        if host.components not in self._own:
            self._own[host.components] = frozenset(
                general
                for catalog_name, component in host.components
                if catalog_name == self._catalog.name
                for general in self._catalog.components[component].part_of
            )
        return self._own[host.components]


def _situations(estate: Estate) -> dict[str, int]:
    """Host to a number that hosts share which have the same place, networks and decisions."""
    numbers: dict[tuple[t.Any, ...], int] = {}
    return {
        name: numbers.setdefault((host.site, host.cluster, id(host.networks), id(host.decisions)), len(numbers))
        for name, host in estate.hosts.items()
    }


def _site_of(host: Host, scope: Scope) -> str | None:
    return None if scope == "any" else host.site


def _scope_key(host: Host, scope: Scope) -> ScopeKey:
    if scope == "cluster" and host.cluster:
        return ("cluster", host.cluster)
    if scope in ("site", "cluster") and host.site:
        return ("site", host.site)
    return None
