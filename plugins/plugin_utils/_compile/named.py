# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Who is named in the plan: the components in use, and the networks by the component and site they are of."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate, SiteNetworks


def named_networks(catalogs: t.Sequence[Catalog], estate: Estate) -> list[dict[str, t.Any]]:
    """One entry a component and site, as the plan has them; C(site) is missing where the networks serve every site.

    Networks that only hosts of one site name are of that site. Addresses that a document gives are there too.
    """
    views = estate.views
    sites_of: dict[tuple[SiteNetworks, ...], set[str | None]] = {view: set() for view in views}
    sites_by_identity = {id(view): sites_of[view] for view in views}
    for host in estate.hosts.values():
        sites_by_identity[id(host.networks)].add(host.site)
    found: dict[tuple[str, str], list[NetworkSet]] = {}
    for view, sites in sites_of.items():
        lone = next(iter(sites)) if len(sites) == 1 else None
        for entry in view:
            site = entry.site if entry.site is not None else lone
            found.setdefault((entry.component, site or ""), []).append(entry.networks)
    for catalog in catalogs:
        for name, component in catalog.components.items():
            if component.addresses:
                found.setdefault((name, ""), []).append(NetworkSet.parse(component.addresses))
    return [
        {
            "component": component,
            **({"site": site} if site else {}),
            "networks": list(NetworkSet().union(*networks).cidrs()),
        }
        for (component, site), networks in sorted(found.items())
    ]


def used_components(catalogs: t.Sequence[Catalog], estate: Estate) -> list[dict[str, t.Any]]:
    """The components that hosts run or networks are named for: kind, and the more general ones they are part of."""
    named = {entry.component for view in estate.views for entry in view}
    run = {component for host in estate.hosts.values() for component in host.components}
    return [
        {
            "component": f"{catalog.name}_{name}",
            "kind": component.kind,
            **({"part_of": general} if (general := sorted(component.part_of - {name})) else {}),
        }
        for catalog in catalogs
        for name, component in sorted(catalog.components.items())
        if (catalog.name, name) in run or name in named or component.addresses
    ]
