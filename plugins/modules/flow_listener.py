#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_listener
short_description: Stand in for a while on ports that nobody holds, and tell what came
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - With O(state=present), one process listens on the ports of O(doors) that nobody holds, on the addresses that are
    given and no other. A port that anything holds, on whatever address, is left alone.
  - It says who it is to whoever connects, and takes note of the packets that begin a connection. Nothing is written.
  - Called again with the same O(secret), it goes on for O(lifetime) from then. It ends with O(state=absent), or by
    itself after O(lifetime) seconds. There is one at a time on a host.
  - It is what the role P(printops.firewall.verify#role) uses.
options:
  state:
    description: Whether it is to listen, or to end and tell what came.
    type: str
    choices: [present, absent]
    default: present
  secret:
    description: Known to the listeners and probers of one run, so that they know each other.
    type: str
    required: true
  host:
    description: The name that it says. Needed with O(state=present).
    type: str
  doors:
    description: Ports to stand in on, as the filter P(printops.firewall.verify_doors#filter) returns them.
    type: list
    elements: dict
    default: []
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp]
        required: true
      port:
        description: The port.
        type: int
        required: true
      addresses:
        description: Addresses of this host. One that it does not have is left out.
        type: list
        elements: str
        required: true
      groups:
        description: Multicast groups to become a member of, for V(udp).
        type: list
        elements: str
        default: []
  lifetime:
    description: Seconds after which it ends by itself, between 5 and 3600.
    type: int
    default: 60
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: linux
requirements:
  - Python 3.8 or newer on the host, without any library
notes:
  - Ports below 1024, the names of processes and the packets take root.
"""

EXAMPLES = r"""
- name: Stand in on a port for a minute
  printops.firewall.flow_listener:
    secret: "{{ secret }}"
    host: "{{ inventory_hostname }}"
    doors:
      - {protocol: tcp, port: 5020, addresses: [198.51.100.20]}
    lifetime: 60
"""

RETURN = r"""
doors:
  description:
    - The O(doors) in their order, then what else listens for TCP on more than loopback, but for SSH. Each has
      C(protocol), C(port), C(state) (V(ours), V(held) or V(failed)), C(process) and C(addresses) of who holds it,
      and C(why) nothing could stand in.
  type: list
  elements: dict
  returned: when it begins to listen
addresses:
  description: The host's addresses, without those that mean nothing on another host.
  type: list
  elements: str
  returned: when it begins to listen
as_root:
  description: Whether it runs as root.
  type: bool
  returned: when it begins to listen
sees_packets:
  description: Whether it sees packets before the firewall does.
  type: bool
  returned: when it begins to listen
system:
  description: The operating system.
  type: str
  returned: when it begins to listen
python:
  description: The version of Python.
  type: str
  returned: when it begins to listen
record:
  description:
    - What came. V(null) where no listener of this run was there. C(seen) has the packets by attempt, V(null) where they
      could not all be seen, C(taken) the attempts that reached the listener, C(resets_left) and C(resets_of_kernel) how
      many resets left the host and how many of them its kernel sent.
  type: dict
  returned: O(state=absent)
"""

import ipaddress
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._verify.control import ListenerError, end, go_on
from ansible_collections.printops.firewall.plugins.module_utils._verify.stand_in import stand_in

_DOOR = {
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "required": True},
    "port": {"type": "int", "required": True},
    "addresses": {"type": "list", "elements": "str", "required": True},
    "groups": {"type": "list", "elements": "str", "default": []},
}
_LIFETIMES = range(5, 3601)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "secret": {"type": "str", "required": True, "no_log": True},
            "host": {"type": "str"},
            "doors": {"type": "list", "elements": "dict", "default": [], "options": _DOOR},
            "lifetime": {"type": "int", "default": 60},
        },
        required_if=[("state", "present", ["host"])],
        supports_check_mode=True,
    )
    if module.params["state"] == "absent":
        module.exit_json(changed=False, record=end(module.params["secret"]))
    try:
        _check(module.params)
        if go_on(module.params["secret"], lifetime_s=module.params["lifetime"]):
            module.exit_json(changed=False)
        answer = stand_in(module.params)
    except (ValueError, OSError, ListenerError) as error:
        module.fail_json(msg=f"flow_listener: {error}")
    module.exit_json(changed=False, **answer)


def _check(given: t.Mapping[str, t.Any]) -> None:
    if given["lifetime"] not in _LIFETIMES:
        raise ValueError(f"lifetime is {given['lifetime']}, and must be between 5 and 3600 seconds")
    for door in given["doors"]:
        if not 1 <= door["port"] <= 65535:
            raise ValueError(f"doors: port {door['port']} is not between 1 and 65535")
        for text in (*door["addresses"], *door["groups"]):
            ipaddress.ip_address(text)


if __name__ == "__main__":
    main()
