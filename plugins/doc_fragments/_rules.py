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
        description: The protocol.
        type: str
        choices: [tcp, udp, icmp]
        required: true
      ports:
        description: Ports and ranges of the server, such as V(443) or V(5014-5019). Required for V(tcp) and V(udp).
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
