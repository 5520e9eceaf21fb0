# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of each job template through ansible-runner, as AWX runs it: with a survey's defaults, and blank."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing as t

import pytest
import yaml

from .conftest import Lab
from .probes.playbooks import CHECKOUT, INVENTORY, KEPT, MANAGED

DATA = CHECKOUT / "roles" / "awx_configure" / "files" / "data" / "templates.yml"
PROJECT = CHECKOUT / "inventory_examples" / "awx"
IN_AWX = {"awx_job_id": 7, "tower_job_id": 7, "awx_workflow_job_id": 3}
REQUIRED = {"explain_host": "site1"}
SURVEYS = ("defaults", "blank")

Template = t.Mapping[str, t.Any]


class Loader(yaml.SafeLoader):
    """With Ansible's tag of texts that are not templated here, but in the job."""


def text_of(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    assert isinstance(node, yaml.ScalarNode)
    return str(loader.construct_scalar(node))


Loader.add_constructor("!unsafe", text_of)


def templates() -> dict[str, Template]:
    """The templates of the data file, by the last word of their names."""
    loaded = yaml.load(DATA.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506
    found = [value for value in loaded.values() if isinstance(value, dict) and "playbook" in value]
    return {one["name"].split()[-1]: one for one in found}


TEMPLATES = templates()


def answers(template: Template, survey: str) -> dict[str, t.Any]:
    questions = template.get("survey_spec", {}).get("spec", ())
    given = {one["variable"]: one["default"] if survey == "defaults" else "" for one in questions}
    return {**given, **{name: value for name, value in REQUIRED.items() if name in given}}


class Job(t.NamedTuple):
    """What ansible-runner keeps of a run: C(stats) are those of set_stats, as AWX hands them on."""

    status: str
    output: str
    folder: pathlib.Path
    stats: dict[str, t.Any]


def launch(lab: Lab, place: pathlib.Path, name: str, **variables: t.Any) -> Job:
    template = TEMPLATES[name]
    shutil.rmtree(place, ignore_errors=True)
    (place / "env").mkdir(parents=True)
    shutil.copytree(PROJECT / "playbooks", place / "project" / "playbooks")
    extra = {**IN_AWX, **template.get("extra_vars", {}), **variables}
    (place / "env" / "extravars").write_text(json.dumps(extra), encoding="utf-8")
    options = ["--check"] if template.get("job_type") == "check" else []
    options += ["--diff"] if template.get("diff_mode") else []
    (place / "env" / "cmdline").write_text(" ".join(options), encoding="utf-8")
    programs = pathlib.Path(sys.executable).parent
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    lab.run(
        [
            *(str(programs / "ansible-runner"), "run", str(place), "-p", template["playbook"], "-i", "job"),
            *("--inventory", str(INVENTORY)),
        ],
        env={
            **environment,
            "PATH": f"{programs}{os.pathsep}{environment['PATH']}",
            "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".collections"),
            "ANSIBLE_SSH_ARGS": KEPT,
        },
        stdin=subprocess.DEVNULL,
    )
    folder = place / "artifacts" / "job"
    events = [json.loads(file.read_text(encoding="utf-8")) for file in (folder / "job_events").glob("*.json")]
    stats = [one["event_data"].get("artifact_data", {}) for one in events if one["event"] == "playbook_on_stats"]
    return Job(
        (folder / "status").read_text(encoding="utf-8"),
        (folder / "stdout").read_text(encoding="utf-8"),
        folder,
        stats[0] if stats else {},
    )


@pytest.fixture(name="place")
def place_fixture(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "private"


@pytest.fixture(name="planned", scope="module")
def planned_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Job:
    lab.reset(*MANAGED)
    return launch(lab, tmp_path_factory.mktemp("plan") / "private", "plan")


class Applied(t.NamedTuple):
    refused: Job
    preview: Job
    applied: Job


@pytest.fixture(name="applied", scope="module")
def applied_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory, planned: Job) -> Applied:
    """The apply without an approved plan, its preview, and the apply of it, each in a folder of its own."""
    places = [tmp_path_factory.mktemp(name) / "private" for name in ("refused", "preview", "applied")]
    refused = launch(lab, places[0], "apply")
    return Applied(
        refused, launch(lab, places[1], "preview", **planned.stats), launch(lab, places[2], "apply", **planned.stats)
    )


def test_the_plan_is_kept_and_handed_on(planned: Job) -> None:
    assert planned.status == "successful", planned.output
    plan = json.loads((planned.folder / "plan.json").read_text(encoding="utf-8"))
    assert {*MANAGED} <= plan["hosts"].keys()
    assert planned.stats.keys() == {"printops_plan_fingerprint", "printops_plan_carried"}
    assert planned.stats["printops_plan_fingerprint"] in planned.output


def test_the_approved_plan_is_previewed_and_applied_and_nothing_is_without_it(applied: Applied) -> None:
    assert applied.refused.status == "failed"
    assert "This is a job of AWX, which may be a slice that sees some of the hosts" in applied.refused.output
    assert applied.preview.status == "successful", applied.preview.output
    assert applied.preview.output.count("would change: ") == len(MANAGED), applied.preview.output
    assert applied.applied.status == "successful", applied.applied.output
    assert applied.applied.output.count("  changed: ") == len(MANAGED), applied.applied.output
    assert applied.applied.stats == {}


@pytest.mark.parametrize("survey", SURVEYS)
@pytest.mark.usefixtures("applied")
def test_drift_tells_none(lab: Lab, place: pathlib.Path, survey: str) -> None:
    drift = launch(lab, place, "drift", **answers(TEMPLATES["drift"], survey))
    assert drift.status == "successful", drift.output
    assert json.loads((drift.folder / "drift.json").read_text(encoding="utf-8"))["drift"] is False
    assert drift.stats == {"drift": {"drift": False, "unreached": 0}}


@pytest.mark.parametrize("survey", SURVEYS)
def test_the_checks_tell_what_is_not_ready(lab: Lab, place: pathlib.Path, survey: str) -> None:
    checks = launch(lab, place, "preinstall", **answers(TEMPLATES["preinstall"], survey))
    assert checks.status == "failed"
    assert "The servers are not ready, see the table above." in checks.output
    report = json.loads((checks.folder / "readiness" / "readiness.json").read_text(encoding="utf-8"))
    assert report["ready"] is False
    assert (checks.folder / "readiness" / "readiness.html").is_file()
    assert checks.stats == {"readiness": {"ready": False}}


@pytest.mark.parametrize("survey", SURVEYS)
def test_explain_answers(lab: Lab, place: pathlib.Path, survey: str) -> None:
    explained = launch(lab, place, "explain", **answers(TEMPLATES["explain"], survey))
    assert explained.status == "successful", explained.output
    assert "site1" in explained.output


def test_explain_asks_for_a_host_that_was_left_blank(lab: Lab, place: pathlib.Path) -> None:
    blank = launch(lab, place, "explain", explain_host="", explain_port="", explain_from="")
    assert blank.status == "failed"
    assert "Say which host" in blank.output


@pytest.mark.parametrize("survey", SURVEYS)
@pytest.mark.usefixtures("applied")
def test_packets_say_that_the_plan_is_enforced(lab: Lab, place: pathlib.Path, planned: Job, survey: str) -> None:
    verified = launch(lab, place, "verify", **planned.stats, **answers(TEMPLATES["verify"], survey))
    assert verified.status == "successful", verified.output
    assert json.loads((verified.folder / "evidence.json").read_text(encoding="utf-8"))
    assert verified.stats == {"verification": {"passed": True}}


def test_the_report_is_of_the_approved_plan(lab: Lab, place: pathlib.Path, planned: Job) -> None:
    reported = launch(lab, place, "report", **planned.stats)
    assert reported.status == "successful", reported.output
    assert [file.name for file in (reported.folder / "report").iterdir()]


def test_every_template_is_tried() -> None:
    assert TEMPLATES.keys() == {"preinstall", "plan", "preview", "apply", "verify", "report", "drift", "explain"}
