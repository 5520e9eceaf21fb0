# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A catalog as a page for people: every row as printed, how it is read and why."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import features_of

Raw = t.Mapping[str, t.Any]

KINDS = {
    "server": "a host of the inventory can run it",
    "device": "a printer or a terminal",
    "client": "a user's machine, or a program on it",
    "external": "a system that belongs to somebody else",
}
SCOPES = {
    "site": "only between ends at the same site",
    "cluster": "only between members of one cluster",
    "host": "never leaves the host; no rule",
}
TREATMENTS = {
    "opt_in": "opened only if `printops_accept` names it",
    "not_ip": "nothing a firewall sees; no rule",
    "obsolete": "not used; no rule",
    "unanswered": "waits for an answer; no rule",
}
COLUMNS = {"unsecured": "unencrypted", "secured": "encrypted"}


def catalog_page(catalog: Catalog, *, others: t.Sequence[Catalog]) -> str:
    """Markdown of one catalog; C(others) are asked for components with the same role."""
    raw = catalog.raw
    lines = [
        f"# {raw['product']}",
        "",
        f"Made from `plugins/catalogs/{raw['name']}.yml` by `scripts/catalog_pages`; changes belong there.",
        "",
        *_document(raw),
        *_components(raw, same_role=_same_role(catalog, others=others)),
        *_decisions(raw),
        *_features(raw),
    ]
    for slug, section in raw["sections"].items():
        lines += [f"## {_prose(section['title'])}", ""]
        for flow in raw["flows"]:
            if flow["id"].split("/")[1] == slug:
                lines += _flow(flow)
    return "\n".join(lines).rstrip() + "\n"


