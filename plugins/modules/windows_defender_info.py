#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What runs on the host is the PowerShell file of the same name; here is its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
module: windows_defender_info
short_description: Read what Windows Defender Firewall has of this collection, and whether it is in force
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - The one reading call of M(printops.firewall.windows_defender_rules), which is what a playbook uses.
  - Writes nothing. Compares nothing either - the values are those of the firewall's own interface.
options:
  group:
    description: The group whose rules are ours.
    type: str
    required: true
  management_ports:
    description: Local TCP ports of the connection that Ansible comes over.
    type: list
    elements: int
    default: []
  listeners:
    description: Whether to tell of listening sockets too.
    type: bool
    default: false
  outgoing:
    description: Whether to tell of outgoing rules of others too, and of the domain that the host is a member of.
    type: bool
    default: false
  token:
    description: The change to tell about. Without one, the change that waits now, or the last one that was taken back.
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
    platforms: windows
"""

EXAMPLES = r"""
- name: Read the rules of a Windows host as they are
  printops.firewall.windows_defender_info:
    group: printops.firewall
    management_ports: [5986]
  register: firewall
"""

RETURN = r"""
rules:
  description:
    - The rules of the group in the order read, as a table in JSON. It is one text because Ansible looks at each value
      of an answer, which takes it longer than everything else where rules are many.
    - The first row names the columns, C(name), C(description), C(enabled), C(direction), C(action), C(protocol),
      C(local_ports), C(remote_ports), C(local_addresses), C(remote_addresses), C(icmp_types), C(profiles),
      C(application), C(service), C(package), C(interface_types), C(interfaces), C(edge_traversal),
      C(edge_traversal_options), C(local_user_owner), C(local_users), C(remote_users), C(remote_machines),
      C(secure_flags) and C(grouping). Each further row is a rule.
    - Text that a rule does not have is empty. The action is V(allow), V(block) or V(bypass), names of interfaces have
      V(|) between them, users and machines are descriptors in SDDL.
  type: str
  returned: success
others:
  description:
    - The enabled inbound rules of every other group, with O(outgoing) the outbound ones too, as a table with the same
      columns. Those of packaged apps are left out - they serve no port of anybody else - and those that let one program
      be reached on any port, but for System and sshd.exe, which remote management comes in by.
  type: str
  returned: success
policy:
  description:
    - C(local_policy_modify_state) is V(ok), V(gp_override), V(inbound_blocked), or V(unknown) where the service does
      not run.
    - C(policy_rules) are the names of rules of the group that a Group Policy brings.
    - C(profiles) has for each of C(domain), C(private) and C(public) what is in force, C(enabled), C(default_inbound),
      C(default_outbound), C(block_all_inbound), C(local_rules_apply), C(excluded_interfaces) and C(unicast_responses),
      by the merge laws of MS-FASP 2.2.38, and C(set_by), which has V(policy) or V(mdm) for each of these that a Group
      Policy or device management sets. C(local_profiles) is what the host itself has set. Both are empty where the
      service does not run.
    - C(stored) has the texts of enabled incoming rules, with O(outgoing) of outgoing ones too, as the registry stores
      them, those of C(policy) and C(mdm), and of those on the host, C(local), the ones that say more than COM tells.
    - C(current_profiles) are the profiles in force now.
  type: dict
  returned: success
service:
  description: Of C(firewall) and C(filtering_engine) the C(state) such as V(running), and the C(start) such as V(auto).
  type: dict
  returned: success
products:
  description: The names of registered firewalls of other makers.
  type: list
  elements: str
  returned: success
connections:
  description:
    - The established TCP connections to O(management_ports), each with C(local_port), C(remote_address) and
      C(remote_port).
  type: list
  elements: dict
  returned: success
listeners:
  description:
    - With O(listeners), the sockets that listen, each with C(protocol), C(port), its C(addresses) and the name of the
      C(process). Empty without.
  type: list
  elements: dict
  returned: success
pending:
  description:
    - C(state) is V(none), V(pending), V(restored), V(confirmed), or V(unknown) where the host knows no change of the
      token. C(token) is that of the change, C(detail) says more.
  type: dict
  returned: success
found:
  description:
    - The C(enabled) and C(default_inbound) of each profile before this collection first changed any of them, and the
      C(default_outbound) of profiles out of which it lets only what it names. Nothing where it never did.
  type: dict
  returned: success
domain:
  description:
    - With O(outgoing), C(member) tells whether the host is a member of an Active Directory domain, C(name) of which,
      and C(controllers) are the addresses of those that it uses. C(member) is nothing where it was not asked, or WMI
      did not answer.
  type: dict
  returned: success
administrator:
  description:
    - Whether the module ran with the rights of an administrator. Without them it reads neither a change that waits nor
      how the profiles were found.
  type: bool
  returned: success
state_id:
  description: A digest of the rules and profile settings, for M(printops.firewall.windows_defender_change).
  type: str
  returned: success
"""
