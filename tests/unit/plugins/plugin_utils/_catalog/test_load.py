# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Catalogs from files, and what a user is told when there is none."""

from __future__ import annotations

import hashlib
import json
import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import (
    find_catalog,
    load_catalog,
    load_catalogs,
    shipped_catalogs,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import flow_sort_key
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import tiny_data


def write(path: pathlib.Path, data: object) -> pathlib.Path:
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_the_shipped_catalogs_load_and_have_their_rows() -> None:
    rows = {name: len(load_catalog(find_catalog(name, base_folder=None)).flows) for name in shipped_catalogs()}
    assert rows == {"lrs": 44, "safeq5": 85, "safeq6": 184}


def test_a_catalog_of_ones_own_is_found_beside_the_inventory(tmp_path: pathlib.Path) -> None:
    file = write(tmp_path / "tiny.yml", tiny_data())
    catalog = load_catalog(find_catalog("tiny.yml", base_folder=str(tmp_path)))
    assert catalog.name == "tiny"
    assert catalog.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_component_is_also_what_it_is_part_of() -> None:
    components = load_catalog(find_catalog("safeq6", base_folder=None)).components
    assert components["mfd_xerox_versalink"].part_of == {"mfd_xerox_versalink", "mfd_xerox", "mfd"}
    assert components["mfd"].part_of == {"mfd"}


@pytest.mark.parametrize("name", ["safeq7", "none/there.yml", "", "x" * 5000])
def test_an_unknown_catalog_is_refused_by_name(name: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(CatalogError, match=f"printops_catalogs names '{name}'"):
        find_catalog(name, base_folder=str(tmp_path))


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff", b"a: [", b"a: 1\na: 2", b"date: 2026-99-99", b"a: !!python/object:x {}", b"&a [*a]", b"? [a]\n: 1"],
)
def test_a_file_that_is_no_catalog_is_refused_by_its_path(text: bytes, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "broken.yml"
    file.write_bytes(text)
    with pytest.raises(CatalogError, match=r"broken\.yml"):
        load_catalog(file)


def test_two_catalogs_of_one_name_are_refused(tmp_path: pathlib.Path) -> None:
    files = [write(tmp_path / name, tiny_data()) for name in ("one.yml", "two.yml")]
    with pytest.raises(CatalogError, match=r"two\.yml: there is another catalog of the name 'tiny'"):
        load_catalogs(files)


def test_flows_are_ordered_as_a_person_would() -> None:
    assert sorted(["a/b/10", "a/b/9", "a/a/11"], key=flow_sort_key) == ["a/a/11", "a/b/9", "a/b/10"]
