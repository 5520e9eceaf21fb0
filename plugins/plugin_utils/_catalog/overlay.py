# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The operator's changes of shipped flows by id, rows and components that a catalog lacks, and another release."""

from __future__ import annotations

import collections
import typing as t
from dataclasses import dataclass, field

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError, closest

OVERLAY_FORMAT = "printops.firewall/overlay/1"


@dataclass(frozen=True)
class Overlay:
    """A checked overlay file.

    C(changes) maps flow ids to the keys that replace those of the flow, C(components) maps
    C(<catalog>/<component>) to components that the catalog lacks, C(sections) likewise. C(flows) are rows that
    it lacks, C(documents) maps catalogs to the release of their document that the overlay brings them to.
    """

    name: str
    file: str
    changes: t.Mapping[str, t.Mapping[str, t.Any]]
    components: t.Mapping[str, t.Mapping[str, t.Any]]
    sections: t.Mapping[str, t.Mapping[str, t.Any]] = field(default_factory=dict)
    flows: t.Sequence[t.Mapping[str, t.Any]] = ()
    documents: t.Mapping[str, t.Mapping[str, str]] = field(default_factory=dict)

    def catalogs(self) -> dict[str, tuple[str, str]]:
        """The names of the catalogs it is about, each with the key and the entry that first names it."""
        entries = [
            *(("components", entry) for entry in self.components),
            *(("changes", entry) for entry in self.changes),
            *(("sections", entry) for entry in self.sections),
            *(("flows", flow["id"]) for flow in self.flows),
            *(("documents", entry) for entry in self.documents),
        ]
        return {entry.split("/")[0]: (key, entry) for key, entry in reversed(entries)}


def apply_overlays(
    raw: t.Mapping[str, t.Any], overlays: t.Sequence[Overlay]
) -> tuple[dict[str, t.Any], dict[str, str]]:
    """The catalog with all changes made, and for each changed flow by whom and why.

    Raises C(CatalogError) where a change names a flow that the catalog does not have, where two overlays
    change the same key of a flow or name another release, or where a component, a section or a row is there
    already. The changed catalog still has to be checked as a whole.
    """
    added = _added_flows(raw, overlays)
    flows, reasons = _changed_flows(raw, overlays, added)
    changed = {
        **raw,
        "document": _document(raw, overlays),
        "sections": _sections(raw, overlays, added),
        "components": _more_components(raw, overlays),
        "flows": flows,
    }
    return changed, reasons


def _document(raw: t.Mapping[str, t.Any], overlays: t.Sequence[Overlay]) -> dict[str, t.Any]:
    releases = [(overlay, overlay.documents[raw["name"]]) for overlay in overlays if raw["name"] in overlay.documents]
    if len(releases) > 1:
        (first, _release), (second, _other) = releases[:2]
        raise CatalogError(f"{second.file}: documents: {raw['name']} is brought to a release by {first.file} too")
    return {**raw["document"], **(releases[0][1] if releases else {})}


def _sections(
    raw: t.Mapping[str, t.Any], overlays: t.Sequence[Overlay], added: t.Sequence[t.Mapping[str, t.Any]]
) -> dict[str, t.Any]:
    sections = {slug: dict(section) for slug, section in raw["sections"].items()}
    for overlay in overlays:
        for entry, section in overlay.sections.items():
            catalog, slug = entry.split("/")
            if catalog != raw["name"]:
                continue
            if slug in sections:
                raise CatalogError(f"{overlay.file}: sections: {entry}: the catalog has the section {slug!r} already")
            sections[slug] = {**section, "rows": 0}
    for slug, rows in collections.Counter(flow["id"].split("/")[1] for flow in added).items():
        if slug not in sections:
            raise CatalogError(
                f"{raw['name']}: flows: there is no section {slug!r}; {closest(slug, sections)} "
                "A new one stands in the overlay's sections."
            )
        sections[slug]["rows"] += rows
    return sections


def _added_flows(raw: t.Mapping[str, t.Any], overlays: t.Sequence[Overlay]) -> list[dict[str, t.Any]]:
    whose = {flow["id"]: "the catalog" for flow in raw["flows"]}
    added: list[dict[str, t.Any]] = []
    for overlay in overlays:
        for flow in overlay.flows:
            if flow["id"].split("/")[0] != raw["name"]:
                continue
            if flow["id"] in whose:
                raise CatalogError(
                    f"{overlay.file}: flows: {flow['id']} is in {whose[flow['id']]} already; "
                    "a row that is there is changed under changes"
                )
            whose[flow["id"]] = overlay.file
            added.append(dict(flow))
    return added


def _more_components(raw: t.Mapping[str, t.Any], overlays: t.Sequence[Overlay]) -> dict[str, t.Any]:
    components = dict(raw["components"])
    for overlay in overlays:
        for entry, component in overlay.components.items():
            catalog, name = entry.split("/")
            if catalog != raw["name"]:
                continue
            if name in components:
                raise CatalogError(
                    f"{overlay.file}: components: {entry}: the catalog has the component {name!r} already"
                )
            components[name] = component
    return components


def _changed_flows(
    raw: t.Mapping[str, t.Any], overlays: t.Sequence[Overlay], added: t.Sequence[t.Mapping[str, t.Any]]
) -> tuple[list[dict[str, t.Any]], dict[str, str]]:
    flows = {flow["id"]: dict(flow) for flow in (*raw["flows"], *added)}
    reasons: dict[str, list[str]] = {}
    changed_in: dict[tuple[str, str], str] = {}
    for overlay in overlays:
        for flow in overlay.flows:
            if flow["id"].split("/")[0] == raw["name"]:
                reasons.setdefault(flow["id"], []).append(f"added by {overlay.name}")
        for flow_id, change in overlay.changes.items():
            if flow_id.split("/")[0] != raw["name"]:
                continue
            if flow_id not in flows:
                raise CatalogError(f"{overlay.file}: changes: there is no flow {flow_id!r}; {closest(flow_id, flows)}")
            reasons.setdefault(flow_id, []).append(f"changed by {overlay.name}: {change['reason']}")
            for key in change.keys() - {"reason"}:
                other = changed_in.setdefault((flow_id, key), overlay.file)
                if other != overlay.file:
                    raise CatalogError(f"{overlay.file}: changes: {flow_id}: {key} is changed by {other} too")
            flows[flow_id].update((key, value) for key, value in change.items() if key != "reason")
    kept = [{key: value for key, value in flow.items() if value is not None} for flow in flows.values()]
    return kept, {flow_id: "; ".join(texts) for flow_id, texts in reasons.items()}
