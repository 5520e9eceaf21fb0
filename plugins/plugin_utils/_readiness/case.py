# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One item on one host while it is decided: what was observed, and the ways in which the item can end."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .items import Item
from .model import (
    UNCHECKED,
    Evidence,
    Observed,
    Outcome,
    Status,
    problem_of,
)


class UnreadableError(Exception):
    """What an item needs was not gathered; the message says why."""


@dataclass(frozen=True)
class Case:
    """An item, a host, and what was observed of it."""

    item: Item
    host: str
    observed: Observed

    @property
    def windows(self) -> bool:
        """Whether the host runs Windows."""
        return bool(self.observed["platform"] == "windows")

    def probe(self, name: str, *wanted: str) -> t.Mapping[str, t.Any]:
        """The result of a gathering task; raises C(UnreadableError) where it has none with the C(wanted) keys."""
        problem = problem_of(self.observed, name, *wanted)
        if problem:
            # Without facts, no further task looked at the host.
            raise UnreadableError(problem_of(self.observed, "facts", "ansible_facts") or problem)
        return t.cast("t.Mapping[str, t.Any]", self.observed[name])

    def saw(self, seen: str, where: str) -> Evidence:
        """Evidence from this host; C(where) is a file, a command or a registry key."""
        return Evidence(seen=seen, where=f"{self.host}: {where}", when=str(self.observed["at"]))

    def passed(self, summary: str, *evidence: Evidence) -> Outcome:
        """The item holds."""
        return Outcome(self.item.id, self.host, Status.PASS, summary, evidence)

    def failed(self, summary: str, *evidence: Evidence) -> Outcome:
        """The item does not hold."""
        return Outcome(self.item.id, self.host, Status.FAIL, summary, evidence, remedy=self.item.remedy)

    def attest(self, summary: str, *evidence: Evidence, reason: str) -> Outcome:
        """Only a person can tell; C(reason) says what would make it automatic, or why nothing does."""
        return Outcome(
            self.item.id, self.host, Status.ATTEST, summary, evidence, remedy=self.item.remedy, reason=reason
        )

    def unknown(self, reason: str, *evidence: Evidence) -> Outcome:
        """It could not be checked."""
        return Outcome(self.item.id, self.host, Status.UNKNOWN, UNCHECKED, evidence, self.item.remedy, reason)
