# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is asked of a report, read from the variables of the role."""

from __future__ import annotations

import datetime
import json
import pathlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReportError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import is_blank, text_list
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan, load_plan, read_plan

from .evidence import read_evidence
from .tables import Form
from .zones import read_zones

FORMS = ("html", "csv", "xlsx", "json", "svg", "aerleon")
USUAL_FORMS = ("html", "csv", "xlsx", "json")
NO_FORM = Form()
READINESS_FORMAT = "printops.firewall/readiness/1"


@dataclass(frozen=True)
class Question:
    """The plan, what it is held against, the forms that are wanted, and what a request form asks for besides."""

    plan: Plan
    forms: tuple[str, ...] = USUAL_FORMS
    approved: Plan | None = None
    evidence: Plan | None = None
    readiness: Plan | None = None
    zones: t.Mapping[str, NetworkSet] = field(default_factory=dict)
    form: Form = NO_FORM


def read_question(
    *,
    plan: object,
    forms: object,
    approved_plan: str | None = None,
    evidence: str | None = None,
    readiness: str | None = None,
    zones: object = None,
    owner: str | None = None,
    data_class: str | None = None,
    valid_from: str | None = None,
    review_by: str | None = None,
    reference: str | None = None,
) -> Question:
    """Raises C(ReportError) or C(PlanError), which name the variable, at the first thing that is wrong.

    Blank is unset.
    """
    return Question(
        plan=_with_names(read_plan(plan)),
        forms=_forms(forms),
        approved=None if is_blank(approved_plan) else load_plan(pathlib.Path(str(approved_plan)), earlier=True),
        evidence=None if is_blank(evidence) else _evidence(str(evidence)),
        readiness=None if is_blank(readiness) else _readiness(str(readiness)),
        zones={} if is_blank(zones) else read_zones(zones),
        form=Form(
            owner=owner or "",
            data_class=data_class or "",
            valid_from=_day(valid_from, variable="report_valid_from"),
            review_by=_day(review_by, variable="report_review_by"),
            reference=reference or "",
        ),
    )


def _with_names(plan: Plan) -> Plan:
    for key in ("networks", "components"):
        if key not in plan:
            raise ReportError(f"the plan has no {key}, which tell whose addresses are whose: make it again")
    return plan


def _forms(value: object) -> tuple[str, ...]:
    if is_blank(value):
        return USUAL_FORMS
    names = text_list(value, place="report_forms", error=ReportError)
    for name in names:
        if name not in FORMS:
            raise ReportError(f"report_forms has {name!r}; {closest(name, FORMS)}")
    if not names:
        raise ReportError(f"report_forms is empty: nothing would be written; known: {', '.join(FORMS)}")
    return tuple(name for name in FORMS if name in names)


def _day(value: str | None, *, variable: str) -> str:
    if is_blank(value):
        return ""
    try:
        return datetime.date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ReportError(f"{variable} is {value!r}; it must be a day such as 2031-12-31") from None


def _evidence(path: str) -> Plan:
    return read_evidence(_document(path, variable="report_evidence"), place=path)


def _readiness(path: str) -> Plan:
    document = _document(path, variable="report_readiness")
    given = document.get("format") if isinstance(document, dict) else None
    if not isinstance(document, dict) or given != READINESS_FORMAT:
        raise ReportError(
            f"{path}: not a report of preinstall: its format must be {READINESS_FORMAT!r}, and is {given!r}"
        )
    return document


def _document(path: str, *, variable: str) -> t.Any:
    try:
        return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ReportError(f"{variable}: {path} cannot be read as JSON: {error}") from error
