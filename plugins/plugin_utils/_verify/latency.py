# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How long new connections of the planned flows took, and the limit that a document sets."""

from __future__ import annotations

import math
import typing as t

from .model import Finding, Probe, Status

_WAYS = ("tcp", "icmp", "udp")


def percentile(times_ms: t.Sequence[float], share: float) -> float | None:
    """By nearest rank, in milliseconds; None of no times."""
    if not times_ms:
        return None
    return round(sorted(times_ms)[math.ceil(share * len(times_ms)) - 1], 3)


def latencies(
    judged: t.Iterable[tuple[Probe, Finding]], *, clusters: t.Mapping[str, str], limit_ms: float
) -> list[dict[str, t.Any]]:
    """One for each pair of addresses with an allowed flow that was answered, over the protocol that tells most."""
    pairs: dict[tuple[str, str, str, str], list[tuple[Probe, Finding]]] = {}
    for probe, finding in judged:
        if probe.expected == "allowed" and finding.times_ms and not probe.is_heard_only:
            pairs.setdefault((probe.host, probe.source, probe.to, probe.destination), []).append((probe, finding))
    return [_entry(pair, found, clusters=clusters, limit_ms=limit_ms) for pair, found in pairs.items()]


def _entry(
    pair: tuple[str, str, str, str],
    found: t.Sequence[tuple[Probe, Finding]],
    *,
    clusters: t.Mapping[str, str],
    limit_ms: float,
) -> dict[str, t.Any]:
    way = min((probe.protocol for probe, _finding in found), key=_WAYS.index)
    chosen = [(probe, finding) for probe, finding in found if probe.protocol == way]
    times = [ms for _probe, finding in chosen for ms in finding.times_ms]
    median, p95 = percentile(times, 0.5), percentile(times, 0.95)
    host, source, to, destination = pair
    is_limited = bool(clusters.get(host)) and clusters.get(host) == clusters.get(to)
    is_slow = is_limited and max(median or 0.0, p95 or 0.0) >= limit_ms
    result: Status = "fail" if is_slow else "pass"
    return {
        "from": host,
        "source": source,
        "to": to,
        "destination": destination,
        "way": way,
        "flows": sorted({flow for probe, _finding in chosen for flow in probe.flows}),
        "samples": len(times),
        "median_ms": median,
        "p95_ms": p95,
        "limit_ms": limit_ms if is_limited else None,
        "result": result,
    }
