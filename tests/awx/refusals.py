# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX refuses, as a real one was seen to; what it takes without a word is taken here too."""

from __future__ import annotations

import re
import typing as t

Object = dict[str, t.Any]
Objects = t.Mapping[str, t.Mapping[int, Object]]

QUESTION_KEYS = ("question_name", "type", "variable", "required")


def refusal(
    kind: str, data: Object, *, objects: Objects, playbooks: t.Sequence[str], itself: int | None = None
) -> Object | None:
    """The body of the answer 400, or none."""
    if kind == "workflow_job_template_nodes":
        same = [one for one in objects[kind].values() if _same(one, data, "identifier", "workflow_job_template")]
        if any(one["id"] != itself for one in same):
            return {"__all__": ["Workflow job template node with this workflow and identifier already exists."]}
    elif kind not in ("project_updates", "schedules"):
        if not data.get("name"):
            return {"name": ["This field is required."]}
        same = [
            one
            for one in objects[kind].values()
            if _same(one, data, "name", "organization", "credential_type", "inventory")
        ]
        if any(one["id"] != itself for one in same):
            return {"name": [f"{kind} with this Name already exists."]}
    look = _LOOKS.get(kind)
    return look(data, objects, playbooks) if look else None


def _same(one: Object, other: Object, *keys: str) -> bool:
    return all(one.get(key) == other.get(key) for key in keys)


def _credential_type(data: Object, _objects: Objects, _playbooks: t.Sequence[str]) -> Object | None:
    if data.get("kind") not in ("cloud", "net"):
        return {"kind": [f"Must be 'cloud' or 'net', not {data.get('kind')}"]}
    for field in data.get("inputs", {}).get("fields", ()):
        if field.get("type", "string") not in ("string", "boolean"):
            return {"inputs": [f"'{field['type']}' is not one of ['string', 'boolean']"]}
    names = [name for name in data.get("injectors", {}).get("env", ()) if name.startswith("ANSIBLE_")]
    return (
        {"injectors": [f"Environment variable {names[0]} is not allowed to be used in credentials."]} if names else None
    )


def _job_template(data: Object, objects: Objects, playbooks: t.Sequence[str]) -> Object | None:
    project = objects["projects"].get(data.get("project", 0))
    if project is None:
        return {"project": ["This field is required."]}
    if not any(one["project"] == project["id"] for one in objects["project_updates"].values()):
        return {"playbook": ["Playbook not found for project."]}
    if data.get("playbook") not in playbooks:
        return {"playbook": ["Playbook not found for project."]}
    return None


def _schedule(data: Object, _objects: Objects, _playbooks: t.Sequence[str]) -> Object | None:
    rule = data.get("rrule", "")
    if not re.search(r"DTSTART(;TZID=\S+)?:\d{8}T\d{6}Z?", rule):
        return {"rrule": ["Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ"]}
    if re.search(r"DTSTART;TZID=\S+:\d{8}T\d{6}Z", rule):
        return {"rrule": ["DTSTART cannot have both TZID and Z."]}
    if "INTERVAL" not in rule:
        return {"rrule": ["INTERVAL required in rrule."]}
    return {"rrule": ["SECONDLY is not supported."]} if "SECONDLY" in rule else None


_LOOKS: dict[str, t.Callable[[Object, Objects, t.Sequence[str]], Object | None]] = {
    "credential_types": _credential_type,
    "job_templates": _job_template,
    "schedules": _schedule,
}


def survey_refusal(spec: Object) -> str:
    """The error of the answer 400 to a survey; empty for one that is taken."""
    for key in ("name", "description", "spec"):
        if key not in spec:
            return f"'{key}' missing from survey spec."
    seen = set()
    for number, question in enumerate(spec["spec"]):
        for key in QUESTION_KEYS:
            if key not in question:
                return f"'{key}' missing from survey question {number}"
        if question["variable"] in seen:
            return f"'variable' '{question['variable']}' duplicated in survey question {number}."
        seen.add(question["variable"])
        default = question.get("default")
        if question["type"] == "multiselect" and default and not isinstance(default, str):
            return f"The default of survey question {number} must be lines of text."
        if question["type"] in ("integer", "float") and isinstance(default, str) and default:
            return (
                f"Default value {default} for '{question['variable']}' expected to be of the {question['type']} type."
            )
    return ""
