# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role has a scenario, and all scenarios pass on a lab of their own."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
SCENARIOS = CHECKOUT / "extensions" / "molecule"
LAB = CHECKOUT / "tests" / "lab" / "lab.py"
ROLES = sorted(path.name for path in (CHECKOUT / "roles").iterdir())
ACTIONS = ("check", "converge", "idempotence", "verify")
LONGEST_INSTANCE = 32


def instance_of_this_run() -> str:
    suffix = "-molecule"
    base = os.environ.get("PRINTOPS_LAB_INSTANCE") or f"pytest-{os.getpid()}"
    return base[: LONGEST_INSTANCE - len(suffix)] + suffix


def run(*command: str | pathlib.Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=2400,
    )


@pytest.fixture(name="environment", scope="session")
def environment_fixture(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[dict[str, str]]:
    """What a lab and a state of molecule apart from all others need; the lab is gone afterwards."""
    place = tmp_path_factory.mktemp("molecule")
    environment = {
        **os.environ,
        "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_HOME": str(place / "ansible"),
        "MOLECULE_EPHEMERAL_DIRECTORY": str(place / "state"),
        "NO_COLOR": "1",
        "PRINTOPS_LAB_INSTANCE": instance_of_this_run(),
    }
    yield environment
    down = run(LAB, "down", environment=environment)
    assert down.returncode == 0, down.stdout


@pytest.fixture(name="tested", scope="session")
def tested_fixture(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return run("molecule", "test", "--all", environment=environment)


@pytest.mark.parametrize("role", ROLES)
def test_role_has_a_scenario(role: str) -> None:
    lacking = [
        name for name in ("molecule.yml", "converge.yml", "verify.yml") if not (SCENARIOS / role / name).is_file()
    ]
    assert lacking == []


def test_all_scenarios_pass_and_leave_no_lab(
    tested: subprocess.CompletedProcess[str], environment: dict[str, str]
) -> None:
    assert tested.returncode == 0, tested.stdout
    nothing_runs = 3
    status = run(LAB, "status", environment=environment)
    assert status.returncode == nothing_runs, status.stdout


@pytest.mark.parametrize("role", ROLES)
def test_scenario_did_what_it_is_for(role: str, tested: subprocess.CompletedProcess[str]) -> None:
    for action in ACTIONS:
        assert f"{role} > {action}: Executed: Successful" in tested.stdout, tested.stdout
