# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a document changes of a catalog: for a terminal, for a ticket, and as data."""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, paragraph, table

from .changes import CellChange, Comparison, Outcome

STATUSES = ("unchanged", "changed", "new", "gone", "unread")
WORDS = {"unread": "not read"}
MOST = 200
"""Rows that a terminal is shown of each list."""
JSON_FORMAT = "printops.firewall/document/1"


def counts(comparison: Comparison) -> dict[str, int]:
    """How many rows have each status, all five named."""
    found: collections.Counter[str] = collections.Counter(one.status for one in comparison.outcomes)
    return {status: found[status] for status in STATUSES}


def as_data(comparison: Comparison, *, document: t.Mapping[str, str]) -> dict[str, t.Any]:
    """Everything, as JSON has it; C(document) tells the file and its release."""
    catalog = comparison.base.catalog
    return {
        "format": JSON_FORMAT,
        "catalog": catalog.name,
        "product": catalog.product,
        "document": dict(document),
        "counts": counts(comparison),
        "rows": [_outcome(one) for one in comparison.outcomes],
        "missing_sections": list(comparison.missing),
        "untold": list(comparison.untold),
        "passed_over": list(comparison.document.passed_over),
    }


def _outcome(one: Outcome) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {
        "status": one.status,
        "flow": one.base.id if one.base else None,
        "section": _section(one),
        "place": _place(one),
        "cells": dict(one.row.cells) if one.row else dict(one.base.cells) if one.base else {},
        "changes": [change._asdict() for change in one.changes],
        "confidence": one.confidence,
        "why": one.why,
        "questions": [question._asdict() for question in one.questions],
    }
    return {**found, "printed": list(one.unread.cells)} if one.unread else found


def _section(one: Outcome) -> str:
    return one.row.section if one.row else one.unread.section if one.unread else one.base.section if one.base else ""


def _place(one: Outcome) -> str:
    return one.row.place if one.row else one.unread.place if one.unread else ""


def _named(one: Outcome) -> str:
    return one.base.id if one.base else _place(one)


def _told(change: CellChange) -> str:
    kind = "" if change.meaning else " (wording)"
    return f"{change.column}: {change.old or 'empty'} -> {change.new or 'empty'}{kind}"


def _what(one: Outcome) -> str:
    """The cells that changed, or the row in its own words."""
    if one.changes:
        return "; ".join(map(_told, one.changes))
    if one.unread:
        return f"{' | '.join(one.unread.cells)}: {one.unread.question}"
    cells = one.row.cells if one.row else one.base.cells if one.base else {}
    return " | ".join(cell for role, cell in cells.items() if cell and role not in ("description", "data"))


def _asked(one: Outcome) -> list[str]:
    return [question.text for question in one.questions if not question.answer and question.text != one.why]


def summary(comparison: Comparison, *, file: str) -> str:
    """One line that counts."""
    catalog = comparison.base.catalog
    found = counts(comparison)
    meant = sum(one.means_something_else for one in comparison.of("changed"))
    told = [f"{found[status]} {WORDS.get(status, status)}" for status in STATUSES]
    told[1] += f" ({meant} in meaning)"
    return f"{file} beside {catalog.name} ({catalog.product}): {', '.join(told)}."


def as_text(comparison: Comparison, *, file: str) -> str:
    """A table of all rows but the unchanged ones, and the questions that nothing answers."""
    lines = [summary(comparison, file=file), ""]
    told = [one for one in comparison.outcomes if one.status != "unchanged"]
    if told:
        rows = [(WORDS.get(one.status, one.status), _named(one), one.confidence, _what(one)) for one in told[:MOST]]
        lines += [*table(("STATUS", "ROW", "SURE", "WHAT"), rows), *_more(told), ""]
    asking = [one for one in comparison.outcomes if _asked(one)]
    if asking:
        lines.append("Asked, because the print leaves it open:")
        for one in asking[:MOST]:
            lines += paragraph(f"{_named(one)} ({_what(one)}): {' '.join(_asked(one))}", indent="  ")
        lines += [*_more(asking), ""]
    answered = sum(bool(question.answer) for one in comparison.outcomes for question in one.questions)
    if answered:
        lines += paragraph(f"The print leaves {count(answered, 'cell')} open that the catalog has read already.")
    return "\n".join([*lines, *_notes(comparison)]).rstrip()


def _more(outcomes: t.Sequence[Outcome]) -> list[str]:
    return (
        [f"… and {len(outcomes) - MOST} more, all of them in the Markdown and the JSON"] if len(outcomes) > MOST else []
    )


def _notes(comparison: Comparison) -> list[str]:
    lines: list[str] = []
    if comparison.missing:
        lines += paragraph(
            f"No row of the sections {', '.join(comparison.missing)} was found: they stay as they are. "
            "Where the release has dropped them, refuse their rows or make them obsolete in the draft."
        )
    if comparison.untold:
        lines += paragraph(
            "The document has no columns of clients and servers: rows are matched by ports and texts alone. "
            f"Flows that no row is like stay as they are: {compact_flows(comparison.untold)}."
        )
    for section, title in comparison.base.catalog.sections.items():
        rows = [row for row in comparison.base.rows if row.section == section]
        gone = sum(one.base is not None and one.base.section == section for one in comparison.of("gone"))
        if len(rows) > 3 and gone * 2 > len(rows):
            lines += paragraph(f"WARNING: {gone} of {len(rows)} rows of {title} are gone: is the document whole?")
    for table_without_ports in comparison.document.passed_over:
        lines += paragraph(f"Not read, for its header names no ports: the table at {table_without_ports}.")
    return lines


def as_markdown(comparison: Comparison, *, file: str) -> str:
    """The same for a ticket."""
    lines = [
        f"# Ports: {_cell(file)} beside {comparison.base.catalog.name}",
        "",
        _cell(summary(comparison, file=file)),
        "",
    ]
    for status in STATUSES[1:]:
        outcomes = comparison.of(t.cast("t.Any", status))
        if not outcomes:
            continue
        lines += [
            f"## {WORDS.get(status, status).capitalize()}",
            "",
            "| row | what | how sure, and why | asked |",
            "|---|---|---|---|",
        ]
        lines += [f"| {' | '.join(map(_cell, _columns(one)))} |" for one in outcomes]
        lines.append("")
    return "\n".join([*lines, *map(_cell, _notes(comparison))]).rstrip() + "\n"


def _columns(one: Outcome) -> tuple[str, ...]:
    return _named(one), _what(one), f"{one.confidence}: {one.why}", " ".join(_asked(one))


def _cell(text: str) -> str:
    """A text that Markdown shows as it is."""
    escaped = "".join(f"\\{letter}" if letter in "\\|`*_<>[]#" else letter for letter in text)
    return escaped.replace("\n", " ")
