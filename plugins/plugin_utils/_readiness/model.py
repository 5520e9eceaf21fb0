# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a check before the installation says of a host, and how the results of gathering tasks are read."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

UNCHECKED = "could not be checked"
"""The summary of an outcome that has nothing but its reason."""

Observed = t.Mapping[str, t.Any]
"""What was gathered of a host: C(platform) (windows or linux), C(at) (ISO 8601, UTC), and each probe's registered
result under its name."""


class Status(enum.StrEnum):
    """How a check ends."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    ATTEST = "needs_attestation"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "could_not_check"


@dataclass(frozen=True)
class Evidence:
    """What was seen, where (host, file, command or registry key) and when (ISO 8601, UTC)."""

    seen: str
    where: str
    when: str


@dataclass(frozen=True)
class Outcome:
    """How one item ended on one host; C(reason) tells why it could not be checked or does not apply."""

    item: str
    host: str
    status: Status
    summary: str
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""
    reason: str = ""

    def as_json(self) -> dict[str, t.Any]:
        """Plain data, which C(outcome_from) reads back."""
        return {
            "item": self.item,
            "host": self.host,
            "status": str(self.status),
            "summary": self.summary,
            "evidence": [{"seen": one.seen, "where": one.where, "when": one.when} for one in self.evidence],
            "remedy": self.remedy,
            "reason": self.reason,
        }


def outcome_from(raw: t.Mapping[str, t.Any]) -> Outcome:
    """The value of what C(as_json) gave."""
    return Outcome(
        item=str(raw["item"]),
        host=str(raw["host"]),
        status=Status(raw["status"]),
        summary=str(raw["summary"]),
        evidence=tuple(Evidence(str(one["seen"]), str(one["where"]), str(one["when"])) for one in raw["evidence"]),
        remedy=str(raw["remedy"]),
        reason=str(raw["reason"]),
    )


def problem_of(observed: Observed, probe: str, *wanted: str) -> str:
    """Why a probe tells nothing, on one line; empty where it tells.

    C(wanted) are keys that every successful result of the probe's module has. They are what tells a failure where
    C(failed_when: false) made C(failed) false.
    """
    result = observed.get(probe)
    if not isinstance(result, t.Mapping):
        return f"{probe} was not gathered"
    if result.get("unreachable"):
        return f"the host was not reached: {_message(result)}"
    if result.get("skipped"):
        return f"{probe} was not gathered: {result.get('skip_reason') or result.get('skipped_reason') or 'skipped'}"
    if result.get("failed") or any(key not in result for key in wanted):
        return f"{probe} could not be read: {_message(result)}"
    return ""


def _message(result: t.Mapping[str, t.Any]) -> str:
    for key in ("msg", "stderr", "module_stderr", "module_stdout", "stdout"):
        text = " ".join(str(result.get(key) or "").split())
        if text:
            return text if len(text) <= 300 else f"{text[:299]}…"
    return "it gave no reason"
