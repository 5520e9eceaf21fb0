# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What packets proved of flows, as the playbook C(verify) writes it."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReportError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

from .matrix import FlowRow

FORMAT = "printops.firewall/evidence/1"
_WORST_FIRST = ("fail", "unproven", "pass")


class Verdict(t.NamedTuple):
    """C(pass), C(fail), C(unproven), or C("") where nobody tried; and when, in UTC."""

    result: str
    at: str


class Verdicts:
    """The results of probes by flow and the host that has its rule."""

    def __init__(self, evidence: Plan | None) -> None:
        self._at = str(evidence["ended"]) if evidence else ""
        self._results: dict[tuple[str, str], set[str]] = {}
        for probe in evidence["probes"] if evidence else ():
            if probe["expected"] == "allowed":
                for flow in probe["flows"]:
                    for host in (probe["from"], probe["to"]):
                        self._results.setdefault((flow, host), set()).add(probe["result"])

    def of(self, rows: t.Iterable[FlowRow]) -> Verdict:
        """The worst that was seen of the rows."""
        if not self._results:
            return Verdict("", "")
        seen = {result for row in rows for host in row.hosts for result in self._results.get((row.flow, host), ())}
        worst = next((one for one in _WORST_FIRST if one in seen), "")
        return Verdict(worst, self._at if worst else "")


def read_evidence(document: object, *, place: str) -> Plan:
    """The document; raises C(ReportError) where it is none of C(verify)."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        given = document.get("format") if isinstance(document, dict) else None
        raise ReportError(f"{place}: not evidence of verify: its format must be {FORMAT!r}, and is {given!r}")
    for key, kind in (("probes", list), ("hosts", dict), ("ended", str), ("summary", dict)):
        if not isinstance(document.get(key), kind):
            raise ReportError(f"{place}: not evidence of verify: {key} must be {kind.__name__}")
    return document
