# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import find_catalog, load_catalog
from ansible_collections.printops.firewall.tests.bench import company


def test_every_host_has_an_address_of_its_own() -> None:
    groups = company.inventory(1_000)["all"]["children"]
    addresses = [
        variables["ansible_host"] for group in groups.values() for variables in group["hosts"].values() if variables
    ]
    assert len(addresses) == len(set(addresses)) == 1_000


def test_component_groups_are_those_of_the_catalog() -> None:
    catalog = load_catalog(find_catalog("safeq6", base_folder=None))
    groups = [name for name in company.inventory(12)["all"]["children"] if name.startswith("safeq6_")]
    assert {name.removeprefix("safeq6_") for name in groups} <= set(catalog.components)
    assert len(groups) == 6


def test_sites_are_whole() -> None:
    with pytest.raises(ValueError, match="whole sites"):
        company.inventory(10)
