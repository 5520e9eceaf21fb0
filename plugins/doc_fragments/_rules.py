# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  rules:
    type: list
    elements: dict
    suboptions:
      direction:
        description: Whether the host is the server, V(in), or the client, V(out).
        type: str
        choices: [in, out]
        required: true
      protocol:
        description:
          - The protocol.
          - V(igmp) is what routers and switches ask about membership in groups, and MLD where an address is of IPv6.
        type: str
        choices: [tcp, udp, icmp, igmp]
        required: true
      ports:
        description: Ports and ranges that packets go to, such as V(443) or V(5014-5019). V(tcp) and V(udp) have these,
          O(rules[].source_ports), or with ufw and Windows both.
        type: list
        elements: str
      source_ports:
        description: Ports and ranges that packets come from, as those of answers that no state knows.
        type: list
        elements: str
      icmp_types:
        description: Required for V(icmp). V(echo-request) means that of IPv6 too where a remote is one.
        type: list
        elements: str
        choices: [echo-request]
      remotes:
        description: Addresses and networks of the other side, IPv4 and IPv6.
        type: list
        elements: str
        required: true
      destinations:
        description: For V(in), the only addresses of the host, or groups, that packets come in to; all without. Windows
          is not known to compare groups, so it lets the same remotes in to all its addresses.
        type: list
        elements: str
      flows:
        description: Ids of the catalog flows that ask for the rule.
        type: list
        elements: str
        required: true
  management:
    type: list
    elements: str
    default: []
  state:
    type: str
    choices: [present, absent]
    default: present
"""
