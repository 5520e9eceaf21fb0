# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans of the example inventories, byte for byte as they were reviewed."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.hostvars import read_inventory
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import dump_plan

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = CHECKOUT / "inventory_examples"
GOLDEN = CHECKOUT / "tests" / "golden" / "plans"
UPDATE = "PRINTOPS_UPDATE_GOLDEN"


def inventory_of(example: str) -> pathlib.Path:
    """The folder that Ansible reads: the example itself, or the one inside it where there are catalogs beside."""
    nested = EXAMPLES / example / "inventory"
    return nested if nested.is_dir() else EXAMPLES / example


def plan_text(example: str) -> str:
    """The plan's text, the inventory loaded and templated by Ansible's own classes as a play does it."""
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(inventory_of(example))])
    variable_manager = VariableManager(loader=loader, inventory=inventory)
    hostvars = HostVars(inventory=inventory, variable_manager=variable_manager, loader=loader)
    return dump_plan(compile_plan(read_inventory({"hostvars": hostvars, "groups": inventory.get_groups_dict()})))


def run_plan_playbook(example: str, *, plan_file: pathlib.Path, hash_seed: str) -> None:
    subprocess.run(
        [
            "ansible-playbook",
            "-i",
            str(inventory_of(example)),
            str(CHECKOUT / "playbooks" / "plan.yml"),
            "-e",
            f"printops_plan_file={plan_file}",
        ],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
        timeout=120,
    )


@pytest.mark.parametrize("example", ["awx", "company", "lab", "next_release", "overlay", "single", "windows"])
def test_example_compiles_to_its_golden_plan(example: str) -> None:
    golden = GOLDEN / f"{example}.json"
    compiled = plan_text(example)
    if os.environ.get(UPDATE) == "1":
        golden.write_text(compiled, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == compiled, (
        f"the plan of inventory_examples/{example} is not tests/golden/plans/{golden.name}; if the change is meant, "
        f"run this test with {UPDATE}=1 and review the difference in git"
    )


@pytest.mark.parametrize("hash_seed", ["1", "4711"])
def test_playbook_writes_the_golden_plan_whatever_the_hash_seed(hash_seed: str, tmp_path: pathlib.Path) -> None:
    plan_file = tmp_path / "plan.json"
    run_plan_playbook("company", plan_file=plan_file, hash_seed=hash_seed)
    assert plan_file.read_bytes() == (GOLDEN / "company.json").read_bytes()


def test_every_example_has_a_golden_plan() -> None:
    examples = {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()}
    assert examples == {file.stem for file in GOLDEN.glob("*.json")}
