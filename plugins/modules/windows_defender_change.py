#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What runs on the host is the PowerShell file of the same name; here is its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
module: windows_defender_change
short_description: Carry out a list of changes of Windows Defender Firewall, and arm the host to take them back
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - The one writing call of M(printops.firewall.windows_defender_rules), which is what a playbook uses.
  - Only rules of the group are touched. A change that fails is undone at once.
options:
  group:
    description: The group whose rules are ours.
    type: str
    required: true
  state_id:
    description: What M(printops.firewall.windows_defender_info) returned. Another state now, and nothing is done.
    type: str
    required: true
  operations:
    description:
      - What to do, in this order, each in JSON and in a line of its own. It is one text because Ansible looks at each
        value of an argument, which takes it longer than everything else where rules are many.
      - Each has a key C(do) - V(add) with C(rule), V(set) with C(name) and C(values),
        V(rename) with C(name) and C(to), V(remove) with C(name), V(profile) with C(profile) and C(values),
        V(forget), which drops what is kept of the profile settings as they were found, or V(release) with C(profile)
        and C(setting), which drops that of one.
      - A name means all rules of the group with that name, in whatever case.
      - A rule has the keys that M(printops.firewall.windows_defender_info) has columns for.
    type: str
    required: true
  token:
    description: The name of this change, needed to confirm it.
    type: str
  confirm_timeout:
    description: After how many seconds the host takes the change back unless it is confirmed. V(0) keeps it.
    type: int
    default: 0
  session:
    description: The connections as M(printops.firewall.windows_defender_info) returned them, none of which confirms.
    type: list
    elements: dict
    default: []
  restore_files:
    description: The files that the scheduled task runs, name to text. Needed with O(confirm_timeout).
    type: dict
    default: {}
extends_documentation_fragment:
  - printops.firewall._attributes
attributes:
  check_mode:
    support: full
    details: Nothing is changed or settled in check mode, and nothing is armed.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: windows
"""

EXAMPLES = r"""
- name: Remove one rule
  printops.firewall.windows_defender_change:
    group: printops.firewall
    state_id: "{{ firewall.state_id }}"
    operations: '{"do": "remove", "name": "printops 0123456789ab tcp 443"}'
"""

RETURN = r"""
stale:
  description: Whether the firewall was not any more as in O(state_id), so that nothing was done.
  type: bool
  returned: always
done:
  description: How many operations were carried out and not undone, at least.
  type: int
  returned: always
pending:
  description: Whether the host waits for a confirmation.
  type: bool
  returned: always
undone:
  description: Of a failure, whether the firewall is as it was before.
  type: bool
  returned: always
repaired:
  description: What an interrupted run had left and was settled first, or empty.
  type: str
  returned: always
"""
