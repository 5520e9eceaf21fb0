# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each thing that AWX takes without a word and does otherwise than one thinks is told before it is sent."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._awx.mistakes import mistakes

Item = dict[str, t.Any]

QUESTION: Item = {
    "question_name": "Fail on",
    "question_description": "",
    "variable": "preinstall_fail_on",
    "type": "multiplechoice",
    "choices": ["mandatory", "all"],
    "required": False,
    "default": "mandatory",
}
TEMPLATE: Item = {"name": "apply", "job_slice_count": 1, "credentials": ["key", "vault"]}
GOOD: dict[str, list[Item]] = {
    "controller_credentials": [
        {"name": "key", "credential_type": "Machine"},
        {"name": "other key", "credential_type": "Machine"},
        {"name": "vault", "credential_type": "Vault"},
    ],
    "controller_credential_types": [
        {
            "name": "checks",
            "kind": "cloud",
            "inputs": {"fields": [{"id": "password", "type": "string"}]},
            "injectors": {"env": {"PRINTOPS_PASSWORD": "{{ password }}"}},
        }
    ],
    "controller_projects": [{"name": "git", "scm_type": "git"}],
    "controller_templates": [TEMPLATE],
    "controller_workflows": [
        {
            "name": "change",
            "simplified_workflow_nodes": [
                {"identifier": "ask", "approval_node": {"name": "Apply", "timeout": 60}, "success_nodes": ["apply"]},
                {"identifier": "apply", "unified_job_template": "apply"},
            ],
        }
    ],
    "controller_schedules": [{"name": "nightly", "rrule": "DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"}],
    "controller_roles": [{"role": "read"}, {"role": "read"}],
}


def surveyed(**changes: t.Any) -> Item:
    question = {key: value for key, value in {**QUESTION, **changes}.items() if value != "GONE"}
    return {**TEMPLATE, "survey_enabled": True, "survey_spec": {"name": "", "description": "", "spec": [question]}}


def nodes(**changes: t.Any) -> Item:
    ask, apply = GOOD["controller_workflows"][0]["simplified_workflow_nodes"]
    return {"name": "change", "simplified_workflow_nodes": [ask, {**apply, **changes}]}


def test_what_is_right_is_not_told() -> None:
    assert mistakes(GOOD) == []
    assert mistakes({**GOOD, "controller_templates": [surveyed()]}) == []
    lines = surveyed(type="multiselect", default="mandatory\nall")
    number = surveyed(type="integer", choices="GONE", default=3, min=1, max=5)
    assert mistakes({**GOOD, "controller_templates": [{**TEMPLATE, "job_slice_count": "4"}]}) == []
    for template in (lines, number, surveyed(type="text", default="", choices="GONE")):
        assert mistakes({**GOOD, "controller_templates": [template]}) == []
    zone = [{"name": "nightly", "rrule": "DTSTART;TZID=Europe/Prague:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1"}]
    assert mistakes({**GOOD, "controller_schedules": zone}) == []


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ({**TEMPLATE, "name": "12"}, "the name 12 is of digits alone"),
        ({**TEMPLATE, "name": 12}, "a name is 12; it must be a text"),
        ({**TEMPLATE, "job_slice_count": 0}, "job_slice_count is 0; it must be 1 or more"),
        ({**TEMPLATE, "job_slice_count": 4, "limit": "site1"}, "a limit does not shape slices"),
        ({**TEMPLATE, "job_slice_count": 4, "ask_limit_on_launch": True}, "a limit does not shape slices"),
        ({**TEMPLATE, "credentials": ["key", "other key"]}, "2 credentials are of the type Machine; AWX takes one"),
        ({**TEMPLATE, "survey_enabled": True}, "survey_enabled is true, and there is no survey_spec"),
        ({**surveyed(), "survey_enabled": False}, "there is a survey_spec, and survey_enabled is not true"),
        ({**TEMPLATE, "survey_enabled": True, "survey_spec": {"spec": []}}, "must have name, description and spec"),
        ({**surveyed(), "extra_vars": {"preinstall_fail_on": "all"}}, "the survey's default, even a blank one"),
        (surveyed(required="GONE"), "required must be true or false"),
        (surveyed(question_description="GONE"), "question_description must be a text"),
        (surveyed(defualt="all"), "there is no key defualt"),
        (surveyed(type="choice"), "type is 'choice'; it must be one of text"),
        (surveyed(choices=7), "choices is 7; it must be a list of texts"),
        (surveyed(choices="mandatory\nall"), "choices is 'mandatory\\nall'; it must be a list of texts"),
        (surveyed(choices=[True, False]), "choices is [True, False]"),
        (surveyed(choices=["yes", "no"], default=""), "the choice yes is a truth value where variables are YAML"),
        (surveyed(default="mandat"), "default is 'mandat', which is none of the choices"),
        (surveyed(type="multiselect", default=["all"]), "it must be a text, a line for each"),
        (surveyed(type="multiselect", default="all\n"), "default is '', which is none of the choices"),
        (surveyed(type="multiselect", required=True), "a multiselect that is required refuses a launch"),
        (surveyed(type="integer", default="3"), "default is '3'; it must be a number"),
        (surveyed(type="integer", default=9, min=1, max=5), "default is 9, not within 1 and 5"),
        (surveyed(type="password", default="x"), "a password cannot have a default"),
        (surveyed(type="text", default="x\n"), "default ends in a line break"),
    ],
)
def test_mistakes_of_templates(template: Item, said: str) -> None:
    assert said in " ".join(mistakes({**GOOD, "controller_templates": [template]}))


