# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the page tells besides its tables, as HTML by the templates of C(web/sections.html.j2)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from markupsafe import Markup

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.diff import Change, diff_plans
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.documents import rests_on
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan, plan_digest
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.rules import opened_flows

from .question import Question
from .tables import Table, findings_in_order, input_table
from .templates import environment

MOST_HOSTS, MOST_FLOWS, MOST_PROBES = 12, 40, 2000
_DECIDES = {
    "plaintext": ["printops_security"],
    "unreached": [],
    "near_miss": [],
    "site_mismatch": ["printops_site", "printops_networks"],
    "cluster_mismatch": ["printops_cluster"],
    "site_overlap": ["printops_networks"],
    "shared_address": ["printops_addresses"],
    "everyone": ["printops_networks"],
}
_REFUSE = "printops_refuse"


@dataclass(frozen=True)
class Section:
    """A part of the page: finished HTML, or the name of the table that the script shows there."""

    id: str
    title: str
    html: Markup | str = ""
    table: str = ""
    about: str = ""
    rows: int = 0


def sections_of(
    question: Question,
    flows: Table,
    request: Table,
    *,
    lines: t.Sequence[str],
    pictures: t.Sequence[tuple[str, str]],
    readiness: Section | None,
) -> tuple[list[Section], dict[str, str]]:
    """The sections in the order of the page, and where on it the rows of the documents are, by flow."""
    plan = question.plan
    anchors = {flow: f"row-{flow.replace('/', '-')}" for flow in plan["flows"]}
    inputs, deciding = _inputs(plan), _Deciding(plan)
    context = {
        "anchors": anchors,
        "figures": _figures(plan, flows, request),
        "lines": lines,
        "documents": rests_on(plan),
        "estate": plan["compiled_from"]["estate"][:12],
        "decisions": plan["compiled_from"]["decisions"][:12],
        "inputs": inputs,
        "findings": [_finding(one, deciding) for one in findings_in_order(plan)],
        "decided": deciding.entries(inputs),
        "decision_anchors": deciding.anchors,
        "rows": _rows(plan, anchors),
        "pictures": [
            {"title": title, "caption": title, "svg": Markup(svg)}  # noqa: S704
            for title, svg in pictures
        ],
        "difference": _difference(question.approved, plan) if question.approved else [],
        "evidence": _evidence(question.evidence, plan) if question.evidence else None,
    }
    module = environment().get_template("sections.html.j2").module

    def made(name: str) -> Markup:
        return t.cast("Markup", getattr(module, name)(context))

    found = [
        Section("overview", "Overview", made("overview")),
        *([Section("pictures", "Pictures", made("pictures"))] if pictures else []),
        Section(
            "flows", "Flow matrix", table=flows.name, rows=len(flows.rows), about="Every flow that the plan resolves."
        ),
        Section(
            "request",
            "Change request",
            table=request.name,
            rows=len(request.rows),
            about="What crosses a border of zones.",
        ),
        *([Section("difference", "Difference", made("difference"))] if question.approved else []),
        Section("inputs", "Open inputs", made("inputs")),
        Section("findings", "Findings", made("findings")),
        Section("decisions", "Decisions", made("decisions")),
        *([readiness] if readiness else []),
        *([Section("evidence", "Evidence", made("evidence"))] if question.evidence else []),
        Section("rows", "Rows of the documents", made("rows")),
    ]
    return found, anchors


def _figures(plan: Plan, flows: Table, request: Table) -> list[dict[str, t.Any]]:
    sites = {host["site"] for host in plan["hosts"].values() if "site" in host}
    plain = sum("plaintext" in row for row in flows.rows)
    opened = len({row[0] for row in flows.rows})
    figures = (
        (len(plan["hosts"]), "servers"),
        (len(sites), "sites"),
        (opened, "rows open"),
        (len({one["flow"] for one in plan["open_inputs"]}), "rows wait for a decision"),
        (len(plan["skipped"]), "rows do not apply"),
        (plain, "flows in plain text"),
        (len(request.rows), "changes to ask for"),
        (sum(one["severity"] == "warning" for one in plan["findings"]), "warnings"),
    )
    return [{"number": f"{number:,}", "what": what} for number, what in figures]


def _inputs(plan: Plan) -> list[dict[str, t.Any]]:
    """The questions, each once for all rows that ask it, in the order of the worksheet."""
    order = {row[0]: at for at, row in enumerate(input_table(plan).rows)}
    by_question: dict[tuple[str, str, str], list[Plan]] = {}
    for one in sorted(plan["open_inputs"], key=lambda one: order[one["flow"]]):
        by_question.setdefault((one["set"], one.get("feature", ""), one["why"]), []).append(one)
    return [
        {
            "anchor": f"input-{at}",
            "set": f"{variable}: {feature}" if feature else variable,
            "why": why,
            "suggested": next((one["suggested"] for one in members if one["suggested"]), ""),
            "requirement": plan["flows"].get(members[0]["flow"], {}).get("requirement", ""),
            "flows": list(dict.fromkeys(one["flow"] for one in members)),
            "hosts": few(sorted({host for one in members for host in one["hosts"]}), most=MOST_HOSTS),
        }
        for at, ((variable, feature, why), members) in enumerate(by_question.items())
    ]


