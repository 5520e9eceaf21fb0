# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Latency and bandwidth against what the document and the operator say."""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass

from ..model import Outcome, Status, problem_of
from .model import Case, few

_TERMINAL = "_terminal_server"


@dataclass(frozen=True)
class Latency:
    """Round trips in milliseconds; a lost one is slower than any."""

    median_ms: float
    p95_ms: float
    lost: int
    samples: int

    @classmethod
    def of(cls, times_ms: t.Sequence[float], *, lost: int) -> Latency:
        """Percentiles by the nearest rank, so that each is a time that was measured."""
        ordered = [*sorted(times_ms), *[math.inf] * lost]
        return cls(_rank(ordered, 0.5), _rank(ordered, 0.95), lost, len(ordered))

    def __str__(self) -> str:
        lost = f", {self.lost} lost" if self.lost else ""
        return f"median {_ms(self.median_ms)}, 95th percentile {_ms(self.p95_ms)} of {self.samples}{lost}"


def _rank(ordered: t.Sequence[float], share: float) -> float:
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def _ms(value: float) -> str:
    return "never" if math.isinf(value) else f"{value:.1f} ms"


def decide_latency(case: Case) -> Outcome:
    """Devices that nobody named leave the item to a person, unless something measured is too slow already."""
    peers, groups = case.questions["peers"], case.questions["components"]
    wants_devices = any(group.endswith(_TERMINAL) for group in groups)
    has_devices = any(peer["kind"] == "device" for peer in peers)
    if not peers and not wants_devices:
        return case.outcome(
            Status.NOT_APPLICABLE, "No latency counts here.", reason="the host has no other member and no devices"
        )
    if case.problem and peers:
        return case.unknown(case.problem)
    answers = case.probe["latency"] if peers else []
    if len(answers) != len(peers):
        return case.unknown(f"{len(peers)} latencies were asked for, and {len(answers)} answered")
    limit_ms = case.number("latency_ms")
    slow, mute, seen = [], [], []
    for peer, answer in zip(peers, answers, strict=True):
        if not answer["way"]:
            mute.append(f"{_peer(peer)} gave no answer to {_tried(answer)}")
            continue
        latency = Latency.of(answer["times_ms"], lost=answer["lost"])
        line = f"{_peer(peer)} over {answer['way']}: {latency}"
        seen.append(line)
        if max(latency.median_ms, latency.p95_ms) >= limit_ms:
            slow.append(line)
    if slow:
        summary = f"{limit_ms:g} ms or more: {few(slow)}"
        return case.outcome(Status.FAIL, summary, *seen, *mute)
    if mute:
        return case.unknown(few(mute), *seen, *mute)
    if wants_devices and not has_devices:
        return case.outcome(
            Status.ATTEST,
            "The latency between the devices and this Terminal Server is not measured.",
            *seen,
            reason="preinstall_network_devices names no device that could be asked from here",
            remedy="Name the address of a device at each site in preinstall_network_devices, or attest the latency.",
        )
    return case.outcome(Status.PASS, f"{len(seen)} of {len(peers)} under {limit_ms:g} ms.", *seen)


def _peer(peer: t.Mapping[str, t.Any]) -> str:
    return f"{peer['name']} ({peer['address']})" if peer["kind"] == "member" else f"device {peer['address']}"


def _tried(answer: t.Mapping[str, t.Any]) -> str:
    return ", ".join(f"{one['port']}/tcp" if one["port"] else one["protocol"] for one in answer["tried"])


def decide_bandwidth(case: Case) -> Outcome:
    """Jobs an hour times the documented volume of a job as a constant stream, against the narrowest that is known.

    That is what the operator says of the link, and what was measured to the other members where that was asked for.
    """
    measured, problem = _throughput(case)
    if problem:
        return case.unknown(f"the throughput was asked for and not measured: {problem}")
    seen = [f"{_rate(kbit_s)} measured to {address}" for address, kbit_s in measured.items()]
    jobs, said = case.number("jobs_per_hour"), case.number("link_kbit")
    capacities = [*([said] if said else []), *measured.values()]
    lacking = [*(["jobs_per_hour"] if not jobs else []), *(["link_kbit"] if not capacities else [])]
    least, most = case.volume_of_a_job_kb()
    if lacking:
        names = " and ".join(f"preinstall_network_{name}" for name in lacking)
        return case.outcome(
            Status.ATTEST,
            f"A job causes {least:g} to {most:g} kB of metadata; how many jobs or what carries them is not said.",
            *seen,
            reason=f"{names} not set",
            remedy=f"Set {names}, or attest the bandwidth.",
        )
    low, high = (jobs * volume * 8 / 3600 for volume in (least, most))
    capacity = min(capacities)
    seen.insert(0, f"{jobs:g} jobs an hour of {least:g} to {most:g} kB are {_rate(low)} to {_rate(high)}")
    if said:
        seen.append(f"preinstall_network_link_kbit says that the link carries {_rate(said)}")
    if high > capacity:
        return case.outcome(Status.FAIL, f"Needs {_rate(high)}, has {_rate(capacity)}.", *seen)
    return case.outcome(Status.PASS, f"Needs {_rate(high)} of {_rate(capacity)}.", *seen)


def _rate(kbit_s: float) -> str:
    return f"{kbit_s:.1f} kbit/s" if kbit_s < 10_000 else f"{kbit_s / 1000:.1f} Mbit/s"


def _throughput(case: Case) -> tuple[dict[str, float], str]:
    """What was measured to each address, and why it was not where it was asked for."""
    members = [peer for peer in case.questions["peers"] if peer["kind"] == "member"]
    if not case.number("throughput_port") or not members:
        return {}, ""
    if case.observed.get("platform") == "windows":
        return {}, "it is measured between members on Linux only"
    problem = problem_of(case.observed, "throughput", "sent")
    if problem:
        return {}, problem
    sent = case.observed["throughput"]["sent"]
    failed = [f"{one['address']}: {one['error']}" for one in sent if one["error"]]
    return {one["address"]: one["kbit_s"] for one in sent if not one["error"]}, few(failed)
