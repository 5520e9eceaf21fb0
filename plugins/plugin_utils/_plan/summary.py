# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a person reads at the end of C(plan) and C(site)."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, few, paragraph, table

from .file import Plan
from .rules import split_component

NOTHING = "nothing: nobody reaches it, and it reaches nobody"


def plan_summary(plan: Plan) -> str:
    """The plan of all hosts, its findings and its open questions."""
    rows = [
        (name, few([split_component(plan, component)[1] for component in host["components"]], most=4), _counts(host))
        for name, host in plan["hosts"].items()
    ]
    return "\n".join(
        [*table(("HOST", "COMPONENTS", "RULES"), rows), "", *_account(plan), *_findings(plan), *_worksheet(plan)]
    )


def site_summary(
    plan: Plan, *, results: t.Mapping[str, t.Mapping[str, t.Any]], begun: t.Collection[str], check_mode: bool
) -> str:
    """What happened to each host of the plan; C(results) holds the role's result of those that were reached.

    C(begun) names the hosts that the run was about, whatever came of it.
    """
    waiting: dict[str, int] = {}
    for one in plan["open_inputs"]:
        for name in one["hosts"]:
            waiting[name] = waiting.get(name, 0) + 1
    rows = [
        (
            name,
            *_outcome(host, results.get(name), is_begun=name in begun, check_mode=check_mode),
            str(waiting.get(name, 0)),
        )
        for name, host in plan["hosts"].items()
    ]
    rows = [(name, provider, rules, waits, change) for name, provider, rules, change, waits in rows]
    foreign = [
        line
        for name, result in sorted(results.items())
        for kind, key in (("foreign rule", "foreign"), ("blocking rule", "blocked"))
        for text in result.get(key, ())
        for line in paragraph(f"WARNING {kind}: {name}: {text}")
    ]
    return "\n".join(
        [
            *table(("HOST", "FIREWALL", "RULES", "UNDECIDED", "CHANGE"), rows),
            "",
            *_account(plan),
            *(["", *foreign] if foreign else []),
            *_worksheet(plan),
        ]
    )


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
    reasons = "; ".join(result.get("reasons") or ())
    if result.get("repaired"):
        verb = "would repair" if check_mode else "repaired"
        change = f"{verb}: {reasons or 'what was loaded differed from the files'}"
    elif not result.get("changed"):
        change = "no change"
    else:
        verb = "would change" if check_mode else "changed"
        change = f"{verb}: {added} added, {removed} removed" + (f"; {reasons}" if reasons else "")
    return str(result.get("provider", host["provider"])), str(result.get("rules", "-")), change


def _counts(host: Plan) -> str:
    inbound = sum(rule["direction"] == "in" for rule in host["rules"])
    return f"{inbound} in, {len(host['rules']) - inbound} out" if host["rules"] else NOTHING


def _account(plan: Plan) -> list[str]:
    opened = {flow for host in plan["hosts"].values() for rule in host["rules"] for flow in rule["flows"]}
    undecided = {one["flow"] for one in plan["open_inputs"]}
    return [
        f"{count(len(opened), 'flow')} in rules, {len(undecided)} waiting for a decision, "
        f"{len(plan['skipped'])} skipped (the plan says why for each)."
    ]


def _findings(plan: Plan) -> list[str]:
    lines: list[str] = []
    for finding in plan["findings"]:
        if finding["severity"] == "warning":
            where = f"{few(finding['hosts'])}: " if finding["hosts"] else ""
            flows = f" [{compact_flows(finding['flows'])}]" if finding["flows"] else ""
            lines += paragraph(f"WARNING {finding['kind']}: {where}{finding['detail']}{flows}")
    quiet = sum(finding["severity"] != "warning" for finding in plan["findings"])
    if quiet:
        lines += [
            f"{count(quiet, 'more observation')} in the plan (redundant or overlapping flows, unused components)."
        ]
    return ["", *lines] if lines else []


def _worksheet(plan: Plan) -> list[str]:
    """The open inputs as YAML that can be filled in and pasted into group_vars."""
    by_variable: dict[str, list[Plan]] = {}
    for one in plan["open_inputs"]:
        by_variable.setdefault(one["set"], []).append(one)
    if not by_variable:
        return []
    lines = ["", "Still to be decided. Fill in, and paste into group_vars or host_vars of the hosts named:", ""]
    ports = {name: inputs for name, inputs in by_variable.items() if name.startswith("printops_ports.")}
    for variable, inputs in sorted(by_variable.items()):
        if variable not in ports:
            lines += [*_comments(inputs, indent=""), *_list_to_fill_in(variable, inputs), ""]
    if ports:
        is_any_suggested = any(one["suggested"] for inputs in ports.values() for one in inputs)
        lines.append("printops_ports:" if is_any_suggested else "printops_ports: {}")
        for variable, inputs in sorted(ports.items()):
            suggestions = dict.fromkeys(one["suggested"] for one in inputs if one["suggested"])
            name = variable.removeprefix("printops_ports.")
            value = f'{name}: "{next(iter(suggestions))}"' if suggestions else f"# {name}:"
            lines += [*_comments(inputs, indent="  "), f"  {value}", ""]
    return lines


def _list_to_fill_in(variable: str, inputs: list[Plan]) -> list[str]:
    if variable == "printops_features":
        return [f"{variable}: []"]
    return [f"# {variable}:", *(f"#   - {flow}" for flow in dict.fromkeys(one["flow"] for one in inputs))]


def _comments(inputs: list[Plan], *, indent: str) -> list[str]:
    hosts = sorted({name for one in inputs for name in one["hosts"]})
    flows = compact_flows({one["flow"] for one in inputs})
    lines = paragraph(f"{few(hosts)} [{flows}]", indent=f"{indent}# ")
    for why in dict.fromkeys(one["why"] for one in inputs):
        lines += paragraph(why, indent=f"{indent}# ")
    return lines
