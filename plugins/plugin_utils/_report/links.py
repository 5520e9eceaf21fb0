# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is drawn: components at places, and the flows between them taken together."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.rules import split_component

from .matrix import End, FlowRow
from .places import CENTRAL


class Node(t.NamedTuple):
    """A component at a place: at one site, at sites that are alike, or central."""

    place: str
    component: str


@dataclass
class Link:
    """The flows from one component to another; C(waiting) are those that wait for a decision."""

    flows: set[str] = field(default_factory=set)
    plaintext: set[str] = field(default_factory=set)
    mandatory: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)

    @property
    def words(self) -> str:
        """Which kinds there are, in words."""
        kinds = (("plaintext", self.plaintext), ("mandatory", self.mandatory), ("waiting", self.waiting))
        told = [f"{len(self.flows | self.waiting)} rows", *(f"{len(some)} {word}" for word, some in kinds if some)]
        return ", ".join(told)


@dataclass(frozen=True)
class Drawing:
    """Nodes with how many servers each has, C(0) for networks, and links between them."""

    nodes: dict[Node, int]
    links: dict[tuple[Node, Node], Link]


def drawing_of(plan: Plan, rows: t.Iterable[FlowRow], *, by_place: bool) -> Drawing:
    """The estate with its places, or only components; sites that have the same components are one place."""
    places = _places(plan) if by_place else {}
    nodes = _nodes(plan, places)
    links: dict[tuple[Node, Node], Link] = {}
    known: dict[int, tuple[End, list[Node]]] = {}
    for row in rows:
        facts = plan["flows"][row.flow]
        sources, destinations = (_at(end, places, nodes, known) for end in (row.source, row.destination))
        for source in sources:
            for destination in destinations:
                link = links.setdefault((source, destination), Link())
                link.flows.add(row.flow)
                if row.encryption == "plaintext":
                    link.plaintext.add(row.flow)
                if facts.get("requirement") == "mandatory":
                    link.mandatory.add(row.flow)
    for one in plan["open_inputs"]:
        facts = plan["flows"].get(one["flow"], {"from": [], "to": []})
        for source in (node for node in nodes if node.component in facts["from"]):
            for destination in (node for node in nodes if node.component in facts["to"]):
                links.setdefault((source, destination), Link()).waiting.add(one["flow"])
    return Drawing(nodes, dict(sorted(links.items())))


def _at(
    end: End, places: t.Mapping[str, str], nodes: t.Mapping[Node, int], known: dict[int, tuple[End, list[Node]]]
) -> list[Node]:
    found = known.get(id(end))
    if found is None:
        there = {places.get(site, "") for site in end.sites}
        named = [Node(place, component) for place in there for component in end.components]
        found = known[id(end)] = (end, sorted(node for node in named if node in nodes))
    return found[1]


def _named(plan: Plan) -> t.Iterator[tuple[str, str, int]]:
    for host in plan["hosts"].values():
        for full in host["components"]:
            yield host.get("site", ""), split_component(plan, full)[1], 1
    for one in plan["networks"]:
        yield one.get("site", ""), one["component"], 0


def _places(plan: Plan) -> dict[str, str]:
    """Site to the name of its place: sites with the same components are told together."""
    components: dict[str, set[str]] = {}
    for site, component, _servers in _named(plan):
        components.setdefault(site, set()).add(component)
    alike: dict[frozenset[str], list[str]] = {}
    for site in sorted(components):
        if site:
            alike.setdefault(frozenset(components[site]), []).append(site)
    names = {"": CENTRAL}
    for sites in alike.values():
        told = sites[0] if len(sites) == 1 else f"{len(sites)} sites: {few(sites, most=3)}"
        names.update(dict.fromkeys(sites, told))
    return names


def _nodes(plan: Plan, places: t.Mapping[str, str]) -> dict[Node, int]:
    found: dict[Node, int] = {}
    for site, component, servers in _named(plan):
        node = Node(places.get(site, ""), component)
        found[node] = found.get(node, 0) + servers
    return dict(sorted(found.items()))
