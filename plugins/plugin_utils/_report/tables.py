# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The tables of a report, one for each question: every cell is text, whatever writes it."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

from .evidence import Verdicts
from .matrix import End, FlowRow, site_text
from .request import Crossing


class Column(t.NamedTuple):
    """A column: its key in JSON and CSV, its heading for people, its width in characters."""

    key: str
    heading: str
    width: int


class Table(t.NamedTuple):
    """Rows of as many texts as there are columns."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[str, ...]]

    def as_json(self) -> list[dict[str, str]]:
        """Each row as a mapping of keys to texts."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]


class Form(t.NamedTuple):
    """What a request form asks for besides the flows, as the operator gave it; empty where nobody said."""

    owner: str = ""
    data_class: str = ""
    valid_from: str = ""
    review_by: str = ""
    reference: str = ""


FLOW_COLUMNS = (
    Column("flow", "Flow", 30),
    Column("source", "Source", 28),
    Column("source_site", "Source site", 16),
    Column("destination", "Destination", 28),
    Column("destination_site", "Destination site", 16),
    Column("protocol", "Protocol", 10),
    Column("ports", "Ports", 18),
    Column("encryption", "Encryption", 12),
    Column("requirement", "Requirement", 13),
    Column("decision", "Decision", 30),
    Column("source_networks", "Source networks", 30),
    Column("source_hosts", "Source hosts", 22),
    Column("destination_networks", "Destination networks", 30),
    Column("destination_hosts", "Destination hosts", 22),
    Column("source_ports", "Source ports", 12),
    Column("travels", "Travels by", 12),
    Column("purpose", "Purpose", 50),
    Column("document", "Document and row", 50),
    Column("verified", "Verified", 12),
)
REQUEST_COLUMNS = (
    Column("change_id", "Change", 16),
    Column("action", "Action", 9),
    Column("site", "Site", 14),
    Column("src_zone", "Source zone", 16),
    Column("src_object", "Source object", 26),
    Column("src_cidrs", "Source networks", 30),
    Column("dst_zone", "Destination zone", 16),
    Column("dst_object", "Destination object", 26),
    Column("dst_cidrs", "Destination networks", 30),
    Column("ip_proto", "Protocol", 10),
    Column("dst_ports", "Destination ports", 18),
    Column("src_ports", "Source ports", 12),
    Column("initiator", "Initiator", 22),
    Column("application", "Application", 24),
    Column("encrypted", "Encrypted", 10),
    Column("data_class", "Data class", 12),
    Column("requirement", "Requirement", 13),
    Column("justification", "Justification", 50),
    Column("doc_ref", "Document reference", 40),
    Column("risk_flags", "Risks", 22),
    Column("owner", "Owner", 18),
    Column("valid_from", "Valid from", 12),
    Column("review_by", "Review by", 12),
    Column("verify_result", "Verified", 12),
    Column("verified_at", "Verified at", 20),
)
INPUT_COLUMNS = (
    Column("flow", "Flow", 30),
    Column("requirement", "Requirement", 13),
    Column("asks_for", "Asks for", 12),
    Column("question", "Question", 70),
    Column("set", "Set", 40),
    Column("suggested", "Suggested", 14),
    Column("blocks", "Servers it blocks", 10),
    Column("hosts", "Servers", 40),
    Column("document", "Document and row", 50),
)
FINDING_COLUMNS = (
    Column("severity", "Severity", 10),
    Column("kind", "Kind", 18),
    Column("detail", "What to know", 80),
    Column("flows", "Flows", 40),
    Column("hosts", "Servers", 40),
    Column("decide", "Decided by", 40),
)
_ENCRYPTED = {"encrypted": "yes", "plaintext": "no", "not told": "not told", "": "not applicable"}
_REQUIREMENTS = ("mandatory", "recommended", "", "optional")


def flow_table(plan: Plan, rows: t.Iterable[FlowRow], verdicts: Verdicts) -> Table:
    """The flow matrix."""
    facts, told = plan["flows"], _EndTexts()
    return Table(
        "flow_matrix", "Flow matrix", FLOW_COLUMNS, [_flow_row(one, facts[one.flow], verdicts, told) for one in rows]
    )


