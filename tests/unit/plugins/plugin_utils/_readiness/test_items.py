# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped items, and files of items that are not what they must be."""

from __future__ import annotations

import collections
import copy
import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import (
    find_catalog,
    load_catalog,
    shipped_catalogs,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import CHECKS_FILE
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.items import (
    AREAS,
    Item,
    items_of,
    load_items,
    shipped_items,
    why_not,
)

Change = t.Callable[[list[dict[str, t.Any]]], None]


def test_both_lists_of_the_document_are_there_with_every_item() -> None:
    lists = collections.Counter(item.id.rpartition("/")[0] for item in load_items())
    assert lists == {"safeq5/server": 13, "safeq5/ldap": 11, "preinstall/network": 6}


def test_areas_are_complete() -> None:
    assert {area: len(items_of(area)) for area in AREAS} == {
        "server": 12,
        "database": 1,
        "directory": 11,
        "network": 6,
    }


def test_the_list_of_the_document_holds_for_its_product_in_full() -> None:
    assert all("safeq5" in item.products for item in load_items() if item.id.startswith("safeq5/"))


def test_an_item_beyond_the_product_of_its_document_says_why() -> None:
    lacking = [
        item.id
        for item in load_items()
        if item.id.startswith("safeq5/") and len(item.products) > 1 and "beyond" not in item.source
    ]
    assert lacking == []


def test_roles_are_groups_of_components_that_the_catalogs_have() -> None:
    groups = {
        f"{name}_{component}"
        for name in shipped_catalogs()
        for component in load_catalog(find_catalog(name, base_folder=None)).components
    }
    assert {role for item in load_items() for role in item.roles} - {"all"} <= groups


def test_the_items_are_no_catalog_of_flows() -> None:
    assert "preinstall" not in shipped_catalogs()


def test_no_sentence_of_the_document_is_copied() -> None:
    text = CHECKS_FILE.read_text(encoding="utf-8").lower()
    for sentence in (
        "no other software shall be installed",
        "latest security patches installed",
        "administrator rights are required in order",
        "unique user id is available in following",
    ):
        assert sentence not in text


def _drop(key: str) -> Change:
    return lambda items: items[0].pop(key)


def _set(key: str, value: t.Any) -> Change:
    return lambda items: items[0].update({key: value})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop("remedy"), "item safeq5/server/1: 'remedy' is a required property"),
        (_set("area", "cellar"), "item safeq5/server/1: key area: 'cellar' is not one of"),
        (_set("colour", "red"), "Additional properties are not allowed ('colour' was unexpected)"),
        (_set("needs", ["share"]), "key needs.0"),
        (_set("id", "safeq5/server/2"), "item safeq5/server/2: key id: this is number 1 of its list"),
        (_set("roles", ["all", "safeq5_cml"]), "key roles: all leaves no place for others"),
        (_set("roles", ["lrs_vpsx"]), "key roles: lrs_vpsx is of none of the item's products"),
        (_set("how", {"linux": "x"}), "key how: it tells of linux, and the platforms are windows, linux"),
        (lambda items: items.append(items[0]), "item safeq5/server/1: key id: it is given twice"),
    ],
)
def test_a_faulty_file_is_refused_by_item_and_key(tmp_path: pathlib.Path, change: Change, message: str) -> None:
    raw = copy.deepcopy(yaml.safe_load(CHECKS_FILE.read_text(encoding="utf-8")))
    raw["items"] = [{**raw["items"][0], "products": ["safeq5", "safeq6"], "roles": ["safeq5_cml"]}]
    change(raw["items"])
    file = tmp_path / "items.yml"
    file.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(ReadinessError) as refused:
        load_items(file)
    assert str(refused.value).startswith(str(file))
    assert message in str(refused.value)


def test_a_file_that_is_no_yaml_is_refused(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "items.yml"
    file.write_text("items: [", encoding="utf-8")
    with pytest.raises(ReadinessError, match=r"items\.yml"):
        load_items(file)


@pytest.mark.parametrize(
    ("item", "components", "platform", "reason"),
    [
        ("safeq5/server/2", ["safeq5_cml"], "windows", ""),
        ("safeq5/server/2", ["safeq5_cml"], "linux", "is about windows, and the host runs linux"),
        ("safeq5/server/2", [], "windows", ""),
        ("safeq5/server/2", ["safeq6_management"], "windows", "about SafeQ CML, which the host does not run"),
        ("safeq5/server/6", ["safeq5_ors"], "linux", "no component of the host is among those"),
        ("safeq5/server/4", ["lrs_dis"], "linux", ""),
        ("safeq5/server/4", ["own_printer"], "linux", "which the host does not run"),
    ],
)
def test_what_an_item_is_not_about_has_a_reason(item: str, components: list[str], platform: str, reason: str) -> None:
    said = why_not(shipped_items()[item], components=components, platform=platform)
    assert reason in said if reason else said == ""


def test_items_are_values() -> None:
    assert isinstance(shipped_items()["safeq5/server/1"], Item)
