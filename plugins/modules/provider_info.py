#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: provider_info
short_description: Tell which firewall of a host is to be used
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Looks which of firewalld and ufw are installed and which one is active, and which one C(printops_provider=auto)
    therefore means.
  - The active one is used; if none is active, the only one that is installed and not masked.
options:
  provider:
    description: V(auto), or the provider that must be there.
    type: str
    choices: [auto, firewalld, ufw]
    default: auto
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: posix
"""

EXAMPLES = r"""
- name: Find out which firewall this host uses
  printops.firewall.provider_info:
  register: firewall
"""

RETURN = r"""
provider:
  description: The provider to use.
  type: str
  returned: success
  sample: firewalld
installed:
  description: The providers that are installed and not masked.
  type: list
  elements: str
  returned: success
  sample: [firewalld, ufw]
active:
  description: The providers whose rules are in force.
  type: list
  elements: str
  returned: success
  sample: [firewalld]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._host.provider import (
    COMMANDS,
    choose_provider,
    installed_and_active,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={"provider": {"type": "str", "choices": ["auto", *COMMANDS], "default": "auto"}},
        supports_check_mode=True,
    )
    installed, active = installed_and_active(module)
    try:
        provider = choose_provider(module.params["provider"], installed=installed, active=active)
    except ValueError as error:
        module.fail_json(msg=str(error), installed=installed, active=active)
    module.exit_json(changed=False, provider=provider, installed=installed, active=active)


if __name__ == "__main__":
    main()
