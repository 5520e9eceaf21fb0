#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: render_host
short_description: Write the rules of a host as files for its own administrator
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Writes a folder with the rules of the host, the program that applies them and its inverse, for a host that nobody
    may touch remotely. Its administrator reviews it, and runs it there without Ansible.
  - The same plan gives the same files, to the byte. Files of an earlier rendering that are not needed any more are
    removed.
  - Runs on the controller and connects to nothing. The playbook C(printops.firewall.render) calls it for every host.
options:
  folder:
    description: The absolute path of the folder that gets a folder for each host, named like the host.
    type: str
    required: true
  plan:
    description: The host's part of the plan, as the lookup P(printops.firewall.host_plan#lookup) gives it.
    type: dict
    required: true
extends_documentation_fragment:
  - printops.firewall._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the lines of C(rules.txt).
  idempotent:
    support: full
  platform:
    platforms: all
seealso:
  - module: printops.firewall.firewalld_rules
  - module: printops.firewall.ufw_rules
"""

EXAMPLES = r"""
- name: Write what the administrators of the closed hosts are to run
  printops.firewall.render_host:
    folder: /srv/for-review
    plan: "{{ lookup('printops.firewall.host_plan', inventory_hostname) }}"
"""

RETURN = r"""
folder:
  description: The folder of this host.
  type: str
  returned: success
  sample: /srv/for-review/site1
provider:
  description: The firewall that the files are for.
  type: str
  returned: success
  sample: ufw
lines:
  description: What the host will accept, one line for each rule and remote.
  type: list
  elements: str
  returned: success
  sample: ["allow in tcp 443 from 10.1.20.0/24 [safeq6/management/1]"]
written:
  description: The files that were new or different, relative to the folder.
  type: list
  elements: str
  returned: success
removed:
  description: Files of an earlier rendering that were removed, relative to the folder.
  type: list
  elements: str
  returned: success
"""
