# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random estates over the shipped catalogs. Networks are in 172.16.0.0/12 and never hold a host, hosts are in 10/8."""

from __future__ import annotations

import functools
import typing as t

from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import find_catalog, load_catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.decisions import DecisionNames
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory

SITES = ("brno", "prague")
CLUSTERS = ("one", "two")
SECURITY = ("documented", "secured", "secured_only")


@functools.cache
def catalog(name: str) -> Catalog:
    return load_catalog(find_catalog(name, base_folder=None))


def selections() -> st.SearchStrategy[tuple[Catalog, ...]]:
    names = [("safeq6",), ("safeq6",), ("safeq5",), ("lrs",), ("safeq5", "safeq6"), ("lrs", "safeq5", "safeq6")]
    return st.sampled_from(names).map(lambda chosen: tuple(catalog(name) for name in chosen))


def subsets(names: t.Iterable[str], *, most: int) -> st.SearchStrategy[list[str]]:
    pool = sorted(names)
    return st.lists(st.sampled_from(pool), max_size=most, unique=True) if pool else st.just([])


def ports() -> st.SearchStrategy[t.Any]:
    return st.one_of(
        st.integers(1, 200),
        st.integers(1, 200).map(str),
        st.builds(lambda first, more: f"{first}-{first + more}", st.integers(1, 200), st.integers(0, 30)),
        st.lists(st.integers(1, 200), min_size=1, max_size=3),
    )


def networks(catalogs: t.Sequence[Catalog]) -> st.SearchStrategy[dict[str, t.Any]]:
    network = st.one_of(
        st.builds(
            lambda third, length: f"172.16.{third}.0/{length}", st.integers(0, 15), st.sampled_from([24, 25, 32])
        ),
        st.builds(lambda third: f"2001:db8:{third}::/64", st.integers(1, 4)),
    )
    some = st.lists(network, max_size=3)
    by_site = st.dictionaries(st.sampled_from(SITES), some, max_size=2)
    components = sorted({name for one in catalogs for name in one.components})
    return st.dictionaries(st.sampled_from(components), st.one_of(some, by_site), max_size=8)


@st.composite
def decisions(draw: st.DrawFn, catalogs: t.Sequence[Catalog]) -> dict[str, t.Any]:
    flows = [flow.id for one in catalogs for flow in one.flows]
    names = DecisionNames.of(catalogs)
    never_opened, choices = names.never_opened, names.ports
    named = draw(subsets(flows, most=10))
    split = draw(st.integers(0, len(named)))
    features = [name for one in catalogs for name in one.features]
    chosen: dict[str, t.Any] = {
        "printops_accept": [flow for flow in named[:split] if flow not in never_opened],
        "printops_refuse": named[split:],
        "printops_security": draw(st.sampled_from(SECURITY)),
    }
    if draw(st.booleans()):
        chosen["printops_features"] = draw(subsets(features, most=5))
    kinds = {name: decision.sets for one in catalogs for name, decision in one.decisions.items()}
    wanted = draw(subsets([name for name, sets in kinds.items() if sets == "port"], most=10))
    chosen["printops_ports"] = {
        name: draw(st.sampled_from(choices[name]) if choices[name] else ports()) for name in wanted
    }
    named_groups = draw(subsets([name for name, sets in kinds.items() if sets == "multicast_group"], most=2))
    groups = st.sampled_from(["239.192.0.10", ["239.192.0.11", "ff15::11"], "ff15::10"])
    chosen["printops_multicast_groups"] = {name: draw(groups) for name in named_groups}
    return chosen


@st.composite
def inventories(draw: st.DrawFn, catalogs: t.Sequence[Catalog], *, shared: bool = False) -> Inventory:
    """With C(shared), all hosts have the same decisions and networks; otherwise some have their own."""
    pool = sorted(
        f"{one.name}_{component.name}"
        for one in catalogs
        for component in one.components.values()
        for _weight in range(4 if component.kind == "server" else 1)
    )
    common = {**draw(decisions(catalogs)), "printops_networks": draw(networks(catalogs))}
    groups: dict[str, list[str]] = {"all": [], "unrelated": []}
    variables: dict[str, dict[str, t.Any]] = {}
    for number in range(draw(st.integers(1, 6))):
        name = f"host{number}"
        addresses = [f"10.0.{draw(st.integers(0, 1))}.{number + 1}"]
        if draw(st.booleans()):
            addresses.append(f"fd00::{number + 1}")
        own: dict[str, t.Any] = {"printops_addresses": addresses}
        for variable, values in (("printops_site", SITES), ("printops_cluster", CLUSTERS)):
            value = draw(st.sampled_from((None, *values)))
            if value:
                own[variable] = value
        different = {} if shared or draw(st.integers(0, 2)) else draw(decisions(catalogs))
        if not shared and not draw(st.integers(0, 3)):
            different["printops_networks"] = draw(networks(catalogs))
        variables[name] = {**common, **different, **own}
        groups["all"].append(name)
        for group in draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6, unique=True)):
            groups.setdefault(group, []).append(name)
    return Inventory(groups=groups, variables=variables)
