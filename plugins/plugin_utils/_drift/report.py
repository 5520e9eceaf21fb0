# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The drift of many hosts as one document, and as a table for a person."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, few, table
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import WindowsError

from .host import host_drift
from .model import DEFAULT_NOTES, KINDS, Drift
from .windows import windows_drift

FORMAT = "printops.firewall/drift/1"
NOT_PLANNED = (
    "the host is not in the plan and has rules of ours: put it back into its group, or run the playbook remove"
)
_LISTED_PORTS = 12

Report = dict[str, t.Any]


class DriftError(PrintopsError):
    """A question about drift that makes no sense; the message says what would."""


def drift_report(
    plan: Plan,
    *,
    answers: t.Mapping[str, t.Mapping[str, t.Any]],
    left: t.Mapping[str, t.Sequence[str]] | None = None,
    notes: t.Sequence[str] = DEFAULT_NOTES,
) -> Report:
    """The report; C(answers) maps each host that was asked to what C(firewall_state_info) returned or failed with.

    That of a Windows host is what C(windows_defender_info) returned, with its listeners. A host with neither was not
    reached. C(left) has the firewalls that hold rules of ours on hosts that are not in the plan. Raises C(DriftError)
    for an unknown kind in C(notes).
    """
    for kind in notes:
        if kind not in KINDS:
            raise DriftError(f"printops_drift_notes: there is no kind of drift {kind!r}; {closest(kind, KINDS)}")
    hosts: dict[str, t.Any] = {}
    for name, answer in sorted(answers.items()):
        if name not in plan["hosts"]:
            continue
        found, provider = _host(plan, name, answer=answer)
        hosts[name] = {
            "reached": not any(one.kind == "unreached" for one in found),
            "provider": provider,
            "findings": [one.as_json(notes=notes) for one in found],
        }
    for name, providers in sorted((left or {}).items()):
        if providers and name not in plan["hosts"]:
            found = [Drift("not_planned", NOT_PLANNED)]
            hosts[name] = {
                "reached": True,
                "provider": few(providers),
                "findings": [one.as_json(notes=notes) for one in found],
            }
    return {
        "format": FORMAT,
        "drift": any(_has_drift(host) for host in hosts.values()),
        "unreached": [name for name, host in hosts.items() if not host["reached"]],
        "hosts": hosts,
    }


def _host(plan: Plan, name: str, *, answer: t.Mapping[str, t.Any]) -> tuple[list[Drift], str]:
    """The findings about a host, and its firewall."""
    planned = plan["hosts"][name]["provider"]
    if "state" in answer:
        return host_drift(plan, name, state=answer["state"]), answer["state"]["provider"]
    if "state_id" not in answer:
        return [Drift("unreached", str(answer.get("msg") or "no answer").strip())], planned
    try:
        return windows_drift(plan, name, answer=answer), "windows_defender"
    except WindowsError as error:
        return [Drift("unreached", str(error))], planned


def _has_drift(host: t.Mapping[str, t.Any]) -> bool:
    return any(finding["severity"] == "drift" for finding in host["findings"])


def drift_text(report: Report) -> str:
    """A table of the findings, and one line that counts the hosts."""
    rows = [row for name, host in report["hosts"].items() for row in _rows(name, host)]
    drifting = [name for name, host in report["hosts"].items() if host["reached"] and _has_drift(host)]
    clean = len(report["hosts"]) - len(drifting) - len(report["unreached"])
    verdict = [f"{count(clean, 'host')} as planned"]
    if drifting:
        verdict.append(f"{len(drifting)} with drift ({few(drifting)})")
    if report["unreached"]:
        verdict.append(f"{len(report['unreached'])} NOT REACHED ({few(report['unreached'])})")
    return "\n".join([*table(("HOST", "FIREWALL", "DRIFT", "WHAT"), rows), "", f"{', '.join(verdict)}."])


def _rows(name: str, host: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, str, str, str]]:
    drift = [one for one in host["findings"] if one["severity"] == "drift"]
    notes: dict[str, list[str]] = {}
    for finding in host["findings"]:
        if finding["severity"] == "note":
            notes.setdefault(finding["kind"], []).append(finding["what"])
    if not drift:
        yield name, host["provider"], "none", "as planned"
    for finding in drift:
        yield name, host["provider"], finding["kind"], finding["what"]
    for kind, texts in notes.items():
        if kind == "not_listening":
            ports = few([text.partition(":")[0] for text in texts], most=_LISTED_PORTS)
            yield name, host["provider"], f"note: {kind}", f"nothing listens on {ports}"
        else:
            yield from ((name, host["provider"], f"note: {kind}", text) for text in texts)
