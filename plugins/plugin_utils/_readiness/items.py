# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The items that are checked before an installation, read from C(plugins/catalogs/preinstall.yml)."""

from __future__ import annotations

import functools
import json
import pathlib
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError, ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.yaml_file import read_yaml
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import (
    CATALOG_FOLDER,
    CHECKS_FILE,
    is_checked,
    validator_of,
)

if t.TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

AREAS = ("server", "database", "directory", "network")
PLATFORMS = ("windows", "linux")
PRODUCTS = {"safeq5": "SafeQ CML", "safeq6": "SafeQ 6", "lrs": "VPSX"}

_SCHEMA_FILE = CATALOG_FOLDER / "preinstall.schema.json"


@dataclass(frozen=True)
class Item:
    """One thing to check; C(how) tells it for each platform, C(needs) names the variables that the operator gives."""

    id: str
    title: str
    meaning: str
    area: str
    products: tuple[str, ...]
    roles: tuple[str, ...]
    platforms: tuple[str, ...]
    mandatory: bool
    automatic: str
    how: dict[str, str]
    needs: tuple[str, ...]
    remedy: str
    source: dict[str, str]


def load_items(path: pathlib.Path = CHECKS_FILE) -> tuple[Item, ...]:
    """The items in the order of the file; raises C(ReadinessError) with the file, the item and the key."""
    try:
        content, raw = read_yaml(path)
    except CatalogError as error:
        raise ReadinessError(str(error)) from error
    if not is_checked(content):
        check_items(raw, file=str(path))
    return tuple(_item(one, file=str(path)) for one in raw["items"])


def check_items(raw: t.Any, *, file: str) -> None:
    """Raise C(ReadinessError) for data that has not the shape of the file of items, or numbers that do not count up."""
    from jsonschema.exceptions import best_match

    fault = best_match(_validator().iter_errors(raw))
    if fault:
        raise ReadinessError(_schema_message(fault, file=file, raw=raw))
    _check_ids(raw["items"], file=file)


@functools.cache
def shipped_items() -> dict[str, Item]:
    """The items of the collection by their ids."""
    return {item.id: item for item in load_items()}


def items_of(area: str) -> tuple[Item, ...]:
    """The items of one area, in the order of the file."""
    return tuple(item for item in shipped_items().values() if item.area == area)


def why_not(item: Item, *, components: t.Collection[str], platform: str) -> str:
    """Why an item does not apply to a host that runs C(components), as groups of the inventory; empty where it does.

    Without components, for a role that is used on its own, the platform alone decides.
    """
    if platform not in item.platforms:
        return f"the item is about {' and '.join(item.platforms)}, and the host runs {platform}"
    if not components:
        return ""
    ours = [group for group in components if group.partition("_")[0] in item.products]
    if not ours:
        return f"the item is about {' and '.join(PRODUCTS[one] for one in item.products)}, which the host does not run"
    if "all" not in item.roles and not set(ours) & set(item.roles):
        return f"no component of the host is among those that the item is about ({', '.join(item.roles)})"
    return ""


@functools.cache
def _validator() -> Draft202012Validator:
    return validator_of(json.loads(_SCHEMA_FILE.read_text(encoding="utf-8")))


def _schema_message(error: ValidationError, *, file: str, raw: object) -> str:
    path = list(error.absolute_path)
    place = []
    items = raw.get("items") if isinstance(raw, dict) else None
    if len(path) > 1 and path[0] == "items" and isinstance(items, list) and isinstance(items[int(path[1])], dict):
        place.append(f"item {items[int(path[1])].get('id', f'number {int(path[1]) + 1}')}")
        path = path[2:]
    if path:
        place.append(f"key {'.'.join(map(str, path))}")
    return ": ".join([file, *place, error.message])


def _check_ids(raw_items: t.Sequence[t.Mapping[str, t.Any]], *, file: str) -> None:
    seen: set[str] = set()
    numbers: dict[str, int] = {}
    for raw in raw_items:
        name = raw["id"]
        if name in seen:
            raise ReadinessError(f"{file}: item {name}: key id: it is given twice")
        seen.add(name)
        numbered = re.fullmatch(r"(.*)/([0-9]+)", name)
        if numbered:
            group, number = numbered[1], int(numbered[2])
            numbers[group] = numbers.get(group, 0) + 1
            if number != numbers[group]:
                raise ReadinessError(f"{file}: item {name}: key id: this is number {numbers[group]} of its list")


def _item(raw: t.Mapping[str, t.Any], *, file: str) -> Item:
    if set(raw["how"]) != set(raw["platforms"]):
        raise ReadinessError(
            f"{file}: item {raw['id']}: key how: it tells of {', '.join(raw['how'])}, "
            f"and the platforms are {', '.join(raw['platforms'])}"
        )
    if "all" in raw["roles"] and len(raw["roles"]) > 1:
        raise ReadinessError(f"{file}: item {raw['id']}: key roles: all leaves no place for others")
    for role in raw["roles"]:
        if role != "all" and role.partition("_")[0] not in raw["products"]:
            raise ReadinessError(f"{file}: item {raw['id']}: key roles: {role} is of none of the item's products")
    return Item(
        id=raw["id"],
        title=raw["title"],
        meaning=raw["meaning"],
        area=raw["area"],
        products=tuple(raw["products"]),
        roles=tuple(raw["roles"]),
        platforms=tuple(raw["platforms"]),
        mandatory=raw["mandatory"],
        automatic=raw["automatic"],
        how=dict(raw["how"]),
        needs=tuple(raw["needs"]),
        remedy=raw["remedy"],
        source=dict(raw["source"]),
    )
