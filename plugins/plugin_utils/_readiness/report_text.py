# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A report of readiness as a person reads it in a terminal."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, few, paragraph, table

from .items import shipped_items
from .model import UNCHECKED, Status
from .report import (
    SIGNED,
    UNREACHED,
    Report,
)

WORDS = {
    str(Status.FAIL): "FAIL",
    str(Status.UNKNOWN): "could not check",
    str(Status.ATTEST): "attest",
    SIGNED: "signed",
    str(Status.PASS): "pass",
    str(Status.NOT_APPLICABLE): "does not apply",
}
_WHOSE_LIST = (
    "safeq5/… is the vendor's check list, printed for SafeQ CML. Where an item of it is asked of SafeQ 6 or VPSX, "
    "docs/preinstall_items.md says why it holds there too."
)
_UNKNOWN = WORDS[str(Status.UNKNOWN)]
_SHOWN = (str(Status.FAIL), str(Status.UNKNOWN), str(Status.ATTEST), SIGNED)


def readiness_text(report: Report) -> str:
    """Hosts with their counts, what is not simply passed, and the verdict."""
    lines = table(("HOST", *(word.upper() for word in WORDS.values())), list(_counts(report)))
    rows = _rows(report["hosts"])
    if rows:
        lines += ["", *table(("ENDS AS", "HOSTS", "WHAT"), rows)]
        if any(ending.endswith(" *") for ending, _hosts, _what in rows):
            lines += ["", "* not mandatory"]
    if any("[safeq5/" in what for _ending, _hosts, what in rows):
        lines += ["", *paragraph(_WHOSE_LIST)]
    return "\n".join([*lines, "", *paragraph(verdict(report))])


def verdict(report: Report) -> str:
    """One sentence on the whole."""
    said = []
    if report["failing"]:
        named = few([f"{shipped_items()[one['item']].title} on {one['host']}" for one in report["failing"]])
        said.append(f"NOT READY: {count(len(report['failing']), 'item')} failed that must not ({named})")
    if report["unreached"]:
        said.append(f"NOT REACHED: {few(report['unreached'])}")
    left = report["counts"][str(Status.ATTEST)] + report["counts"][str(Status.UNKNOWN)]
    if left:
        said.append(f"{count(left, 'item')} left for a person")
    if not said:
        said.append(f"{count(len(report['hosts']), 'host')} ready")
    elif report["ready"]:
        said.insert(0, f"nothing failed that must not ({_asked(report)})")
    return f"{'; '.join(said)}."


def signature_text(entry: Report) -> str:
    """Who signed it off until when; empty where nobody did."""
    signature = entry["signature"]
    if signature is None:
        return ""
    text = f"{signature['by']} on {signature['on']}, until {signature['until']}, {signature['reference']}"
    if not signature["valid"]:
        return f"the signature has expired: {text}"
    if entry["status"] != SIGNED:
        return f"signed by {text}, which does not count: the check itself says otherwise"
    return f"signed by {text}"


def _asked(report: Report) -> str:
    fail_on = report["fail_on"]
    return f"preinstall_fail_on: {fail_on if isinstance(fail_on, str) else ', '.join(fail_on)}"


def _counts(report: Report) -> t.Iterator[tuple[str, ...]]:
    for name, host in report["hosts"].items():
        yield name, *(str(host["counts"][status]) for status in WORDS)


def _rows(hosts: t.Mapping[str, Report]) -> list[tuple[str, str, str]]:
    """What is not simply passed: hosts on which items end alike, and items that end alike on them, share a row."""
    found: dict[tuple[str, str], dict[str, list[Report]]] = {}
    for name, host in hosts.items():
        unreached = [entry["reason"] for entry in host["items"] if entry["reason"].startswith(UNREACHED)]
        if not host["items"]:
            found.setdefault((_UNKNOWN, "nothing is known of the host: it was left out or failed"), {})[name] = []
        if unreached:
            found.setdefault((_UNKNOWN, unreached[0]), {})[name] = []
        for entry in host["items"]:
            if entry["status"] in _SHOWN and entry["reason"] not in unreached:
                found.setdefault((_word(entry), _what(entry)), {}).setdefault(name, []).append(entry)
    rows: dict[tuple[str, str], list[str]] = {}
    for (ending, what), by_host in found.items():
        for name, entries in by_host.items():
            rows.setdefault((ending, _in_words(entries, what)), []).append(name)
    return [(ending, few(names, most=3), text) for (ending, text), names in rows.items()]


def _in_words(entries: t.Sequence[Report], what: str) -> str:
    if not entries:
        return what
    titles = "; ".join(dict.fromkeys(entry["title"] for entry in entries))
    ids = compact_flows(entry["item"] for entry in entries)
    return f"{titles}: {what} [{ids}]"


def _word(entry: Report) -> str:
    return WORDS[entry["status"]] + ("" if entry["mandatory"] else " *")


def _what(entry: Report) -> str:
    signature = signature_text(entry) if entry["signature"] else ""
    if entry["status"] == SIGNED:
        return signature
    parts = [entry["summary"]] if entry["summary"] != UNCHECKED or not entry["reason"] else []
    if entry["reason"]:
        parts.append(entry["reason"])
    if entry["status"] == Status.FAIL:
        parts.append(f"To do: {entry['remedy']}")
    if signature:
        parts.append(signature)
    return ". ".join(part.rstrip(".") for part in parts)
