# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  egress:
    description:
      - With V(allow), nothing of ours on the host is about what leaves it.
      - With V(enforce), only this may leave the host, and everything else is dropped without an answer - what the rules
        with O(rules[].direction=out) and O(egress_extra) name, established traffic, loopback, what O(egress_dns) and
        O(egress_time) name, requests to DHCP servers, neighbour discovery of IPv6, and answers over the SSH port to
        O(management) and to the address that the running session comes from.
    type: str
    choices: [allow, enforce]
    default: allow
"""

    ADDITIONS = r"""
options:
  egress_extra:
    description: What may leave the host besides. Used where O(egress=enforce), and checked always.
    type: list
    elements: dict
    default: []
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp, icmp, igmp]
        required: true
      ports:
        description: Ports and ranges of the other side, such as V(443) or V(5014-5019). Required for V(tcp) and V(udp).
        type: list
        elements: str
      icmp_types:
        description: Required for V(icmp).
        type: list
        elements: str
        choices: [echo-request]
      remotes:
        description: Addresses and networks of the other side, IPv4 and IPv6.
        type: list
        elements: str
        required: true
  egress_dns:
    description: Networks whose port 53 may be reached over UDP and TCP. An empty list stands for none.
    type: list
    elements: str
    default: [0.0.0.0/0, "::/0"]
  egress_time:
    description: Networks whose port 123 may be reached over UDP. An empty list stands for none.
    type: list
    elements: str
    default: [0.0.0.0/0, "::/0"]
  egress_domain:
    description:
      - Networks of the controllers of the Active Directory domain that the host is a member of. Their DNS, Kerberos,
        time, RPC, LDAP and SMB may be reached, by the ports of Microsoft's table.
    type: list
    elements: str
    default: []
"""
