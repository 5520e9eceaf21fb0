# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a plan goes, that an approved one is kept, and that a blank field says nothing."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
INVENTORY = {
    "safeq6_management": {"hosts": {"one": {"ansible_host": "192.0.2.10"}}},
    "all": {"vars": {"printops_networks": {"user": ["198.51.100.0/25"]}}},
}


def run(folder: pathlib.Path, playbook: str, **variables: object) -> subprocess.CompletedProcess[str]:
    inventory = folder / "hosts.json"
    inventory.write_text(json.dumps(INVENTORY), encoding="utf-8")
    return subprocess.run(
        ["ansible-playbook", "-i", str(inventory), str(CHECKOUT / "playbooks" / playbook), "-e", json.dumps(variables)],
        cwd=folder,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".collections")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_an_approved_plan_is_kept_unless_asked_otherwise(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "plan.json"
    first = run(tmp_path, "plan.yml", printops_plan_file=str(file))
    assert first.returncode == 0, said(first)
    approved = file.read_bytes()

    same = run(tmp_path, "plan.yml", printops_plan_file=str(file))
    assert "no change" in same.stdout
    assert "is kept" not in same.stdout

    wider = {"printops_plan_file": str(file), "printops_management": ["0.0.0.0/0"]}
    shown = run(tmp_path, "plan.yml", **wider)
    assert shown.returncode == 0, said(shown)
    assert "+ one in the port of SSH or WinRM from 0.0.0.0/0 [printops_management]" in said(shown)
    assert f"{file} is kept as it was. To write this plan over it: -e printops_plan_replace=true" in said(shown)
    assert file.read_bytes() == approved

    refused = run(tmp_path, "site.yml", **wider)
    assert refused.returncode != 0
    assert "+ one in the port of SSH or WinRM from 0.0.0.0/0 [printops_management]" in said(refused)

    written = run(tmp_path, "plan.yml", **wider, printops_plan_replace=True)
    assert "is kept" not in written.stdout
    assert json.loads(file.read_text())["hosts"]["one"]["management"] == ["0.0.0.0/0"]


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_a_blank_field_says_nothing(tmp_path: pathlib.Path, blank: str | None) -> None:
    names = ("plan_file", "plan_replace", "management", "site", "confirm_timeout", "security", "features", "egress")
    done = run(tmp_path, "plan.yml", **{f"printops_{name}": blank for name in names})
    assert done.returncode == 0, said(done)
    assert [path.name for path in tmp_path.iterdir()] == ["hosts.json"]


@pytest.mark.parametrize(
    ("place", "message"), [(".", "a folder; give the path of a file"), ("no/plan.json", "not there")]
)
def test_what_is_no_place_for_a_file_is_told_before_anything(tmp_path: pathlib.Path, place: str, message: str) -> None:
    done = run(tmp_path, "plan.yml", printops_plan_file=str(tmp_path / place))
    assert done.returncode != 0
    assert message in said(done)
    assert "flows in rules" not in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["hosts.json"]
