# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml on the machines of the lab: what it changes, what it leaves alone and what it tells."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
import typing as t

import pytest

from .conftest import Lab
from .probes.packets import Probe, got_through, listening
from .probes.playbooks import (
    CHECKOUT,
    INVENTORY,
    MANAGED,
    Firewall,
    Played,
    firewall_of,
    firewalls,
    play,
)

RICOH, USER, MGMT1, SITE1 = "198.18.21.20", "198.18.31.10", "198.18.0.11", "198.18.1.11"

DECISIONS = {
    "printops_features": ["ftp_scanning"],
    "printops_ports": {"ftp_passive_ports": "61000-61003"},
    "printops_security": "secured",
}
OPENED_BY_THEM = {Probe("tcp", RICOH, SITE1, 21), Probe("tcp", RICOH, SITE1, 61003)}
CLOSED_BY_THEM = {Probe("tcp", USER, MGMT1, 80), Probe("tcp", RICOH, SITE1, 5011)}
OPEN_EITHER_WAY = {Probe("tcp", USER, MGMT1, 443), Probe("tcp", RICOH, SITE1, 5012)}
KNOCKS = OPENED_BY_THEM | CLOSED_BY_THEM | OPEN_EITHER_WAY


VERSIONS = {
    "mgmt1": ("firewalld", r"1\.3\.", "3.11"),
    "site1": ("ufw", r"0\.36\.2", "3.13"),
    "site2": ("firewalld", r"0\.9\.", "3.9"),
}
"""The firewall's package, its version and the Python of each machine, which are what the README calls tested."""


class FirstRuns(t.NamedTuple):
    """Runs on fresh machines, one after the other, and what the firewalls were before and after each."""

    before: dict[str, Firewall]
    checked: Played
    after_check: dict[str, Firewall]
    first: Played
    after_first: dict[str, Firewall]
    second: Played
    after_second: dict[str, Firewall]


@pytest.fixture(name="runs", scope="module")
def runs_fixture(lab: Lab) -> FirstRuns:
    lab.reset(*MANAGED)
    before = firewalls(lab)
    checked = play(lab, "site", "--check")
    after_check = firewalls(lab)
    first = play(lab, "site")
    after_first = firewalls(lab)
    second = play(lab, "site")
    return FirstRuns(before, checked, after_check, first, after_first, second, firewalls(lab))


@pytest.fixture(name="decided")
def decided_fixture(tmp_path: pathlib.Path) -> tuple[str, str]:
    """Options that give a run the decisions of a file."""
    file = tmp_path / "decisions.json"
    file.write_text(json.dumps(DECISIONS), encoding="utf-8")
    return "-e", f"@{file}"


def open_ports(lab: Lab) -> set[Probe]:
    with listening(lab, "mgmt1", tcp=(80, 443)), listening(lab, "site1", tcp=(21, 5011, 5012, 61003)):
        return got_through(lab, {"floor": KNOCKS}, expected=set())


@pytest.mark.parametrize("host", MANAGED)
def test_debian_has_the_versions_that_we_say_are_tested(lab: Lab, host: str) -> None:
    package, version, python = VERSIONS[host]
    assert re.match(version, lab.enter(host, ["dpkg-query", "-W", "-f", "${Version}", package]).stdout)
    assert lab.enter(host, ["python3", "--version"]).stdout.startswith(f"Python {python}.")


def test_check_mode_on_fresh_machines_tells_and_changes_nothing(runs: FirstRuns) -> None:
    assert runs.checked.status == 0, runs.checked.text
    assert all(runs.checked.summary[host].startswith("would change: ") for host in MANAGED), runs.checked.text
    assert runs.after_check == runs.before


def test_the_first_run_enforces_the_plan_on_every_host(runs: FirstRuns) -> None:
    assert runs.first.status == 0, runs.first.text
    assert all(runs.first.summary[host].startswith("changed: ") for host in MANAGED), runs.first.text
    for host in MANAGED:
        assert runs.after_first[host] != runs.before[host]


def test_the_readme_shows_what_the_first_run_says(runs: FirstRuns) -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"^HOST .*?(?=^```)", readme, re.DOTALL | re.MULTILINE)
    assert shown is not None
    assert shown[0] in runs.first.text, runs.first.text


def test_the_second_run_changes_nothing_and_says_so(runs: FirstRuns) -> None:
    assert runs.second.status == 0, runs.second.text
    assert runs.second.changes.keys() >= set(MANAGED), runs.second.text
    assert set(runs.second.changes.values()) == {0}, runs.second.text
    assert runs.second.summary == dict.fromkeys(MANAGED, "no change"), runs.second.text
    assert runs.after_second == runs.after_first


