# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: readiness
short_description: How the checks before an installation end on a host
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Takes the results of the tasks that looked at a host, and decides each item of an area. Nothing is contacted.
options:
  _input:
    description:
      - What was observed. C(platform) is V(windows) or V(linux), C(at) the time in ISO 8601 (UTC); every other key is
        a probe with the registered result of its task.
      - A probe that is missing, was skipped or failed ends the items that need it as V(could_not_check).
    type: dict
    required: true
  area:
    description: Which items.
    type: str
    choices: [server, database, directory, network]
    required: true
  asked:
    description:
      - What the operator asks, as the role of the area has it in its variables.
      - C(components) are the groups of the host's components, such as V(safeq6_management). Items that are about
        others do not apply. Without it, every item of the platform does.
    type: dict
    required: true
  host:
    description: The host's name in the inventory.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Decide the items about the server
  ansible.builtin.set_fact:
    outcomes: "{{ observed | printops.firewall.readiness(area='server', asked=asked, host=inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description:
    - For each item of the area, a dictionary with C(item), C(host), C(status), C(summary), C(evidence), C(remedy) and
      C(reason).
    - C(status) is V(pass), V(fail), V(needs_attestation), V(not_applicable) or V(could_not_check). Each C(evidence)
      has C(seen), C(where) and C(when).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.areas import decide_area


def _readiness(observed: dict[str, t.Any], *, area: str, asked: dict[str, t.Any], host: str) -> list[dict[str, t.Any]]:
    try:
        outcomes = decide_area(area, observed=observed, asked=asked, host=host)
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.readiness: {error}") from error
    return [outcome.as_json() for outcome in outcomes]


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., list[dict[str, t.Any]]]]:
        return {"readiness": _readiness}
