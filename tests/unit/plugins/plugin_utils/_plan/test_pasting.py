# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories as newcomers wrote them, from the first plan to the last question by taking the # from what is asked."""

from __future__ import annotations

import functools
import pathlib
import re

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.hostvars import read_inventory
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.worksheet import add_questions, worksheet

ESTATES = pathlib.Path(__file__).resolve().parents[5] / "tests" / "golden" / "estates"
NAMES = sorted(path.stem for path in ESTATES.glob("*.yml"))
ANSWER = re.compile(r"  # (?P<answer>.*)")
WITHOUT_VALUE = re.compile(r"  \w+:")
MOST_ROUNDS = 5
"""An answer may lead to another question, such as the ports of a feature that is in use."""


@functools.cache
def newcomers(name: str) -> Inventory:
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(ESTATES / f"{name}.yml")])
    manager = VariableManager(loader=loader, inventory=inventory)
    hostvars = HostVars(inventory=inventory, variable_manager=manager, loader=loader)
    return read_inventory({"hostvars": hostvars, "groups": inventory.get_groups_dict()})


def planned(name: str, decisions: pathlib.Path | None = None) -> Plan:
    own = newcomers(name)
    file = {"printops_decisions_file": str(decisions)} if decisions else {}
    return compile_plan(Inventory(own.groups, {host: {**given, **file} for host, given in own.variables.items()}))


def answered(text: str) -> str:
    """Each answer without its #; a port that the document does not print is one of those it leaves a choice of."""
    lines, choice = [], "50000"
    for line in text.splitlines():
        leaves = re.search(r"One of (\d+)", line)
        choice = leaves[1] if leaves else choice
        found = ANSWER.fullmatch(line)
        own = f"  {found['answer']}" if found else line
        lines.append(f"{own} {choice}" if WITHOUT_VALUE.fullmatch(own) else own)
        choice = "50000" if found else choice
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("in_use", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_answers_lead_to_a_plan_that_asks_nothing(name: str, in_use: bool, tmp_path: pathlib.Path) -> None:
    decisions = tmp_path / "decisions.yml"
    decisions.write_text("", encoding="utf-8")
    for _round in range(MOST_ROUNDS):
        plan = planned(name, decisions)
        if not plan["open_inputs"]:
            break
        text = answered(add_questions(plan, decisions.read_text(encoding="utf-8"), file=str(decisions)))
        decisions.write_text(text.replace(": false", f": {str(in_use).lower()}"), encoding="utf-8")
    assert plan["open_inputs"] == []
    assert decisions.read_text(encoding="utf-8").count("\nprintops_ports:") <= 1


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_is_printed_is_yaml_whatever_is_taken_from_it(name: str, data: st.DataObject) -> None:
    printed = worksheet(first_plan(name))
    chosen = data.draw(st.sets(st.sampled_from(range(len(printed)))))
    lines = [ANSWER.sub(r"  \g<answer>", line) if number in chosen else line for number, line in enumerate(printed)]
    read = yaml.safe_load("\n".join(lines))
    assert all(isinstance(entries, (dict, list, type(None))) for entries in read.values())


@functools.cache
def first_plan(name: str) -> Plan:
    return planned(name)
