# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites, clusters and groups that do not fit together, and what is open to everyone."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory

KINDS = ("near_miss", "site_mismatch", "cluster_mismatch", "everyone", "crosses_sites")
BRNO, PRAGUE = {"printops_site": "brno"}, {"printops_site": "prague"}


def findings(
    *hosts: dict[str, t.Any], networks: dict[str, t.Any] | None = None, groups: dict[str, list[str]] | None = None
) -> list[tuple[str, list[str], str]]:
    """Hosts h1, h2, ... that are terminal servers and spooler controllers."""
    members = {f"h{number}": {"ansible_host": f"10.0.0.{number}", "printops_networks": networks or {}, **own}
               for number, own in enumerate(hosts, start=1)}  # fmt: skip
    own_groups = {"safeq6_terminal_server": [*members], "safeq6_workflow_processing_system": [*members]}
    plan = compile_plan(inventory({**own_groups, **(groups or {})}, members))
    return [(one["kind"], one["hosts"], one["detail"]) for one in plan["findings"] if one["kind"] in KINDS]


@pytest.mark.parametrize(
    ("hosts", "networks", "kind", "named", "detail"),
    [
        ([BRNO], {"mfd": {"brno": ["10.1.0.0/24"], "prage": ["10.2.0.0/24"]}}, "site_mismatch", [],
         "printops_networks has networks of the site 'prage' (mfd), and no host has it"),
        ([BRNO, PRAGUE], {"mfd": {"brno": ["10.1.0.0/24"]}}, "site_mismatch", ["h2"],
         "printops_site is 'prague', of which printops_networks has no network"),
        ([BRNO, {"printops_site": "Brno"}], {}, "site_mismatch", ["h2"], "did you mean 'brno'?"),
        ([{"printops_site": "brno "}, BRNO, BRNO], {}, "site_mismatch", ["h1"], "printops_site is 'brno ', another"),
        ([{"printops_cluster": "c-1"}, {"printops_cluster": "C1"}], {}, "cluster_mismatch", ["h2"], "mean 'c-1'?"),
        ([{}], {"user": ["0.0.0.0/0"]}, "everyone", ["h1"], "printops_networks: user is 0.0.0.0/0"),
        ([{}], {"user": ["0.0.0.0/1", "128.0.0.0/1"]}, "everyone", ["h1"], "user is 0.0.0.0/0"),
        ([{}], {"user": ["::/0"]}, "everyone", ["h1"], "user is ::/0"),
        ([{}], {"user": {"brno": ["2000::/3"]}}, "everyone", ["h1"], "user is 2000::/3"),
        ([{"printops_management": ["0.0.0.0/0"]}], {}, "everyone", ["h1"], "printops_management is 0.0.0.0/0"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(
    hosts: list[dict[str, t.Any]], networks: dict[str, t.Any], kind: str, named: list[str], detail: str
) -> None:
    told = [(one, text) for its_kind, one, text in findings(*hosts, networks=networks) if its_kind == kind]
    assert any(one == named and detail in text for one, text in told), told


def test_a_mistyped_site_is_told_once_with_the_other_name() -> None:
    told = [text for kind, _hosts, text in findings(BRNO, networks={"mfd": {"brn": ["10.1.0.0/24"]}})]
    assert [text.rpartition("; ")[2] for text in told] == ["did you mean 'brno'?"]


def test_what_fits_is_not_told() -> None:
    assert findings(BRNO, BRNO, networks={"mfd": {"brno": ["10.1.0.0/24"]}, "user": ["10.0.0.0/8"]}) == []
    assert findings({}, {}, networks={"mfd": ["10.1.0.0/24"]}) == []


def test_rows_between_servers_of_all_sites_are_told_once() -> None:
    ((kind, hosts, detail),) = findings(BRNO, PRAGUE)
    assert (kind, hosts) == ("crosses_sites", ["h1", "h2"])
    assert "open between servers of all sites" in detail
    assert findings(BRNO, BRNO) == findings({}, {}) == []


def test_a_group_that_was_meant_is_told_of_catalogs_in_use_and_others() -> None:
    told = findings({}, groups={"SAFEQ6-MANAGEMENT": ["x"], "tag_lrs_vpsx": ["y"]})
    assert [(kind, hosts) for kind, hosts, _text in told] == [("near_miss", ["x"]), ("near_miss", ["y"])]
    with pytest.raises(
        EstateError, match=r"no group .* names a component.*; group lrs-vpsx is no component, .*'lrs_vpsx'"
    ):
        compile_plan(inventory({"lrs-vpsx": ["a"]}, {"a": {}}))
