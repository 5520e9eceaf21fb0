# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: network_questions
short_description: What to ask a host about its network before an installation
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Takes from a plan the ports that components of a host listen on, the targets of its outgoing rules, and the
    addresses whose latency counts.
options:
  _input:
    description: A plan, as the lookup P(printops.firewall.plan#lookup) gives it.
    type: dict
    required: true
  host:
    description: The host's name in the inventory. One that the plan does not have has no questions.
    type: str
    required: true
  refused:
    description: Flows that stay closed. Nothing listens for them.
    type: list
    elements: str
    default: []
  members:
    description: Names of the hosts that are in the same group of Spooler Controllers.
    type: list
    elements: str
    default: []
  devices:
    description: Addresses of devices. They also stand for the networks of the outgoing rules that they are in.
    type: list
    elements: str
    default: []
  member_ports:
    description: TCP ports for the latency of a member that does not answer ICMP, after those of the plan.
    type: list
    elements: int
    default: []
  device_ports:
    description: TCP ports for the latency of a device that does not answer ICMP.
    type: list
    elements: int
    default: []
"""

EXAMPLES = r"""
- name: Try what the plan wants this host to reach
  printops.firewall.network_probe_info:
    targets: "{{ questions.probe.targets }}"
  vars:
    questions: "{{ lookup('printops.firewall.plan') | printops.firewall.network_questions(host=inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description:
    - C(components) of the host.
    - C(listened) are its ports, each with C(protocol), C(ports), C(components), C(flows), C(is_jmx) and C(is_opened),
      whether a rule lets others reach them.
    - C(targets) are what it must reach, each with C(protocol), C(address), C(port), C(kind) (V(host) of the plan,
      V(device) or V(outside)), C(name) and C(flows). Of a range of more than 16 ports it has the first and the last.
    - C(unnamed) are parts of rules with networks in which no address is known, with C(protocol), C(ports), C(remotes)
      and C(flows).
    - C(peers) are the addresses whose latency counts, each with C(name), C(kind) (V(member) or V(device)), C(address)
      and C(ports).
    - C(probe) has the options O(printops.firewall.network_probe_info#module:targets) and
      O(printops.firewall.network_probe_info#module:latency).
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.network.questions import questions_of


def _network_questions(
    plan: dict[str, t.Any],
    *,
    host: str,
    refused: t.Sequence[str] = (),
    members: t.Sequence[str] = (),
    devices: t.Sequence[str] = (),
    member_ports: t.Sequence[int] = (),
    device_ports: t.Sequence[int] = (),
) -> dict[str, t.Any]:
    try:
        return questions_of(
            plan,
            host,
            refused=refused,
            members=members,
            devices=devices,
            member_ports=member_ports,
            device_ports=device_ports,
        ).as_json()
    except PrintopsError as error:
        raise AnsibleFilterError(f"printops.firewall.network_questions: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., dict[str, t.Any]]]:
        return {"network_questions": _network_questions}
