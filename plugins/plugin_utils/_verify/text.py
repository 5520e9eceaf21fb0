# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The evidence as a table for a terminal: what is not as planned in full, the rest counted."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, few, paragraph, table

MOST_ROWS = 60
_ORDER = {"fail": 0, "unproven": 1, "pass": 2}
Raw = t.Mapping[str, t.Any]


def evidence_text(evidence: Raw) -> str:
    """What failed, then what is not proven, then a line for each pair of hosts, the latency, and the verdict."""
    lines = table(("FROM", "TO", "ALLOWED", "REFUSED", "LATENCY"), list(_pairs(evidence)))
    told = _told(evidence["probes"])
    if told:
        lines += ["", *table(("RESULT", "FROM", "TO", "PORTS", "WHAT"), told[:MOST_ROWS])]
        if len(told) > MOST_ROWS:
            lines += paragraph(f"and {len(told) - MOST_ROWS} more: the evidence has them all")
    lines += ["", *(line for name, host in evidence["hosts"].items() for line in _not_reached(name, host))]
    slow = [one for one in evidence["latency"] if one["result"] == "fail"]
    for one in slow:
        lines += paragraph(
            f"SLOW {one['from']} -> {one['to']} ({one['destination']}): median {one['median_ms']} ms, 95th percentile "
            f"{one['p95_ms']} ms; the document wants less than {one['limit_ms']:g} ms"
        )
    if evidence["unverifiable"]:
        ends = count(len(evidence["unverifiable"]), "rule")
        lines += paragraph(f"{ends} with an end that is not managed: the evidence has lines to try them from there.")
    return "\n".join([*lines, *paragraph(_verdict(evidence))])


def _verdict(evidence: Raw) -> str:
    summary = evidence["summary"]
    allowed, refused = summary["allowed"], summary["refused"]
    parts = [
        f"{allowed['pass']} of {sum(allowed.values())} that must get through do",
        f"{refused['pass']} of {sum(refused.values())} that must not are stopped",
    ]
    unproven = allowed["unproven"] + refused["unproven"]
    if unproven:
        parts.append(f"{unproven} unproven")
    return f"{'PASSED' if summary['passed'] else 'NOT PASSED'}: {', '.join(parts)}."


def _pairs(evidence: Raw) -> t.Iterator[tuple[str, ...]]:
    latency: dict[tuple[str, str], list[Raw]] = {}
    for one in evidence["latency"]:
        latency.setdefault((one["from"], one["to"]), []).append(one)
    probes: dict[tuple[str, str], list[Raw]] = {}
    for one in evidence["probes"]:
        probes.setdefault((one["from"], one["to"]), []).append(one)
    for pair, found in probes.items():
        cells = [_share([one for one in found if one["expected"] == expected]) for expected in ("allowed", "refused")]
        medians = [f"{one['median_ms']:g}/{one['p95_ms']:g} ms" for one in latency.get(pair, ())]
        yield (*pair, *cells, few(medians, most=2))


def _share(probes: t.Sequence[Raw]) -> str:
    return f"{sum(one['result'] == 'pass' for one in probes)} of {len(probes)}" if probes else ""


def _told(probes: t.Iterable[Raw]) -> list[tuple[str, ...]]:
    """Rows of what did not pass; ports and addresses with the same words share one."""
    groups: dict[tuple[str, ...], list[Raw]] = {}
    for one in probes:
        if one["result"] != "pass":
            family = "IPv6" if ":" in one["destination"] else "IPv4"
            key = (one["result"], one["from"], one["to"], one["protocol"], one["expected"], one["verdict"])
            groups.setdefault((*key, one["at"], one["detail"], family), []).append(one)
    rows = []
    for (result, host, to, protocol, expected, verdict, at, detail, family), found in groups.items():
        ports = few(list(dict.fromkeys(str(one["port"]) for one in found if one["port"] is not None)), most=3)
        flows = compact_flows(dict.fromkeys(flow for one in found for flow in one["flows"]))
        where = f" ({at})" if at else ""
        told = (
            f"{family}, {expected}: {verdict}{where}. {detail[:1].upper()}{detail[1:]}{f' [{flows}]' if flows else ''}"
        )
        rows.append((result.upper() if result == "fail" else result, host, to, f"{protocol} {ports}".strip(), told))
    return sorted(rows, key=lambda row: _ORDER[row[0].lower()])


def _not_reached(name: str, host: Raw) -> list[str]:
    return [] if host["reached"] else paragraph(f"NOT REACHED {name}: {host['why']}")
