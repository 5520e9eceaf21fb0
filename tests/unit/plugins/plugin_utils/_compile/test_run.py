# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a run: compiled once, again where the inventory grew or somebody asks."""

from __future__ import annotations

import pathlib
import threading
import typing as t

import pytest
from ansible import constants

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError, PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.run import RunPlan, compiled_parts
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.approved import fingerprint_of


@pytest.fixture(autouse=True)
def own_run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))


def task_variables(**addresses: str) -> dict[str, t.Any]:
    """What a task sees; hosts named v… run vpsx, all others netx."""
    return {
        "groups": {
            "all": [*addresses, "other"],
            "lrs_vpsx": [name for name in addresses if name.startswith("v")],
            "lrs_netx": [name for name in addresses if not name.startswith("v")],
        },
        "hostvars": {**{name: {"ansible_host": address} for name, address in addresses.items()}, "other": {}},
    }


def test_a_host_is_read_without_the_others_and_is_part_of_the_whole() -> None:
    run = RunPlan(task_variables(v1="10.0.0.1", n1="10.0.0.2"))
    assert run.host("v1") == run.whole()["hosts"]["v1"]
    assert run.host("v1")["addresses"] == ["10.0.0.1"]


def test_a_host_without_components_has_an_empty_part() -> None:
    assert compiled_parts(["other", "v1"], task_variables(v1="10.0.0.1", n1="10.0.0.2"), refresh=False)[0] == {}


def test_variables_are_read_again_only_on_request() -> None:
    RunPlan(task_variables(v1="10.0.0.1", n1="10.0.0.2"))
    changed = task_variables(v1="10.0.0.9", n1="10.0.0.2")
    assert RunPlan(changed).host("v1")["addresses"] == ["10.0.0.1"]
    assert RunPlan(changed, refresh=True).host("v1")["addresses"] == ["10.0.0.9"]
    assert RunPlan(changed).host("v1")["addresses"] == ["10.0.0.9"]


def test_a_new_host_is_noticed() -> None:
    RunPlan(task_variables(v1="10.0.0.1", n1="10.0.0.2"))
    assert RunPlan(task_variables(v1="10.0.0.1", n1="10.0.0.2", n2="10.0.0.3")).host("n2")["addresses"] == ["10.0.0.3"]


def test_a_failed_compilation_leaves_nothing_behind() -> None:
    wrong = task_variables(v1="10.0.0.1", n1="not-an-address")
    for _attempt in range(2):
        with pytest.raises(EstateError, match="host n1 has no address"):
            RunPlan(wrong)


@pytest.mark.parametrize("name", ["v2", 7, None, ["v1"]])
def test_an_unknown_host_is_refused(name: t.Any) -> None:
    with pytest.raises(EstateError, match=r"v2|7|None|v1"):
        compiled_parts([name], task_variables(v1="10.0.0.1", n1="10.0.0.2"), refresh=False)


def test_readers_beside_a_refresh_see_one_whole_plan_or_the_other() -> None:
    variables = task_variables(**{f"v{number}": f"10.0.0.{number}" for number in range(1, 40)})
    RunPlan(variables)
    done = threading.Event()

    def refresh() -> None:
        for _round in range(4):
            RunPlan(variables, refresh=True)
        done.set()

    writer = threading.Thread(target=refresh)
    writer.start()
    answers = 0
    while not done.is_set():
        run = RunPlan(variables)
        assert all(run.host(f"v{number}")["addresses"] == [f"10.0.0.{number}"] for number in (1, 20, 39))
        assert len(run.whole()["hosts"]) == 39
        answers += 1
    writer.join()
    assert answers


def test_who_began_to_read_a_plan_reads_it_to_the_end() -> None:
    run = RunPlan(task_variables(v1="10.0.0.1", n1="10.0.0.2"))
    RunPlan(task_variables(v1="10.0.0.9", n1="10.0.0.2"), refresh=True)
    assert run.host("v1")["addresses"] == run.whole()["hosts"]["v1"]["addresses"] == ["10.0.0.1"]


def test_a_planned_host_without_a_part_is_an_error_and_has_no_empty_rules() -> None:
    variables = task_variables(v1="10.0.0.1", n1="10.0.0.2")
    for part in RunPlan(variables).file.parent.glob("parts-*"):
        part.unlink()
    with pytest.raises(PlanError, match="the plan of this run has no part for the host 'v1'"):
        compiled_parts(["v1"], variables, refresh=False)


def test_hosts_that_an_earlier_plan_had_are_told() -> None:
    whole = RunPlan(task_variables(v1="10.0.0.1", n1="10.0.0.2", n2="10.0.0.3"))
    remembered = whole.hosts_file.read_text()
    assert whole.left(remembered) == whole.left("") == []
    slice_of_it = RunPlan(task_variables(v1="10.0.0.1", n1="10.0.0.2"))
    assert slice_of_it.left(remembered) == ["n2"]
    assert whole.left(slice_of_it.hosts_file.read_text()) == []


@pytest.mark.parametrize("text", ["{", "[]", "{}", "x", '{"format": "printops.firewall/hosts/2", "hosts": []}'])
def test_what_no_plan_wrote_is_not_read_as_nobody(text: str) -> None:
    with pytest.raises(PlanError, match="not a list of a plan's hosts"):
        RunPlan(task_variables(v1="10.0.0.1", n1="10.0.0.2")).left(text)


def test_an_approved_plan_takes_the_place_of_the_compiled_one(tmp_path: pathlib.Path) -> None:
    whole = task_variables(v1="10.0.0.1", n1="10.0.0.2")
    plan = tmp_path / "plan.json"
    plan.write_bytes(RunPlan(whole).file.read_bytes())
    approval = {
        "printops_plan_fingerprint": fingerprint_of(plan),
        "printops_plan_file": "{{ folder }}/plan.json",
        "inventory_hostname": "v1",
    }
    variables = {
        **approval,
        "groups": {"all": ["v1"], "lrs_vpsx": ["v1"]},
        "hostvars": {"v1": {"ansible_host": "10.0.0.7", **approval, "printops_plan_file": str(plan)}},
    }
    for refresh in (False, True):
        part = RunPlan(variables, refresh=refresh)
        assert part.host("v1") == RunPlan(whole).host("v1")
        assert part.file.read_bytes() == plan.read_bytes()
        assert part.left(RunPlan(whole).hosts_file.read_text()) == []
    plan.write_text(plan.read_text() + "\n")
    with pytest.raises(PlanError, match="it is not the plan that was approved"):
        RunPlan(variables, refresh=True)
