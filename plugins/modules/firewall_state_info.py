#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_state_info
short_description: What a host's firewall accepts, who says so, and what listens
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Reads the rules of this collection, the openings of everybody else, whether files, daemon and kernel agree, and the
    listening sockets, in one call.
  - It changes nothing. The playbook C(printops.firewall.drift) holds what it returns against the plan.
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
requirements:
  - Python 3.8 or newer on the host, without any library
notes:
  - It must run as root.
"""

EXAMPLES = r"""
- name: Read the firewall and the listening sockets
  printops.firewall.firewall_state_info:
  register: state
"""

RETURN = r"""
state:
  description: The state of the host.
  type: dict
  returned: success
  contains:
    provider:
      description: The firewall that was read.
      type: str
      sample: ufw
    faults:
      description: Why the rules are not in force, or not alone.
      type: list
      elements: str
    own:
      description: The incoming rules of this collection in its files, as the plan has rules.
      type: list
      elements: dict
      sample:
        - direction: in
          protocol: tcp
          ports: ["443"]
          remotes: ["10.1.0.0/24"]
          flows: ["safeq6/management/1"]
    own_out:
      description:
        - What the rules of this collection let out, as the plan has rules, on ufw without pings. Null where they do
          not restrict what leaves the host.
      type: list
      elements: dict
    stray:
      description: Files of this collection that nothing uses or that cannot be read.
      type: list
      elements: str
    foreign:
      description: What rules of others let in, with C(name), C(protocol), C(ports) (none are all) and C(sources).
      type: list
      elements: dict
    disagreements:
      description: What only the files have, or only the daemon or the kernel.
      type: list
      elements: str
    at_boot:
      description: Whether the firewall is started at boot, as C(systemctl is-enabled) says it.
      type: str
      sample: enabled
    pending:
      description: Whether a change waits to be confirmed.
      type: bool
    listeners:
      description:
        - Listening sockets, with C(protocol), C(port), C(addresses), C(process), and C(pids) of all that hold it.
        - C(jmx) tells whether one of them takes JMX there, C(local_management) whether Java is managed there by its own
          host only, and C(ephemeral) whether the system gives such a port to who asks for any.
      type: list
      elements: dict
    management_port:
      description: The port that the running SSH session came in on, else 22.
      type: int
"""

import pathlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import STATE_FOLDER
from ansible_collections.printops.firewall.plugins.module_utils._firewalld import daemon as firewalld_daemon
from ansible_collections.printops.firewall.plugins.module_utils._firewalld import host as firewalld_host
from ansible_collections.printops.firewall.plugins.module_utils._host.listeners import listeners
from ansible_collections.printops.firewall.plugins.module_utils._host.provider import (
    COMMANDS,
    boot_state,
    choose_provider,
    installed_and_active,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import DEFAULT_PORT, live_connection
from ansible_collections.printops.firewall.plugins.module_utils._ufw import host as ufw_host


def main() -> None:
    module = AnsibleModule(
        argument_spec={"provider": {"type": "str", "choices": ["auto", *COMMANDS], "default": "auto"}},
        supports_check_mode=True,
    )
    try:
        module.exit_json(changed=False, state=_state(module))
    except (ValueError, OSError, firewalld_daemon.FirewalldError, ufw_host.UfwHostError) as error:
        module.fail_json(msg=f"firewall_state_info: {error}")


def _state(module: AnsibleModule) -> dict[str, t.Any]:
    installed, active = installed_and_active(module)
    provider = choose_provider(module.params["provider"], installed=installed, active=active)
    connection = live_connection()
    return {
        **_firewall(module, provider=provider),
        "at_boot": boot_state(module, provider),
        "pending": pathlib.Path("/", STATE_FOLDER, provider, "pending").exists(),
        "listeners": [one.as_json() for one in listeners()],
        "management_port": connection.port if connection else DEFAULT_PORT,
    }


def _firewall(module: AnsibleModule, *, provider: str) -> dict[str, t.Any]:
    if provider == "ufw":
        from ansible_collections.printops.firewall.plugins.module_utils._ufw import state as state_ufw

        return state_ufw.state_of(ufw_host.Host())
    from ansible_collections.printops.firewall.plugins.module_utils._firewalld import state as state_firewalld

    plain = {"LC_ALL": "C", "SYSTEMD_COLORS": "0"}

    def run(command: list[str], data: str | None = None) -> tuple[int, str, str]:
        return module.run_command(command, data=data, environ_update=plain, handle_exceptions=False)

    return state_firewalld.state_of(firewalld_host.Host(run=run), run=run)


if __name__ == "__main__":
    main()
