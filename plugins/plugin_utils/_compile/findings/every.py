# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the operator should know about a plan."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    join_ports,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog, Flow, flow_sort_key
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.decisions import Decisions
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate

from ..flows import Compiled
from ..resolve import Opening, opening_of
from .companions import find_companions
from .estate import find_in_estate
from .model import Finding
from .overlap import find_overlaps
from .places import find_in_places

WIDE_RANGE_PORTS = 1000

RISKS = {
    "jmx": "JMX has no authentication of its own: whoever reaches it controls the service",
    "rmi": "Java RMI has no authentication of its own, and the vendor advises to block it",
    "internet": "leaves for the Internet",
    "multicast": "sent to a multicast group, heard by every member of it",
    "wider_than_printed": (
        "open to more clients than the document names for some of its uses: the row's readings say which; refuse it, "
        "or narrow it by an overlay, where only the named ones are in use"
    ),
    "plaintext_credentials": "carries credentials in plaintext, and the document has no secured port",
}


def find_all(catalogs: t.Sequence[Catalog], estate: Estate, compiled: Compiled) -> tuple[Finding, ...]:
    """All findings: warnings first, each kind together, in a fixed order."""
    flows = {flow.id: flow for catalog in catalogs for flow in catalog.flows}
    hosts_of = _hosts_by_flow(compiled)
    findings = (
        *_plaintext(flows, estate, compiled),
        *_risks(flows, hosts_of),
        *_wide_ranges(compiled),
        *find_companions(flows, estate, compiled, hosts_of=hosts_of),
        *_unanswered(flows),
        *find_in_estate(catalogs, estate, compiled),
        *find_in_places(catalogs, estate, compiled),
        *find_overlaps(compiled),
    )
    return tuple(sorted(findings, key=lambda finding: finding.severity != "warning"))


def _unanswered(flows: dict[str, Flow]) -> t.Iterator[Finding]:
    waiting = tuple(flow.id for flow in flows.values() if flow.treatment == "unanswered")
    if waiting:
        detail = (
            "closed until their catalog or overlay answers what their because asks, and loses treatment: unanswered"
        )
        yield Finding("unanswered", "warning", (), waiting, detail)


def _hosts_by_flow(compiled: Compiled) -> dict[str, tuple[str, ...]]:
    hosts: dict[str, list[str]] = {}
    for one in compiled.alike:
        for flow in dict.fromkeys(request.flow for request in one.requests):
            hosts.setdefault(flow, []).extend(one.hosts)
    return {flow: tuple(sorted(names)) for flow, names in hosts.items()}


def _plaintext(flows: dict[str, Flow], estate: Estate, compiled: Compiled) -> t.Iterator[Finding]:
    encrypted_too = {flow.id: flow for flow in flows.values() if flow.secured_twin or (flow.secured and flow.unsecured)}
    plain = _PlainOpenings()
    hosts_of: dict[str, set[str]] = {}
    for one in compiled.alike:
        asking = {request.flow for request in one.requests}
        for decisions, deciding in _by_decisions(one.hosts, estate):
            for request in one.requests:
                flow = encrypted_too.get(request.flow)
                if flow is None:
                    continue
                if flow.secured_twin:
                    is_closed_by_secured = flow.id not in decisions.accept and flow.secured_twin in asking
                else:
                    is_closed_by_secured = not plain.of(flow, decisions).isdisjoint(request.openings)
                if is_closed_by_secured:
                    hosts_of.setdefault(flow.id, set()).update(deciding)
    for hosts, ids in _group(hosts_of):
        yield Finding(
            "plaintext",
            "warning",
            hosts,
            ids,
            "open unencrypted beside an encrypted port; printops_security: secured closes the unencrypted one",
        )


def _by_decisions(hosts: t.Iterable[str], estate: Estate) -> t.Iterable[tuple[Decisions, list[str]]]:
    found: dict[int, tuple[Decisions, list[str]]] = {}
    for name in hosts:
        decisions = estate.hosts[name].decisions
        found.setdefault(id(decisions), (decisions, []))[1].append(name)
    return found.values()


class _PlainOpenings:
    """What a flow with an encrypted port opens beside it, each computed once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], frozenset[Opening]] = {}

    def of(self, flow: Flow, decisions: Decisions) -> frozenset[Opening]:
        key = (flow.id, id(decisions))
        if key not in self._known:
            plain, secured = (
                frozenset(opening for channel in channels if (opening := opening_of(channel, decisions)))
                for channels in (flow.unsecured, flow.secured)
            )
            self._known[key] = plain - secured
        return self._known[key]


def _group(hosts_of: t.Mapping[str, t.Iterable[str]]) -> t.Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Hosts, and all flows of exactly these hosts."""
    by_hosts: dict[tuple[str, ...], list[str]] = {}
    for flow_id, hosts in hosts_of.items():
        by_hosts.setdefault(tuple(sorted(hosts)), []).append(flow_id)
    for names, ids in sorted(by_hosts.items()):
        yield names, tuple(sorted(ids, key=flow_sort_key))


def _risks(flows: dict[str, Flow], hosts_of: dict[str, tuple[str, ...]]) -> t.Iterator[Finding]:
    by_risk: dict[str, list[str]] = {}
    for flow_id in hosts_of:
        for risk in flows[flow_id].risks:
            if risk in RISKS:
                by_risk.setdefault(risk, []).append(flow_id)
    for risk, ids in sorted(by_risk.items()):
        hosts = sorted({name for flow_id in ids for name in hosts_of[flow_id]})
        yield Finding(risk, "warning", tuple(hosts), tuple(sorted(ids, key=flow_sort_key)), RISKS[risk])


def _wide_ranges(compiled: Compiled) -> t.Iterator[Finding]:
    """Ranges as they are opened: what the document notes as wide may be narrow by decision, and the reverse."""
    by_width: dict[tuple[str, str, int], dict[str, set[str]]] = {}
    for one in compiled.alike:
        for request in one.requests:
            for opening in request.openings:
                width = _widest(opening.ports)
                if width > WIDE_RANGE_PORTS:
                    hosts_of = by_width.setdefault((request.direction, opening.protocol, width), {})
                    hosts_of.setdefault(request.flow, set()).update(one.hosts)
    for (direction, protocol, width), hosts_of in sorted(by_width.items()):
        for hosts, ids in _group(hosts_of):
            detail = f"{width} {protocol} ports in one range, direction {direction}: too wide to be a restriction"
            yield Finding("wide_range", "warning", hosts, ids, detail)


@functools.lru_cache(maxsize=4096)
def _widest(ports: tuple[PortRange, ...]) -> int:
    return max((port.last - port.first + 1 for port in join_ports(ports)), default=0)
