# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes that somebody could make in our PowerShell, one at a time: which tests find it says how much they hold."""

from __future__ import annotations

import pathlib
import random
import re
import typing as t
from dataclasses import dataclass

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
UTILS = "plugins/module_utils/_windows"
SCRIPTS = "tests/windows/scripts"
TESTS = {
    "Firewall.psm1": ("test_windows_file", "test_in_force", "test_state", "test_change", "test_pending"),
    "FirewallChange.psm1": ("test_change", "test_in_force", "test_state", "test_pending"),
    "FirewallPending.psm1": ("test_pending", "test_change", "test_state"),
    "restore.ps1": ("test_pending",),
    "Offline": ("test_render", "test_render_session", "test_same_decisions"),
}
"""The tests that are about a file, those that find most of its mistakes first."""

_OPPOSITES = {
    "eq": "ne", "ceq": "cne", "lt": "ge", "gt": "le", "contains": "notcontains", "ccontains": "cnotcontains",
    "is": "isnot", "like": "notlike", "match": "notmatch", "and": "or",
}  # fmt: skip
_OPPOSITES |= {other: one for one, other in _OPPOSITES.items()}
_OPERATOR = re.compile(rf"(?<= )-({'|'.join(sorted(_OPPOSITES, key=len, reverse=True))})(?= )")
_BOOLEAN = re.compile(r"\$(true|false)\b")
_NOT = re.compile(r"-not ")
_STEP = re.compile(r"^\s+(?:throw\b|(?:\$null = )?(?!Export-|Import-|Start-Sleep)[A-Z][a-z]+-(?:Printops|Offline)\w+)")
_NOTHING = "$null = 0"


@dataclass(frozen=True)
class Mutant:
    """A line of a file, as it is and as it would be by mistake."""

    file: str
    line: int
    kind: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.kind}: {self.before.strip()} -> {self.after.strip()}"

    @property
    def tests(self) -> list[str]:
        name = pathlib.PurePath(self.file).name
        key = name if name in TESTS else "Offline"
        return [f"{SCRIPTS}/{one}.py" for one in TESTS[key]]

    def applied(self, text: str) -> str:
        lines = text.split("\n")
        assert lines[self.line - 1] == self.before
        lines[self.line - 1] = self.after
        return "\n".join(lines)


def files() -> list[str]:
    """What runs on Windows hosts, but for the script that asks a domain controller alone."""
    found = sorted((CHECKOUT / UTILS).glob("*.ps*1"))
    return [str(path.relative_to(CHECKOUT)) for path in found]


def every_mutant() -> list[Mutant]:
    return [mutant for file in files() for mutant in mutants(file, (CHECKOUT / file).read_text(encoding="utf-8"))]


def sample(number: int, *, seed: int = 0) -> list[Mutant]:
    """So many of them, by chance and each kind of every file in its turn."""
    rng = random.Random(seed)  # noqa: S311
    kinds: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in every_mutant():
        kinds.setdefault((mutant.file, mutant.kind), []).append(mutant)
    for members in kinds.values():
        rng.shuffle(members)
    found: list[Mutant] = []
    while len(found) < number and any(kinds.values()):
        for members in kinds.values():
            if members and len(found) < number:
                found.append(members.pop())
    return found


def mutants(file: str, text: str) -> t.Iterator[Mutant]:
    """In the order of lines; none of comments, nor of statements that go on in the next line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith("#"):
            continue
        for match in _OPERATOR.finditer(line):
            other = f"{line[: match.start()]}-{_OPPOSITES[match[1]]}{line[match.end() :]}"
            yield Mutant(file, number, "comparison", line, other)
        for match in _BOOLEAN.finditer(line):
            other = "false" if match[1] == "true" else "true"
            yield Mutant(file, number, "boolean", line, f"{line[: match.start()]}${other}{line[match.end() :]}")
        for match in _NOT.finditer(line):
            yield Mutant(file, number, "not", line, line[: match.start()] + line[match.end() :])
        if _STEP.match(line) and line.count("(") == line.count(")") and not line.rstrip().endswith(("+", "|", "`")):
            kind = "throw" if line.lstrip().startswith("throw") else "step"
            yield Mutant(file, number, kind, line, f"{line[: len(line) - len(line.lstrip())]}{_NOTHING}")
