# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The vendors' documents that a plan rests on, and the rows that differ between plans on different releases."""

from __future__ import annotations

import typing as t

from .file import Plan


def rests_on(plan: t.Mapping[str, t.Any]) -> list[str]:
    """A line for each document: catalog, product, title, release, and the files with how their digests begin."""
    return [f"{name}: {_told(one)}" for name, one in _documents(plan).items()]


def _documents(plan: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", plan["compiled_from"].get("documents", {}))


def _told(document: t.Mapping[str, t.Any]) -> str:
    named = [document[key] for key in ("product", "title", "revision", "date") if key in document]
    files = [f"{name} {sha256[:12]}" for name, sha256 in document["files"].items()]
    return f"{', '.join(named)} ({', '.join(files)})" if files else ", ".join(named)


def differing_rows(old: Plan, new: Plan) -> list[str]:
    """What a new plan rests on that the old one does not, and each row that is another; nothing for the same files."""
    before, after = _documents(old), _documents(new)
    lines: list[str] = []
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            lines.append(f"rests on {name}: {_told(after[name])}, not {_told(before[name])}")
            lines += _rows(name, old, new)
    return lines


def _rows(catalog: str, old: Plan, new: Plan) -> t.Iterator[str]:
    before, after = (
        {flow: facts for flow, facts in plan.get("flows", {}).items() if flow.startswith(f"{catalog}/")}
        for plan in (old, new)
    )
    for flow, facts in after.items():
        if flow not in before:
            yield f"row {flow} is new: {_ends(facts)}"
        elif told := _differences(before[flow], facts):
            yield f"row {flow}: {told}"
    for flow in before.keys() - after.keys():
        yield f"row {flow} is gone: {_ends(before[flow])}"


def _ends(facts: t.Mapping[str, t.Any]) -> str:
    return f"{_listed(facts['from'])} to {_listed(facts['to'])}, {_listed(facts['ports'])}"


def _listed(names: t.Sequence[str]) -> str:
    return ", ".join(names) or "nobody says"


def _differences(before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> str:
    told = [
        f"{key} {_listed(before[key])} -> {_listed(after[key])}"
        for key in ("from", "to", "ports")
        if before[key] != after[key]
    ]
    if before.get("changed") != after.get("changed"):
        told.append(after.get("changed", "as its document has it again"))
    return "; ".join(told)
