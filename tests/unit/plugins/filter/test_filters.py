# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters, through a templar."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleError

Template = t.Callable[[str], t.Any]


def test_a_plan_may_be_given_as_its_file(template: Template) -> None:
    as_file = template("lookup('printops.firewall.plan', form='file') | printops.firewall.plan_summary")
    assert as_file == template("lookup('printops.firewall.plan') | printops.firewall.plan_summary")


def test_anything_else_is_no_plan(template: Template) -> None:
    with pytest.raises(AnsibleError, match=r"not a plan: give what the lookup printops\.firewall\.plan returns"):
        template("{'hosts': {}} | printops.firewall.plan_summary")


def test_the_summary_of_a_plan_has_its_hosts(template: Template) -> None:
    lines = template("lookup('printops.firewall.plan') | printops.firewall.plan_summary").splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("n1 (", "v1 ("))] == ["n1", "v1"]


def test_the_summary_of_a_site_has_the_results(template: Template) -> None:
    results = "{'v1': {'changed': true, 'rules': 3, 'provider': 'ufw', 'added': ['a'], 'removed': []}}"
    arguments = f"results={results}, begun=['n1', 'v1'], check_mode=false"
    lines = template(f"lookup('printops.firewall.plan') | printops.firewall.site_summary({arguments})").splitlines()
    assert "NOT APPLIED" in next(line for line in lines if line.startswith("n1 "))
    assert "1 added, 0 removed" in next(line for line in lines if line.startswith("v1 "))
