# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of readiness, through a templar."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.errors import AnsibleError

Template = t.Callable[[str], t.Any]

OBSERVED = "{'platform': 'linux', 'at': '2026-03-31T12:00:00Z'}"
ASKED = "{'components': ['safeq6_management']}"
READINESS = f"{OBSERVED} | printops.firewall.readiness(area='server', asked={ASKED}, host='n1')"
REPORT = "hosts=['n1'], at='2026-03-31T12:00:00Z'"


def test_outcomes_are_plain_data_that_a_report_takes(template: Template) -> None:
    outcomes = template(READINESS)
    assert {one["status"] for one in outcomes} == {"could_not_check", "not_applicable", "needs_attestation"}
    report = json.loads(
        template(f"{{'n1': {READINESS}}} | printops.firewall.readiness_report(form='json', {REPORT}) | string")
    )
    assert [one["item"] for one in report["hosts"]["n1"]["items"]] == [one["item"] for one in outcomes]


@pytest.mark.parametrize(("form", "start"), [("table", "HOST"), ("json", "{"), ("html", "<!DOCTYPE html>")])
def test_every_form_of_a_report(template: Template, form: str, start: str) -> None:
    report = f"{{}} | printops.firewall.readiness_report(form='{form}', {REPORT})"
    assert template(f"{report} | string").startswith(start)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            f"{{}} | printops.firewall.readiness_report(form='pdf', {REPORT})",
            "there is no form 'pdf'; known: html, json",
        ),
        ("[] | printops.firewall.readiness(area='cellar', asked={}, host='n1')", "there is no area 'cellar'"),
        (
            f"{OBSERVED} | printops.firewall.readiness(area='server', asked={{'share': 'x'}}, host='n1')",
            "host n1: preinstall_server_share is 'x'",
        ),
        ("'x' | printops.firewall.missing_collections", "the list of collections is 'x'"),
        (
            "lookup('printops.firewall.plan') | printops.firewall.readiness_areas(variables={'n1': ['preinstall_x']})",
            "host n1: there is no variable preinstall_x",
        ),
    ],
)
def test_mistakes_are_named(template: Template, expression: str, message: str) -> None:
    with pytest.raises(AnsibleError) as refused:
        template(expression)
    assert message in str(refused.value)


def test_missing_collections_are_named(template: Template) -> None:
    assert template("['printops.firewall', 'no.such'] | printops.firewall.missing_collections") == ["no.such"]


def test_the_areas_of_the_hosts_of_a_plan(template: Template) -> None:
    areas = template("lookup('printops.firewall.plan') | printops.firewall.readiness_areas")
    assert areas
    assert all("server" in found for found in areas.values())
