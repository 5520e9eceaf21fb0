# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which hosts are checked for what, and whether the operator's variables for it exist."""

from __future__ import annotations

import functools
import pathlib
import typing as t

import yaml

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import find_catalog, load_catalog

from .items import (
    AREAS,
    PLATFORMS,
    PRODUCTS,
    items_of,
    why_not,
)

PREFIX = "preinstall_"
PLAYBOOK_VARIABLES = ("preinstall_fail_on", "preinstall_report_folder")

_ROLES = pathlib.Path(__file__).resolve().parents[3] / "roles"


def areas_by_host(plan: t.Mapping[str, t.Any]) -> dict[str, list[str]]:
    """For each host of the plan that runs a server component, the areas with an item about it; others are left out."""
    found = {}
    for host, part in sorted(plan["hosts"].items()):
        servers = [group for group in part["components"] if _is_server(group)]
        if servers:
            found[host] = [area for area in AREAS if _concerns(area, servers)]
    return found


def check_variables(names_by_host: t.Mapping[str, t.Iterable[str]]) -> None:
    """Raise C(ReadinessError) for a variable with the prefix of the checks that none of their roles has."""
    known = role_variables()
    for host, names in names_by_host.items():
        for name in names:
            if name.startswith(PREFIX) and name not in known:
                raise ReadinessError(f"host {host}: there is no variable {name}; {closest(name, known)}")


@functools.cache
def role_variables() -> frozenset[str]:
    """The variables of the playbook and of the roles that check, and what an earlier run of the roles left."""
    names = {*PLAYBOOK_VARIABLES, *(f"{PREFIX}{area}_outcomes" for area in AREAS)}
    for file in _ROLES.glob(f"{PREFIX}*/meta/argument_specs.yml"):
        names |= set(yaml.safe_load(file.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"])
    return frozenset(names)


def _concerns(area: str, components: t.Sequence[str]) -> bool:
    return any(
        not why_not(item, components=components, platform=platform) for item in items_of(area) for platform in PLATFORMS
    )


@functools.cache
def _is_server(group: str) -> bool:
    product, _separator, name = group.partition("_")
    if product not in PRODUCTS:
        return False
    component = load_catalog(find_catalog(product, base_folder=None)).components.get(name)
    return component is not None and component.kind == "server"
