# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An approved plan is read by its fingerprint, and held to the part of the inventory that is to be seen."""

from __future__ import annotations

import hashlib
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.approved import (
    Approved,
    fingerprint_of,
    pack,
    read_approved,
    unpack,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import FORMAT, dump_plan

PLAN = {
    "format": FORMAT,
    "compiled_from": {},
    "hosts": {
        "one": {"provider": "auto", "components": ["safeq6_management", "safeq6_payment"], "rules": []},
        "two": {"provider": "auto", "components": ["safeq6_mfd"], "rules": []},
    },
}
SLICE = {"all": ["one", "bystander"], "safeq6_management": ["one"], "safeq6_payment": ["one"], "ungrouped": []}


@pytest.fixture(name="file")
def file_fixture(tmp_path: pathlib.Path) -> pathlib.Path:
    file = tmp_path / "plan.json"
    file.write_text(dump_plan(PLAN), encoding="utf-8")
    return file


def approved(**given: object) -> Approved | None:
    return read_approved(lambda name: given.get(name.removeprefix("printops_plan_")))


def test_a_slice_reads_the_plan_of_the_whole_from_a_file_or_a_variable(file: pathlib.Path) -> None:
    fingerprint = hashlib.sha256(file.read_bytes()).hexdigest()
    assert fingerprint_of(file) == fingerprint
    for given in ({"file": str(file)}, {"carried": pack(file)}, {"file": str(file), "carried": "of another plan"}):
        one = approved(fingerprint=f" {fingerprint.upper()} ", **given)
        assert one is not None
        assert one.read(SLICE) == (PLAN, file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_blank_fields_approve_nothing(blank: str | None, file: pathlib.Path) -> None:
    assert approved(fingerprint=blank, file=str(file), carried=blank) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"fingerprint": "abc", "file": "x"}, "printops_plan_fingerprint is 'abc'; it must be what the playbook plan"),
        ({"fingerprint": 7, "file": "x"}, "printops_plan_fingerprint is '7'"),
        ({"fingerprint": "0" * 64}, "printops_plan_fingerprint is given, and no plan"),
        ({"carried": "x"}, "printops_plan_carried is given without printops_plan_fingerprint"),
    ],
)
def test_half_an_approval_is_none(given: dict[str, t.Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        approved(**given)


def test_any_other_plan_is_refused(file: pathlib.Path) -> None:
    other = Approved("0" * 64, str(file), "")
    with pytest.raises(
        PlanError, match=rf"plan\.json: the fingerprint of this plan is {fingerprint_of(file)}, and the"
    ):
        other.read(SLICE)
    with pytest.raises(PlanError, match=r"nowhere\.json: not readable: No such file"):
        Approved("0" * 64, "/nowhere.json", "").read(SLICE)


@pytest.mark.parametrize("text", ["x", "eA==", "ä"])
def test_what_no_job_carried_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="printops_plan_carried is not what the playbook plan hands on"):
        unpack(text)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (
            {"all": ["one"], "safeq6_management": ["one"]},
            "one is in safeq6_management here, and in safeq6_management, ",
        ),
        ({"all": ["new"], "safeq6_mfd": ["new"]}, "new is in safeq6_mfd here, and in none there"),
        ({"all": ["two"], "safeq6_payment": ["two"]}, "two is in safeq6_payment here, and in safeq6_mfd there"),
        ({"all": ["two"]}, "two is in none of its groups here, and in safeq6_mfd there"),
    ],
)
def test_a_plan_of_another_inventory_is_refused(groups: dict[str, list[str]], said: str, file: pathlib.Path) -> None:
    with pytest.raises(PlanError, match=f"the approved plan was not made of this inventory: {said}"):
        Approved(fingerprint_of(file), str(file), "").read(groups)


def test_a_file_that_is_no_plan_is_refused(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(PlanError, match=r"plan\.json: not a plan"):
        Approved(fingerprint_of(file), str(file), "").read(SLICE)
