# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A report as files: what each has, and what a terminal is told of it."""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, paragraph
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.diff import diff_plans
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.documents import differing_rows
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

from .evidence import Verdicts
from .links import drawing_of
from .matrix import FlowRow, flow_rows
from .page import report_page
from .perimeter import perimeter_files
from .pictures import components_svg, estate_svg, is_installed
from .places import Places
from .question import Question
from .readiness import readiness_section
from .request import ACTIONS, crossings
from .tables import Table, finding_table, flow_table, input_table, request_table
from .write_table import table_csv, table_json, workbook

Files = dict[str, bytes]
PICTURES = {
    "estate.svg": "The estate by site and component",
    "components.svg": "Components: who begins on the left, who is reached above",
}


class Report(t.NamedTuple):
    """File names with what is in them, and lines for a terminal."""

    files: Files
    lines: list[str]


def make_report(question: Question) -> Report:
    """Pure; raises C(ReportError) where a form needs a library or a program that is not installed."""
    with paused_garbage_collector():
        return _made(question)


def _made(question: Question) -> Report:
    plan = question.plan
    places = Places(plan)
    rows = flow_rows(plan, places)
    verdicts = Verdicts(question.evidence)
    found = crossings(rows, places, zones=question.zones, approved=question.approved)
    flows = flow_table(plan, rows, verdicts)
    request = request_table(plan, found, question.form, verdicts)
    inputs, findings = input_table(plan), finding_table(plan)
    files = _tables(question.forms, flows, request, inputs, findings)
    if "aerleon" in question.forms:
        files.update(perimeter_files(found))
    if question.approved:
        files["difference.txt"] = difference_text(question.approved, plan)
    lines = _told(question, flows, request, inputs, findings)
    pictures = _pictures(question, rows)
    if "svg" in question.forms:
        files.update(pictures)
    if "html" in question.forms:
        if not pictures:
            lines.append("No pictures: the controller does not have Graphviz's dot.")
        files["report.html"] = report_page(
            question,
            flows,
            request,
            lines=lines,
            pictures=[(PICTURES[name], svg.decode()) for name, svg in pictures.items()],
            readiness=readiness_section(question.readiness) if question.readiness else None,
        )
    return Report(files, lines)


def _tables(forms: t.Collection[str], flows: Table, request: Table, inputs: Table, findings: Table) -> Files:
    files: Files = {}
    for table in (flows, request, inputs, findings):
        if "csv" in forms:
            files[f"{table.name}.csv"] = table_csv(table)
        if "json" in forms:
            files[f"{table.name}.json"] = table_json(table)
    if "xlsx" in forms:
        files["flow_matrix.xlsx"] = workbook([flows, inputs, findings], fallback="flow_matrix.csv")
        files["change_request.xlsx"] = workbook([request], fallback="change_request.csv")
    return files


def _pictures(question: Question, rows: t.Sequence[FlowRow]) -> Files:
    """Those that are asked for, or that the page may have where the controller has Graphviz."""
    if "svg" in question.forms or ("html" in question.forms and is_installed()):
        return {
            "estate.svg": estate_svg(drawing_of(question.plan, rows, by_place=True)),
            "components.svg": components_svg(drawing_of(question.plan, rows, by_place=False)),
        }
    return {}


def difference_text(old: Plan, new: Plan) -> bytes:
    """What one plan opens, closes or weakens of another, a line each; empty where both mean the same."""
    lines = [*differing_rows(old, new), *map(str, diff_plans(old, new))]
    return "".join(f"{' '.join(line.split())}\n" for line in lines).encode("utf-8", "backslashreplace")


def _told(question: Question, flows: Table, request: Table, inputs: Table, findings: Table) -> list[str]:
    actions = collections.Counter(row[1] for row in request.rows)
    since = "" if question.approved else ", nothing being approved yet (report_approved_plan)"
    asked = ", ".join(f"{actions[action]} to {action}" for action in ACTIONS)
    warnings = sum(row[0] == "warning" for row in findings.rows)
    return [
        f"Flow matrix: {count(len(flows.rows), 'row')}.",
        *paragraph(f"Change request: {count(len(request.rows), 'row')} between zones, {asked}{since}."),
        f"Open inputs: {len(inputs.rows)}. Warnings: {warnings}.",
    ]
