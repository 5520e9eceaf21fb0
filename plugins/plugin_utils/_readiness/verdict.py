# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One outcome from several findings about an item, and what tasks with a loop or a foreign driver said."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .items import Item
from .model import Evidence, Outcome, Status

_WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.ATTEST, Status.PASS)
_SHOWN = 300

Result = t.Mapping[str, t.Any]


@dataclass
class Verdict:
    """Findings about one item; the worst decides: a fault, then what could not be checked, then what to attest."""

    when: str
    texts: dict[Status, list[str]] = field(default_factory=lambda: {status: [] for status in _WORST_FIRST})
    evidence: list[Evidence] = field(default_factory=list)

    def found(self, status: Status, text: str) -> None:
        if text not in self.texts[status]:
            self.texts[status].append(text)

    def good(self, text: str) -> None:
        self.found(Status.PASS, text)

    def fault(self, text: str) -> None:
        self.found(Status.FAIL, text)

    def unknown(self, text: str) -> None:
        self.found(Status.UNKNOWN, text)

    def attest(self, text: str) -> None:
        self.found(Status.ATTEST, text)

    def saw(self, seen: str, where: str) -> None:
        self.evidence.append(Evidence(seen=seen, where=where, when=self.when))

    def outcome(self, item: Item, host: str) -> Outcome:
        """The summary says what decided; the remedy is the item's where there is something to do."""
        status = next((one for one in _WORST_FIRST if self.texts[one]), Status.UNKNOWN)
        text = "; ".join(self.texts[status]) or "nothing was found out"
        reasons = self.texts[Status.UNKNOWN] if status in (Status.FAIL, Status.UNKNOWN) else []
        return Outcome(
            item=item.id,
            host=host,
            status=status,
            summary=text,
            evidence=tuple(self.evidence),
            remedy="" if status is Status.PASS else item.remedy,
            reason="; ".join(reasons),
        )


def said(result: Result) -> str:
    """What a failed module said, on one line: C(msg) and what the modules of community.general put beside it."""
    parts = [" ".join(str(result.get(key) or "").split()) for key in ("msg", "details", "error")]
    text = ": ".join(part for part in parts if part)
    if not text:
        text = " ".join(str(result.get("module_stderr") or result.get("module_stdout") or "").split())
    text = text or "it gave no reason"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def takes_connections(result: Result) -> bool | None:
    """Whether wait_for or win_wait_for got a connection; nothing where it did not get to try."""
    if "state" in result or ("wait_attempts" in result and not result.get("msg")):
        return True
    return False if "elapsed" in result else None


def lacking_library(result: Result) -> str:
    """What to install where a module did not find its Python library, in words; empty for every other result."""
    text = str(result.get("msg") or "")
    if not text.startswith("Failed to import the required Python library"):
        return ""
    library = text.partition("(")[2].partition(")")[0]
    where = text.partition(" on ")[2].partition("'s Python")[0] or "the host that asks"
    return f"the Python package {library or 'of the driver'} is lacking on {where}"


def loop_results(observed: t.Mapping[str, t.Any], probe: str) -> tuple[Result, ...]:
    """The results of a task with a loop; one that was never reached or skipped as a whole gives none."""
    result = observed.get(probe)
    if not isinstance(result, t.Mapping):
        return ()
    return tuple(one for one in result.get("results") or () if isinstance(one, t.Mapping) and not one.get("skipped"))


def names(texts: t.Iterable[str], *, most: int = 10) -> str:
    """A few of them, and how many more."""
    known = list(texts)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more
