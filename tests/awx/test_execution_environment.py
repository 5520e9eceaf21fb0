# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment is one that ansible-builder accepts, with what the roles need; navigator has settings."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess

import jsonschema
import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
DEFINITION = CHECKOUT / "execution_environment"
VERSION = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))["version"]


def run(*command: str | pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=CHECKOUT,
        env={**os.environ, "NO_COLOR": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(name="context", scope="module")
def context_fixture(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """What ansible-builder makes of the definition, as docs/awx.md has it built."""
    place = tmp_path_factory.mktemp("environment")
    shutil.copytree(DEFINITION, place / "definition", ignore=shutil.ignore_patterns("*.tar.gz"))
    built = run("ansible-galaxy", "collection", "build", "--output-path", place / "definition")
    assert built.returncode == 0, built.stdout
    made = run(
        "ansible-builder",
        "create",
        "--file",
        place / "definition" / "execution-environment.yml",
        "--context",
        place / "context",
        "--output-filename",
        "Containerfile",
    )
    assert made.returncode == 0, made.stdout
    assert "outdated" not in made.stdout.lower()
    return place / "context"


def test_builder_takes_the_base_image_that_is_named(context: pathlib.Path) -> None:
    named = yaml.safe_load((DEFINITION / "execution-environment.yml").read_text(encoding="utf-8"))
    text = (context / "Containerfile").read_text(encoding="utf-8")
    assert f'ARG EE_BASE_IMAGE="{named["images"]["base_image"]["name"]}"' in text
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) <= {"$EE_BASE_IMAGE", "base", "galaxy", "builder"}


def test_the_collection_of_this_checkout_goes_in(context: pathlib.Path) -> None:
    wanted = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert wanted[0]["name"] == f"collections/printops-firewall-{VERSION}.tar.gz"
    assert (context / "_build" / wanted[0]["name"]).is_file()


def test_what_roles_look_for_goes_in() -> None:
    wanted = yaml.safe_load((DEFINITION / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    looked_for: set[str] = set()
    for file in [*CHECKOUT.glob("roles/*/vars/*.yml"), *CHECKOUT.glob("roles/*/tasks/*.yml")]:
        text = file.read_text(encoding="utf-8")
        looked_for |= set(re.findall(r"\b((?:community|ansible|microsoft|awx)\.(?!builtin)[a-z]+)\b", text))
    assert looked_for
    assert looked_for - {one["name"] for one in wanted} == set()
    packages = (DEFINITION / "requirements.txt").read_text(encoding="utf-8")
    for line in (CHECKOUT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        assert line.startswith(("#", "ansible-core")) or line in packages.splitlines()


def test_navigator_takes_its_settings(tmp_path: pathlib.Path) -> None:
    settings = DEFINITION / "ansible-navigator.yml"
    told = run(
        "ansible-navigator",
        "settings",
        "--schema",
        "--mode",
        "stdout",
        "--execution-environment",
        "false",
        "--log-file",
        tmp_path / "log",
        ANSIBLE_NAVIGATOR_CONFIG=str(tmp_path / "none.yml"),
    )
    assert "$schema" in told.stdout, told.stdout
    schema = json.loads(told.stdout[told.stdout.index("{") : told.stdout.rindex("}") + 1])
    jsonschema.validate(yaml.safe_load(settings.read_text(encoding="utf-8")), schema)
