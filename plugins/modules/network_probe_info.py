#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: network_probe_info
short_description: What a host reaches, how fast, and who holds its ports
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Tries many targets and measures many latencies at the same time, and reads the listening sockets, in one call.
  - It takes as long as the slowest target or latency, and changes nothing.
options:
  targets:
    description: What to reach, one attempt each.
    type: list
    elements: dict
    default: []
    suboptions:
      protocol:
        description: With V(udp), an empty datagram is sent.
        type: str
        choices: [tcp, udp, icmp]
        required: true
      address:
        description: A literal IPv4 or IPv6 address.
        type: str
        required: true
      port:
        description: Not for V(icmp).
        type: int
  latency:
    description: Addresses whose latency is wanted.
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: A literal IPv4 or IPv6 address.
        type: str
        required: true
      ports:
        description:
          - TCP ports to connect to where ICMP is not answered, best first. One that accepts is preferred to one that
            refuses.
        type: list
        elements: int
        default: []
  samples:
    description: Attempts for each address of O(latency).
    type: int
    default: 20
  pause:
    description: Seconds between two attempts for one address.
    type: float
    default: 0.05
  timeout:
    description: Seconds after which an attempt counts as unanswered. At least 0.1.
    type: float
    default: 3
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: posix
requirements:
  - Python 3.8 or newer on the host, without any library
notes:
  - Who holds a port is told to root only.
"""

EXAMPLES = r"""
- name: Look at the network from a host
  printops.firewall.network_probe_info:
    targets:
      - {protocol: tcp, address: 198.51.100.20, port: 5432}
      - {protocol: udp, address: 198.51.100.30, port: 161}
    latency:
      - {address: 198.51.100.40, ports: [9100, 443]}
  register: answer
"""

RETURN = r"""
targets:
  description:
    - The O(targets) in their order, each with C(protocol), C(address), C(port), C(state), C(ms) until it was known, and
      C(detail), the system's word for it.
    - C(state) is V(open) (accepted or answered), V(closed) (refused), V(filtered) (no answer in time), V(unreachable)
      (a router, a firewall or the host itself says that there is no way), V(silent) (udp only; proves nothing), or
      V(error).
  type: list
  elements: dict
  returned: success
latency:
  description:
    - The addresses of O(latency) in their order, each with C(address), C(way) (V(icmp) or for example V(tcp/9100);
      empty where nothing answers), C(times_ms), C(lost) (attempts without an answer) and C(tried), the first attempt
      on every way as in RV(targets).
  type: list
  elements: dict
  returned: success
listeners:
  description:
    - Listening sockets, with C(protocol), C(port), C(addresses), C(holders) (each with C(pid), C(name), C(program)).
    - C(jmx) tells whether a holder takes JMX there, C(local_management) whether Java is managed there by its own host
      only, and C(ephemeral) whether the system gives such a port to who asks for any.
  type: list
  elements: dict
  returned: success
as_root:
  description: Whether the module ran as root, so that C(holders) are complete.
  type: bool
  returned: success
took_s:
  description: Seconds that it took on the host.
  type: float
  returned: success
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._probe.ask import ask, parse_questions
from ansible_collections.printops.firewall.plugins.module_utils._probe.local import held_ports

_TARGET = {
    "protocol": {"type": "str", "choices": ["tcp", "udp", "icmp"], "required": True},
    "address": {"type": "str", "required": True},
    "port": {"type": "int"},
}
_PEER = {"address": {"type": "str", "required": True}, "ports": {"type": "list", "elements": "int", "default": []}}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "targets": {"type": "list", "elements": "dict", "default": [], "options": _TARGET},
            "latency": {"type": "list", "elements": "dict", "default": [], "options": _PEER},
            "samples": {"type": "int", "default": 20},
            "pause": {"type": "float", "default": 0.05},
            "timeout": {"type": "float", "default": 3},
        },
        supports_check_mode=True,
    )
    began = time.monotonic()
    try:
        questions = parse_questions(module.params)
        held = held_ports()
        answers = ask(questions)
    except (ValueError, OSError) as error:
        module.fail_json(msg=f"network_probe_info: {error}")
    took = round(time.monotonic() - began, 3)
    module.exit_json(changed=False, listeners=held, as_root=os.geteuid() == 0, took_s=took, **answers)


if __name__ == "__main__":
    main()