@pytest.mark.parametrize(
    ("workflow", "said"),
    [
        ({**nodes(), "limit": "site1"}, "sets limit, which apply does not ask for: it would vanish without a word"),
        ({**nodes(), "inventory": "other"}, "sets inventory, which apply does not ask for"),
        (nodes(job_type="check"), "sets job_type, which apply does not ask for"),
        (nodes(extra_data={"a": 1}), "set ask_variables_on_launch"),
        (nodes(always_nodes=["verify"]), "always_nodes has verify, which is no node after it"),
        (nodes(approval_node={"name": "x"}), "give unified_job_template or approval_node"),
        (nodes(unified_job_template=None, approval_node={}), "approval_node must have a name"),
        (nodes(unified_job_template=None, approval_node={"name": "x", "timeout": -1}), "a negative one fails at once"),
        (
            {
                "name": "x",
                "simplified_workflow_nodes": [
                    {"identifier": "a", "unified_job_template": "apply", "always_nodes": ["b"]},
                    {"identifier": "b", "unified_job_template": "apply"},
                ],
            },
            "a failure that another node follows counts as handled",
        ),
    ],
)
def test_mistakes_of_workflows(workflow: Item, said: str) -> None:
    assert said in " ".join(mistakes({**GOOD, "controller_workflows": [workflow]}))


def test_a_limit_for_a_sliced_template_is_a_mistake_even_where_it_is_asked_for() -> None:
    template = {**TEMPLATE, "job_slice_count": 4, "ask_limit_on_launch": True}
    found = mistakes({**GOOD, "controller_templates": [template], "controller_workflows": [nodes(limit="site1")]})
    assert "sets a limit for apply, which is sliced" in " ".join(found)


@pytest.mark.parametrize(
    ("kind", "item", "said"),
    [
        ("controller_projects", {"name": "x", "scm_type": ""}, "a manual project must have a local_path"),
        ("controller_credential_types", {"name": "x", "kind": "ssh"}, "kind is 'ssh'; it must be cloud or net"),
        (
            "controller_credential_types",
            {"name": "x", "kind": "net", "inputs": {"fields": [{"id": "a", "type": "integer"}]}},
            "the field a is of type 'integer'",
        ),
        (
            "controller_credential_types",
            {"name": "x", "kind": "net", "injectors": {"env": {"ANSIBLE_USER": "a"}}},
            "AWX refuses names that begin with ANSIBLE_",
        ),
        (
            "controller_credential_types",
            {"name": "x", "kind": "net", "injectors": {"extra_vars": {"a": "b"}}},
            "extra_vars of injectors are replaced by those of a launch",
        ),
        (
            "controller_schedules",
            {"name": "x", "rrule": "DTSTART:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1"},
            "not both",
        ),
        (
            "controller_schedules",
            {"name": "x", "rrule": "DTSTART;TZID=Europe/Prague:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"},
            "not both",
        ),
        ("controller_schedules", {"name": "x", "rrule": "DTSTART:20260101T020000Z RRULE:FREQ=DAILY"}, "an INTERVAL"),
        (
            "controller_schedules",
            {"name": "x", "rrule": "DTSTART:20260101T020000Z RRULE:FREQ=SECONDLY;INTERVAL=1"},
            "no SECONDLY",
        ),
    ],
)
def test_mistakes_of_other_objects(kind: str, item: Item, said: str) -> None:
    assert said in " ".join(mistakes({kind: [item]}))


def test_a_manual_project_is_no_source_of_an_inventory() -> None:
    objects: dict[str, list[Item]] = {
        "controller_projects": [{"name": "local", "scm_type": "manual", "local_path": "x"}],
        "controller_inventory_sources": [{"name": "hosts", "source_project": "local"}],
    }
    assert "a manual project cannot be the source of an inventory" in " ".join(mistakes(objects))
    assert mistakes({"controller_projects": objects["controller_projects"]}) == []


def test_a_name_that_is_there_twice_is_told() -> None:
    twice = [{"name": "same", "organization": "one"}, {"name": "same", "organization": "two"}]
    assert mistakes({"controller_inventories": twice}) == [
        "controller_inventories: same is there 2 times; AWX finds objects by their names alone."
    ]
