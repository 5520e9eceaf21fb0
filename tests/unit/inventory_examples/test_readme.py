# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README from its first command on, as somebody goes it who has nothing else."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

from ansible_collections.printops.firewall.scripts.pages.readme import CHECKOUT, README, with_samples

TEXT = README.read_text(encoding="utf-8")
MOST_LINES = 150
"""Down to what is printed when the first plan was applied."""


def commands(beginning: str) -> list[str]:
    return re.findall(rf"^\$ ({re.escape(beginning)}.*)$", TEXT, flags=re.MULTILINE)


def test_the_samples_are_what_the_commands_print() -> None:
    assert with_samples(TEXT) == TEXT, "run scripts/readme_samples"


def test_the_first_applied_plan_is_near() -> None:
    (line,) = (number for number, text in enumerate(TEXT.splitlines()) if text.startswith("site2  firewalld"))
    assert line < MOST_LINES


@pytest.fixture(name="newcomer")
def newcomer_fixture(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder with the inventory of the README, and a home that has nothing."""
    (tmp_path / "home").mkdir()
    folder = tmp_path / "own"
    folder.mkdir()
    inventory = re.search(r"^```yaml\n(all:\n.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert inventory
    (folder / "hosts.yml").write_text(inventory[1], encoding="utf-8")
    return folder


def run(command: str, *, folder: pathlib.Path) -> str:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PRINTOPS_"))}
    done = subprocess.run(
        shlex.split(command.replace("$PWD", str(folder))),
        cwd=folder,
        env={**known, "HOME": str(folder.parent / "home")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def without_hashes(decisions: pathlib.Path) -> None:
    """Take the one # from each answer, as the README says."""
    text = decisions.read_text(encoding="utf-8")
    decisions.write_text(re.sub(r"^  # ", "  ", text, flags=re.MULTILINE), encoding="utf-8")


def test_its_commands_lead_from_nothing_to_a_plan_without_questions(newcomer: pathlib.Path) -> None:
    (clone,) = commands("git clone ")
    checkout = newcomer / pathlib.PurePath(clone).stem
    shutil.copytree(CHECKOUT, checkout, symlinks=True, ignore=shutil.ignore_patterns(".git", ".venv", "build"))
    (install,) = commands("ansible-galaxy ")
    assert "was installed successfully" in run(install, folder=newcomer)
    plan, decide = commands("ansible-playbook -i hosts.yml printops.firewall.plan")
    assert "3 waiting for a decision" in run(plan, folder=newcomer)
    run(decide, folder=newcomer)
    without_hashes(newcomer / "decisions.yml")
    assert " 0 waiting for a decision" in run(decide, folder=newcomer)


def test_its_commands_for_the_hosts_name_a_playbook_and_options_that_exist(newcomer: pathlib.Path) -> None:
    for command in commands("ansible-playbook -i hosts.yml printops.firewall.site"):
        (newcomer / "decisions.yml").write_text("---\n", encoding="utf-8")
        played = command.replace("printops.firewall.site", f"{CHECKOUT}/playbooks/site.yml")
        listed = run(f"env ANSIBLE_COLLECTIONS_PATH={CHECKOUT}/.collections {played} --list-tasks", folder=newcomer)
        assert "Apply the plan" in listed
