# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""awx_configure against the stand-in: what it writes, that it writes it once, and what is left after a refusal."""

from __future__ import annotations

import importlib
import itertools
import json
import pathlib
import typing as t

import pytest
import yaml

from .conftest import SECRETS, Runs, StandIn
from .standin import TOKEN

ORDER = (
    "organizations",
    "teams",
    "credential_types",
    "credentials",
    "execution_environments",
    "projects",
    "inventories",
    "inventory_sources",
    "job_templates",
    "workflow_job_templates",
    "workflow_job_template_nodes",
    "schedules",
)
CHAIN = ("preinstall", "plan", "preview", "approve", "apply", "verify", "report")
NEXT = "of-tomorrow"
BEYOND_THE_ARGUMENTS = {"type", "managed"}
"""What the modules of C(awx.awx) add of themselves."""

SMALL: dict[str, t.Any] = {
    "aap_organizations": [{"name": "Small"}],
    "controller_projects": [
        {"name": "git", "organization": "Small", "scm_type": "git", "scm_url": "https://git.example.com/x.git"}
    ],
    "controller_inventories": [{"name": "hosts", "organization": "Small"}],
    "controller_templates": [
        {
            "name": "plan",
            "organization": "Small",
            "project": "git",
            "inventory": "hosts",
            "playbook": "playbooks/plan.yml",
            "survey_enabled": True,
            "survey_spec": {
                "name": "",
                "description": "",
                "spec": [
                    {
                        "question_name": "Format",
                        "question_description": "",
                        "variable": "printops_plan_format",
                        "type": "multiplechoice",
                        "choices": ["text", "csv"],
                        "required": False,
                        "default": "text",
                    }
                ],
            },
        }
    ],
    "controller_workflows": [
        {
            "name": "change",
            "organization": "Small",
            "simplified_workflow_nodes": [
                {"identifier": "plan", "unified_job_template": "plan", "success_nodes": ["approve"]},
                {"identifier": "approve", "approval_node": {"name": "Apply"}, "success_nodes": ["again"]},
                {"identifier": "again", "unified_job_template": "plan"},
            ],
        }
    ],
}


def small(folder: pathlib.Path, **changes: t.Any) -> str:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    (data / "all.yml").write_text(yaml.safe_dump({**SMALL, **changes}), encoding="utf-8")
    return str(data)


def arguments_of(kind: str) -> set[str]:
    """The arguments of the module that writes these objects, and the keys of what it makes besides."""
    module = (
        "workflow_job_template_node"
        if kind.endswith("_nodes")
        else kind.removesuffix("s").replace("inventorie", "inventory")
    )
    documentation = importlib.import_module(f"ansible_collections.awx.awx.plugins.modules.{module}").DOCUMENTATION
    options = yaml.safe_load(documentation)["options"]
    return {*options, *(alias for option in options.values() for alias in option.get("aliases", ()))}


def test_everything_is_made_and_a_second_run_writes_nothing(runs: Runs) -> None:
    assert runs.first.status == 0, runs.first.text
    assert runs.second.status == 0, runs.second.text
    made = [one.path.split("/")[3] for one in runs.first.writes if one.path.count("/") == 4]
    assert list(dict.fromkeys(made)) == list(ORDER)
    assert runs.second.writes == []
    assert "changed=0" in runs.second.text


def test_no_secret_is_told(runs: Runs) -> None:
    texts = [value if isinstance(value, str) else value["database_password"] for value in SECRETS.values()]  # type: ignore[index]
    assert [text for text in texts if text in runs.first.text + runs.second.text] == []


def test_what_is_sent_are_arguments_of_the_modules(runs: Runs) -> None:
    sent = [one for one in runs.first.writes if one.path.count("/") == 4]
    unknown = {
        (one.path, key)
        for one in sent
        for key in one.data.keys() - arguments_of(one.path.split("/")[3]) - BEYOND_THE_ARGUMENTS
    }
    assert sent
    assert unknown == set()


