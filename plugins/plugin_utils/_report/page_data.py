# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The tables of the page as compact JSON: each text once, a row as numbers of texts."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

from .tables import Table

_HOLDS = {
    "flow": "flows",
    "ports": "ports",
    "dst_ports": "ports",
    "source_networks": "networks",
    "destination_networks": "networks",
    "src_cidrs": "networks",
    "dst_cidrs": "networks",
}
_OF_THE_FLOW = ("requirement", "travels", "purpose", "document")
"""Told once for each flow, and not in each row of it."""


def page_data(tables: t.Sequence[Table], plan: Plan, *, anchors: t.Mapping[str, str]) -> str:
    """JSON that may stand in a script element: nothing in it ends one."""
    numbers: dict[str, int] = {}
    found = {table.name: _numbered(table, numbers) for table in tables}
    document = {
        "texts": list(numbers),
        "tables": found,
        "anchors": dict(anchors),
        "facts": {flow: _facts(plan["flows"][flow]) for flow in anchors if flow in plan["flows"]},
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _numbered(table: Table, numbers: dict[str, int]) -> dict[str, t.Any]:
    kept = [
        at for at, column in enumerate(table.columns) if table.name != "flow_matrix" or column.key not in _OF_THE_FLOW
    ]
    cells = [numbers.setdefault(row[at], len(numbers)) for row in table.rows for at in kept]
    columns = [table.columns[at] for at in kept]
    return {
        "title": table.title,
        "columns": [
            {
                "key": column.key,
                "heading": column.heading,
                "width": column.width,
                **({"holds": _HOLDS[column.key]} if column.key in _HOLDS else {}),
            }
            for column in columns
        ],
        "cells": cells,
    }


def _facts(facts: Plan) -> list[tuple[str, str]]:
    told = [
        ("What for", facts["purpose"]),
        ("Document and row", facts["document"]),
        ("Requirement", facts.get("requirement", "")),
        ("Travels by", ", ".join(facts.get("travels", ()))),
    ]
    return [(heading, text) for heading, text in told if text]
