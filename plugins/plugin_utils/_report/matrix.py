# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The flow matrix: every flow that a plan resolves, from whom to whom, with what explains it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, join_ports
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.rules import split_component

from .places import CENTRAL, Label, Piece, Places

Encryption = t.Literal["encrypted", "plaintext", "not told", ""]


class End(t.NamedTuple):
    """One side of a flow: components, their sites (C("") for none), hosts of the plan, and addresses."""

    components: tuple[str, ...]
    sites: tuple[str, ...]
    hosts: tuple[str, ...]
    networks: NetworkSet


@dataclass(frozen=True)
class FlowRow:
    """A flow between two ends; C(hosts) have its rule, of C(direction).

    C(ports) are those of the side that is asked, C(source_ports) those of answers. C(group) are the multicast or
    broadcast addresses that it is sent to, for what comes in. C(is_decided) tells whether its ports were.
    """

    flow: str
    direction: str
    protocol: str
    ports: tuple[PortRange, ...]
    source_ports: tuple[PortRange, ...]
    icmp_types: tuple[str, ...]
    encryption: Encryption
    source: End
    destination: End
    group: NetworkSet
    hosts: tuple[str, ...]
    is_decided: bool

    @property
    def is_on_a_link(self) -> bool:
        """Whether it is about groups, broadcast or membership, which no firewall between networks passes on."""
        return self.protocol == "igmp" or bool(self.group) or not self.destination.networks - NOT_ROUTED


NOT_ROUTED = NetworkSet.parse(["224.0.0.0/4", "255.255.255.255", "ff00::/8"])
_Key = tuple[t.Any, ...]


def flow_rows(plan: Plan, places: Places | None = None) -> list[FlowRow]:
    """All rows in order of flows; hosts of a site that run the same and are open to the same share theirs.

    A flow between two hosts of the plan is told once, by the rule of the host that is reached.
    """
    with paused_garbage_collector():
        maker = _Maker(plan, places or Places(plan))
        order = {flow: number for number, flow in enumerate(plan["flows"])}
        rows = [row for members in _alike(plan).values() for row in maker.rows(members)]
        return sorted(rows, key=lambda row: (order[row.flow], row.destination.sites, row.source.sites, row.hosts))


def _alike(plan: Plan) -> dict[_Key, list[str]]:
    groups: dict[_Key, list[str]] = {}
    for name, host in plan["hosts"].items():
        groups.setdefault((host.get("site", ""), tuple(host["components"])), []).append(name)
    return groups