def test_slices_have_no_limit_and_templates_ask_for_nothing(runs: Runs) -> None:
    templates = {one["name"]: one for one in runs.stand_in.awx.objects["job_templates"].values()}
    assert {name for name, one in templates.items() if one["job_slice_count"] > 1} == {
        "printops apply",
        "printops preview",
    }
    for one in templates.values():
        assert one["limit"] == ""
        assert {key for key, value in one.items() if key.startswith("ask_") and value} == set()
    (workflow,) = runs.stand_in.awx.objects["workflow_job_templates"].values()
    assert not workflow.get("limit")


def nodes_of(stand_in: StandIn) -> dict[str, dict[str, t.Any]]:
    return {one["identifier"]: one for one in stand_in.awx.objects["workflow_job_template_nodes"].values()}


def links_of(stand_in: StandIn, kind: str) -> dict[str, list[str]]:
    names = {one["id"]: name for name, one in nodes_of(stand_in).items()}
    members = stand_in.awx.members
    return {
        name: [names[number] for number in members.get(("workflow_job_template_nodes", one["id"], kind), ())]
        for name, one in nodes_of(stand_in).items()
    }


def test_a_person_stands_between_the_plan_and_its_application(runs: Runs) -> None:
    links = links_of(runs.stand_in, "success_nodes")
    assert [name for name, led in links.items() if name not in {one for leads in links.values() for one in leads}] == [
        "preinstall"
    ]
    for name, following in itertools.pairwise(CHAIN):
        assert links[name] == [following]
    approval = nodes_of(runs.stand_in)["approve"]["unified_job_template"]
    assert runs.stand_in.awx.objects["workflow_approval_templates"][approval]["timeout"] > 0


def workflow_status(stand_in: StandIn, *, failing: str) -> str:
    """As AWX decides: a failed node that no failure or always link leaves makes the workflow fail."""
    handled = links_of(stand_in, "failure_nodes")[failing] or links_of(stand_in, "always_nodes")[failing]
    return "successful" if handled else "failed"


def test_whatever_fails_the_workflow_fails(runs: Runs) -> None:
    for name in nodes_of(runs.stand_in):
        assert workflow_status(runs.stand_in, failing=name) == "failed"


def test_approvers_may_read_what_they_approve_and_launch_nothing(runs: Runs) -> None:
    awx = runs.stand_in.awx
    team = {one["name"]: one["id"] for one in awx.objects["teams"].values()}
    granted = {
        (one["name"], role.removesuffix("_role"), actor)
        for kind in ("job_templates", "workflow_job_templates")
        for one in awx.objects[kind].values()
        for role, facts in one["summary_fields"]["object_roles"].items()
        for actor, number in team.items()
        if number in awx.members.get(("roles", facts["id"], "teams"), ())
    }
    approvers = {(name, role) for name, role, actor in granted if actor == "Print approvers"}
    assert approvers == {
        ("printops change", "approval"),
        *((f"printops {name}", "read") for name in ("preinstall", "plan", "preview")),
    }
    assert ("printops change", "approval", "Print operators") not in granted
    assert ("printops apply", "execute", "Print operators") not in granted


def test_secrets_rotate_only_where_asked(runs: Runs) -> None:
    rotated = runs.stand_in.configure(awx_configure_update_secrets=True, awx_configure_vault_password=NEXT)
    assert rotated.status == 0, rotated.text
    assert {(one.method, one.path.split("/")[3]) for one in rotated.writes} == {("PATCH", "credentials")}
    vault = runs.stand_in.named("credentials", "printops vault")
    assert vault is not None
    assert vault["inputs"]["vault_password"] == NEXT
    assert NEXT not in rotated.text


