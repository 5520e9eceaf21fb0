# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Check catalog data against the schema and against itself, with errors that name the file, the flow and the key."""

from __future__ import annotations

import collections
import functools
import hashlib
import json
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, RuleError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import A_GROUP, NetworkSet, is_group

CATALOG_FOLDER = pathlib.Path(__file__).resolve().parents[2] / "catalogs"
SCHEMA_FILE = CATALOG_FOLDER / "schema.json"
CHECKS_FILE = CATALOG_FOLDER / "preinstall.yml"

CHECKED_FILE = CATALOG_FOLDER / "SHA256SUMS"
"""Digests of the shipped files that the tests have checked, as C(scripts/catalog_pages) writes them."""

if t.TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

Raw = t.Mapping[str, t.Any]


def is_checked(content: bytes) -> bool:
    """Whether a file with this content was shipped, and checked by the tests then."""
    return hashlib.sha256(content).hexdigest() in _checked_digests()


@functools.cache
def _checked_digests() -> frozenset[str]:
    lines = CHECKED_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line.split()[0] for line in lines)


def check_schema(raw: object, *, file: str, overlay: bool = False) -> dict[str, t.Any]:
    """Return the data, known to have the shape of a catalog or an overlay; raises C(CatalogError) otherwise."""
    from jsonschema.exceptions import best_match

    error = best_match(_validator(overlay=overlay).iter_errors(raw))
    if error:
        raise CatalogError(_schema_message(error, file=file, raw=raw))
    return t.cast("dict[str, t.Any]", raw)


def check_catalog(raw: object, *, file: str) -> dict[str, t.Any]:
    """Return the data, known to be a catalog that agrees with itself; raises C(CatalogError) otherwise."""
    data = check_schema(raw, file=file)
    _check_components(data, file=file)
    _check_decisions(data, file=file)
    _check_flows(data, file=file)
    _check_names_used(data, file=file)
    return data


