# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The operator's changes of shipped flows, by id, and the components they need."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError, closest

OVERLAY_FORMAT = "printops.firewall/overlay/1"


@dataclass(frozen=True)
class Overlay:
    """A checked overlay file.

    C(changes) maps flow ids to the keys that replace those of the flow, C(components) maps
    C(<catalog>/<component>) to components that the catalog lacks.
    """

    name: str
    file: str
    changes: t.Mapping[str, t.Mapping[str, t.Any]]
    components: t.Mapping[str, t.Mapping[str, t.Any]]

    def catalogs(self) -> dict[str, tuple[str, str]]:
        """The names of the catalogs it is about, each with the key and the entry that first names it."""
        entries = [
            *(("components", entry) for entry in self.components),
            *(("changes", entry) for entry in self.changes),
        ]
        return {entry.split("/")[0]: (key, entry) for key, entry in reversed(entries)}


def apply_overlays(
    raw: t.Mapping[str, t.Any], overlays: t.Sequence[Overlay]
) -> tuple[dict[str, t.Any], dict[str, str]]:
    """The catalog with all changes made, and for each changed flow by whom and why.

    Raises C(CatalogError) where a change names a flow that the catalog does not have, where two overlays
    change the same key of a flow, or where a component is there already. The changed catalog still has to
    be checked as a whole.
    """
    flows, reasons = _changed_flows(raw, overlays)
    return {**raw, "components": _more_components(raw, overlays), "flows": flows}, reasons


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
    raw: t.Mapping[str, t.Any], overlays: t.Sequence[Overlay]
) -> tuple[list[dict[str, t.Any]], dict[str, str]]:
    flows = {flow["id"]: dict(flow) for flow in raw["flows"]}
    reasons: dict[str, list[str]] = {}
    changed_in: dict[tuple[str, str], str] = {}
    for overlay in overlays:
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