class _Deciding:
    """The decisions that the rows in use and the findings hang on, and where on the page each is."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._open = opened_flows(plan)
        self._flows: dict[str, dict[str, None]] = {_REFUSE: {}}
        for flow, facts in plan["flows"].items():
            for by in facts["decided_by"]:
                self._flows.setdefault(by, {})[flow] = None
        for one in plan["findings"]:
            for by in _DECIDES.get(one["kind"], ()):
                self._flows.setdefault(by, {}).update(dict.fromkeys(one["flows"]))
        self.anchors = {by: f"decision-{at}" for at, by in enumerate(self._flows)}

    def of(self, finding: Plan) -> list[str]:
        """What would settle a finding: the decisions of its rows, or refusing them."""
        found = [*_DECIDES.get(finding["kind"], ())]
        found += [by for flow in finding["flows"] for by in self._plan["flows"].get(flow, {}).get("decided_by", ())]
        return list(dict.fromkeys(found or ([_REFUSE] if finding["flows"] else [])))[:6]

    def entries(self, inputs: t.Sequence[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        waiting = {flow for one in inputs for flow in one["flows"]}
        return [
            {
                "name": by,
                "anchor": self.anchors[by],
                "now": _now(flows, self._open, waiting) if by != _REFUSE else "closes a row that matches",
                "flows": list(flows)[:MOST_FLOWS],
            }
            for by, flows in self._flows.items()
        ]


def _now(flows: t.Iterable[str], opened: set[str], waiting: set[str]) -> str:
    names = list(flows)
    parts = (
        (sum(flow in opened for flow in names), "open"),
        (sum(flow in waiting for flow in names), "waiting"),
        (sum(flow not in opened and flow not in waiting for flow in names), "closed"),
    )
    return ", ".join(f"{number} {word}" for number, word in parts if number)


def _finding(one: Plan, deciding: _Deciding) -> dict[str, t.Any]:
    left = len(one["flows"]) - MOST_FLOWS
    return {
        **one,
        "hosts": few(one["hosts"], most=MOST_HOSTS),
        "flows": one["flows"][:MOST_FLOWS],
        "more": f"and {left} more" if left > 0 else "",
        "decided_by": deciding.of(one),
    }


def _rows(plan: Plan, anchors: t.Mapping[str, str]) -> list[dict[str, t.Any]]:
    opened = opened_flows(plan)
    waiting = {one["flow"] for one in plan["open_inputs"]}
    skipped = {one["flow"]: one["why"] for one in plan["skipped"]}
    return [
        {
            **facts,
            "flow": flow,
            "anchor": anchors[flow],
            "from": ", ".join(facts["from"]),
            "to": ", ".join(facts["to"]),
            "ports": ", ".join(facts["ports"]),
            "here": " and ".join(
                word for word, is_so in (("open", flow in opened), ("waits for a decision", flow in waiting)) if is_so
            )
            or f"closed: {skipped.get(flow, '')}",
        }
        for flow, facts in plan["flows"].items()
    ]


def _difference(old: Plan, new: Plan) -> list[dict[str, str]]:
    """Both plans side by side: what only one of them opens stands on its side."""
    lines = []
    for one in diff_plans(old, new):
        gone = isinstance(one, Change) and not one.gained
        text = str(one)
        lines.append({"before": text if gone else "", "after": "" if gone else text})
    return lines


def _evidence(evidence: Plan, plan: Plan) -> dict[str, t.Any]:
    summary = evidence["summary"]
    same = evidence.get("plan", {}).get("sha256") == plan_digest(plan)
    unreached = [name for name, host in evidence["hosts"].items() if not host.get("reached")]
    failing = [one for one in evidence["probes"] if one["result"] == "fail"]
    unproven = [one for one in evidence["probes"] if one["result"] == "unproven"]
    return {
        "passed": bool(summary.get("passed")),
        "verdict": "All that was tried behaves as planned."
        if summary.get("passed")
        else f"Not as planned: {len(failing)} probes failed; not reached: {few(unreached) or 'none'}.",
        "begun": evidence.get("begun", ""),
        "ended": evidence["ended"],
        "note": "" if same else "This evidence is about another plan than the one of this page.",
        "counts": [(name, summary[name]) for name in ("allowed", "refused", "latency") if name in summary],
        "open": [_probe(one) for one in [*failing, *unproven][:MOST_PROBES]],
    }


def _probe(one: Plan) -> dict[str, t.Any]:
    port = one["protocol"] if one.get("port") is None else f"{one['port']}/{one['protocol']}"
    return {**one, "port": port}
