# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What AWX takes of whole objects without a word, and then does otherwise than one thinks."""

from __future__ import annotations

import collections
import re
import typing as t

from .survey import survey_mistakes

Item = t.Mapping[str, t.Any]
Objects = t.Mapping[str, t.Sequence[Item]]

NODE_LINKS = ("success_nodes", "failure_nodes", "always_nodes")
_ASKED = {
    "limit": "ask_limit_on_launch",
    "inventory": "ask_inventory_on_launch",
    "scm_branch": "ask_scm_branch_on_launch",
    "job_type": "ask_job_type_on_launch",
    "job_tags": "ask_tags_on_launch",
    "skip_tags": "ask_skip_tags_on_launch",
    "diff_mode": "ask_diff_mode_on_launch",
    "verbosity": "ask_verbosity_on_launch",
    "credentials": "ask_credential_on_launch",
    "execution_environment": "ask_execution_environment_on_launch",
    "forks": "ask_forks_on_launch",
    "job_slice_count": "ask_job_slice_count_on_launch",
    "extra_data": "ask_variables_on_launch",
}
"""What a workflow or a node sets, and what its templates must ask for: else it vanishes without a word."""
_OF_WORKFLOWS = ("limit", "inventory", "scm_branch", "job_tags", "skip_tags")


def mistakes(objects: Objects) -> list[str]:
    """A sentence for each mistake; C(objects) has the lists of C(infra.aap_configuration) by their variables."""
    return [
        *_names(objects),
        *(
            f"{kind}: {item.get('name')}: {one}."
            for kind, look in _LOOKS.items()
            for item in objects.get(kind, ())
            for one in look(item, objects)
        ),
    ]


def _names(objects: Objects) -> t.Iterator[str]:
    for kind, items in objects.items():
        names = [item.get("name") for item in items if kind != "controller_roles"]
        for text, times in collections.Counter(map(str, names)).items():
            if times > 1:
                yield f"{kind}: {text} is there {times} times; AWX finds objects by their names alone."
        for name in names:
            if not isinstance(name, str) or not name.strip():
                yield f"{kind}: a name is {name!r}; it must be a text."
            elif name.isdigit():
                yield f"{kind}: the name {name} is of digits alone, which the modules of AWX take for an id."


def _credential_type(item: Item, _objects: Objects) -> t.Iterator[str]:
    if item.get("kind") not in ("cloud", "net"):
        yield f"kind is {item.get('kind')!r}; it must be cloud or net"
    for field in (item.get("inputs") or {}).get("fields", ()):
        if field.get("type", "string") not in ("string", "boolean"):
            yield f"the field {field.get('id')} is of type {field['type']!r}; it must be string or boolean"
    injectors = item.get("injectors") or {}
    for name in injectors.get("env", ()):
        if name.startswith("ANSIBLE_"):
            yield f"env has {name}; AWX refuses names that begin with ANSIBLE_"
    if injectors.get("extra_vars"):
        yield "extra_vars of injectors are replaced by those of a launch; use env or file"


def _project(item: Item, _objects: Objects) -> t.Iterator[str]:
    if _is_manual(item) and not item.get("local_path"):
        yield "a manual project must have a local_path; without, AWX says that another project uses it"


def _inventory_source(item: Item, objects: Objects) -> t.Iterator[str]:
    manual = [one.get("name") for one in objects.get("controller_projects", ()) if _is_manual(one)]
    if item.get("source_project") in manual:
        yield f"source_project is {item['source_project']}, and a manual project cannot be the source of an inventory"


def _is_manual(project: Item) -> bool:
    return project.get("scm_type") in (None, "", "manual")