class _EndTexts:
    """Components, sites, hosts and networks of an end as texts, made once for the many rows that share it."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[End, tuple[str, str, str, str]]] = {}

    def of(self, end: End) -> tuple[str, str, str, str]:
        known = self._known.get(id(end))
        if known is None:
            texts = (
                ", ".join(end.components),
                site_text(end.sites),
                ", ".join(end.hosts),
                " ".join(end.networks.cidrs()),
            )
            known = self._known[id(end)] = (end, texts)
        return known[1]


def _flow_row(row: FlowRow, facts: Plan, verdicts: Verdicts, told: _EndTexts) -> tuple[str, ...]:
    source, source_sites, source_hosts, source_networks = told.of(row.source)
    destination, destination_sites, destination_hosts, destination_networks = told.of(row.destination)
    return (
        row.flow,
        source,
        source_sites,
        destination,
        destination_sites,
        row.protocol,
        ports_text(row),
        row.encryption,
        facts.get("requirement", ""),
        decision_text(row, facts),
        source_networks,
        source_hosts,
        " ".join(row.group.cidrs()) if row.group else destination_networks,
        destination_hosts,
        ",".join(map(str, row.source_ports)),
        ", ".join(facts.get("travels", ["unicast"])),
        facts["purpose"],
        facts["document"],
        verdicts.of([row]).result,
    )


def ports_text(row: FlowRow | Crossing) -> str:
    """Ports, or types of ICMP; C(any) for answers, which go to whatever port asked."""
    return ",".join([*map(str, row.ports), *row.icmp_types]) or ("any" if row.source_ports else "")


def decision_text(row: FlowRow, facts: Plan) -> str:
    """What of the operator's decides on the flow."""
    deciding = "; ".join(facts["decided_by"])
    if row.is_decided:
        return f"ports decided{f': {deciding}' if deciding else ''}"
    return deciding


def request_table(plan: Plan, found: t.Iterable[Crossing], form: Form, verdicts: Verdicts) -> Table:
    """The change request."""
    sites = {host["site"] for host in plan["hosts"].values() if "site" in host}
    return Table(
        "change_request",
        "Change request",
        REQUEST_COLUMNS,
        [_request_row(one, plan["flows"], sites, form, verdicts) for one in found],
    )


def _request_row(
    one: Crossing, facts: Plan, sites: t.Collection[str], form: Form, verdicts: Verdicts
) -> tuple[str, ...]:
    known = [facts[flow] for flow in one.flows if flow in facts]
    verdict = verdicts.of(one.rows)
    return (
        f"{form.reference}-{one.change_id}" if form.reference else one.change_id,
        one.action,
        ", ".join(zone for zone in (one.source_zone, one.destination_zone) if zone in sites),
        one.source_zone,
        _objects(row.source.components for row in one.rows),
        " ".join(one.sources.cidrs()),
        one.destination_zone,
        _objects(row.destination.components for row in one.rows),
        " ".join(one.destinations.cidrs()),
        one.protocol,
        ports_text(one),
        ",".join(map(str, one.source_ports)),
        "destination" if one.source_ports else "source",
        ", ".join(dict.fromkeys(entry["document"].partition(":")[0] for entry in known)),
        _ENCRYPTED[one.encryption],
        form.data_class,
        min((entry.get("requirement", "") for entry in known), key=_REQUIREMENTS.index, default=""),
        " ".join(dict.fromkeys(entry["purpose"] for entry in known)),
        "; ".join(dict.fromkeys(entry["document"] for entry in known)),
        ", ".join(one.risks(facts)),
        form.owner,
        form.valid_from,
        form.review_by,
        verdict.result,
        verdict.at,
    )


def _objects(components: t.Iterable[tuple[str, ...]]) -> str:
    return ", ".join(sorted({name for names in components for name in names}))


def input_table(plan: Plan) -> Table:
    """The questions that are open, those first that block what is mandatory and the most servers."""

    def order(one: Plan) -> tuple[int, int]:
        requirement = plan["flows"].get(one["flow"], {}).get("requirement", "")
        return _REQUIREMENTS.index(requirement), -len(one["hosts"])

    return Table(
        "open_inputs",
        "Open inputs",
        INPUT_COLUMNS,
        [
            (
                one["flow"],
                plan["flows"].get(one["flow"], {}).get("requirement", ""),
                one["field"],
                one["why"],
                one["set"],
                one["suggested"] or "",
                str(len(one["hosts"])),
                ", ".join(one["hosts"]),
                plan["flows"].get(one["flow"], {}).get("document", ""),
            )
            for one in sorted(plan["open_inputs"], key=order)
        ],
    )


def findings_in_order(plan: Plan) -> list[Plan]:
    """The findings of a plan, warnings about the most servers first."""
    return sorted(plan["findings"], key=lambda one: (one["severity"] != "warning", -len(one["hosts"])))


def finding_table(plan: Plan) -> Table:
    """The findings in their order."""
    facts = plan["flows"]
    return Table(
        "findings",
        "Findings",
        FINDING_COLUMNS,
        [
            (
                one["severity"],
                one["kind"],
                one["detail"],
                " ".join(one["flows"]),
                ", ".join(one["hosts"]),
                "; ".join(
                    dict.fromkeys(by for flow in one["flows"] for by in facts.get(flow, {}).get("decided_by", ()))
                ),
            )
            for one in findings_in_order(plan)
        ],
    )