class _Maker:
    def __init__(self, plan: Plan, places: Places) -> None:
        self._plan = plan
        self._places = places
        self._ports: dict[_Key, list[tuple[Encryption, tuple[PortRange, ...]]]] = {}
        self._ends: dict[_Key, End] = {}
        self._run: dict[_Key, tuple[str, ...]] = {}

    def rows(self, members: list[str]) -> t.Iterator[FlowRow]:
        """The rows of hosts at one site that run the same components."""
        hosts = self._plan["hosts"]
        own = {name: NetworkSet.parse(hosts[name]["addresses"]) for name in members}
        everyone = NetworkSet().union(*own.values())
        wanted: dict[_Key, dict[tuple[str, ...], list[str]]] = {}
        for name in members:
            decided = hosts[name].get("decided_ports", {})
            for rule in hosts[name]["rules"]:
                key = (
                    rule["direction"],
                    rule["protocol"],
                    *(tuple(rule.get(part, ())) for part in ("ports", "source_ports", "icmp_types", "destinations")),
                    tuple(rule["flows"]),
                    tuple((flow, tuple(decided[flow])) for flow in rule["flows"] if flow in decided) if decided else (),
                )
                wanted.setdefault(key, {}).setdefault(tuple(rule["remotes"]), []).append(name)
        for key, by_remotes in wanted.items():
            for names, remotes in _merged(by_remotes, everyone):
                near = everyone if len(names) == len(members) else NetworkSet().union(*(own[name] for name in names))
                yield from self._of_rule(key, tuple(names), remotes, near)

    def _of_rule(self, key: _Key, names: tuple[str, ...], remotes: NetworkSet, own: NetworkSet) -> t.Iterator[FlowRow]:
        direction, protocol, ports, source_ports, icmp_types, destinations, flows, decided = key
        decided_ports = dict(decided)
        first = self._plan["hosts"][names[0]]
        site = first.get("site", "")
        locals_by: dict[tuple[str, ...], End] = {}
        for flow in flows:
            facts = self._plan["flows"].get(flow)
            if facts is None:
                continue
            catalog = flow.partition("/")[0]
            here, there = (facts["to"], facts["from"]) if direction == "in" else (facts["from"], facts["to"])
            is_special = bool(source_ports or destinations or facts.get("travels"))
            if is_special:
                here = there = [*facts["from"], *facts["to"]]
            remote = self._end(remotes, tuple(there), catalog, without_hosts=direction == "out", exactly=not is_special)
            if not remote.networks:
                continue
            run = self._run_by(first, tuple(here), catalog)
            local = locals_by.get(run)
            if local is None:
                local = locals_by[run] = End(run, (site,), names, own)
            for encryption, its_ports in self._split(flow, facts, protocol, ports, decided_ports.get(flow)):
                yield FlowRow(
                    flow=flow,
                    direction=direction,
                    protocol=protocol,
                    ports=its_ports,
                    source_ports=tuple(map(PortRange.parse, source_ports)),
                    icmp_types=icmp_types,
                    encryption=encryption,
                    source=remote if direction == "in" else local,
                    destination=local if direction == "in" else remote,
                    group=NetworkSet.parse(destinations),
                    hosts=names,
                    is_decided=flow in decided_ports,
                )

    def _run_by(self, host: Plan, components: tuple[str, ...], catalog: str) -> tuple[str, ...]:
        key = (tuple(host["components"]), components, catalog)
        if key not in self._run:
            own = [split_component(self._plan, name) for name in host["components"]]
            labels = [Label(name, "", its_catalog) for its_catalog, name in own]
            meant = [one.component for one in labels if self._places.is_one_of(one, components, catalog=catalog)]
            self._run[key] = tuple(meant or sorted({name for _catalog, name in own}))
        return self._run[key]

    def _end(
        self, networks: NetworkSet, components: tuple[str, ...], catalog: str, *, without_hosts: bool, exactly: bool
    ) -> End:
        """What of the networks is the components', or all where nothing is said to be."""
        key = (networks, components, catalog, without_hosts, exactly)
        end = self._ends.get(key)
        if end is None:
            end = self._ends[key] = self._looked_up(networks, components, catalog, without_hosts, exactly)
        return end

    def _looked_up(
        self, networks: NetworkSet, components: tuple[str, ...], catalog: str, without_hosts: bool, exactly: bool
    ) -> End:
        pieces = self._places.of(networks)
        meant = [
            (piece, [one for one in piece.labels if self._places.is_one_of(one, components, catalog=catalog)])
            for piece in pieces
        ]
        if exactly and any(labels for _piece, labels in meant):
            meant = [(piece, labels) for piece, labels in meant if labels]
        if without_hosts:
            meant = [(piece, labels) for piece, labels in meant if not any(one.host for one in labels)]
        labels = {label for _piece, some in meant for label in some}
        return End(
            components=tuple(sorted({label.component for label in labels})),
            sites=tuple(sorted({label.site for label in labels})),
            hosts=tuple(sorted({label.host for label in labels if label.host})),
            networks=networks if len(meant) == len(pieces) else _joined(piece for piece, _labels in meant),
        )

    def _split(
        self, flow: str, facts: Plan, protocol: str, ports: tuple[str, ...], decided: tuple[str, ...] | None
    ) -> list[tuple[Encryption, tuple[PortRange, ...]]]:
        """The ports of a rule that are the flow's, by whether they are encrypted."""
        key = (flow, protocol, ports, decided)
        if key not in self._ports:
            self._ports[key] = _split_ports(facts, protocol, ports, decided)
        return self._ports[key]


def _split_ports(
    facts: Plan, protocol: str, ports: tuple[str, ...], decided: tuple[str, ...] | None
) -> list[tuple[Encryption, tuple[PortRange, ...]]]:
    if not ports:
        return [("", ())]
    opened = [PortRange.parse(text) for text in ports]
    by_encryption: dict[Encryption, list[PortRange]] = {}
    for text in decided or facts["ports"]:
        number, _slash, its_protocol = text.partition("/")
        if its_protocol != protocol:
            continue
        asked = PortRange.parse(number)
        for one in opened:
            first, last = max(asked.first, one.first), min(asked.last, one.last)
            if first <= last:
                by_encryption.setdefault(encryption_of(text, facts), []).append(PortRange(first, last))
    return [(encryption, join_ports(some)) for encryption, some in by_encryption.items()] or [
        ("not told", tuple(opened))
    ]


def encryption_of(port: str, facts: Plan) -> Encryption:
    """Whether the document has a port, such as C(443/tcp), as encrypted."""
    kind = facts.get("encryption")
    if kind == "all" or port in facts.get("encrypted_ports", ()):
        return "encrypted"
    if kind == "none" or (kind == "both" and port in facts["ports"]):
        return "plaintext"
    return "not told"


def _merged(
    by_remotes: dict[tuple[str, ...], list[str]], everyone: NetworkSet
) -> t.Iterator[tuple[list[str], NetworkSet]]:
    """Hosts that are open to the same, themselves left aside: each of a cluster lets in the others."""
    sets = {remotes: NetworkSet.parse(remotes) for remotes in by_remotes}
    together: dict[NetworkSet, list[tuple[str, ...]]] = {}
    for remotes, networks in sets.items():
        together.setdefault(networks - everyone if len(sets) > 1 else networks, []).append(remotes)
    for members in together.values():
        names = [name for remotes in members for name in by_remotes[remotes]]
        yield names, NetworkSet().union(*(sets[remotes] for remotes in members))


def _joined(pieces: t.Iterable[Piece]) -> NetworkSet:
    found: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    for piece in pieces:
        found[piece.version].append((piece.first, piece.last))
    return NetworkSet.of_intervals(v4=found[4], v6=found[6])


def site_text(sites: t.Sequence[str]) -> str:
    """Sites for a person; what is of none is central."""
    return ", ".join(site or CENTRAL for site in sites)
