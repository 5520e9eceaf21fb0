# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as a document: its shape, its text, and the check that it is still the inventory's."""

from __future__ import annotations

import gc
import json
import pathlib
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError, PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import (
    compile_plan,
    select_catalogs,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.diff import check_same_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import (
    FORMAT,
    Plan,
    dump_plan,
    load_plan,
)
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tiny_data

GROUPS = {"lrs_vpsx": ["v1"], "lrs_netx": ["n1"]}


def lrs_plan(**variables: t.Any) -> Plan:
    hosts = {"v1": {"ansible_host": "10.0.0.1", **variables}, "n1": {"ansible_host": "10.0.0.2", **variables}}
    return compile_plan(inventory(GROUPS, hosts))


def test_the_document_has_the_keys_of_the_contract() -> None:
    plan = lrs_plan()
    assert plan["format"] == FORMAT == "printops.firewall/plan/2"
    assert {"format", "compiled_from", "hosts", "open_inputs", "findings", "skipped"} <= set(plan)
    assert set(plan["compiled_from"]) == {"catalogs", "documents", "estate", "decisions"}
    assert list(plan["hosts"]) == ["n1", "v1"]
    assert plan["hosts"]["v1"]["components"] == ["lrs_vpsx"]
    assert plan["hosts"]["v1"]["addresses"] == ["10.0.0.1"]
    for host in plan["hosts"].values():
        for rule in host["rules"]:
            assert set(rule) in (
                {"direction", "protocol", "ports", "remotes", "flows"},
                {"direction", "protocol", "icmp_types", "remotes", "flows"},
            )


def test_what_changed_shows_in_where_the_plan_came_from() -> None:
    before = lrs_plan()["compiled_from"]
    moved = lrs_plan(printops_site="brno")["compiled_from"]
    decided = lrs_plan(printops_security="secured")["compiled_from"]
    assert moved == {**before, "estate": moved["estate"]}
    assert moved["estate"] != before["estate"]
    assert decided == {**before, "decisions": decided["decisions"]}
    assert decided["decisions"] != before["decisions"]


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
        max_leaves=10,
    )
)
def test_the_text_reads_back_as_the_plan(value: t.Any) -> None:
    plan = {
        "format": FORMAT, "hosts": {"é\n\"": {"provider": value, "rules": [value, value]}, "b": {"rules": []}},
        "skipped": [], "findings": [value],
    }  # fmt: skip
    assert json.loads(dump_plan(plan)) == plan


def test_the_text_has_one_rule_a_line() -> None:
    plan = lrs_plan(printops_networks={"printer": ["10.1.0.0/24"]})
    lines = dump_plan(plan).splitlines()
    rules = [rule for host in plan["hosts"].values() for rule in host["rules"]]
    assert rules
    assert [json.loads(line.rstrip(",")) for line in lines if '{"direction"' in line] == rules


def test_a_plan_file_reads_back_and_is_the_same_plan(tmp_path: pathlib.Path) -> None:
    plan = lrs_plan()
    file = tmp_path / "plan.json"
    file.write_text(dump_plan(plan), encoding="utf-8")
    check_same_plan(load_plan(file), compiled=plan, path=str(file))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "[" * 200_000, '{"format": "printops.firewall/plan/9"}', f'{{"format": "{FORMAT}"}}',
     f'{{"format": "{FORMAT}", "hosts": [], "compiled_from": {{}}}}',
     f'{{"format": "{FORMAT}", "hosts": {{}}, "compiled_from": []}}'],
)  # fmt: skip
def test_what_is_no_plan_file_is_refused_by_its_path(text: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match=r"plan\.json: not"):
        load_plan(file)
    with pytest.raises(PlanError, match=r"none\.json: not readable"):
        load_plan(tmp_path / "none.json")


def test_another_plan_is_refused_with_what_changed_and_where() -> None:
    with pytest.raises(PlanError, match=r"(?s)approved\.json: .*make a new plan.*differs is compiled_from, hosts: v1"):
        check_same_plan(
            lrs_plan(),
            compiled=compile_plan(
                inventory(GROUPS, {"v1": {"ansible_host": "10.0.0.9"}, "n1": {"ansible_host": "10.0.0.2"}})
            ),
            path="approved.json",
        )


def test_catalogs_are_those_whose_groups_have_members() -> None:
    hosts = {"a": {"ansible_host": "10.0.0.1"}}
    selected = select_catalogs(inventory({"lrs_vpsx": ["a"], "safeq5_cml": [], "safeq6_management": ["a"]}, hosts))
    assert [catalog.name for catalog in selected] == ["lrs", "safeq6"]


def test_catalogs_are_those_that_are_named_wherever(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tiny.yml").write_text(json.dumps(tiny_data()), encoding="utf-8")
    hosts: dict[str, dict[str, t.Any]] = {
        "a": {"printops_catalogs": ["tiny.yml"], "inventory_dir": str(tmp_path)},
        "b": {"printops_catalogs": ["lrs"]},
    }
    assert [one.name for one in select_catalogs(inventory({"lrs_vpsx": ["b"]}, hosts))] == ["lrs", "tiny"]


@pytest.mark.parametrize("groups", [{}, {"safeq6_management": []}, {"webservers": ["a"]}])
def test_an_inventory_without_any_component_is_told_how_to_name_one(groups: dict[str, list[str]]) -> None:
    with pytest.raises(EstateError, match="safeq6_management"):
        compile_plan(inventory(groups, {"a": {"ansible_host": "10.0.0.1"}}))


def test_the_garbage_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), paused_garbage_collector():
        assert not gc.isenabled()
        _ = 1 / 0
    assert gc.isenabled()


def test_a_plan_of_the_earlier_format_is_for_comparison_only(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(dump_plan({**lrs_plan(), "format": "printops.firewall/plan/1"}), encoding="utf-8")
    assert load_plan(file, earlier=True)["hosts"]
    with pytest.raises(PlanError, match=r"plan\.json: a plan of the format printops\.firewall/plan/1, which does not"):
        load_plan(file)


@pytest.mark.parametrize(
    "change",
    [{"printops_management": ["0.0.0.0/0"]}, {"printops_keep_connection": False}, {"printops_confirm_timeout": 0},
     {"printops_egress_extra": [{"protocol": "tcp", "ports": [1], "remotes": ["10.0.0.0/8"]}]},
     {"printops_foreign_rules": "refuse"}, {"printops_start": False}, {"printops_egress_dns": []}],
)  # fmt: skip
def test_whatever_opens_closes_or_weakens_is_in_the_digest(change: dict[str, t.Any]) -> None:
    assert lrs_plan(**change)["compiled_from"]["decisions"] != lrs_plan()["compiled_from"]["decisions"]
