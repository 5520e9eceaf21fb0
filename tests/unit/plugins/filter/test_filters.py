# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters, through a templar."""

from __future__ import annotations

import json
import typing as t

Template = t.Callable[[str], t.Any]


def test_the_text_of_a_plan_reads_back_as_the_plan(template: Template) -> None:
    text = template("lookup('printops.firewall.plan') | printops.firewall.plan_text")
    assert json.loads(text) == template("lookup('printops.firewall.plan')")
    assert text.endswith("}\n")


def test_the_summary_of_a_plan_has_its_hosts(template: Template) -> None:
    lines = template("lookup('printops.firewall.plan') | printops.firewall.plan_summary").splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["HOST", "n1", "v1"]


def test_the_summary_of_a_site_has_the_results(template: Template) -> None:
    results = "{'v1': {'changed': true, 'rules': 3, 'provider': 'ufw', 'added': ['a'], 'removed': []}}"
    arguments = f"results={results}, begun=['n1', 'v1'], check_mode=false"
    lines = template(f"lookup('printops.firewall.plan') | printops.firewall.site_summary({arguments})").splitlines()
    assert "NOT APPLIED" in next(line for line in lines if line.startswith("n1 "))
    assert "1 added, 0 removed" in next(line for line in lines if line.startswith("v1 "))
