# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On random estates: nothing comes in that neither a row nor an answer to it explains, and every answer does.

The oracle goes over all rows, hosts and networks for each packet, and shares nothing with the compiler but the ports
and groups that a row comes to under decisions.
"""

from __future__ import annotations

import ipaddress
import typing as t

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog, Flow
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import check_catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.merge import PlannedRule
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.resolve import Resolution, Resolver
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.decisions import Decisions
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate, Host, read_estate
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils import estates
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import tiny_catalog, tiny_data

SENT = [{"protocol": "udp", "ports": ["64099", "137"]}]
TRAVELLING = (
    {"client": ["agent"], "server": ["printer"], "scope": "site", "travels": {"by": ["broadcast"]}},
    {"client": ["printer"], "server": ["web"], "travels": {"by": ["unicast", "broadcast"]}},
    {"client": ["web"], "server": ["web"], "scope": "cluster", "travels": {"by": ["multicast"], "decision": "a_group"}},
    {
        "client": ["agent"],
        "server": ["group"],
        "travels": {"by": ["multicast"], "groups": ["224.0.0.251", "ff02::fb"], "members": ["agent", "user"]},
    },
)
ALL_SYSTEMS = ("224.0.0.1", "ff02::1")
EPHEMERAL = 40001


class Packet(t.NamedTuple):
    """What comes to a host; C(destination) is one of its own addresses, or a group."""

    protocol: str
    source: str
    source_port: int
    destination: str
    port: int


def catalog() -> Catalog:
    """The small catalog with nothing but rows that are sent to many, so that few packets miss them all."""
    data = tiny_data()
    data["flows"] = [
        {"id": f"tiny/all/{row}", "purpose": f"Row {row}.", "unsecured": SENT, **flow}
        for row, flow in enumerate(TRAVELLING, start=1)
    ]
    del data["document"]["columns"]
    data["sections"]["all"]["rows"] = len(TRAVELLING)
    data["decisions"]["a_group"] = {"description": "A group.", "sets": "multicast_group"}
    return tiny_catalog(check_catalog(data, file="tiny.yml"))


def has(networks: NetworkSet, address: str) -> bool:
    return NetworkSet.parse([address]) <= networks


def within(ports: t.Iterable[PortRange], number: int) -> bool:
    return any(one.first <= number <= one.last for one in ports)


class Oracle:
    """Whether a row or an answer to it explains that a packet comes to a host."""

    def __init__(self, catalogs: t.Sequence[Catalog], estate: Estate) -> None:
        self.estate = estate
        self.flows = [(catalog, flow) for catalog in catalogs for flow in catalog.flows]
        self.resolvers = {catalog.name: Resolver(catalog) for catalog in catalogs}

    def explains(self, packet: Packet, host: Host) -> bool:
        return any(self._explains(catalog, flow, packet, host) for catalog, flow in self.flows)

    def _explains(self, catalog: Catalog, flow: Flow, packet: Packet, host: Host) -> bool:
        if flow.treatment in ("not_ip", "obsolete") or flow.scope == "host" or not flow.client:
            return False
        hearers, askers = (*flow.server, *flow.travels.members), (*flow.client, *flow.travels.members)
        if self.runs(catalog, host, hearers):
            own = self._resolve(catalog, flow, host.decisions)
            if own.openings and self._reaches(
                flow, packet, own, is_known=self._is(catalog, flow, askers, packet, host)
            ):
                return True
        if flow.travels.by == ("unicast",) or not self.runs(catalog, host, askers) or flow.id in host.decisions.refuse:
            return False
        if "multicast" not in flow.travels.by and ipaddress.ip_address(packet.source).version == 6:
            return False  # IPv6 has no broadcast
        return not is_group(packet.destination) and any(
            one.protocol == "udp" and packet.protocol == "udp" and within(one.ports, packet.source_port)
            for decisions in self._answering(catalog, flow, hearers, packet, host)
            for one in self._resolve(catalog, flow, decisions).openings
        )

    def _reaches(self, flow: Flow, packet: Packet, own: Resolution, *, is_known: bool) -> bool:
        """Whether a question of the row, or a query for its groups, is what the packet can be."""
        groups = own.groups if "multicast" in flow.travels.by else NetworkSet()
        if packet.protocol == "igmp":
            return (packet.destination in ALL_SYSTEMS and bool(groups)) or has(groups, packet.destination)
        to_group = has(groups, packet.destination)
        to_host = flow.travels.by != ("multicast",) and not is_group(packet.destination)
        asked = any(one.protocol == packet.protocol and within(one.ports, packet.port) for one in own.openings)
        return is_known and asked and (to_group or to_host)

    def _resolve(self, catalog: Catalog, flow: Flow, decisions: Decisions) -> Resolution:
        return self.resolvers[catalog.name].resolve(flow, decisions)

    def _is(self, catalog: Catalog, flow: Flow, components: tuple[str, ...], packet: Packet, local: Host) -> bool:
        """Whether the source is one of the components within reach of the host, and does not refuse the row."""
        if any(has(networks, packet.source) for networks in self._unmanaged(catalog, flow, components, local)):
            return True
        return any(
            has(other.addresses, packet.source) and flow.id not in other.decisions.refuse
            for other in self._others(catalog, flow, components, local)
        )

    def _answering(
        self, catalog: Catalog, flow: Flow, components: tuple[str, ...], packet: Packet, local: Host
    ) -> t.Iterator[Decisions]:
        """The decisions that hold for an answer of the source."""
        if any(has(networks, packet.source) for networks in self._unmanaged(catalog, flow, components, local)):
            yield local.decisions
        for other in self._others(catalog, flow, components, local):
            if has(other.addresses, packet.source):
                yield other.decisions

    def _unmanaged(
        self, catalog: Catalog, flow: Flow, components: tuple[str, ...], local: Host
    ) -> t.Iterator[NetworkSet]:
        for entry in local.networks:
            known = catalog.components.get(entry.component)
            here = flow.scope == "any" or not local.site or entry.site in (None, local.site)
            if known and here and set(known.part_of) & set(components):
                yield entry.networks

    def _others(self, catalog: Catalog, flow: Flow, components: tuple[str, ...], local: Host) -> t.Iterator[Host]:
        for other in self.estate.hosts.values():
            if other is not local and self.runs(catalog, other, components) and meet(local, other, scope=flow.scope):
                yield other

    def runs(self, catalog: Catalog, host: Host, components: tuple[str, ...]) -> bool:
        return any(
            name == catalog.name and set(catalog.components[component].part_of) & set(components)
            for name, component in host.components
        )


def meet(one: Host, other: Host, *, scope: str) -> bool:
    places = [place_of(host, scope=scope) for host in (one, other)]
    return None in places or places[0] == places[1]


def place_of(host: Host, *, scope: str) -> tuple[str, str] | None:
    if scope == "cluster" and host.cluster:
        return ("cluster", host.cluster)
    return ("site", host.site) if scope in ("site", "cluster") and host.site else None


def is_group(address: str) -> bool:
    return ipaddress.ip_address(address).is_multicast


def admits(rules: t.Iterable[PlannedRule], packet: Packet) -> bool:
    return any(
        rule.direction == "in"
        and rule.protocol == packet.protocol
        and (not rule.ports or within(rule.ports, packet.port))
        and (not rule.source_ports or within(rule.source_ports, packet.source_port))
        and has(rule.remotes, packet.source)
        and (has(rule.destinations, packet.destination) if rule.destinations else not is_group(packet.destination))
        for rule in rules
    )


@st.composite
def packets(draw: st.DrawFn, estate: Estate, host: Host) -> Packet:
    """A packet to the host or to a group, from anybody that is known, about a port of the rows or another."""
    number = st.sampled_from([64099, 137, EPHEMERAL])
    known = [text for other in estate.hosts.values() for text in other.address_texts]
    known += [cidr.partition("/")[0] for entry in host.networks for cidr in entry.networks.cidrs()]
    source = draw(st.sampled_from([*known, *known, "192.0.2.7", "2001:db8:ffff::7", "fe80::7"]))
    version = ipaddress.ip_address(source).version
    groups = ["224.0.0.251", "239.192.0.10", "239.192.0.11", "ff02::fb", "ff15::10", "ff15::11", *ALL_SYSTEMS]
    to = [one for one in (*host.address_texts, *groups) if ipaddress.ip_address(one).version == version]
    protocol = draw(st.sampled_from(["udp", "udp", "tcp", "igmp"]))
    destination = draw(st.sampled_from(to))
    if protocol == "igmp" and version == 6:
        source = "fe80::7"
    return Packet(protocol, source, draw(number), destination, draw(number))


@settings(max_examples=60, phases=[Phase.explicit, Phase.generate])
@given(st.data())
def test_a_packet_comes_in_exactly_where_a_row_or_an_answer_to_it_explains_it(data: st.DataObject) -> None:
    catalogs = (catalog(),)
    inventory = data.draw(estates.inventories(catalogs, shared=data.draw(st.booleans())))
    estate = read_estate(inventory, catalogs=catalogs)
    compiled, oracle = compile_rules(catalogs, estate), Oracle(catalogs, estate)
    for host in estate.hosts.values():
        for packet in data.draw(st.lists(packets(estate, host), min_size=10, max_size=30)):
            admitted = admits(compiled.rules[host.name], packet)
            explained = oracle.explains(packet, host)
            if packet.protocol == "igmp":
                assert explained or not admitted, (host, packet)
            elif not has(host.addresses, packet.source):
                assert admitted == explained, (host, packet)
