#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Write what a plan opens for those who approve it and those who look at it
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Writes the flow matrix, the change request for the firewalls between zones, the open inputs and the findings of a
    plan into a folder.
  - The same input gives the same files, to the byte. Files of an earlier report that are not made any more are removed.
  - Runs on the controller and connects to nothing. The role P(printops.firewall.report#role) calls it.
options:
  folder:
    description: The absolute path of the folder, which is made where it is not there.
    type: str
    required: true
  plan:
    description: What the lookup P(printops.firewall.plan#lookup) gives, the plan or the path of its file.
    type: raw
    required: true
  forms:
    description: What is written.
    type: list
    elements: str
    choices: [html, csv, xlsx, json, svg, aerleon]
    default: [html, csv, xlsx, json]
  approved_plan:
    description:
      - The path of the plan that was approved last. Rows of the change request are to add, to keep or to remove against
        it. Without it, all are to add.
    type: str
  evidence:
    description: The path of the evidence that the playbook C(verify) wrote.
    type: str
  readiness:
    description: The path of the C(readiness.json) that the playbook C(preinstall) wrote.
    type: str
  zones:
    description:
      - Zones between which there are firewalls, each with its networks. The smallest network that an address is in
        wins; what is in none is in the zone of its site.
    type: dict
    default: {}
  owner:
    description: Who answers for the rows of the change request.
    type: str
  data_class:
    description: The class of the data, as your forms name it.
    type: str
  valid_from:
    description: The day from which the rows are wanted, such as V(2031-01-31).
    type: str
  review_by:
    description: The day by which they are looked at again.
    type: str
  reference:
    description: What each change's name begins with, such as the number of the request.
    type: str
extends_documentation_fragment:
  - printops.firewall._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: all
requirements:
  - XlsxWriter, for V(xlsx)
seealso:
  - plugin: printops.firewall.plan_diff
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Write what the network team is asked for
  printops.firewall.report:
    folder: /srv/reports/print
    plan: "{{ lookup('printops.firewall.plan', form='file') }}"
    approved_plan: /srv/plans/approved.json
    forms: [csv, xlsx]
    zones: {printers: [10.1.20.0/24], servers: [10.1.0.0/24]}
"""

RETURN = r"""
folder:
  description: The folder.
  type: str
  returned: success
files:
  description: All files of the report.
  type: list
  elements: str
  returned: success
  sample: [change_request.csv, flow_matrix.csv]
written:
  description: Those that were new or different.
  type: list
  elements: str
  returned: success
removed:
  description: Those of an earlier report that were removed.
  type: list
  elements: str
  returned: success
lines:
  description: What the report has, for a terminal.
  type: list
  elements: str
  returned: success
"""
