# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is still to be decided, as YAML to fill in: on a terminal, or in a file of decisions that keeps the answers."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DecisionError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few, paragraph

from .file import Plan

NEW_FILE = """\
---
# Decisions of printops.firewall, for every host. Take the one # from the lines that you decide on,
# and fill in. New questions are added, and what stands here is kept. Where the inventory has
# variables of these names, they win.
"""
SECTIONS = ("printops_features", "printops_ports", "printops_accept", "printops_refuse")


def worksheet(plan: Plan) -> list[str]:
    """The questions as lines to paste; a suggestion of the document needs no more than that."""
    lines: list[str] = []
    for section, entries in _questions(plan).items():
        lines += [f"{section}:", *(line for entry in entries for line in entry.lines(answers=True)), ""]
    return lines


def add_questions(plan: Plan, text: str, *, file: str) -> str:
    """The text of a file of decisions with what the plan asks and the file does not mention yet.

    Answers are commented out, and every line that is there is kept. Raises C(DecisionError) for a section that is
    written on one line.
    """
    lines = (text or NEW_FILE).splitlines()
    for section, entries in _questions(plan).items():
        new = [line for entry in entries if not entry.is_mentioned(lines) for line in entry.lines(answers=False)]
        if new:
            lines = _inserted(lines, new, section=section, file=file)
    return "\n".join(lines) + "\n"


def _inserted(lines: list[str], new: list[str], *, section: str, file: str) -> list[str]:
    for number, line in enumerate(lines):
        if re.fullmatch(rf"{section}:\s*(#.*)?", line):
            return [*lines[: number + 1], *new, *lines[number + 1 :]]
        if line.startswith(f"{section}:"):
            raise DecisionError(f"{file}, line {number + 1}: write the entries of {section} below it, one a line")
    return [*lines, "", f"{section}:", *new]


class Entry(t.NamedTuple):
    """One thing to decide on: C(answer) is the line that decides it, C(asked) who asks for it and why."""

    name: str
    answer: str
    is_suggested: bool
    asked: list[str]

    def lines(self, *, answers: bool) -> list[str]:
        """The question in lines of C(##), and the answer behind one C(#), so that taking that away leaves YAML."""
        prose = [line for text in self.asked for line in paragraph(text, indent="  ## ")]
        return [*prose, f"  {self.answer}" if answers and self.is_suggested else f"  # {self.answer}"]

    def is_mentioned(self, lines: t.Iterable[str]) -> bool:
        """Whether the file asks or answers it already."""
        pattern = re.compile(rf"\s*#?\s*(- )?[\"']?{re.escape(self.name)}[\"']?(:.*|\s*(#.*)?)")
        return any(pattern.fullmatch(line) for line in lines)


def _questions(plan: Plan) -> dict[str, list[Entry]]:
    """The entries of each section, in order of the sections and of what they decide on."""
    found: dict[str, dict[str, list[Plan]]] = {section: {} for section in SECTIONS}
    for one in plan["open_inputs"]:
        section, _dot, name = one["set"].partition(".")
        found[section].setdefault(one.get("feature") or name or one["flow"], []).append(one)
    return {
        section: [_entry(section, name, inputs) for name, inputs in sorted(entries.items())]
        for section, entries in found.items()
        if entries
    }


def _entry(section: str, name: str, inputs: list[Plan]) -> Entry:
    hosts = sorted({host for one in inputs for host in one["hosts"]})
    where = f"{few(hosts)} [{compact_flows({one['flow'] for one in inputs})}]"
    asked = [where, *dict.fromkeys(one["why"] for one in inputs)]
    if section == "printops_ports":
        suggested = next((one["suggested"] for one in inputs if one["suggested"]), None)
        answer = f'{name}: "{suggested}"' if suggested else f"{name}:"
        return Entry(name, answer, bool(suggested), asked)
    return Entry(name, f"{name}: false" if section == "printops_features" else f"- {name}", False, asked)
