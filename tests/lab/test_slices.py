# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Four slices that apply the approved plan give the firewalls of an unsliced run, and without it change nothing."""

from __future__ import annotations

import hashlib
import json
import pathlib
import typing as t

import pytest

from .conftest import Lab
from .probes.playbooks import MANAGED, Firewall, Played, firewalls, play
from .probes.slices import slices

COUNT = 4
IN_AWX = ("-e", '{"awx_job_id": 7}')


def is_refused(played: Played) -> bool:
    return played.status != 0 and not any(played.changes.values())


class Sliced(t.NamedTuple):
    plan: pathlib.Path
    inventories: list[pathlib.Path]
    applied: list[Played]
    firewalls: dict[str, Firewall]

    @property
    def approval(self) -> tuple[str, ...]:
        fingerprint = hashlib.sha256(self.plan.read_bytes()).hexdigest()
        return *IN_AWX, "-e", f"printops_plan_file={self.plan}", "-e", f"printops_plan_fingerprint={fingerprint}"


@pytest.fixture(name="sliced", scope="module")
def sliced_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Sliced:
    """Slices on fresh machines: first with the plan withheld, then with it."""
    folder = tmp_path_factory.mktemp("slices")
    lab.reset(*MANAGED)
    before = firewalls(lab)
    inventories = slices(lab, folder, count=COUNT)
    for inventory in inventories:
        withheld = play(lab, "site", *IN_AWX, inventory=inventory)
        assert is_refused(withheld), withheld.text
        assert "This is a job of AWX, which may be a slice that sees some of the hosts" in withheld.text
    assert firewalls(lab) == before

    sliced = Sliced(folder / "plan.json", inventories, [], {})
    planned = play(lab, "plan", "-e", f"printops_plan_file={sliced.plan}")
    assert planned.status == 0, planned.text
    assert f"printops_plan_fingerprint: {sliced.approval[-1].partition('=')[2]}" in planned.text
    applied = [play(lab, "site", *sliced.approval, inventory=inventory) for inventory in inventories]
    return sliced._replace(applied=applied, firewalls=firewalls(lab))


def test_each_slice_applies_its_hosts_and_names_no_other(sliced: Sliced) -> None:
    assert [played.status for played in sliced.applied] == [0] * COUNT, [played.text for played in sliced.applied]
    summaries = [played.summary for played in sliced.applied]
    assert [[*summary] for summary in summaries] == [["site2"], ["mgmt1"], [], ["site1"]]
    assert all(outcome.startswith("changed: ") for summary in summaries for outcome in summary.values())
    assert "2 hosts of the plan in other parts of the inventory." in sliced.applied[0].text


def test_an_unsliced_run_finds_nothing_to_change(lab: Lab, sliced: Sliced) -> None:
    whole = play(lab, "site")
    assert whole.status == 0, whole.text
    assert whole.summary == dict.fromkeys(MANAGED, "no change"), whole.text
    assert set(whole.changes.values()) == {0}, whole.text
    assert firewalls(lab) == sliced.firewalls


def test_any_other_plan_is_refused_on_every_slice(lab: Lab, sliced: Sliced, tmp_path: pathlib.Path) -> None:
    other = tmp_path / "other.json"
    document = json.loads(sliced.plan.read_text(encoding="utf-8"))
    for host in document["hosts"].values():
        host["rules"] = []
    other.write_text(json.dumps(document), encoding="utf-8")
    for inventory in sliced.inventories:
        refused = play(lab, "site", *sliced.approval, "-e", f"printops_plan_file={other}", inventory=inventory)
        assert is_refused(refused), refused.text
        assert "it is not the plan that was approved" in " ".join(refused.text.split())
    assert firewalls(lab) == sliced.firewalls


def test_outside_awx_hosts_that_remember_the_plan_refuse_a_slice(lab: Lab, sliced: Sliced) -> None:
    for inventory in sliced.inventories:
        withheld = play(lab, "site", inventory=inventory)
        assert is_refused(withheld), withheld.text
    assert firewalls(lab) == sliced.firewalls
