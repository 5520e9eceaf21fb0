# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the operator should know about a plan."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog_model import Catalog, Flow, flow_sort_key
from ansible_collections.printops.firewall.plugins.plugin_utils._compile import Compiled
from ansible_collections.printops.firewall.plugins.plugin_utils._estate import Estate
from ansible_collections.printops.firewall.plugins.plugin_utils._finding import Finding
from ansible_collections.printops.firewall.plugins.plugin_utils._findings_estate import find_in_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._findings_overlap import find_overlaps

WIDE_RANGE_PORTS = 1000

RISKS = {
    "jmx": "JMX has no authentication of its own: whoever reaches it controls the service",
    "rmi": "Java RMI has no authentication of its own, and the vendor advises to block it",
    "wide_range": "a range of ports too wide to be a restriction",
    "internet": "leaves for the Internet",
    "multicast": "sent to a multicast group, heard by every member of it",
    "plaintext_credentials": "carries credentials in plaintext, and the document has no secured port",
}


def find_all(catalogs: t.Sequence[Catalog], estate: Estate, compiled: Compiled) -> tuple[Finding, ...]:
    """All findings: warnings first, each kind together, in a fixed order."""
    flows = {flow.id: flow for catalog in catalogs for flow in catalog.flows}
    hosts_of = _hosts_by_flow(compiled)
    findings = (
        *_plaintext(flows, estate, hosts_of),
        *_risks(flows, hosts_of),
        *_wide_ranges(compiled),
        *find_in_estate(catalogs, estate, compiled),
        *find_overlaps(compiled),
    )
    return tuple(sorted(findings, key=lambda finding: finding.severity != "warning"))


def _hosts_by_flow(compiled: Compiled) -> dict[str, tuple[str, ...]]:
    hosts: dict[str, dict[str, None]] = {}
    for name, requests in compiled.requests.items():
        for request in requests:
            hosts.setdefault(request.flow, {})[name] = None
    return {flow: tuple(names) for flow, names in hosts.items()}


def _plaintext(flows: dict[str, Flow], estate: Estate, hosts_of: dict[str, tuple[str, ...]]) -> t.Iterator[Finding]:
    by_hosts: dict[tuple[str, ...], list[str]] = {}
    for flow_id, hosts in hosts_of.items():
        flow = flows[flow_id]
        if not flow.secured_twin and (not flow.secured or set(flow.unsecured) <= set(flow.secured)):
            continue
        documented = tuple(name for name in hosts if estate.hosts[name].decisions.security == "documented")
        if documented:
            by_hosts.setdefault(documented, []).append(flow_id)
    for hosts, ids in sorted(by_hosts.items()):
        yield Finding(
            "plaintext",
            "warning",
            hosts,
            tuple(sorted(ids, key=flow_sort_key)),
            "open unencrypted beside an encrypted port; printops_security: secured closes the unencrypted one",
        )


def _risks(flows: dict[str, Flow], hosts_of: dict[str, tuple[str, ...]]) -> t.Iterator[Finding]:
    by_risk: dict[str, list[str]] = {}
    for flow_id in hosts_of:
        for risk in flows[flow_id].risks:
            by_risk.setdefault(risk, []).append(flow_id)
    for risk, ids in sorted(by_risk.items()):
        hosts = sorted({name for flow_id in ids for name in hosts_of[flow_id]})
        yield Finding(risk, "warning", tuple(hosts), tuple(sorted(ids, key=flow_sort_key)), RISKS[risk])


def _wide_ranges(compiled: Compiled) -> t.Iterator[Finding]:
    for name, rules in compiled.rules.items():
        for rule in rules:
            widest = max((port.last - port.first + 1 for port in rule.ports), default=0)
            if widest > WIDE_RANGE_PORTS:
                yield Finding(
                    "wide_range",
                    "warning",
                    (name,),
                    rule.flows,
                    f"{widest} {rule.protocol} ports in one range, direction {rule.direction}",
                )