def test_what_somebody_changed_by_hand_is_taken_back(runs: Runs) -> None:
    awx = runs.stand_in.awx
    apply = runs.stand_in.named("job_templates", "printops apply")
    assert apply is not None
    apply |= {"ask_limit_on_launch": True, "limit": "site1"}
    nodes = nodes_of(runs.stand_in)
    awx.members[("workflow_job_template_nodes", nodes["apply"]["id"], "always_nodes")] = [nodes["report"]["id"]]
    awx.answer(
        "POST",
        ("workflow_job_template_nodes",),
        query={},
        data={"identifier": "by-hand", "workflow_job_template": nodes["apply"]["workflow_job_template"]},
    )
    again = runs.stand_in.configure()
    assert again.status == 0, again.text
    assert (apply["ask_limit_on_launch"], apply["limit"]) == (False, "")
    assert "by-hand" not in nodes_of(runs.stand_in)
    assert links_of(runs.stand_in, "always_nodes")["apply"] == []


def test_a_user_and_a_password_do_as_well(stand_in: StandIn, tmp_path: pathlib.Path) -> None:
    access = {"awx_configure_token": "", "awx_configure_username": "admin", "awx_configure_password": TOKEN}
    made = stand_in.configure(awx_configure_data=small(tmp_path), **access)
    assert made.status == 0, made.text
    again = stand_in.configure(awx_configure_data=small(tmp_path), **access)
    assert again.status == 0, again.text
    assert {one.path.split("/")[3] for one in again.writes} == {"tokens"}
    assert TOKEN not in made.text + again.text


def test_check_mode_sends_nothing(stand_in: StandIn) -> None:
    checked = stand_in.configure("--check")
    assert checked.status == 0, checked.text
    assert checked.writes == []


def test_a_new_template_whose_survey_is_refused_is_taken_away(stand_in: StandIn, tmp_path: pathlib.Path) -> None:
    stand_in.refuse("POST /api/v2/job_templates/[0-9]+/survey_spec")
    refused = stand_in.configure(awx_configure_data=small(tmp_path))
    assert refused.status != 0
    assert "AWX refused the job template plan: Failed to update survey: refused, as the test asked" in refused.said
    assert "It was new and is taken away again." in refused.said
    assert stand_in.named("job_templates", "plan") is None

    stand_in.refuse()
    assert stand_in.configure(awx_configure_data=small(tmp_path)).status == 0
    assert stand_in.named("job_templates", "plan") is not None
    stand_in.refuse(
        "POST /api/v2/workflow_job_template_nodes/[0-9]+/create_approval", "PATCH /api/v2/workflow_approval"
    )
    changed = [{**SMALL["controller_workflows"][0], "description": "changed"}]
    changed[0]["simplified_workflow_nodes"] = json.loads(json.dumps(changed[0]["simplified_workflow_nodes"]))
    changed[0]["simplified_workflow_nodes"][1]["approval_node"]["name"] = "Apply now"
    half = stand_in.configure(awx_configure_data=small(tmp_path, controller_workflows=changed))
    assert half.status != 0
    assert "AWX refused the workflow change" in half.said
    assert "It was half made and is taken away; the next run makes it anew." in half.said
    assert stand_in.named("workflow_job_templates", "change") is None
    stand_in.refuse()
    assert stand_in.configure(awx_configure_data=small(tmp_path, controller_workflows=changed)).status == 0
    assert links_of(stand_in, "success_nodes") == {"plan": ["approve"], "approve": ["again"], "again": []}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"controller_inventories": [{"name": "7", "organization": "Small"}]}, "the name 7 is of digits alone"),
        (
            {"controller_templates": [{"name": "x", "job_slice_count": 2, "limit": "a"}]},
            "a limit does not shape slices",
        ),
    ],
)
def test_mistakes_are_told_before_anything_is_sent(
    stand_in: StandIn, tmp_path: pathlib.Path, changes: dict[str, t.Any], said: str
) -> None:
    refused = stand_in.configure(awx_configure_data=small(tmp_path, **changes))
    assert refused.status != 0
    assert "Nothing was sent to AWX." in refused.said
    assert said in refused.said
    assert refused.writes == []


def test_an_unknown_key_is_an_error(stand_in: StandIn, tmp_path: pathlib.Path) -> None:
    data = small(tmp_path, aap_organizations=[{"name": "Small", "galaxy_credential": "x"}])
    refused = stand_in.configure(awx_configure_data=data)
    assert refused.status != 0
    assert "galaxy_credential" in refused.said
    assert refused.writes == []
