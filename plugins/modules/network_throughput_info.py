#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: network_throughput_info
short_description: How long a bounded number of bytes takes from host to host
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - One host takes bytes on a port, for a while and from named addresses only. Another one sends them and takes the
    time.
  - Nothing is sent to anything else that may listen on the port. Nothing is kept, and the port is closed afterwards.
options:
  receive_from:
    description: Addresses to take bytes from, once each. Needs a task that does not wait (C(async), C(poll=0)).
    type: list
    elements: str
  send_to:
    description: Addresses to send bytes to, one after another.
    type: list
    elements: str
  port:
    description: The TCP port to take bytes on.
    type: int
    required: true
  size_kb:
    description: How much from one to another, at most 65536. The same on both sides.
    type: int
    default: 4096
  timeout:
    description: Seconds after which it is given up, for each address of O(send_to), and in all for O(receive_from).
    type: float
    default: 20
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: posix
requirements:
  - Python 3.8 or newer on the host, without any library
"""

EXAMPLES = r"""
- name: Send 4 MB to another host, which takes them at the same time
  printops.firewall.network_throughput_info:
    send_to: [198.51.100.12]
    port: 5555
  register: throughput
"""

RETURN = r"""
received:
  description: Addresses that sent everything.
  type: list
  elements: str
  returned: with O(receive_from)
sent:
  description: For each of O(send_to), C(address), C(kbit_s) (0 where it failed) and C(error), why it failed.
  type: list
  elements: dict
  returned: with O(send_to)
"""

import ipaddress
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._probe.throughput import receive, send

MOST_KB = 65536


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "receive_from": {"type": "list", "elements": "str"},
            "send_to": {"type": "list", "elements": "str"},
            "port": {"type": "int", "required": True},
            "size_kb": {"type": "int", "default": 4096},
            "timeout": {"type": "float", "default": 20},
        },
        required_one_of=[("receive_from", "send_to")],
        mutually_exclusive=[("receive_from", "send_to")],
        supports_check_mode=True,
    )
    try:
        _check(module.params)
        module.exit_json(changed=False, **_transfer(module.params))
    except (ValueError, OSError) as error:
        module.fail_json(msg=f"network_throughput_info: {error}")


def _check(given: t.Mapping[str, t.Any]) -> None:
    for address in [*(given["receive_from"] or ()), *(given["send_to"] or ())]:
        ipaddress.ip_address(address)
    for name, value, most in (("port", given["port"], 65535), ("size_kb", given["size_kb"], MOST_KB)):
        if not 1 <= value <= most:
            raise ValueError(f"{name} is {value}, and must be between 1 and {most}")


def _transfer(given: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    common = {"port": given["port"], "size": given["size_kb"] * 1024, "timeout_s": given["timeout"]}
    if given["receive_from"] is not None:
        return {"received": receive(sources=given["receive_from"], **common)}
    return {"sent": [_sent(address, common) for address in given["send_to"]]}


def _sent(address: str, common: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    try:
        seconds = send(address=address, **common)
    except OSError as error:
        return {"address": address, "kbit_s": 0.0, "error": str(error)}
    return {"address": address, "kbit_s": round(common["size"] * 8 / 1000 / max(seconds, 1e-6), 1), "error": ""}


if __name__ == "__main__":
    main()
