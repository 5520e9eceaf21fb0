# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a person reads at the end of C(plan) and C(site)."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, few, paragraph, table

from .file import Plan, dump_plan
from .forms import plan_csv, plan_markdown, rules_text
from .rules import opened_flows
from .worksheet import worksheet

LEFT = (
    "NOT IN THE PLAN, and still has rules of ours, which nobody looks after: put it back into its group, or take them "
    "off with the playbook remove"
)
MISTAKES = ("near_miss", "site_mismatch", "cluster_mismatch")
"""Findings about what the inventory may not have meant: also told where the plan is applied."""
TO_LOOK_AFTER = "NOT "
"""How the outcome begins of a host that was not reached, failed, or left."""
MOST_ROWS = 24
MOST_NAMED = 2
FORMS: dict[str, t.Callable[[Plan], str]] = {"markdown": plan_markdown, "csv": plan_csv, "json": dump_plan}


def plan_summary(plan: Plan, *, form: str = "text", hosts: t.Sequence[str] = ()) -> str:
    """The plan of all hosts: its rules, and as text its findings and its open questions too.

    C(form) is C(text), C(markdown), C(csv) or C(json); blank is C(text). C(hosts) are those of the inventory. Raises
    C(PlanError) for another form.
    """
    form = form or "text"
    if form == "text":
        lines = [*rules_text(plan), *_account(plan), *_not_planned(plan, hosts), *_findings(plan), *_undecided(plan)]
        return "\n".join(lines)
    if form not in FORMS:
        raise PlanError(f"printops_plan_format is {form!r}; {closest(form, ('text', *FORMS))}")
    return FORMS[form](plan)


def site_summary(
    plan: Plan,
    *,
    results: t.Mapping[str, t.Mapping[str, t.Any]],
    begun: t.Collection[str],
    check_mode: bool,
    hosts: t.Sequence[str] = (),
    left: t.Mapping[str, t.Sequence[str]] | None = None,
) -> str:
    """What happened to each host of the plan; C(results) holds the role's result of those that were reached.

    C(begun) names the hosts that the run was about, whatever came of it. C(hosts) are those of the inventory, and
    C(left) has the firewalls that hold rules of ours on hosts that are not in the plan.
    """
    waiting: dict[str, int] = {}
    for one in plan["open_inputs"]:
        for name in one["hosts"]:
            waiting[name] = waiting.get(name, 0) + 1
    here = {*(hosts or plan["hosts"])}
    elsewhere = len(plan["hosts"].keys() - here)
    rows = [
        (
            name,
            *_outcome(host, results.get(name), is_begun=name in begun, check_mode=check_mode),
            str(waiting.get(name, 0)),
        )
        for name, host in plan["hosts"].items()
        if name in here
    ]
    rows = [(name, provider, rules, waits, change) for name, provider, rules, change, waits in rows]
    rows += [(name, few(providers), "-", "-", LEFT) for name, providers in sorted((left or {}).items()) if providers]
    told: dict[tuple[str, str], list[str]] = {}
    for name, result in sorted(results.items()):
        for kind, texts in _told(result):
            for text in texts:
                told.setdefault((kind, text), []).append(name)
    warnings = [
        line
        for (kind, text), names in told.items()
        for line in paragraph(f"WARNING {kind}: {few(names, most=MOST_NAMED)}: {text}")
    ]
    return "\n".join(
        [
            *table(("HOST", "FIREWALL", "RULES", "UNDECIDED", "CHANGE"), _joined(rows)),
            *([f"{count(elsewhere, 'host')} of the plan in other parts of the inventory."] if elsewhere else []),
            "",
            *_account(plan),
            *_not_planned(plan, hosts),
            *(["", *warnings] if warnings else []),
            *_mistakes(plan),
            *_undecided(plan),
        ]
    )


def _joined(rows: t.Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows of a few hosts each by itself; of many, those that say the same in one, but for hosts to look after."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, *cells in rows:
        by_itself = cells[-1].startswith(TO_LOOK_AFTER)
        alike.setdefault((name if by_itself else "", *cells), []).append(name)
    return [(few(names, most=MOST_NAMED), *cells) for (_name, *cells), names in alike.items()]


def _told(result: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, t.Sequence[str]]]:
    """Kinds of warnings of one host, and their sentences."""
    yield "firewall", [result["turned"]] if result.get("turned") else []
    yield "foreign rule", result.get("foreign", ())
    yield "blocking rule", result.get("blocked", ())


def _outcome(
    host: Plan, result: t.Mapping[str, t.Any] | None, *, is_begun: bool, check_mode: bool
) -> tuple[str, str, str]:
    if host["provider"] == "none":
        return "none", "-", "planned only: printops_provider is none"
    if not is_begun:
        return host["provider"], "-", "not part of this run"
    if result is None:
        return host["provider"], "-", "NOT APPLIED: the host failed or was not reached, see above"
    added, removed = len(result.get("added", ())), len(result.get("removed", ()))
    turned = str(result.get("turned", "")).partition(":")[0]
    at_boot = "enabled at boot" if result.get("enabled_at_boot") else ""
    reasons = "; ".join(filter(None, [turned, at_boot, *(result.get("reasons") or ())]))
    if result.get("repaired"):
        verb = "would repair" if check_mode else "repaired"
        change = f"{verb}: {reasons or 'what was loaded differed from the files'}"
    elif not result.get("changed"):
        change = f"{'would be' if check_mode else 'changed:'} {at_boot}" if at_boot else "no change"
    else:
        verb = "would change" if check_mode else "changed"
        change = f"{verb}: {added} added, {removed} removed" + (f"; {reasons}" if reasons else "")
    return str(result.get("provider", host["provider"])), str(result.get("rules", "-")), change


def _account(plan: Plan) -> list[str]:
    opened = opened_flows(plan)
    undecided = {one["flow"] for one in plan["open_inputs"]}
    return [
        f"{count(len(opened), 'flow')} in rules, {len(undecided)} waiting for a decision, "
        f"{len(plan['skipped'])} skipped (the plan says why for each)."
    ]


def _not_planned(plan: Plan, hosts: t.Sequence[str]) -> list[str]:
    others = [name for name in hosts if name not in plan["hosts"] and name != "localhost"]
    if not others:
        return []
    return paragraph(f"In no component's group, so that nothing of them is planned: {few(others, most=20)}.")


def _warning(finding: Plan) -> list[str]:
    where = f"{few(finding['hosts'])}: " if finding["hosts"] else ""
    flows = f" [{compact_flows(finding['flows'])}]" if finding["flows"] else ""
    return paragraph(f"WARNING {finding['kind']}: {where}{finding['detail']}{flows}")


def _mistakes(plan: Plan) -> list[str]:
    lines = [line for finding in plan["findings"] if finding["kind"] in MISTAKES for line in _warning(finding)]
    return ["", *lines] if lines else []


def _findings(plan: Plan) -> list[str]:
    lines: list[str] = []
    for finding in plan["findings"]:
        if finding["severity"] == "warning":
            lines += _warning(finding)
    quiet = sum(finding["severity"] != "warning" for finding in plan["findings"])
    if quiet:
        lines += [
            f"{count(quiet, 'more observation')} in the plan (redundant or overlapping flows, unused components)."
        ]
    return ["", *lines] if lines else []


def _undecided(plan: Plan) -> list[str]:
    lines = worksheet(plan)
    if not lines:
        return []
    return [
        "",
        "Still to be decided. Fill in, and paste into group_vars or host_vars of the hosts named, or let",
        "-e printops_decisions_file=PATH keep questions and answers in a file of their own:",
        "",
        *lines,
    ]
