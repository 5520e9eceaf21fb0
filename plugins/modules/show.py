#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: show
short_description: Print text for a person, as it is
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Prints lines to the terminal of C(ansible-playbook) without quotes or escapes.
  - >-
    Where a program reads stdout, as that of the callbacks P(ansible.posix.json#callback) and
    P(ansible.posix.jsonl#callback), it prints to stderr.
  - Runs on the controller and connects to nothing.
options:
  text:
    description: What to print. Either this or O(variable) is needed.
    type: str
  variable:
    description:
      - Name of the variable that has what to print. Nothing is printed of an empty one.
      - What is wrong by a filter or lookup of this collection in its templates is printed once, one line for each
        mistake, where Ansible would give the reasons of the reasons.
    type: str
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: all
"""

EXAMPLES = r"""
- name: Show the plan
  printops.firewall.show:
    text: "{{ lookup('printops.firewall.plan') | printops.firewall.plan_summary }}"
"""

RETURN = r"""
lines:
  description: What was printed.
  type: list
  elements: str
  returned: success
"""
