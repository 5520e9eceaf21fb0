# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of a plan for a person: for a terminal, in Markdown, in CSV."""

from __future__ import annotations

import csv
import io

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import (
    count,
    few,
    paragraph,
    spreadsheet_text,
    table,
)

from .file import Plan
from .shapes import (
    MANAGEMENT,
    Shape,
    closed_for_want_of_a_name,
    limits_of,
    shapes,
)

MOST_SHAPES = 12
_PORTS_WIDTH = 36
_CSV_HEADER = ("host", "direction", "protocol", "ports", "networks", "rows", "purpose", "document")


def rules_text(plan: Plan) -> list[str]:
    """Tables within the width of a terminal: hosts with the same rules once, the first shapes of many."""
    found = shapes(plan)
    lines: list[str] = []
    for shape in found[:MOST_SHAPES]:
        lines += [*paragraph(_heading(shape)), *_table(shape)]
        closed = closed_for_want_of_a_name(shape)
        lines += [*(paragraph(closed, indent="  ") if closed else []), ""]
    left = found[MOST_SHAPES:]
    if left:
        hosts = count(sum(len(shape.hosts) for shape in left), "host")
        told = f"{hosts} more, with {len(left)} other sets of rules: -e printops_plan_format=markdown has them all."
        lines += [*paragraph(told), ""]
    return lines


def plan_markdown(plan: Plan) -> str:
    """Everything, a table for each set of hosts with the same rules."""
    lines = ["# Plan", ""]
    for shape in shapes(plan):
        lines += [f"## {_cell(few(shape.hosts, most=12))}", ""]
        lines += [_cell(f"Components: {', '.join(shape.components)}."), ""]
        lines += ["| | protocol and ports | networks | rows |", "|---|---|---|---|"]
        for one in shape.accesses:
            cells = (one.direction, one.what, one.networks(most=12), compact_flows(one.flows))
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
        lines += [f"| in | {MANAGEMENT} | {_cell(way)} | |" for way in shape.ways_in]
        closed = closed_for_want_of_a_name(shape)
        lines += ["", *([_cell(f"{closed[0].upper()}{closed[1:]}."), ""] if closed else [])]
    return "\n".join(lines)


def plan_csv(plan: Plan) -> str:
    """A line for each rule of each host, all its networks in one cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_CSV_HEADER)
    for name, host in plan["hosts"].items():
        for rule in host["rules"]:
            facts = [plan["flows"][flow] for flow in rule["flows"] if flow in plan["flows"]]
            cells = (
                name,
                rule["direction"],
                rule["protocol"],
                " ".join([*(rule.get("ports") or rule.get("icmp_types") or ()), *filter(None, [limits_of(rule)])]),
                " ".join(rule["remotes"]),
                " ".join(rule["flows"]),
                " ".join(dict.fromkeys(one["purpose"] for one in facts)),
                "; ".join(dict.fromkeys(one["document"] for one in facts)),
            )
            writer.writerow(map(spreadsheet_text, cells))
    return text.getvalue()


def _heading(shape: Shape) -> str:
    number = f"{len(shape.hosts)} hosts: " if len(shape.hosts) > 1 else ""
    return f"{number}{few(shape.hosts)} ({few(shape.components)})"


def _table(shape: Shape) -> list[str]:
    rows = [
        row
        for one in shape.accesses
        for row in _rows(one.direction, one.what, f"{one.networks(most=4)} [{compact_flows(one.flows)}]")
    ]
    rows += [("  in", MANAGEMENT, way) for way in shape.ways_in]
    return table(("", "PORTS", "NETWORKS [ROWS]"), rows) if rows else ["  nothing: nobody reaches it"]


def _rows(direction: str, what: str, who: str) -> list[tuple[str, str, str]]:
    """A long list of ports takes several lines, so that the networks keep their room."""
    protocol, _blank, ports = what.partition(" ")
    parts: list[str] = [""]
    for port in ports.split(","):
        if parts[-1] and len(protocol) + len(parts[-1]) + len(port) > _PORTS_WIDTH:
            parts.append("")
        parts[-1] += f"{port},"
    parts[-1] = parts[-1].rstrip(",")
    first, *others = parts
    indent = " " * (len(protocol) + 1)
    return [(f"  {direction}", f"{protocol} {first}".rstrip(), who), *(("", f"{indent}{part}", "") for part in others)]


def _cell(text: str) -> str:
    """Text that ends no cell, begins no other element of Markdown, and is no HTML."""
    for sign in "\\|`*_[]<>#!":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
