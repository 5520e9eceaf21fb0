# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter plan_diff, through a templar."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible.errors import AnsibleError

Template = t.Callable[[str], t.Any]

LAB = pathlib.Path(__file__).resolve().parents[3] / "golden" / "plans" / "lab.json"


@pytest.fixture
def changed(tmp_path: pathlib.Path) -> pathlib.Path:
    """The plan of the lab, the first rule of its first host left out."""
    plan = json.loads(LAB.read_text(encoding="utf-8"))
    del plan["hosts"]["mgmt1"]["rules"][0]
    (tmp_path / "changed.json").write_text(json.dumps(plan), encoding="utf-8")
    return tmp_path / "changed.json"


def test_plans_that_mean_the_same_have_no_change(template: Template) -> None:
    assert template(f"'{LAB}' | printops.firewall.plan_diff(old='{LAB}')") == "no change"
    plan = "lookup('printops.firewall.plan')"
    assert template(f"{plan} | printops.firewall.plan_diff(old={plan})") == "no change"


def test_each_change_is_a_line(template: Template, changed: pathlib.Path) -> None:
    lost = template(f"'{changed}' | printops.firewall.plan_diff(old='{LAB}')").splitlines()
    gained = template(f"'{LAB}' | printops.firewall.plan_diff(old='{changed}')").splitlines()
    assert lost
    assert all(line.startswith("- mgmt1 in ") for line in lost)
    assert [line.replace("-", "+", 1) for line in lost] == gained


@pytest.mark.parametrize("wrong", ["{}", "none", "[]", "'/nowhere'", "{'format': 'printops.firewall/plan/2'}"])
def test_what_is_no_plan_is_refused_on_either_side(template: Template, wrong: str) -> None:
    for expression in (
        f"{wrong} | printops.firewall.plan_diff(old='{LAB}')",
        f"'{LAB}' | printops.firewall.plan_diff(old={wrong})",
    ):
        with pytest.raises(AnsibleError, match=r"printops\.firewall\.plan_diff: .*plan"):
            template(expression)