def validator_of(schema: t.Mapping[str, t.Any]) -> Draft202012Validator:
    """Raises C(CatalogError) where the controller has no jsonschema."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError as error:
        raise CatalogError(
            f"what is not shipped is checked with the Python package jsonschema, which the controller lacks: {error}"
        ) from error
    return Draft202012Validator(schema)


@functools.lru_cache(maxsize=2)
def _validator(*, overlay: bool) -> Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return validator_of({"$ref": "#/$defs/overlay", "$defs": schema["$defs"]} if overlay else schema)


def _schema_message(error: ValidationError, *, file: str, raw: object) -> str:
    while error.context:
        error = max(error.context, key=lambda nested: len(nested.absolute_path))
    path = list(error.absolute_path)
    place = []
    flows = raw.get("flows") if isinstance(raw, dict) else None
    if len(path) > 1 and path[0] == "flows" and isinstance(flows, list) and isinstance(flows[int(path[1])], dict):
        place.append(f"flow {flows[int(path[1])].get('id', f'number {int(path[1]) + 1}')}")
        path = path[2:]
    if path:
        place.append(f"key {'.'.join(map(str, path))}")
    return ": ".join([file, *place, error.message])


def _check_components(data: Raw, *, file: str) -> None:
    components = data["components"]
    for name, component in components.items():
        for general in component.get("part_of", ()):
            if general not in components:
                raise CatalogError(
                    f"{file}: component {name}: part_of names {general!r}, which is no component; "
                    f"{closest(general, components)}"
                )
    for name, component in components.items():
        if name in general_components(name, components=components, visited=frozenset()):
            raise CatalogError(f"{file}: component {name}: part_of leads back to itself")
        for address in component.get("addresses", ()):
            _check_address(address, place=f"{file}: component {name}: addresses")


def general_components(name: str, *, components: Raw, visited: frozenset[str]) -> frozenset[str]:
    """All components that C(name) is part of, through any number of steps."""
    found: frozenset[str] = frozenset()
    for general in components[name].get("part_of", ()):
        if general in visited:
            continue
        found |= {general} | general_components(general, components=components, visited=visited | {general})
    return found


def _check_address(address: str, *, place: str) -> None:
    try:
        NetworkSet.parse([address])
    except ValueError as error:
        raise CatalogError(f"{place}: {error}") from error


def _check_flows(data: Raw, *, file: str) -> None:
    sections = data["sections"]
    columns = data["document"].get("columns")
    next_row: collections.Counter[str] = collections.Counter()
    flows = {flow["id"]: flow for flow in data["flows"]}
    for flow in data["flows"]:
        place = f"{file}: flow {flow['id']}"
        catalog, section, row = flow["id"].split("/")
        if catalog != data["name"] or section not in sections:
            raise CatalogError(
                f"{place}: key id: it must begin with {data['name']!r} and one of the sections {', '.join(sections)}"
            )
        next_row[section] += 1
        if int(row) != next_row[section]:
            raise CatalogError(f"{place}: key id: this is row {next_row[section]} of its section, in file order")
        _check_flow(flow, flows=flows, place=place)
        if columns and list(flow.get("as_printed", {})) != columns:
            raise CatalogError(f"{place}: key as_printed: its cells must be {', '.join(columns)}, in this order")
    for section, wanted in sections.items():
        if next_row[section] != wanted["rows"]:
            raise CatalogError(
                f"{file}: section {section} has {next_row[section]} flows, and the document has {wanted['rows']} rows"
            )


def _check_flow(flow: Raw, *, flows: Raw, place: str) -> None:
    if "secured_twin" in flow:
        _check_twin(flow["secured_twin"], flows=flows, place=place)
    if "rmi_twin" in flow:
        _check_rmi_twin(flow["rmi_twin"], flow=flow, flows=flows, place=place)
    if "travels" in flow:
        _check_travels(flow, place=f"{place}: key travels")
    for column in ("unsecured", "secured"):
        for channel in flow.get(column, ()):
            _check_ports(channel.get("ports", ()), place=f"{place}: key {column}")


def _check_travels(flow: Raw, *, place: str) -> None:
    for text in flow["travels"].get("groups", ()):
        if not is_group(text):
            raise CatalogError(f"{place}.groups: {text!r} is no multicast group; {A_GROUP}")
    channels = [channel for column in ("unsecured", "secured") for channel in flow.get(column, ())]
    if flow["travels"]["by"] != ["unicast"] and all(channel["protocol"] != "udp" for channel in channels):
        raise CatalogError(f"{place}: only what has a udp port is sent by broadcast or multicast")


def _check_twin(name: str, *, flows: Raw, place: str) -> None:
    if name not in flows:
        raise CatalogError(f"{place}: key secured_twin: there is no flow {name!r} in this catalog")
    if "secured" not in flows[name] or "secured_twin" in flows[name]:
        raise CatalogError(
            f"{place}: key secured_twin: {name} must have a secured port and no twin of its own, "
            "or nothing would carry this traffic"
        )


def _check_rmi_twin(name: str, *, flow: Raw, flows: Raw, place: str) -> None:
    if name not in flows:
        raise CatalogError(f"{place}: key rmi_twin: there is no flow {name!r} in this catalog")
    if "jmx" not in flow.get("risks", ()) or name == flow["id"]:
        raise CatalogError(f"{place}: key rmi_twin: only a flow with the risk jmx goes on to the RMI port of another")


def _check_ports(ports: t.Iterable[str], *, place: str) -> None:
    for port in ports:
        try:
            PortRange.parse(port)
        except RuleError as error:
            raise CatalogError(f"{place}: {error}") from error


def _check_decisions(data: Raw, *, file: str) -> None:
    for name, decision in data.get("decisions", {}).items():
        place = f"{file}: key decisions.{name}"
        _check_ports(decision.get("suggested", ()), place=f"{place}.suggested")
        _check_ports(decision.get("choices", ()), place=f"{place}.choices")
        _check_ports(decision.get("fallback", {}).get("ports", ()), place=f"{place}.fallback")


def _check_names_used(data: Raw, *, file: str) -> None:
    declared = {kind: data.get(kind, {}) for kind in ("components", "decisions", "features")}
    for flow in data["flows"]:
        channels = [channel for column in ("unsecured", "secured") for channel in flow.get(column, ())]
        travels = flow.get("travels", {})
        used = [
            ("client", "components", flow["client"]),
            ("server", "components", flow["server"]),
            (
                "properties",
                "components",
                [one["component"] for one in flow.get("properties", ()) if "component" in one],
            ),
            ("feature", "features", features_of(flow)),
            ("decision", "decisions", [channel["decision"] for channel in channels if "decision" in channel]),
            ("travels.decision", "decisions", [travels["decision"]] if "decision" in travels else []),
            ("travels.members", "components", travels.get("members", ())),
        ]
        for key, kind, names in used:
            for name in names:
                if name not in declared[kind]:
                    raise CatalogError(
                        f"{file}: flow {flow['id']}: key {key}: {name!r} is not among the catalog's {kind}; "
                        f"{closest(name, declared[kind])}"
                    )
        _check_decision_kinds(channels, travels, decisions=declared["decisions"], place=f"{file}: flow {flow['id']}")


def _check_decision_kinds(channels: t.Iterable[Raw], travels: Raw, *, decisions: Raw, place: str) -> None:
    """Raise C(CatalogError) where a channel takes its port from a decision about a group, or the reverse."""
    used = [*(("port", channel) for channel in channels), ("multicast_group", travels)]
    for wanted, user in used:
        sets = decisions[user["decision"]].get("sets", "port") if "decision" in user else wanted
        if sets != wanted:
            raise CatalogError(f"{place}: the decision {user['decision']} sets a {sets}, and a {wanted} is wanted here")


def features_of(flow: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """The features of a raw flow, any of which opens it; empty where it needs none."""
    given = flow.get("feature", ())
    return (given,) if isinstance(given, str) else tuple(given)
