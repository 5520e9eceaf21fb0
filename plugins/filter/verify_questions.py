# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: verify_questions
short_description: What is tried from each host
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Every planned flow between hosts that take part, and a choice of what must be refused, for
    M(printops.firewall.flow_probe_info).
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
  samples:
    description: New connections for each planned flow.
    type: int
    default: 5
  at_once:
    description: Questions in each list, so that a long run tells how far it is.
    type: int
    default: 2000
"""

EXAMPLES = r"""
- name: Ask from each host
  ansible.builtin.set_fact:
    questions: "{{ lookup('printops.firewall.plan') | printops.firewall.verify_questions(listeners=answers) }}"
"""

RETURN = r"""
_value:
  description: For each host that has something to try, lists of questions as JSON, in their order.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.evidence import read_run


def _verify_questions(
    plan: object, *, listeners: t.Mapping[str, t.Any], refused: str = "sample", samples: int = 5, at_once: int = 2000
) -> dict[str, list[str]]:
    try:
        return read_run(plan, listeners=listeners, refused=refused).question_texts(samples=samples, at_once=at_once)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.verify_questions: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., dict[str, list[str]]]]:
        return {"verify_questions": _verify_questions}
