# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""All that a verification found as one document."""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import VerifyError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import plain
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import choice
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.documents import rests_on
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import read_plan

from .latency import latencies, percentile
from .model import Door, Finding, Partaker, Probe, Status
from .run import Run
from .schedule import CHOICES
from .seen import Attempt, Record
from .unverifiable import unverifiable
from .verdict import judge, result_of
from .versions import versions

FORMAT = "printops.firewall/evidence/1"
Evidence = dict[str, t.Any]
_STATUSES: tuple[Status, ...] = ("pass", "fail", "unproven")


def evidence(
    run: Run,
    *,
    probers: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]],
    records: t.Mapping[str, t.Mapping[str, t.Any]],
    clusters: t.Mapping[str, str],
    limit_ms: float,
    begun: str,
    ended: str,
) -> Evidence:
    """The document; C(probers) and C(records) map hosts to what C(flow_probe_info) (a list, one for each list of
    questions) and C(flow_listener) returned.

    Hosts that share a value of C(clusters) are those between which the document limits the latency.
    """
    by_name = {one.name: one for one in run.partakers}
    kept = {name: Record.of(records.get(name, {}).get("record") or {}) for name in by_name}
    judged: list[tuple[Probe, Finding]] = []
    for host, probes in run.by_host().items():
        answers = [attempts for part in probers.get(host, ()) for attempts in part.get("attempts", ())]
        if answers and len(answers) != len(probes):
            raise VerifyError(f"host {host}: {len(probes)} probes were asked for, and {len(answers)} answered")
        answers = answers or [[] for _probe in probes]
        judged += [
            (
                probe,
                judge(
                    probe,
                    [Attempt.of(raw) for raw in attempts],
                    sender=by_name[host],
                    to=by_name[probe.to],
                    record=kept[probe.to],
                ),
            )
            for probe, attempts in zip(probes, answers, strict=True)
        ]
    order = {probe: place for place, probe in enumerate(run.probes)}
    judged.sort(key=lambda one: order[one[0]])
    timed = latencies(judged, clusters=clusters, limit_ms=limit_ms)
    hosts = {name: _host(run, name, by_name=by_name) for name in run.asked}
    document: Evidence = {
        "format": FORMAT,
        "plan": {"sha256": run.plan_sha256, "documents": rests_on(run.plan)},
        "begun": begun,
        "ended": ended,
        "probing_s": max([sum(part.get("took_s", 0.0) for part in parts) for parts in probers.values()], default=0.0),
        "versions": versions(),
        "hosts": hosts,
        "probes": [_probe(probe, finding, by_name[probe.to]) for probe, finding in judged],
        "latency": timed,
        "unverifiable": unverifiable(run.plan, [name for name in run.asked if name in run.plan["hosts"]]),
    }
    wanted = [name for name in run.asked if run.plan["hosts"].get(name, {}).get("provider", "none") != "none"]
    document["summary"] = _summary(document, is_whole=all(hosts[name]["reached"] for name in wanted))
    document["digest"] = digest(document)
    return document


def read_run(plan: object, *, listeners: t.Mapping[str, t.Any], refused: str = "sample") -> Run:
    """The run of what filters are given: a plan or the path of its file, and the listeners' answers by host."""
    document = read_plan(plan)
    choice(refused, CHOICES, place="printops_verify_refused", error=VerifyError)
    (wanted,) = (one for one in CHOICES if one == refused)
    return Run.of(document, answers=plain(listeners), refused=wanted)


def digest(document: t.Mapping[str, t.Any]) -> str:
    """SHA-256 of all but the digest itself, the same wherever it is computed."""
    body = {key: value for key, value in document.items() if key != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _summary(document: Evidence, *, is_whole: bool) -> dict[str, t.Any]:
    counts = {
        expected: _counts(one["result"] for one in document["probes"] if one["expected"] == expected)
        for expected in ("allowed", "refused")
    }
    timed = _counts(one["result"] for one in document["latency"])
    has_failed = any(one["fail"] for one in (*counts.values(), timed))
    is_proven = any(one["pass"] for one in counts.values())
    return {**counts, "latency": timed, "passed": is_whole and is_proven and not has_failed}


def _counts(results: t.Iterable[str]) -> dict[str, int]:
    listed = list(results)
    return {status: listed.count(status) for status in _STATUSES}


def _host(run: Run, name: str, *, by_name: t.Mapping[str, Partaker]) -> dict[str, t.Any]:
    answer = run.answers.get(name, {})
    partaker = by_name.get(name)
    doors = partaker.doors if partaker else {}
    return {
        "planned": name in run.plan["hosts"],
        "reached": partaker is not None,
        "why": "" if partaker else _why_not(answer),
        "system": str(answer.get("system", "")),
        "python": str(answer.get("python", "")),
        "addresses": list(partaker.addresses if partaker else run.plan["hosts"].get(name, {}).get("addresses", ())),
        "as_root": bool(answer.get("as_root", False)),
        "listened": [key for key, _door in _doors(doors, "ours")],
        "held": {
            key: {"process": door.process, "addresses": list(door.addresses)} for key, door in _doors(doors, "held")
        },
        "not_listened": {key: door.why for key, door in _doors(doors, "failed")},
    }


def _why_not(answer: t.Mapping[str, t.Any]) -> str:
    if answer.get("skipped"):
        return "Windows hosts do not take part yet"
    return str(answer.get("msg") or "no answer").strip()


def _doors(doors: t.Mapping[tuple[str, int], Door], state: str) -> list[tuple[str, Door]]:
    return [(f"{port}/{protocol}", door) for (protocol, port), door in sorted(doors.items()) if door.state == state]


def _probe(probe: Probe, finding: Finding, to: Partaker) -> dict[str, t.Any]:
    door = to.doors.get((probe.protocol, probe.port or 0))
    listener = (
        "kernel"
        if probe.protocol == "icmp"
        else {"ours": "ours", "held": "product"}.get(door.state if door else "", "none")
    )
    return {
        "expected": probe.expected,
        "from": probe.host,
        "source": probe.source,
        "source_port": probe.source_port,
        "to": probe.to,
        "destination": probe.destination,
        "protocol": probe.protocol,
        "port": probe.port,
        "flows": list(probe.flows),
        "verdict": finding.verdict,
        "at": finding.at,
        "result": result_of(probe, finding),
        "detail": finding.detail,
        "sent": finding.sent,
        "answered": len(finding.times_ms),
        "median_ms": percentile(finding.times_ms, 0.5),
        "p95_ms": percentile(finding.times_ms, 0.95),
        "listener": listener,
        "proof": finding.proof,
    }