@pytest.mark.usefixtures("runs")
def test_decisions_and_the_plan_approved_for_them(lab: Lab, tmp_path: pathlib.Path, decided: tuple[str, str]) -> None:
    outdated, approved = (("-e", f"printops_plan_file={tmp_path / name}.json") for name in ("outdated", "approved"))
    for options in (outdated, (*approved, *decided)):
        planned = play(lab, "plan", *options)
        assert planned.status == 0, planned.text
    before = firewalls(lab)
    assert open_ports(lab) == KNOCKS - OPENED_BY_THEM

    refused = play(lab, "site", *outdated, *decided)
    assert refused.status != 0
    assert "the inventory no longer compiles to this plan; make a new plan and have it approved." in " ".join(
        refused.text.split()
    )
    assert firewalls(lab) == before

    foreseen = play(lab, "site", "--check", *approved, *decided)
    assert foreseen.status == 0, foreseen.text
    assert all(foreseen.summary[host].startswith("would change: ") for host in MANAGED), foreseen.text
    assert firewalls(lab) == before

    applied = play(lab, "site", *approved, *decided)
    assert applied.status == 0, applied.text
    assert all(applied.summary[host].startswith("changed: ") for host in MANAGED), applied.text
    assert open_ports(lab) == KNOCKS - CLOSED_BY_THEM

    undone = play(lab, "site")
    assert undone.status == 0, undone.text
    assert {host: firewall_of(lab, host).files for host in MANAGED} == {host: before[host].files for host in MANAGED}
    assert open_ports(lab) == KNOCKS - OPENED_BY_THEM


@pytest.mark.usefixtures("runs")
def test_a_host_that_is_not_reached_is_named_and_the_others_get_their_rules(lab: Lab, decided: tuple[str, str]) -> None:
    before = firewall_of(lab, "site2")
    assert lab.enter("site2", ["systemctl", "stop", "ssh"]).returncode == 0
    try:
        partial = play(lab, "site", *decided, keep_connections=False)
        untouched = firewall_of(lab, "site2")
    finally:
        lab.enter("site2", ["systemctl", "start", "ssh"])
    assert partial.status != 0
    assert partial.summary["site2"].startswith("NOT APPLIED: the host failed or was not reached"), partial.text
    assert untouched == before
    for host in ("mgmt1", "site1"):
        assert partial.summary[host].startswith("changed: "), partial.text

    later = play(lab, "site", *decided)
    assert later.status == 0, later.text
    assert {host: outcome.split(":")[0] for host, outcome in later.summary.items()} == {
        "mgmt1": "no change",
        "site1": "no change",
        "site2": "changed",
    }


def part_of_the_inventory(
    lab: Lab,
    folder: pathlib.Path,
    *planned: str,
) -> pathlib.Path:
    """An inventory that has only some of the hosts."""
    listed = subprocess.run(
        [str(pathlib.Path(sys.executable).with_name("ansible-inventory")), "-i", str(INVENTORY), "--list"],
        capture_output=True,
        text=True,
        check=True,
        cwd=CHECKOUT,
    )
    whole = json.loads(listed.stdout)
    variables = whole["_meta"]["hostvars"]

    def members(name: str) -> list[str]:
        group = whole.get(name, {})
        return [*group.get("hosts", ()), *(host for child in group.get("children", ()) for host in members(child))]

    groups = {
        name: {"hosts": dict.fromkeys(host for host in members(name) if host in planned)}
        for name in whole
        if name.startswith("safeq6_")
    }
    file = folder / "part.yml"
    state = {"lab_state": str(lab.ssh_config.parent)}
    hosts = {name: {**variables[name], **state} for name in planned}
    file.write_text(json.dumps({"all": {"hosts": hosts, "children": groups}}), encoding="utf-8")
    return file


@pytest.mark.usefixtures("runs")
def test_an_inventory_that_is_not_whole_closes_nothing_unless_somebody_says_so(
    lab: Lab, tmp_path: pathlib.Path
) -> None:
    whole = play(lab, "site")
    assert whole.status == 0, whole.text
    before = firewalls(lab)
    part = part_of_the_inventory(lab, tmp_path, "mgmt1", "site1")

    refused = play(lab, "site", inventory=part)
    assert refused.status != 0
    assert "had hosts that this inventory does not have: site2." in " ".join(refused.text.split())
    assert firewalls(lab) == before

    foreseen = play(lab, "site", "--check", inventory=part)
    assert foreseen.status == 0, foreseen.text
    assert "had hosts that this inventory does not have: site2." in " ".join(foreseen.text.split())

    limited = play(lab, "site", "--limit", "site1")
    assert limited.status == 0, limited.text
    assert firewalls(lab) == before

    plan = ("-e", f"printops_plan_file={tmp_path / 'plan.json'}")
    assert play(lab, "plan", *plan).status == 0
    withheld = play(lab, "site", *plan, inventory=part)
    assert withheld.status != 0
    assert "- site2 is in the plan no more" in " ".join(withheld.text.split())
