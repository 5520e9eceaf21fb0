# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is applied to canaries first, then site by site, and to each host once."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.batches import batches


def plan(**sites: str) -> dict[str, t.Any]:
    """Of hosts and their sites; those named x… get no rules."""
    return {
        "hosts": {
            name: {"provider": "none" if name.startswith("x") else "auto", **({"site": site} if site else {})}
            for name, site in sites.items()
        }
    }


COMPANY = plan(p2="prague", p1="prague", b1="brno", b2="brno", m1="", x1="brno")
RUN = ["p2", "p1", "b1", "b2", "m1", "x1", "bystander"]


@pytest.mark.parametrize(
    ("hosts", "canary", "wanted"),
    [
        (RUN, [], [["b1"], ["b2"], ["p1", "p2"], ["m1"], ["x1", "bystander"]]),
        (RUN, ["m1"], [["m1"], ["b1", "b2"], ["p1", "p2"], ["x1", "bystander"]]),
        (RUN, ["p1", "b2"], [["b2", "p1"], ["b1"], ["p2"], ["m1"], ["x1", "bystander"]]),
        (["p1", "p2"], ["b1"], [["p1", "p2"]]),
        (["bystander"], [], [["bystander"]]),
        ([], [], []),
    ],
)
def test_batches_of_a_company(hosts: list[str], canary: list[str], wanted: list[list[str]]) -> None:
    assert batches(COMPANY, hosts=hosts, canary=canary) == wanted


@pytest.mark.parametrize("name", ["p3", "x1", "bystander"])
def test_a_canary_that_nothing_is_applied_to_is_an_error(name: str) -> None:
    with pytest.raises(PlanError, match=f"printops_canary has '{name}', which is no host that the plan is applied to"):
        batches(COMPANY, hosts=RUN, canary=[name])


@given(st.dictionaries(st.text("pbx1234", min_size=1), st.sampled_from(["", "brno", "prague"])), st.data())
def test_each_host_of_a_run_is_in_one_batch(sites: dict[str, str], data: st.DataObject) -> None:
    hosts = data.draw(st.lists(st.sampled_from([*sites, "bystander"]), unique=True))
    found = batches(plan(**sites), hosts=hosts)
    assert sorted(name for batch in found for name in batch) == sorted(hosts)
    assert all(found)
