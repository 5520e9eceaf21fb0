# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups that were meant as a component's, and those that were not."""

from __future__ import annotations

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._estate.groups import near_misses

COMPONENTS = {"safeq6": ["spooler_controller", "management"], "lrs": ["vpsx"]}


@pytest.mark.parametrize(
    "group",
    ["safeq6-spooler-controller", "SAFEQ6_SPOOLER_CONTROLLER", "tag_safeq6_spooler_controller",
     "safeq6.spooler.controller", "SafeQ6SpoolerController", "tag_Role_safeq6-spooler controller",
     "aws_safeq6__spooler_controller"],
)  # fmt: skip
def test_another_case_separator_or_prefix_is_told(group: str) -> None:
    (found,) = near_misses({group: ["b", "a"], "all": ["a", "b"]}, components=COMPONENTS)
    assert (found.group, found.meant, found.hosts) == (group, "safeq6_spooler_controller", ("a", "b"))
    assert str(found).endswith("; did you mean 'safeq6_spooler_controller'?")


@pytest.mark.parametrize("group", ["safeq6_spooler_controller", "printers", "safeq6", "management", "site_lrs", "all"])
def test_other_groups_are_not(group: str) -> None:
    assert near_misses({group: ["a"]}, components=COMPONENTS) == ()


def test_only_hosts_that_the_component_lacks_count() -> None:
    groups = {"lrs_vpsx": ["a"], "prod_lrs_vpsx": ["a"], "PROD-LRS-VPSX": ["a", "b"], "old.lrs.vpsx": []}
    (found,) = near_misses(groups, components=COMPONENTS)
    assert (found.group, found.hosts) == ("PROD-LRS-VPSX", ("b",))
