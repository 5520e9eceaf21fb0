# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates that every commit passes."""

from __future__ import annotations

import os
import pathlib
import subprocess
import tempfile

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = CHECKOUT / ".collections"

GATES = {
    "ruff check": (["ruff", "check", "."], CHECKOUT),
    "ruff format": (["ruff", "format", "--check", "."], CHECKOUT),
    "mypy plugins": (
        ["mypy", "--config-file", "../pyproject.toml", "-p", "ansible_collections.printops.firewall.plugins"],
        COLLECTION,
    ),
    "mypy lab and bench": (["mypy", "scripts", "tests/lab", "tests/bench", "--exclude", "tests/lab/lab.py"], CHECKOUT),
    "mypy windows": (["mypy", "tests/windows"], CHECKOUT),
    "mypy awx": (["mypy", "tests/awx"], CHECKOUT),
    "yamllint": (["yamllint", "--strict", "."], CHECKOUT),
    "ansible-lint": (["ansible-lint", "--offline", "--strict", "--profile", "production"], CHECKOUT),
    "changelog fragments": (["antsibull-changelog", "lint"], CHECKOUT),
}


@pytest.mark.parametrize("name", GATES)
def test_gate(name: str) -> None:
    command, folder = GATES[name]
    with tempfile.TemporaryDirectory() as ansible_home:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "ANSIBLE_HOME": ansible_home},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("role", sorted(path.name for path in (CHECKOUT / "roles").iterdir()))
def test_defaults_and_argument_specs_name_the_same_variables(role: str) -> None:
    folder = CHECKOUT / "roles" / role
    defaults = yaml.safe_load((folder / "defaults" / "main.yml").read_text()) or {}
    specs = yaml.safe_load((folder / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    optional = {name for name, spec in specs.items() if not spec.get("required")}
    assert set(defaults) == optional
