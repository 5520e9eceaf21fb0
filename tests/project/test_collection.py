# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user gets it: built, installed into an empty place, run by full names."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import tarfile

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]


def run(*command: str | pathlib.Path, cwd: pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    output = tmp_path_factory.mktemp("built")
    built = run("ansible-galaxy", "collection", "build", "--output-path", output, cwd=CHECKOUT)
    assert built.returncode == 0, built.stderr
    (file,) = output.glob("printops-firewall-*.tar.gz")
    return file


@pytest.fixture(scope="session")
def installed(archive: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    place = tmp_path_factory.mktemp("empty")
    done = run("ansible-galaxy", "collection", "install", archive, "--offline", "-p", place, cwd=place)
    assert done.returncode == 0, done.stderr
    return place


def test_the_archive_holds_what_is_needed_and_no_more(archive: pathlib.Path) -> None:
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    tops = {name.split("/")[0] for name in names}
    assert {"plugins", "roles", "playbooks", "meta", "README.md", "MANIFEST.json"} <= tops
    assert not tops & {".git", ".venv", ".collections", "build", "ansible.cfg", ".ci"}
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.parametrize("example", ["lab", "single", "company"])
def test_the_installed_plan_playbook_runs_by_its_full_name(
    installed: pathlib.Path, example: str, tmp_path: pathlib.Path
) -> None:
    plan_file = tmp_path / "plan.json"
    done = run(
        "ansible-playbook",
        "-i",
        CHECKOUT / "inventory_examples" / example,
        "printops.firewall.plan",
        "-e",
        f"printops_plan_file={plan_file}",
        cwd=tmp_path,
        ANSIBLE_COLLECTIONS_PATH=str(installed),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    golden = CHECKOUT / "tests" / "golden" / "plans" / f"{example}.json"
    assert json.loads(plan_file.read_text()) == json.loads(golden.read_text())


def test_the_plugins_alone_have_all_that_the_plan_is_made_of(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """As an execution environment or a vendored copy may have it."""
    part = "ansible_collections/printops/firewall/plugins"
    shutil.copytree(installed / part, tmp_path / part)
    shutil.copytree(CHECKOUT / "playbooks" / "tasks", tmp_path / "tasks")
    shutil.copy(CHECKOUT / "playbooks" / "plan.yml", tmp_path / "book.yml")
    plan_file = tmp_path / "plan.json"
    done = run(
        "ansible-playbook",
        "-i",
        CHECKOUT / "inventory_examples" / "single",
        "book.yml",
        "-e",
        f"printops_plan_file={plan_file}",
        cwd=tmp_path,
        ANSIBLE_COLLECTIONS_PATH=str(tmp_path),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert plan_file.read_bytes() == (CHECKOUT / "tests" / "golden" / "plans" / "single.json").read_bytes()


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("lookup", ["plan", "host_rules", "host_plan", "hosts_left", "flows"]),
        (
            "filter",
            [
                "awx_mistakes",
                "batches",
                "decisions",
                "drift",
                "drift_text",
                "explain",
                "given",
                "missing_collections",
                "network_questions",
                "plan_diff",
                "plan_summary",
                "readiness",
                "readiness_areas",
                "readiness_report",
                "site_summary",
                "verify_doors",
                "verify_evidence",
                "verify_questions",
                "verify_text",
            ],
        ),
        (
            "module",
            [
                "catalog_document",
                "clock_info",
                "directory_search_info",
                "firewall_state_info",
                "firewalld_rules",
                "flow_listener",
                "flow_probe_info",
                "leftovers",
                "mssql_browser_info",
                "network_probe_info",
                "network_throughput_info",
                "pending_change",
                "provider_info",
                "render_host",
                "report",
                "show",
                "ufw_rules",
                "windows_defender_change",
                "windows_defender_pending",
                "windows_defender_rules",
                "windows_defender_info",
            ],
        ),
        (
            "role",
            [
                "awx_configure",
                "firewalld",
                *(f"preinstall_{area}" for area in ("database", "directory", "network", "server")),
                "report",
                "ufw",
                "verify",
                "windows_defender",
            ],
        ),
    ],
)
def test_every_plugin_and_role_has_documentation(installed: pathlib.Path, kind: str, names: list[str]) -> None:
    done = run(
        "ansible-doc",
        "--json",
        "-t",
        kind,
        *(f"printops.firewall.{name}" for name in names),
        cwd=installed,
        ANSIBLE_COLLECTIONS_PATH=str(installed),
    )
    assert done.returncode == 0, done.stderr
    documented = json.loads(done.stdout)
    assert sorted(documented) == sorted(f"printops.firewall.{name}" for name in names)
    shipped = {"role": "*/meta/argument_specs.yml", "module": "*.py"}.get(kind, "*.py")
    folder = CHECKOUT / ("roles" if kind == "role" else f"plugins/{kind}{'s' if kind == 'module' else ''}")
    found = [path.parts[len(folder.parts)].removesuffix(".py") for path in folder.glob(shipped)]
    assert sorted(found) == sorted(names), f"every {kind} belongs into this test's table"
