# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Areas: items that do not apply, hosts that were not reached, and which hosts are checked at all."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.areas import (
    decide_area,
    missing_collections,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.items import items_of
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import Status
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.scope import (
    areas_by_host,
    check_variables,
    role_variables,
)
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._readiness.recorded import AT, linux, windows


def statuses(observed: dict[str, t.Any], **asked: t.Any) -> dict[str, Status]:
    outcomes = decide_area("server", observed=observed, asked=asked, host="cml1")
    assert [outcome.item for outcome in outcomes] == [item.id for item in items_of("server")]
    return {outcome.item.rpartition("/")[2]: outcome.status for outcome in outcomes}


def test_items_about_other_components_do_not_apply() -> None:
    found = statuses(linux(), components=["safeq5_ors"])
    assert [item for item, status in found.items() if status == Status.NOT_APPLICABLE] == ["1", "2", "3", "6"]


def test_without_components_the_platform_alone_decides() -> None:
    assert statuses(linux())["2"] == Status.NOT_APPLICABLE
    assert Status.NOT_APPLICABLE not in statuses(windows()).values()


def test_a_host_that_was_not_reached_says_so_for_every_item() -> None:
    observed = {"platform": "linux", "at": AT, "facts": {"unreachable": True, "msg": "Connection timed out"}}
    outcomes = decide_area("server", observed=observed, asked={"components": ["safeq5_cml"]}, host="cml1")
    reasons = {outcome.reason for outcome in outcomes if outcome.status != Status.NOT_APPLICABLE}
    assert reasons == {"the host was not reached: Connection timed out"}


@pytest.mark.parametrize("area", ["database", "directory", "network"])
def test_an_area_without_items_for_a_host_asks_for_nothing(area: str) -> None:
    outcomes = decide_area(
        area, observed={"platform": "linux", "at": AT}, asked={"components": ["own_thing"]}, host="h"
    )
    assert {outcome.status for outcome in outcomes} == {Status.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("area", "observed", "asked", "message"),
    [
        ("servers", {"platform": "linux"}, {}, "there is no area 'servers'; did you mean 'server'?"),
        ("server", {"platform": "beos"}, {}, "host h: server: platform is 'beos'; it must be one of windows, linux"),
        ("server", [], {}, "host h: server: what was observed is []; it must be a mapping"),
        ("server", {"platform": "linux"}, "x", "what is asked is 'x'"),
        ("server", {"platform": "linux"}, {"components": "x"}, "components is 'x'; it must be a list of strings"),
    ],
)
def test_questions_that_cannot_be_read_are_refused(area: str, observed: t.Any, asked: t.Any, message: str) -> None:
    with pytest.raises(ReadinessError) as refused:
        decide_area(area, observed=observed, asked=asked, host="h")
    assert message in str(refused.value)


def test_collections_that_are_not_installed_are_named() -> None:
    assert missing_collections(["printops.firewall", "nobody.nothing", "printops.other"]) == [
        "nobody.nothing",
        "printops.other",
    ]


PLAN = {
    "hosts": {
        "cml1": {"components": ["safeq5_cml"]},
        "ts1": {"components": ["safeq6_terminal_server"]},
        "vpsx1": {"components": ["lrs_vpsx"]},
        "printer1": {"components": ["safeq6_mfd_ricoh"]},
        "own1": {"components": ["site_services_ntp"]},
        "plain": {"components": []},
    }
}


def test_hosts_are_checked_for_what_their_server_components_need() -> None:
    assert areas_by_host(PLAN) == {
        "cml1": ["server", "database", "directory", "network"],
        "ts1": ["server", "network"],
        "vpsx1": ["server", "network"],
    }


def test_a_variable_that_no_check_has_is_an_error() -> None:
    check_variables({"cml1": ["preinstall_server_share", "preinstall_fail_on", "preinstall_server_outcomes", "other"]})
    with pytest.raises(ReadinessError) as refused:
        check_variables({"cml1": ["preinstall_server_shares"]})
    assert str(refused.value) == (
        "host cml1: there is no variable preinstall_server_shares; did you mean 'preinstall_server_share'?"
    )


def test_variables_of_all_four_roles_are_known() -> None:
    areas = {name.split("_")[1] for name in role_variables()}
    assert {"server", "database", "directory", "network"} <= areas
