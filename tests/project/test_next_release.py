# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page about another release says what happens: its example is run, word for word."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs" / "next_release.md").read_text(encoding="utf-8")
CONSOLES = re.findall(r"^```console\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
YAMLS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(name="example")
def example_fixture(tmp_path: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(shutil.copytree(CHECKOUT / "inventory_examples" / "next_release", tmp_path / "example"))


def run(command: str, *more: str, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """A command of the page, as its reader types it in the folder of the example."""
    return subprocess.run(
        ["sh", "-c", " ".join([command, *more])],
        cwd=folder,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".collections")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def command_of(console: str) -> str:
    lines = console.replace("\\\n", " ").splitlines()
    return next(line.removeprefix("$ ") for line in lines if line.startswith("$ ansible-playbook"))


def shown(console: str) -> list[str]:
    """What the page shows of the output, without where it leaves something out."""
    lines = console.replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.startswith(("$", "…"))]


def test_the_document_of_the_example_changes_what_the_page_shows(example: pathlib.Path) -> None:
    done = run(command_of(CONSOLES[0]), folder=example)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.splitlines()
    assert [line for line in shown(CONSOLES[0]) if line not in printed] == []
    draft = (example / "draft.yml").read_text(encoding="utf-8")
    assert YAMLS[0] in draft
    again = run(command_of(CONSOLES[0]), folder=example)
    assert again.returncode == 0
    assert "Wrote" not in again.stdout


def test_a_draft_with_answers_is_not_written_over(example: pathlib.Path) -> None:
    (example / "draft.yml").write_text("answers\n", encoding="utf-8")
    done = run(command_of(CONSOLES[0]), folder=example)
    assert done.returncode != 0
    assert "draft.yml is there already and differs" in " ".join((done.stdout + done.stderr).split())
    assert (example / "draft.yml").read_text(encoding="utf-8") == "answers\n"


def test_check_mode_writes_nothing(example: pathlib.Path) -> None:
    done = run(command_of(CONSOLES[0]), "--check", folder=example)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Would write" in done.stdout
    assert not (example / "draft.yml").exists()


def test_the_answered_overlay_is_the_draft_with_the_answers_of_the_page(example: pathlib.Path) -> None:
    run(command_of(CONSOLES[0]), folder=example)
    draft = (example / "draft.yml").read_text(encoding="utf-8")
    answered = draft[: draft.index("    treatment: unanswered")].replace("client: []", "client: [audit_collector]")
    answered = answered.replace("changes:\n", f"{YAMLS[1]}changes:\n", 1)
    assert (example / "catalogs" / "safeq6_spring_2031.yml").read_text(encoding="utf-8") == answered
    assert YAMLS[2] in answered


def test_the_plan_changes_as_the_page_shows(example: pathlib.Path) -> None:
    plan = command_of(CONSOLES[1])
    networks = {"user": ["198.51.100.0/24"], "ua": ["203.0.113.0/27"]}
    before = json.dumps({"printops_catalogs": ["safeq6"], "printops_networks": networks})
    assert run(plan, f"-e '{before}'", folder=example).returncode == 0
    done = run(plan, folder=example)
    assert done.returncode == 0, done.stdout + done.stderr
    changes = [line for line in done.stdout.splitlines() if re.match(r"[-+] safeq", line)]
    assert changes == [line for line in shown(CONSOLES[1]) if re.match(r"[-+] safeq", line)]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("", "Say which document"),
        ("-e catalog_document=none.html -e catalog_base=safeq6", "none.html: No such file or directory"),
        ("-e catalog_document=Network_Communication.html -e catalog_bass=safeq6", "Unknown: catalog_bass"),
        ("-e catalog_document=Network_Communication.html", "name the catalog to compare with"),
        (
            "-e catalog_document=Network_Communication.html -e catalog_base=safeq6 -e catalog_draft=draft.yml",
            "draft.yml must be an absolute path",
        ),
    ],
)
def test_what_is_asked_wrongly_is_told(extra: str, message: str, example: pathlib.Path) -> None:
    done = run("ansible-playbook printops.firewall.catalog", extra, folder=example)
    assert done.returncode != 0
    assert message in " ".join((done.stdout + done.stderr).split())
