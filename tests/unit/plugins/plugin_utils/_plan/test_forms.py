# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as text, Markdown and CSV: all rules, hosts with the same ones once, nothing that breaks a form."""

from __future__ import annotations

import csv
import io
import json
import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.shapes import shapes
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.summary import plan_summary
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory


def compiled(sites: int, *, prefix: str = "site") -> Plan:
    names = [f"{prefix}{number}" for number in range(1, sites + 1)]
    networks = {f"s{number}": [f"10.{number}.0.0/24"] for number in range(1, sites + 1)}
    hosts: dict[str, dict[str, t.Any]] = {
        name: {
            "ansible_host": f"192.0.2.{number}",
            "printops_site": f"s{number}",
            "printops_networks": {"mfd_ricoh": networks},
        }
        for number, name in enumerate(names, start=1)
    }
    return compile_plan(inventory({"safeq6_terminal_server": names}, hosts))


def test_hosts_with_the_same_rules_are_told_once() -> None:
    plan = compiled(200)
    assert [len(shape.hosts) for shape in shapes(plan)] == [200]
    text = plan_summary(plan)
    assert "200 hosts: site1, site10, site100, site101, site102, site103 and 194 more (terminal_server)" in text
    assert "at site1 10.1.0.0/24; elsewhere others [safeq6/terminal-server/21-22]" in " ".join(text.split())
    assert len(text.splitlines()) < 60
    assert max(map(len, text.splitlines())) <= 100


def test_what_nobody_was_named_for_is_told() -> None:
    text = " ".join(plan_summary(compiled(1)).split())
    assert re.search(r"nobody named for: .*[0-9]+ of mfd_… ", text)
    assert "spooler_controller (" in text
    assert "mfd_ricoh (" not in text
    assert "stay closed until a group has their hosts, or printops_networks their networks" in text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_hostile_names_break_no_form(prefix: str) -> None:
    plan = compiled(2)
    plan["hosts"] = {f"{prefix}{name}": host for name, host in plan["hosts"].items()}
    rows = list(csv.reader(io.StringIO(plan_summary(plan, form="csv"), newline="")))
    assert {len(row) for row in rows} == {8}, rows
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]
    assert len(rows) == 1 + sum(len(host["rules"]) for host in plan["hosts"].values())
    marked = [line for line in plan_summary(plan, form="markdown").splitlines() if line.startswith("|")]
    assert {len(line.replace("\\\\", "").replace("\\|", "").split("|")) for line in marked} == {6}


def test_json_is_the_plan_and_blank_is_text() -> None:
    plan = compiled(1)
    assert json.loads(plan_summary(plan, form="json")) == plan
    assert plan_summary(plan, form="") == plan_summary(plan)
    with pytest.raises(PlanError, match="printops_plan_format is 'cvs'; did you mean 'csv'"):
        plan_summary(plan, form="cvs")