def _template(item: Item, objects: Objects) -> t.Iterator[str]:
    yield from survey_mistakes(item)
    slices = _number(item.get("job_slice_count", 1))
    if slices < 1:
        yield f"job_slice_count is {item['job_slice_count']!r}; it must be 1 or more"
    elif slices > 1 and (item.get("limit") or item.get("ask_limit_on_launch")):
        yield "a limit does not shape slices: those without hosts of it fail; give no limit, and ask for none"
    kinds = {one.get("name"): one.get("credential_type") for one in objects.get("controller_credentials", ())}
    given = collections.Counter(kinds[name] for name in item.get("credentials") or () if name in kinds)
    for kind, times in given.items():
        if times > 1 and kind != "Vault":
            yield f"{times} credentials are of the type {kind}; AWX takes one"


def _workflow(item: Item, objects: Objects) -> t.Iterator[str]:
    yield from survey_mistakes(item)
    templates = {one.get("name"): one for one in objects.get("controller_templates", ())}
    nodes = item.get("simplified_workflow_nodes") or []
    for number, node in enumerate(nodes):
        later = {one.get("identifier") for one in nodes[number + 1 :]}
        place = f"node {node.get('identifier')}"
        yield from (f"{place}: {one}" for one in _node_mistakes(node, later=later))
        template = templates.get(node.get("unified_job_template"))
        if template is not None:
            of_workflow = {key: item[key] for key in _OF_WORKFLOWS if item.get(key)}
            yield from (f"{place}: {one}" for one in _unasked({**of_workflow, **node}, template=template))


def _node_mistakes(node: Item, *, later: t.Collection[t.Any]) -> t.Iterator[str]:
    for link in NODE_LINKS:
        for name in node.get(link) or ():
            if name not in later:
                yield f"{link} has {name}, which is no node after it"
    if node.get("failure_nodes") or node.get("always_nodes"):
        yield (
            "a failure that another node follows counts as handled, and the workflow as successful; use success_nodes "
            "alone, and notifications for failures"
        )
    approval = node.get("approval_node")
    if (approval is None) == (node.get("unified_job_template") is None):
        yield "give unified_job_template or approval_node"
    elif approval is not None:
        if not approval.get("name"):
            yield "approval_node must have a name"
        if _number(approval.get("timeout", 0)) < 0:
            yield (
                f"timeout is {approval['timeout']!r}; it must be a number of seconds, 0 for none: a negative one fails "
                "at once"
            )


def _number(value: object) -> int:
    """A number, also as a text, which is what ansible-core 2.18 makes of a template of one; -1 for anything else."""
    return int(str(value)) if not isinstance(value, bool) and str(value).isascii() and str(value).isdigit() else -1


def _unasked(given: Item, *, template: Item) -> t.Iterator[str]:
    for key, asks in _ASKED.items():
        if not given.get(key):
            continue
        if not template.get(asks):
            yield f"sets {key}, which {template['name']} does not ask for: it would vanish without a word; set {asks}"
        elif key == "limit" and _number(template.get("job_slice_count", 1)) > 1:
            yield f"sets a limit for {template['name']}, which is sliced: slices without hosts of it fail"


def _schedule(item: Item, _objects: Objects) -> t.Iterator[str]:
    rule = str(item.get("rrule", ""))
    start = re.search(r"DTSTART(;TZID=[^:]+)?:\d{8}T\d{6}(Z?)", rule)
    if start is None or bool(start[1]) == bool(start[2]):
        yield f"rrule is {rule!r}; its DTSTART must end in Z, or have a TZID, and not both"
    if "INTERVAL=" not in rule:
        yield f"rrule is {rule!r}; it must have an INTERVAL"
    if "SECONDLY" in rule:
        yield f"rrule is {rule!r}; AWX has no SECONDLY"


_LOOKS: dict[str, t.Callable[[Item, Objects], t.Iterator[str]]] = {
    "controller_credential_types": _credential_type,
    "controller_projects": _project,
    "controller_inventory_sources": _inventory_source,
    "controller_templates": _template,
    "controller_workflows": _workflow,
    "controller_schedules": _schedule,
}
