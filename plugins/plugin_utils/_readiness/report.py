# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The readiness of all hosts as one document: outcomes and attestations, counted and judged."""

from __future__ import annotations

import collections
import datetime
import json
import pathlib
import typing as t
from dataclasses import dataclass

import yaml

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import mapping, text_list

from .attestations import Attestation, load_attestations
from .items import Item, shipped_items
from .model import Outcome, Status, outcome_from

FORMAT = "printops.firewall/readiness/1"
FAIL_ON = ("mandatory", "all", "none")
SIGNED = "signed"
STATUSES = (
    str(Status.FAIL),
    str(Status.UNKNOWN),
    str(Status.ATTEST),
    SIGNED,
    str(Status.PASS),
    str(Status.NOT_APPLICABLE),
)
"""What a report says of an item, the most urgent first."""

UNREACHED = "the host was not reached"

_COLLECTION = pathlib.Path(__file__).resolve().parents[3]

Report = dict[str, t.Any]


@dataclass(frozen=True)
class Question:
    """What is asked of a report.

    C(hosts) are those that were to be checked, C(known_hosts) those that an attestation may name. C(at) is the time in
    ISO 8601 (UTC). C(fail_on) is one of C(FAIL_ON), or ids of items.
    """

    hosts: tuple[str, ...]
    known_hosts: tuple[str, ...]
    at: str
    fail_on: str | tuple[str, ...]
    attestations: pathlib.Path | None


def read_question(*, hosts: t.Any, known_hosts: t.Any, at: t.Any, fail_on: t.Any, attestations: t.Any) -> Question:
    """The arguments of the filter; raises C(ReadinessError) for what cannot be read."""
    _day(at)
    if attestations is not None and (not isinstance(attestations, str) or not attestations):
        raise ReadinessError(f"printops_attestations is {attestations!r}; it must be the path of a file")
    checked = tuple(text_list(hosts, place="the hosts of the report", error=ReadinessError))
    return Question(
        hosts=checked,
        known_hosts=tuple(text_list(known_hosts or checked, place="the hosts of the inventory", error=ReadinessError)),
        at=str(at),
        fail_on=_fail_on(fail_on),
        attestations=pathlib.Path(attestations) if attestations else None,
    )


def readiness_report(outcomes: t.Any, question: Question) -> Report:
    """The report as plain data; C(outcomes) maps hosts to lists of outcomes as C(readiness) returns them.

    C(ready) tells whether nothing of C(fail_on) failed and every host was reached. Raises C(ReadinessError).
    """
    given = mapping(outcomes, place="the outcomes", error=ReadinessError)
    signatures: tuple[Attestation, ...] = ()
    if question.attestations is not None:
        signatures = load_attestations(question.attestations, hosts=question.known_hosts, today=_day(question.at))
    hosts = {
        name: _host([outcome_from(one) for one in given.get(name) or ()], signatures, today=_day(question.at))
        for name in sorted(question.hosts)
    }
    counted = [
        (name, entry)
        for name, host in hosts.items()
        for entry in host["items"]
        if entry["status"] == Status.FAIL and _counts(entry, question.fail_on)
    ]
    unreached = [name for name, host in hosts.items() if not host["reached"]]
    return {
        "format": FORMAT,
        "made": {"at": question.at, "collection": "printops.firewall", "version": collection_version()},
        "ready": not counted and (not unreached or question.fail_on == "none"),
        "fail_on": question.fail_on if isinstance(question.fail_on, str) else list(question.fail_on),
        "failing": [{"host": name, "item": entry["item"]} for name, entry in counted],
        "unreached": unreached,
        "attestations": str(question.attestations) if question.attestations else None,
        "counts": _sum([host["counts"] for host in hosts.values()]),
        "hosts": hosts,
    }


def dump_report(report: Report) -> str:
    """The report as JSON."""
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def collection_version() -> str:
    """The version of the collection, installed or in its checkout."""
    manifest = _COLLECTION / "MANIFEST.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return str(yaml.safe_load((_COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"])


def _host(outcomes: t.Sequence[Outcome], signatures: t.Sequence[Attestation], *, today: datetime.date) -> Report:
    order = list(shipped_items())
    entries = [
        _entry(outcome, signatures, today=today)
        for outcome in sorted(outcomes, key=lambda one: order.index(_item(one).id))
    ]
    unreached = not outcomes or any(one.reason.startswith(UNREACHED) for one in outcomes)
    return {
        "reached": not unreached,
        "counts": _sum([{entry["status"]: 1} for entry in entries]),
        "items": entries,
    }


def _entry(outcome: Outcome, signatures: t.Sequence[Attestation], *, today: datetime.date) -> Report:
    item = _item(outcome)
    about = [one for one in signatures if one.is_about(outcome.item, host=outcome.host)]
    latest = max(about, key=lambda one: one.until, default=None)
    valid = latest is not None and latest.until >= today
    signable = outcome.status in (Status.ATTEST, Status.UNKNOWN)
    raw = outcome.as_json()
    del raw["host"]
    return {
        **raw,
        "reason": "" if outcome.reason == outcome.summary else outcome.reason,
        "status": SIGNED if signable and valid else str(outcome.status),
        "checked": str(outcome.status),
        "title": item.title,
        "area": item.area,
        "mandatory": item.mandatory,
        "signature": {**latest.as_json(), "valid": valid} if latest else None,
    }


def _item(outcome: Outcome) -> Item:
    items = shipped_items()
    if outcome.item not in items:
        raise ReadinessError(f"host {outcome.host}: there is no item {outcome.item!r}; {closest(outcome.item, items)}")
    return items[outcome.item]


def _counts(entry: Report, fail_on: str | tuple[str, ...]) -> bool:
    if isinstance(fail_on, tuple):
        return entry["item"] in fail_on
    return fail_on == "all" or (fail_on == "mandatory" and bool(entry["mandatory"]))


def _fail_on(value: t.Any) -> str | tuple[str, ...]:
    if isinstance(value, str) and value in FAIL_ON:
        return str(value)
    if isinstance(value, str) and value in shipped_items():
        return (str(value),)
    if isinstance(value, str):
        raise ReadinessError(
            f"preinstall_fail_on is {value!r}; it must be {', '.join(FAIL_ON)}, or a list of items; "
            f"{closest(value, (*FAIL_ON, *shipped_items()))}"
        )
    ids = text_list(value, place="preinstall_fail_on", error=ReadinessError)
    for name in ids:
        if name not in shipped_items():
            raise ReadinessError(f"preinstall_fail_on: there is no item {name!r}; {closest(name, shipped_items())}")
    return tuple(ids)


def _day(at: t.Any) -> datetime.date:
    try:
        return datetime.datetime.fromisoformat(at).date()
    except (TypeError, ValueError):
        raise ReadinessError(f"the time of the report is {at!r}; it must be such as 2026-03-31T12:00:00Z") from None


def _sum(counts: t.Iterable[t.Mapping[str, int]]) -> dict[str, int]:
    total: collections.Counter[str] = collections.Counter()
    for one in counts:
        total.update(one)
    return {status: total[status] for status in STATUSES}
