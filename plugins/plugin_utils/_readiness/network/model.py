# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What each item of the area network is decided from, and how its outcome is put together."""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import text_list

from ..items import Item
from ..model import (
    Evidence,
    Observed,
    Outcome,
    Status,
    problem_of,
)

PROBE = "network_probe_info"
_WANTED = ("listeners", "targets", "latency")


@dataclass(frozen=True)
class Case:
    """One item on one host. C(problem) is why there is no C(probe)."""

    item: Item
    host: str
    observed: Observed
    asked: t.Mapping[str, t.Any]
    probe: t.Mapping[str, t.Any]
    problem: str

    @property
    def questions(self) -> t.Mapping[str, t.Any]:
        return self.asked["questions"]

    def number(self, name: str) -> float:
        """What is asked by a number, also where Ansible before 2.19 made a text of it; raises C(ReadinessError)."""
        return self._number(self.asked[name], f"preinstall_network_{name}")

    def volume_of_a_job_kb(self) -> tuple[float, float]:
        """The least and the most; raises C(ReadinessError)."""
        given = self.asked["job_kb"]
        if isinstance(given, (list, tuple)) and len(given) == 2:
            least, most = (self._number(one, "preinstall_network_job_kb") for one in given)
            if least <= most:
                return least, most
        place = f"host {self.host}: preinstall_network_job_kb"
        raise ReadinessError(f"{place} is {given!r}; it must be the least and the most, such as [40, 60]")

    def _number(self, value: object, variable: str) -> float:
        try:
            found = float(str(value))
        except ValueError:
            found = -1.0
        if 0 <= found < math.inf:
            return found
        raise ReadinessError(f"host {self.host}: {variable} is {value!r}; it must be a number that is not negative")

    def texts(self, name: str) -> list[str]:
        """What is asked by a list of strings; raises C(ReadinessError)."""
        place = f"host {self.host}: preinstall_network_{name}"
        return text_list(self.asked[name], place=place, error=ReadinessError)

    def evidence(self, seen: str, *, where: str = "") -> Evidence:
        """Seen by this host's probe, unless C(where) says otherwise."""
        return Evidence(seen, where or self.host, str(self.observed.get("at", "")))

    def outcome(
        self, status: Status, summary: str, *seen: str, reason: str = "", where: str = "", remedy: str = ""
    ) -> Outcome:
        """With the item's remedy where it fails, or C(remedy) before it."""
        advice = " ".join(filter(None, (remedy, self.item.remedy))) if status is Status.FAIL else remedy
        evidence = tuple(self.evidence(one, where=where) for one in seen)
        return Outcome(self.item.id, self.host, status, summary, evidence, advice, reason)

    def unknown(self, reason: str, *seen: str) -> Outcome:
        return self.outcome(Status.UNKNOWN, "The probe tells nothing about it.", *seen, reason=reason)


def probe_of(observed: Observed) -> tuple[t.Mapping[str, t.Any], str]:
    """The answers of a host, and why there are none; a script on Windows gives them under C(result)."""
    answer = observed.get(PROBE)
    if isinstance(answer, t.Mapping) and isinstance(answer.get("result"), t.Mapping):
        observed = {**observed, PROBE: {**answer, **answer["result"]}}
    problem = problem_of(observed, PROBE, *_WANTED)
    return ({} if problem else observed[PROBE]), problem


def few(texts: t.Sequence[str], *, most: int = 4) -> str:
    """The first texts, and how many more there are."""
    more = len(texts) - most
    return "; ".join(texts[:most]) + (f"; and {more} more" if more > 0 else "")


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
