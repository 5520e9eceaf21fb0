# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The plan as a file: how it is written, read and held to another one."""

from __future__ import annotations

import hashlib
import json
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector

FORMAT = "printops.firewall/plan/2"
EARLIER_FORMATS = ("printops.firewall/plan/1",)

Plan = dict[str, t.Any]


def dump_plan(plan: Plan, *, host_texts: t.Mapping[str, str] | None = None) -> str:
    """The text of a plan file, the same to the byte for the same plan.

    One rule, open input, finding or skipped flow a line. C(host_texts) are those of C(dump_host_parts), where they
    are there already.
    """
    members = []
    for key, value in plan.items():
        if key == "hosts":
            texts = dump_host_parts(plan) if host_texts is None else host_texts
            text = _block("{}", [f"{_json(name)}: {part}" for name, part in texts.items()], depth=2)
        elif key == "flows":
            text = _block("{}", [f"{_json(name)}: {_json(facts)}" for name, facts in value.items()], depth=2)
        elif isinstance(value, list):
            text = _block("[]", _lines(value), depth=2)
        else:
            text = _json(value)
        members.append(f"{_json(key)}: {text}")
    return _block("{}", members, depth=1) + "\n"


def plan_digest(plan: Plan) -> str:
    """SHA-256 of the text of the plan's file."""
    return hashlib.sha256(dump_plan(plan).encode()).hexdigest()


def dump_host_parts(plan: Plan) -> dict[str, str]:
    """The text of each host's part of the plan."""
    return {name: _host_text(host) for name, host in plan["hosts"].items()}


def _host_text(host: Plan) -> str:
    members = [
        f"{_json(key)}: {_block('[]', _lines(value), depth=4) if key == 'rules' else _json(value)}"
        for key, value in host.items()
    ]
    return _block("{}", members, depth=3)


def _lines(values: list[t.Any]) -> list[str]:
    """Each value as text. Mappings are encoded all at once, and cut where one with the same first key begins."""
    if not values or not isinstance(values[0], dict) or not values[0]:
        return [_json(value) for value in values]
    beginning = f"{{{_json(next(iter(values[0])))}: "
    first, *others = _json(values)[1:-1].split(f", {beginning}")
    lines = [first, *(beginning + other for other in others)]
    return lines if len(lines) == len(values) else [_json(value) for value in values]


def _block(brackets: str, lines: list[str], *, depth: int) -> str:
    if not lines:
        return brackets
    indent = "\n" + " " * depth
    return f"{brackets[0]}{indent}{f',{indent}'.join(lines)}{indent[:-1]}{brackets[1]}"


_json = json.JSONEncoder(ensure_ascii=False).encode


def load_plan(path: pathlib.Path, *, earlier: bool = False) -> Plan:
    """Read a plan file; raises C(PlanError) where it is none, or of an earlier format and C(earlier) not asked for."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise PlanError(f"{path}: not readable as a plan: {error}") from error
    return parse_plan(text, place=str(path), earlier=earlier)


def parse_plan(text: str, *, place: str, earlier: bool = False) -> Plan:
    """The plan in a text from C(place); raises C(PlanError) as C(load_plan) does."""
    try:
        with paused_garbage_collector():
            plan = json.loads(text)
    except ValueError as error:
        raise PlanError(f"{place}: not readable as a plan: {error}") from error
    except RecursionError:
        raise PlanError(f"{place}: not readable as a plan: nested too deeply") from None
    return _checked(plan, place=f"{place}: ", earlier=earlier)


def read_plan(value: object, *, earlier: bool = False) -> Plan:
    """The plan that a filter is given: the document, or the path of its file, which is faster for a large one.

    Raises C(PlanError) where it is neither, or of an earlier format and C(earlier) not asked for.
    """
    if isinstance(value, str):
        return load_plan(pathlib.Path(value), earlier=earlier)
    return _checked(value, place="", earlier=earlier)


def _checked(plan: object, *, place: str, earlier: bool) -> Plan:
    given = plan.get("format") if isinstance(plan, dict) else None
    if given in EARLIER_FORMATS and not earlier:
        raise PlanError(
            f"{place}a plan of the format {given}, which does not say who may always reach a host, what else may leave "
            f"it and whether a change is confirmed; make a new one, of the format {FORMAT}, with the playbook plan, "
            "look at what it changes of this one, and have it approved"
        )
    if not isinstance(plan, dict) or (given != FORMAT and given not in EARLIER_FORMATS):
        raise PlanError(
            f"{place}not a plan: give what the lookup printops.firewall.plan returns, or a file of it; "
            f"its format must be {FORMAT!r}, and is {given!r}"
        )
    for key in ("compiled_from", "hosts"):
        if not isinstance(plan.get(key), dict):
            raise PlanError(f"{place}not a plan: its key {key} must be a mapping")
    return plan
