# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule that is limited to source ports or groups is not shown as one that is not."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._plan.forms import plan_csv
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.shapes import shapes

RULES: list[tuple[dict[str, t.Any], str]] = [
    ({"protocol": "udp", "source_ports": ["64099"]}, "from port 64099"),
    ({"protocol": "udp", "ports": ["5353"], "destinations": ["224.0.0.251/32"]}, "5353 at 224.0.0.251/32"),
    ({"protocol": "igmp", "destinations": ["224.0.0.1/32"]}, "at 224.0.0.1/32"),
]


@pytest.mark.parametrize(("limited", "said"), RULES)
def test_what_a_rule_is_limited_to_is_shown_wherever_the_plan_is(limited: dict[str, t.Any], said: str) -> None:
    rule = {"direction": "in", **limited, "remotes": ["10.0.0.0/8"], "flows": []}
    plan: dict[str, t.Any] = {
        "compiled_from": {"catalogs": {}},
        "hosts": {"h1": {"components": [], "rules": [rule]}},
        "skipped": [],
        "flows": {},
    }
    ((access,),) = (shape.accesses for shape in shapes(plan))
    assert access.what == f"{limited['protocol']} {said}"
    assert said in plan_csv(plan)
