# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: readiness_report
short_description: The readiness of all hosts, as a table, as JSON or as a page
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Takes the outcomes of all hosts, as P(printops.firewall.readiness#filter) returns them, adds who signed off what,
    and makes a report of it.
options:
  _input:
    description: For each host, the list of its outcomes.
    type: dict
    required: true
  form:
    description:
      - V(table) is for a terminal, V(json) for programs, V(html) one file that needs no other, for people and printers.
    type: str
    choices: [table, json, html]
    default: table
  hosts:
    description: The hosts that were to be checked. One without outcomes counts as not reached.
    type: list
    elements: str
    required: true
  known_hosts:
    description: The hosts that an attestation may name. By default those that were to be checked.
    type: list
    elements: str
  at:
    description: The time of the report in ISO 8601 (UTC). What was signed until this day still holds.
    type: str
    required: true
  fail_on:
    description:
      - Which failed items make the hosts not ready. V(mandatory), V(all), V(none), or a list of ids of items.
    type: raw
    default: mandatory
  attestations:
    description: The path of a file of attestations.
    type: path
requirements:
  - jsonschema
  - PyYAML
"""

EXAMPLES = r"""
- name: Show how ready the hosts are
  printops.firewall.show:
    text: "{{ outcomes | printops.firewall.readiness_report(hosts=['mgmt1'], at='2026-03-31T12:00:00Z') }}"
"""

RETURN = r"""
_value:
  description: The report.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import (
    PrintopsError,
    ReadinessError,
    closest,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.report import (
    Report,
    dump_report,
    read_question,
    readiness_report,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.report_text import readiness_text
from ansible_collections.printops.firewall.plugins.plugin_utils._report.readiness import readiness_html

FORMS: dict[str, t.Callable[[Report], str]] = {
    "table": readiness_text,
    "json": dump_report,
    "html": readiness_html,
}


def _readiness_report(
    outcomes: dict[str, t.Any],
    *,
    hosts: list[str],
    at: str,
    form: str = "table",
    known_hosts: list[str] | None = None,
    fail_on: str | list[str] = "mandatory",
    attestations: str | None = None,
) -> str:
    try:
        if form not in FORMS:
            raise ReadinessError(f"there is no form {form!r}; {closest(form, FORMS)}")
        question = read_question(
            hosts=hosts, known_hosts=known_hosts, at=at, fail_on=fail_on, attestations=attestations
        )
        return FORMS[form](readiness_report(outcomes, question))
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.readiness_report: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"readiness_report": _readiness_report}
