# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller does by itself, with whole processes, beside what Ansible needs for the same inventory."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path

from . import company
from .measure import BenchError, Comparison, alternate
from .place import CHECKOUT, OUTPUT, SCRATCH, program, timed

PLAN, LOOKUP = "plan-10000", "lookup-1000"
NAMES = (PLAN, LOOKUP)
FORKS = "5"
COLOURLESS = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORKS": FORKS}


def compare(names: Collection[str], *, runs: int) -> list[Comparison]:
    comparisons = {PLAN: compare_plan, LOOKUP: compare_lookup}
    return [comparison(runs=runs) for name, comparison in comparisons.items() if name in names]


def compare_plan(*, runs: int) -> Comparison:
    """The plan playbook, and C(ansible-inventory --list): both read all variables of 10,000 hosts."""
    hosts = 10_000
    inventory, plan = inventory_file(hosts), SCRATCH / "plan-10000.json"
    listing = SCRATCH / "inventory-10000-list.json"

    def ours() -> float:
        plan.unlink(missing_ok=True)
        playbook = [program("ansible-playbook"), "-i", str(inventory), str(CHECKOUT / "playbooks" / "plan.yml")]
        seconds = timed([*playbook, "-e", f"printops_plan_file={plan}"], extra=COLOURLESS)
        planned = json.loads(plan.read_text(encoding="utf-8"))["hosts"]
        if len(planned) != hosts or not all(host["rules"] for host in planned.values()):
            raise BenchError(f"{PLAN}: the plan has {len(planned)} hosts, or some without rules")
        return seconds

    def rivals() -> float:
        command = [program("ansible-inventory"), "-i", str(inventory), "--list", "--output", str(listing)]
        seconds = timed(command, extra=COLOURLESS)
        listing.unlink()
        return seconds

    return alternate(PLAN, rival="ansible-inventory --list", runs=runs, ours=ours, rivals=rivals)


def compare_lookup(*, runs: int) -> Comparison:
    """A play of one debug task over 1,000 hosts: with the rules of each host looked up, and without.

    No filter is used on either side: Ansible's search for the first one costs a task more than the lookup.
    """
    hosts = 1_000
    inventory = inventory_file(hosts)

    def seconds_of(playbook: str) -> float:
        path = CHECKOUT / "tests" / "bench" / "playbooks" / playbook
        seconds = timed([program("ansible-playbook"), "-i", str(inventory), str(path)], extra=COLOURLESS)
        answers = re.findall(r"^ +msg: (\S+) rules$", OUTPUT.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if len(answers) != hosts:
            raise BenchError(f"{LOOKUP}: {playbook} gave {len(answers)} answers of {hosts}")
        return seconds

    return alternate(
        LOOKUP,
        rival="ansible.builtin.debug",
        runs=runs,
        ours=lambda: seconds_of("lookup.yml"),
        rivals=lambda: seconds_of("debug.yml"),
    )


def inventory_file(hosts: int) -> Path:
    """The generated company as a JSON file: the form that costs Ansible least to read."""
    path = SCRATCH / f"inventory-{hosts}.json"
    path.write_text(json.dumps(company.inventory(hosts)), encoding="utf-8")
    return path
