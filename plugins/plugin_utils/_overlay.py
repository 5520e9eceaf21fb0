# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The operator's changes of shipped flows, by id."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._errors import CatalogError, closest

OVERLAY_FORMAT = "printops.firewall/overlay/1"


@dataclass(frozen=True)
class Overlay:
    """A checked overlay file: C(changes) maps flow ids to the keys that replace those of the flow."""

    name: str
    file: str
    changes: t.Mapping[str, t.Mapping[str, t.Any]]


def apply_overlays(
    raw: t.Mapping[str, t.Any], overlays: t.Sequence[Overlay]
) -> tuple[dict[str, t.Any], dict[str, str]]:
    """The catalog with all changes made, and for each changed flow by whom and why.

    Raises C(CatalogError) where a change names a flow that the catalog does not have. The changed
    catalog still has to be checked as a whole.
    """
    flows = {flow["id"]: dict(flow) for flow in raw["flows"]}
    reasons: dict[str, list[str]] = {}
    for overlay in overlays:
        for flow_id, change in overlay.changes.items():
            if flow_id.split("/")[0] != raw["name"]:
                continue
            if flow_id not in flows:
                raise CatalogError(f"{overlay.file}: changes: there is no flow {flow_id!r}; {closest(flow_id, flows)}")
            for key, value in change.items():
                if key == "reason":
                    reasons.setdefault(flow_id, []).append(f"changed by {overlay.name}: {value}")
                elif value is None:
                    flows[flow_id].pop(key, None)
                else:
                    flows[flow_id][key] = value
    return {**raw, "flows": list(flows.values())}, {flow_id: "; ".join(texts) for flow_id, texts in reasons.items()}
