#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: leftovers
short_description: Tell what of this collection is on a host, and take it away
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - The last step of the playbook C(printops.firewall.remove), which takes the rules off first.
  - Where the first change of this collection found the firewall off and started it, its files, chains, kernel settings
    and its start at boot are put back to what they were.
options:
  state:
    description:
      - V(listed) only tells.
      - V(absent) takes everything away that is not a rule, and fails while there are rules.
    type: str
    choices: [listed, absent]
    default: listed
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: posix
notes:
  - It must run as root.
"""

EXAMPLES = r"""
- name: Is there anything of this collection on the host?
  printops.firewall.leftovers:
  register: ours
"""

RETURN = r"""
providers:
  description: The firewalls that have rules of this collection, or a record of how they were found.
  type: list
  elements: str
  returned: success
  sample: [ufw]
paths:
  description: Files and folders of this collection outside the firewalls' own, before anything was taken away.
  type: list
  elements: str
  returned: success
  sample: [/var/lib/printops-firewall]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._host.leftovers import Leftovers, LeftoversError


def main() -> None:
    module = AnsibleModule(
        argument_spec={"state": {"type": "str", "choices": ["listed", "absent"], "default": "listed"}},
        supports_check_mode=True,
    )

    def run(command: list[str]) -> tuple[int, str, str]:
        return module.run_command(command, environ_update={"LC_ALL": "C"}, handle_exceptions=False)

    leftovers = Leftovers(run=run)
    found = {"providers": leftovers.providers(), "paths": leftovers.paths()}
    absent = module.params["state"] == "absent"
    try:
        if absent and found["paths"] and not module.check_mode:
            leftovers.remove()
    except (LeftoversError, OSError) as error:
        module.fail_json(msg=f"leftovers: {error}", **found)
    module.exit_json(changed=absent and bool(found["paths"]), **found)


if __name__ == "__main__":
    main()
