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
    told:
      description: What is not as most expect it, and no fault, such as that ufw drops all of IPv6.
      type: list
      elements: str
    unreached:
      description: Which ports of our rules no packet comes to, because of rules of others, one sentence each.
      type: list
      elements: str
    kept_out:
      description: Whom somebody else's rule keeps out of ports that our rules open to them, one sentence each.
      type: list
      elements: str
    overridden:
      description: Whom our rules let in although somebody else's would keep them out, one sentence each.
      type: list
      elements: str
    overruled_at_boot:
      description: What at the next boot overrules that the firewall is enabled, one sentence each.
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

import functools
import pathlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import STATE_FOLDER
from ansible_collections.printops.firewall.plugins.module_utils._firewalld import daemon as firewalld_daemon
from ansible_collections.printops.firewall.plugins.module_utils._firewalld import host as firewalld_host
from ansible_collections.printops.firewall.plugins.module_utils._host.boot import overruled
from ansible_collections.printops.firewall.plugins.module_utils._host.listeners import listeners
from ansible_collections.printops.firewall.plugins.module_utils._host.provider import (
    COMMANDS,
    boot_state,
    choose_provider,
    installed_and_active,
)
from ansible_collections.printops.firewall.plugins.module_utils._host.tables import tables
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import DEFAULT_PORT, live_connection
from ansible_collections.printops.firewall.plugins.module_utils._rules.paths import in_words
from ansible_collections.printops.firewall.plugins.module_utils._rules.paths import kept_out as kept_out_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
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
    firewall = _firewall(module, provider=provider)
    unreached, kept_out = _shut(module, own=firewall["own"])
    return {
        **firewall,
        "unreached": unreached,
        "kept_out": kept_out,
        "at_boot": boot_state(module, provider),
        "overruled_at_boot": overruled(functools.partial(_run, module), provider=provider),
        "pending": pathlib.Path("/", STATE_FOLDER, provider, "pending").exists(),
        "listeners": [one.as_json() for one in listeners()],
        "management_port": connection.port if connection else DEFAULT_PORT,
    }


def _shut(module: AnsibleModule, *, own: list[dict[str, t.Any]]) -> tuple[list[str], list[str]]:
    """What of our rules the tables of the kernel do not let through, whoever made them."""
    return in_words(kept_out_of(parse_rules(own), tables(functools.partial(_run, module))))


def _run(module: AnsibleModule, command: list[str]) -> tuple[int, str, str]:
    plain: tuple[int, str, str] = module.run_command(command, environ_update={"LC_ALL": "C"}, handle_exceptions=False)
    return plain


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
