# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: verify_evidence
short_description: What a verification found, as one document
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Judges each probe by what both of its ends saw.
options:
  _input:
    description: What the lookup P(printops.firewall.plan#lookup) gives, the plan or the path of its file.
    type: raw
    required: true
  listeners:
    description: For each host that was asked, the result of M(printops.firewall.flow_listener).
    type: dict
    required: true
  refused:
    description:
      - How much of what must be refused is tried. V(sample) takes for each address and port one host that may not reach
        it, the same one for the same plan.
    type: str
    choices: [sample, all, none]
    default: sample
  probers:
    description:
      - For each host, the results of M(printops.firewall.flow_probe_info) for its lists of questions, in their order.
    type: dict
    required: true
  records:
    description: For each host, the result of M(printops.firewall.flow_listener) when it ended.
    type: dict
    required: true
  clusters:
    description: For each host the name of its group of Spooler Controllers; blank where it is in none.
    type: dict
    default: {}
  limit_ms:
    description: Median and 95th percentile between hosts of a group must be under that.
    type: float
    default: 100
  begun:
    description: When it began, in UTC, such as V(2031-04-02T08:15:00Z).
    type: str
    required: true
  ended:
    description: When it ended.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Judge
  ansible.builtin.set_fact:
    evidence: >-
      {{ lookup('printops.firewall.plan') | printops.firewall.verify_evidence(
           listeners=listeners, probers=probers, records=records, begun=begun, ended=ended) }}
"""

RETURN = r"""
_value:
  description: The evidence, as the page C(verify) of the documentation describes it.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import plain
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.evidence import evidence, read_run


def _verify_evidence(
    plan: object,
    *,
    listeners: t.Mapping[str, t.Any],
    refused: str = "sample",
    probers: t.Mapping[str, t.Any],
    records: t.Mapping[str, t.Any],
    clusters: t.Mapping[str, str] | None = None,
    limit_ms: float = 100,
    begun: str,
    ended: str,
) -> dict[str, t.Any]:
    try:
        return evidence(
            read_run(plan, listeners=listeners, refused=refused),
            probers=plain(probers),
            records=plain(records),
            clusters=plain(clusters or {}),
            limit_ms=float(limit_ms),
            begun=str(begun),
            ended=str(ended),
        )
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.verify_evidence: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., dict[str, t.Any]]]:
        return {"verify_evidence": _verify_evidence}
