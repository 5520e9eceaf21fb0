# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookups, through a templar."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

import pytest
from ansible.errors import AnsibleError

CHECKOUT = pathlib.Path(__file__).resolve().parents[4]

Template = t.Callable[[str], t.Any]


def test_plan_is_one_document(template: Template) -> None:
    plan = template("lookup('printops.firewall.plan')")
    assert plan["format"] == "printops.firewall/plan/2"
    assert list(plan["hosts"]) == ["n1", "v1"]


def test_host_rules_are_those_of_the_plan_and_none_for_a_host_without_components(template: Template) -> None:
    plan = template("lookup('printops.firewall.plan')")
    rules = template("query('printops.firewall.host_rules', 'v1', 'other', 'n1')")
    assert rules == [plan["hosts"]["v1"]["rules"], [], plan["hosts"]["n1"]["rules"]]
    assert rules[0]


def test_one_host_gives_its_rules_without_a_list_around_them(template: Template) -> None:
    assert template("lookup('printops.firewall.host_rules', 'v1') | map(attribute='direction') | unique")


def test_host_plan_is_the_part_of_the_host(template: Template) -> None:
    assert template("lookup('printops.firewall.host_plan', 'v1').components") == ["lrs_vpsx"]
    assert template("lookup('printops.firewall.host_plan', 'other')") == {}


def test_flows_are_filtered_and_shaped(template: Template) -> None:
    assert template("query('printops.firewall.flows', 'lrs', query='length(@)')") == [44]
    assert template("query('printops.firewall.flows', 'lrs') | length == 44")
    assert template("query('printops.firewall.flows', 'lrs', query='[0]') | map(attribute='id')") == ["lrs/required/1"]


def test_an_approved_plan_is_compared(template: Template, tmp_path: pathlib.Path) -> None:
    approved = tmp_path / "plan.json"
    text = pathlib.Path(template("lookup('printops.firewall.plan', form='file')")).read_text(encoding="utf-8")
    assert json.loads(text) == template("lookup('printops.firewall.plan')")
    approved.write_text(text, encoding="utf-8")
    assert template(f"lookup('printops.firewall.plan', approved='{approved}').hosts | length == 2")
    changed = json.loads(approved.read_text(encoding="utf-8"))
    changed["hosts"]["v1"]["rules"] = []
    approved.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(AnsibleError, match=r"(?s)no longer compiles to this plan; .*[+-] v1 "):
        template(f"lookup('printops.firewall.plan', approved='{approved}')")


def test_hosts_that_left_are_told_unless_that_is_known(template: Template) -> None:
    remembered = json.dumps({"format": "printops.firewall/hosts/1", "hosts": ["gone1", "gone2", "n1", "v1"]})
    ask = f"lookup('printops.firewall.hosts_left', '{remembered}'"
    assert template(f"{ask})") == ["gone1", "gone2"]
    assert template(f"{ask}, consent='gone1')") == ["gone2"]
    for consent in ("'gone1, gone2'", "['gone1', 'gone2']", "'all'", "['all']"):
        assert template(f"{ask}, consent={consent})") == []
    kept = pathlib.Path(template("lookup('printops.firewall.plan', form='hosts')")).read_text(encoding="utf-8")
    assert template(f"lookup('printops.firewall.hosts_left', '{kept.strip()}')") == []
    assert template("lookup('printops.firewall.hosts_left', '')") == []


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("lookup('printops.firewall.host_rules', 'v2')", r"printops\.firewall\.host_rules: there is no host 'v2'"),
        ("lookup('printops.firewall.host_plan', 'v2')", r"printops\.firewall\.host_plan: there is no host 'v2'"),
        ("lookup('printops.firewall.flows', 'lsr')", r"printops\.firewall\.flows: .*did you mean 'lrs'"),
        ("lookup('printops.firewall.flows', 'lrs', query='[?')", r"printops\.firewall\.flows: "),
        ("lookup('printops.firewall.plan', approved='/nowhere.json')", r"printops\.firewall\.plan: /nowhere\.json"),
    ],
)
def test_what_is_wrong_is_said_by_the_lookup(template: Template, expression: str, said: str) -> None:
    with pytest.raises(AnsibleError, match=said):
        template(expression)


@pytest.mark.parametrize("lookup", ["host_plan", "host_rules"])
def test_a_host_is_looked_up_without_loading_what_makes_plans(lookup: str) -> None:
    """In a process of its own, as each task of each host has one."""
    program = (
        "import sys; from ansible.plugins.loader import init_plugin_loader, lookup_loader; init_plugin_loader();"
        f"lookup_loader.get('printops.firewall.{lookup}');"
        "print(*(getattr(module, '__file__', '') for module in sys.modules.values()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    loaded = {pathlib.Path(path).stem for path in done.stdout.split() if "printops/firewall" in path}
    assert loaded - {"__synthetic__"} == {lookup, "kept", "_plan"}