def anchor(heading: str) -> str:
    """The fragment by which a heading of a Markdown page is linked to."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _document(raw: Raw) -> list[str]:
    document = raw["document"]
    facts = [document.get(key) for key in ("publisher", "revision", "date")]
    lines = [f"- Document: {_prose(', '.join([document['title'], *filter(None, facts)]))}"]
    if raw.get("aliases"):
        lines.append(f"- Also sold as: {_prose(', '.join(raw['aliases']))}")
    lines.append(f"- Rows: {len(raw['flows'])}, in {count(len(raw['sections']), 'section')}:")
    lines += [
        f"  - [{_prose(section['title'])}](#{anchor(section['title'])}): {section['rows']}, "
        f"`{raw['name']}/{slug}/1` and on"
        for slug, section in raw["sections"].items()
    ]
    notes = [f"- {_prose(note)}" for note in document.get("notes", ())]
    return [*lines, "", *(["What holds for the whole document:", "", *notes, ""] if notes else [])]


def _same_role(catalog: Catalog, *, others: t.Sequence[Catalog]) -> dict[str, list[str]]:
    found = {name: [component.same_role_as] for name, component in catalog.components.items() if component.same_role_as}
    for other in others:
        for name, component in other.components.items():
            target, _slash, ours = (component.same_role_as or "").partition("/")
            if target == catalog.name:
                found.setdefault(ours, []).append(f"{other.name}/{name}")
    return found


def _components(raw: Raw, *, same_role: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    rows = [
        (
            f"`{name}`",
            component["kind"],
            _code_list(component["printed"]) or "not named",
            _prose(component["description"]) + _remarks(component, same_role=same_role.get(name, ())),
        )
        for name, component in raw["components"].items()
    ]
    return [
        "## Components",
        "",
        f"The group of a component is `{raw['name']}_` and its name; its key in `printops_networks` is the name alone.",
        "",
        *(f"- {kind}: {meaning}" for kind, meaning in KINDS.items()),
        "",
        *_table(("component", "kind", "printed as", "description"), rows),
    ]


def _remarks(component: Raw, *, same_role: t.Sequence[str]) -> str:
    remarks = []
    if component.get("part_of"):
        remarks.append(f"Also a {_code_list(component['part_of'])}.")
    if component.get("addresses"):
        remarks.append(f"Addresses: {_code_list(component['addresses'])}.")
    if component.get("requirement"):
        remarks.append(f"The document calls it {component['requirement']}.")
    if component.get("platforms"):
        remarks.append(f"Platforms: {_prose('; '.join(component['platforms']))}.")
    if same_role:
        remarks.append(f"Same role in another generation: {_code_list(same_role)}.")
    return "".join(f" {remark}" for remark in remarks)


def _decisions(raw: Raw) -> list[str]:
    rows = [
        (f"`{name}`", _prose(decision["description"]), _proposal(decision), _prose(decision.get("why", "")), used)
        for name, decision in raw.get("decisions", {}).items()
        for used in [_links(flow["id"] for flow in raw["flows"] if name in _decided_by(flow))]
    ]
    header = ("printops_ports.", "question", "ports", "why", "rows")
    return ["## Decisions", "", *(_table(header, rows) if rows else ["None.", ""])]


def _proposal(decision: Raw) -> str:
    proposals = [
        f"{verb} {_code_list(decision[key])}"
        for key, verb in (("suggested", "suggested"), ("choices", "one of"))
        if decision.get(key)
    ]
    if "fallback" in decision:
        fallback = decision["fallback"]
        proposals.append(f"{_code_list(fallback['ports'])} {_prose(fallback['when'])}")
    return "; ".join(proposals) or "no suggestion"


def _decided_by(flow: Raw) -> set[str]:
    return {channel.get("decision") for column in COLUMNS for channel in flow.get(column, ())}


def _features(raw: Raw) -> list[str]:
    rows = [
        (f"`{name}`", _prose(meaning), _links(flow["id"] for flow in raw["flows"] if name in features_of(flow)))
        for name, meaning in raw.get("features", {}).items()
    ]
    return ["## Features", "", *(_table(("printops_features", "meaning", "rows"), rows) if rows else ["None.", ""])]


def _flow(flow: Raw) -> list[str]:
    cells = ", ".join(f"{cell} {_code(text) if text else 'empty'}" for cell, text in flow.get("as_printed", {}).items())
    return [
        f"### {flow['id']}",
        "",
        _prose(flow["purpose"]),
        "",
        *([f"- Print: {cells}"] if cells else []),
        f"- Reading: {_code_list(flow['client']) or 'nobody'} → {_code_list(flow['server'])}{_ports(flow)}",
        *(f"- {fact}" for facts in (_conditions, _warnings, _reasons) for fact in facts(flow)),
        "",
    ]


def _ports(flow: Raw) -> str:
    return "".join(
        f"; {meaning} {', '.join(map(_channel, flow[column]))}" for column, meaning in COLUMNS.items() if column in flow
    )


def _channel(channel: Raw) -> str:
    numbers = _code_list([*channel.get("ports", ()), *channel.get("icmp_types", ())])
    decision = f"[{channel['decision']}](#decisions)" if "decision" in channel else ""
    application = f" ({_prose(channel['application'])})" if "application" in channel else ""
    return f"{channel['protocol']} {' or '.join(filter(None, (numbers, decision)))}{application}"


def _conditions(flow: Raw) -> t.Iterator[str]:
    if flow.get("scope", "any") != "any":
        yield f"Scope: {SCOPES[flow['scope']]}"
    if flow.get("treatment", "open") != "open":
        yield f"Treatment: {TREATMENTS[flow['treatment']]}. {_prose(flow['because'])}"
    if "feature" in flow:
        yield f"Feature: {' or '.join(f'[{name}](#features)' for name in features_of(flow))}"
    if "requirement" in flow:
        condition = flow["requirement"].get("condition")
        yield f"Requirement: {flow['requirement']['level']}{': ' + _prose(condition) if condition else ''}"
    if "secured_twin" in flow:
        yield f"Encrypted in: {_links([flow['secured_twin']])}"
    if "rmi_twin" in flow:
        yield f"Goes on to the RMI port of: {_links([flow['rmi_twin']])}"


def _warnings(flow: Raw) -> t.Iterator[str]:
    if "risks" in flow:
        yield f"Risks: {', '.join(flow['risks']).replace('_', ' ')}"
    if flow.get("bound_to_localhost"):
        yield "The document says that it listens on localhost only"
    if flow.get("consider_blocking"):
        yield "The document advises to consider blocking it"
    if "travels" in flow:
        yield f"Travels by {_travels(flow['travels'])}"


def _travels(travels: Raw) -> str:
    decision = f"what [{travels['decision']}](#decisions) names" if "decision" in travels else ""
    groups = _code_list(travels.get("groups", ())) or decision
    members = f", heard by {_code_list(travels['members'])}" if "members" in travels else ""
    return f"{' and '.join(travels['by'])}{f' to {groups}' if groups else ''}{members}"


def _reasons(flow: Raw) -> t.Iterator[str]:
    for one in flow.get("properties", ()):
        place = [f"in {_code(one['where'])}"] if "where" in one else []
        place += [f"on `{one['component']}`"] if "component" in one else []
        yield " ".join([f"Property: {_code(one['name'])} sets the {one['sets'].replace('_', ' ')}", *place])
    for one in flow.get("readings", ()):
        sure = f" ({one['confidence']})" if "confidence" in one else ""
        yield f"{one['cell']} is read as {_prose(one['read_as']).rstrip('.')}{sure}. {_prose(one['why'])}"
    for note in flow.get("notes", ()):
        yield _prose(note)


def _links(flow_ids: t.Iterable[str]) -> str:
    return ", ".join(f"[{flow_id}](#{anchor(flow_id)})" for flow_id in flow_ids)


def _table(header: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> list[str]:
    separator = ["---"] * len(header)
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    return [*(f"| {' | '.join(cells)} |" for cells in (header, separator, *escaped)), ""]


def _code_list(names: t.Iterable[str]) -> str:
    return ", ".join(map(_code, names))


def _code(text: str) -> str:
    return f"`{' '.join(text.split())}`"


def _prose(text: str) -> str:
    return re.sub(r"([*<])", r"\\\1", " ".join(text.split()))
