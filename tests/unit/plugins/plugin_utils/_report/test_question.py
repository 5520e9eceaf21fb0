# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user can get wrong in the variables of a report, and the folder that it goes to."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import load_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._report.evidence import Verdicts, read_evidence
from ansible_collections.printops.firewall.plugins.plugin_utils._report.folder import Update
from ansible_collections.printops.firewall.plugins.plugin_utils._report.make import make_report
from ansible_collections.printops.firewall.plugins.plugin_utils._report.matrix import flow_rows
from ansible_collections.printops.firewall.plugins.plugin_utils._report.question import USUAL_FORMS, read_question

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden"
PLAN = GOLDEN / "plans" / "company.json"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"forms": ["xslx"]}, "report_forms has 'xslx'; did you mean 'xlsx'?"),
        ({"forms": []}, "report_forms is empty"),
        ({"review_by": "31.12.2031"}, "report_review_by is '31.12.2031'; it must be a day such as 2031-12-31"),
        ({"evidence": str(PLAN)}, "not evidence of verify: its format must be 'printops.firewall/evidence/1'"),
        ({"readiness": str(PLAN)}, "not a report of preinstall"),
        ({"evidence": "/nowhere/evidence.json"}, "report_evidence: /nowhere/evidence.json cannot be read as JSON"),
        ({"approved_plan": "/nowhere/plan.json"}, "/nowhere/plan.json: not readable as a plan"),
        ({"plan": {**load_plan(PLAN), "networks": None}}, ""),
    ],
)
def test_what_cannot_be_read_names_its_variable(given: dict[str, t.Any], told: str) -> None:
    if "plan" in given:
        del given["plan"]["networks"]
        told = "the plan has no networks"
    with pytest.raises(PrintopsError) as raised:
        read_question(**{"plan": str(PLAN), "forms": list(USUAL_FORMS), **given})
    assert told in str(raised.value)


def test_blank_is_unset() -> None:
    names = ("approved_plan", "evidence", "readiness", "zones", "valid_from", "review_by")
    question = read_question(plan=str(PLAN), forms="", **dict.fromkeys(names, ""))
    assert (question.approved, question.evidence, question.readiness, question.zones) == (None, None, None, {})
    assert question.forms == USUAL_FORMS


def test_the_folder_has_what_this_report_has_and_nothing_of_an_earlier_one(tmp_path: pathlib.Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    everything = make_report(read_question(plan=str(PLAN), forms=["csv", "json"])).files
    Update.of(str(tmp_path), everything).make()
    again = Update.of(str(tmp_path), everything)
    assert (again.written, again.removed) == ([], [])
    fewer = Update.of(str(tmp_path), {"flow_matrix.csv": everything["flow_matrix.csv"]})
    fewer.make()
    assert fewer.written == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flow_matrix.csv", "mine.txt"]


@pytest.mark.parametrize("folder", ["report", "{file}"])
def test_a_folder_that_cannot_be_one(folder: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(PrintopsError, match="report_folder is"):
        Update.of(folder.format(file=file), {})


def test_the_worst_that_packets_said_of_a_flow_is_told() -> None:
    evidence: t.Any = {
        "format": "printops.firewall/evidence/1",
        "ended": "2031-04-02T08:15:09Z",
        "hosts": {},
        "summary": {},
    }
    probe = {"expected": "allowed", "flows": ["safeq6/management/1"], "from": "desk", "to": "mgmt1"}
    evidence["probes"] = [
        {**probe, "result": "pass"},
        {**probe, "result": "fail"},
        {**probe, "to": "mgmt2", "result": "pass"},
    ]
    verdicts = Verdicts(read_evidence(evidence, place="evidence.json"))
    rows = flow_rows(load_plan(PLAN))
    tried = [row for row in rows if row.flow == "safeq6/management/1"]
    assert verdicts.of(tried) == ("fail", "2031-04-02T08:15:09Z")
    assert verdicts.of(row for row in rows if row.flow == "safeq6/mfd/1") == ("", "")
