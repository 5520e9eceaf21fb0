# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Compile the plan: one JSON document, the only thing that apply, verify, report, explain and drift read."""

from __future__ import annotations

import hashlib
import json
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError, Mistakes
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import text_list
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import (
    find_catalog,
    load_catalogs,
    shipped_catalogs,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog, Channel, Flow
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import (
    Estate,
    Host,
    Inventory,
    read_estate,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.groups import near_misses, squeezed
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import FORMAT, Plan

from .expect import check_expectations, read_expectations
from .findings.every import find_all
from .findings.model import Finding
from .flows import Compiled, compile_rules
from .merge import Request
from .named import named_networks, used_components
from .resolve import Opening

_MOST_HINTS = 5


def compile_plan(inventory: Inventory) -> Plan:
    """Compile the inventory to a plan; raises C(PrintopsError) for each thing that is wrong."""
    with paused_garbage_collector():
        mistakes = Mistakes(inventory.mistakes)
        expectations = mistakes.attempt(read_expectations, inventory)
        catalogs = mistakes.attempt(select_catalogs, inventory)
        if catalogs is not None:
            others = _meant_as_well(inventory, catalogs)
            estate = mistakes.attempt(read_estate, inventory, catalogs=catalogs, not_selected=others)
        mistakes.tell()
        compiled = compile_rules(catalogs, estate)
        check_expectations(expectations, catalogs=catalogs, estate=estate, compiled=compiled)
        return plan_document(catalogs, estate, compiled, find_all(catalogs, estate, compiled))


def select_catalogs(inventory: Inventory) -> tuple[Catalog, ...]:
    """The catalogs that C(printops_catalogs) names, or those whose groups the inventory has."""
    named: dict[str, str | None] = {}
    for host, variables in inventory.variables.items():
        value = variables.get("printops_catalogs")
        if value is not None:
            for name in text_list(value, place=f"host {host}: printops_catalogs", error=EstateError):
                named.setdefault(name, variables.get("inventory_dir"))
    _refuse_groups_of_other_catalogs(inventory, named)
    if not named:
        named = {
            name: None
            for name in shipped_catalogs()
            if any(group.startswith(f"{name}_") and hosts for group, hosts in inventory.groups.items())
        }
    if not named:
        shipped = {one.name: one.components for one in _meant_as_well(inventory, ())}
        meant = near_misses(inventory.groups, components=shipped)
        hints = "; ".join(map(str, meant[:_MOST_HINTS]))
        raise EstateError(
            "no group of the inventory names a component: put hosts in groups such as safeq6_management "
            f"(catalogs: {', '.join(shipped_catalogs())}){f'; {hints}' if hints else ''}"
        )
    return load_catalogs(find_catalog(name, base_folder=folder) for name, folder in sorted(named.items()))


def _meant_as_well(inventory: Inventory, catalogs: t.Sequence[Catalog]) -> tuple[Catalog, ...]:
    """Shipped catalogs that are not selected and whose name is in that of a group with hosts, however written."""
    letters = [squeezed(group) for group, hosts in inventory.groups.items() if hosts]
    selected = {catalog.name for catalog in catalogs}
    names = [name for name in shipped_catalogs() if name not in selected and any(name in one for one in letters)]
    return load_catalogs(find_catalog(name, base_folder=None) for name in names) if names else ()


def _refuse_groups_of_other_catalogs(inventory: Inventory, named: t.Collection[str]) -> None:
    """Raise C(EstateError) where C(printops_catalogs) leaves a shipped catalog out that groups with hosts belong to."""
    own = tuple(f"{pathlib.PurePath(name).stem}_" for name in named)
    for name in shipped_catalogs():
        for group, hosts in inventory.groups.items():
            if named and hosts and group.startswith(f"{name}_") and not group.startswith(own):
                raise EstateError(
                    f"group {group} has hosts, and printops_catalogs does not name the catalog {name}: none of its "
                    "flows would be opened; name it too, or empty the group"
                )


def plan_document(
    catalogs: t.Sequence[Catalog], estate: Estate, compiled: Compiled, findings: t.Sequence[Finding]
) -> Plan:
    """The document, its keys in the order that a reader wants them."""
    parts = _parts(catalogs, estate)
    decided_ports = _DecidedPorts({flow.id: flow for catalog in catalogs for flow in catalog.flows})
    decided: dict[str, dict[str, list[str]]] = {}
    for one in compiled.alike:
        decided.update(dict.fromkeys(one.hosts, decided_ports.of(one.requests)))
    facts = {flow.id: _flow_facts(flow, catalog, parts=parts) for catalog in catalogs for flow in catalog.flows}
    return {
        "format": FORMAT,
        "compiled_from": {
            "catalogs": {catalog.name: catalog.sha256 for catalog in catalogs},
            "documents": {catalog.name: _document_facts(catalog) for catalog in catalogs},
            "estate": _estate_digest(estate),
            "decisions": _digest({name: _decision_facts(host) for name, host in estate.hosts.items()}),
        },
        "hosts": {
            name: {
                "provider": host.provider,
                "components": sorted(f"{catalog}_{component}" for catalog, component in host.components),
                "addresses": list(host.address_texts),
                **({"site": host.site} if host.site else {}),
                **host.enforcement.as_json(),
                "rules": [rule.as_json() for rule in compiled.rules[name]],
                "decided_ports": decided[name],
            }
            for name, host in estate.hosts.items()
        },
        "open_inputs": [
            {
                "flow": one.flow,
                "field": one.question.field,
                "hosts": list(one.hosts),
                "set": one.question.variable,
                "suggested": one.question.suggested,
                "why": one.question.why,
                **({"feature": one.question.feature} if one.question.feature else {}),
            }
            for one in compiled.open_inputs
        ],
        "findings": [finding.as_json() for finding in findings],
        "skipped": [
            {"flow": one.flow, "why": one.why, **({"unnamed": list(one.unnamed)} if one.unnamed else {})}
            for one in compiled.skipped
        ],
        "components": used_components(catalogs, estate),
        "networks": named_networks(catalogs, estate),
        "flows": facts,
    }


def _document_facts(catalog: Catalog) -> dict[str, t.Any]:
    """Whose document of which release a catalog is, and the files that say so."""
    document = catalog.raw["document"]
    known = {"product": catalog.product, **{key: document.get(key) for key in ("title", "revision", "date", "sha256")}}
    return {**{key: value for key, value in known.items() if value}, "files": dict(catalog.files)}


class _DecidedPorts:
    """The ports that flows have on a host where they are not those of the document: decided, or the secured only."""

    def __init__(self, flows: t.Mapping[str, Flow]) -> None:
        self._documented = {name: {*_documented_ports(flow)} for name, flow in flows.items()}
        self._known: dict[tuple[str, int], tuple[tuple[Opening, ...], bool]] = {}

    def of(self, requests: t.Sequence[Request]) -> dict[str, list[str]]:
        """Flow to ports, such as C(443/tcp), for the requests of one host."""
        differing = {request.flow for request in requests if not self._is_documented(request)}
        if not differing:
            return {}
        opened: dict[str, dict[str, None]] = {}
        for request in requests:
            if request.flow in differing:
                opened.setdefault(request.flow, {}).update(dict.fromkeys(_ports_of(request.openings)))
        return {flow: list(ports) for flow, ports in opened.items() if ports.keys() != self._documented[flow]}

    def _is_documented(self, request: Request) -> bool:
        """Whether the request alone opens what the document has; a flow has few different openings, shared by hosts."""
        key = (request.flow, id(request.openings))
        known = self._known.get(key)
        if known is None:
            same = {*_ports_of(request.openings)} == self._documented[request.flow]
            known = self._known[key] = (request.openings, same)
        return known[1]


def _ports_of(openings: t.Iterable[Opening]) -> t.Iterator[str]:
    for opening in openings:
        for port in opening.ports or opening.source_ports:
            yield f"{port}/{opening.protocol}"


def _documented_ports(flow: Flow) -> list[str]:
    return _ports_printed(flow.unsecured + flow.secured)


def _ports_printed(channels: t.Iterable[Channel]) -> list[str]:
    return list(dict.fromkeys(f"{port}/{channel.protocol}" for channel in channels for port in channel.ports))


def _flow_facts(
    flow: Flow, catalog: Catalog, *, parts: t.Mapping[tuple[str, str], t.Sequence[str]]
) -> dict[str, t.Any]:
    """What explains a flow to a reader of the plan alone: document and row, ends, ports, and what decides on it."""
    section, row = flow.id.split("/")[1:]
    more = (part for name in flow.server for part in parts.get((catalog.name, name), ()))
    channels = flow.unsecured + flow.secured
    deciding = [f"printops_ports.{channel.decision}" for channel in channels if channel.decision]
    if flow.travels.decision:
        deciding.append(f"printops_multicast_groups.{flow.travels.decision}")
    deciding += [f"printops_features: {feature}" for feature in flow.features]
    if flow.treatment == "opt_in":
        deciding.append(f"printops_accept: {flow.id}")
    facts: dict[str, t.Any] = {
        "purpose": flow.purpose,
        "document": f"{catalog.product}: {catalog.document}, {catalog.sections[section]}, row {row}",
        "from": list(flow.client),
        "to": list(dict.fromkeys((*flow.server, *more))),
        "ports": _documented_ports(flow),
        "encryption": "both" if flow.secured and flow.unsecured else "all" if flow.secured else "none",
        "decided_by": list(dict.fromkeys(deciding)),
    }
    if flow.secured and flow.unsecured:
        facts["encrypted_ports"] = _ports_printed(flow.secured)
    if flow.requirement:
        facts["requirement"] = flow.requirement
    if flow.travels.by != ("unicast",):
        facts["travels"] = list(flow.travels.by)
    if flow.risks:
        facts["risks"] = list(flow.risks)
    return {**facts, "changed": flow.changed} if flow.changed else facts


def _parts(catalogs: t.Iterable[Catalog], estate: Estate) -> dict[tuple[str, str], list[str]]:
    """Components that hosts run, by the more general ones that they are part of."""
    components = {catalog.name: catalog.components for catalog in catalogs}
    parts: dict[tuple[str, str], list[str]] = {}
    for catalog, name in sorted({component for host in estate.hosts.values() for component in host.components}):
        for general in components[catalog][name].part_of - {name}:
            parts.setdefault((catalog, general), []).append(name)
    return parts


def _estate_digest(estate: Estate) -> str:
    networks = {
        id(view): _digest([[one.component, one.site, one.networks.cidrs()] for one in view]) for view in estate.views
    }
    return _digest({name: [*_host_facts(host), networks[id(host.networks)]] for name, host in estate.hosts.items()})


def _host_facts(host: Host) -> list[t.Any]:
    facts = [sorted(host.components), host.address_texts, host.site, host.cluster, host.provider]
    return [*facts, host.broadcasts.cidrs()] if host.broadcasts else facts


def _decision_facts(host: Host) -> list[t.Any]:
    decisions = host.decisions
    return [
        decisions.security,
        sorted(decisions.features.items()),
        {name: [str(port) for port in ports] for name, ports in decisions.ports.items()},
        {name: list(groups) for name, groups in decisions.groups.items()},
        sorted(decisions.accept),
        sorted(decisions.refuse),
        host.enforcement.as_json(),
    ]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
