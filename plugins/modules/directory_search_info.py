#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is the documentation. What runs is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
module: directory_search_info
short_description: Search a directory without passing the values on
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Runs M(community.general.ldap_search) and returns digests in the place of the values it found, so that who shares a
    card number can be told without the number.
  - That module returns what it finds under a name which C(no_log) does not hide in ansible-core 2.19. This one does
    not.
  - Nothing is changed.
options:
  plain:
    description: Attributes whose values are returned as they are.
    type: list
    elements: str
    default: []
  dn:
    description: The distinguished name to search below.
    type: str
    required: true
  scope:
    description: How far below.
    type: str
    choices: [base, onelevel, subordinate, children]
    default: base
  filter:
    description: Which entries.
    type: str
    default: (objectClass=*)
  attrs:
    description: Which attributes.
    type: list
    elements: str
  page_size:
    description: How many entries are asked for at a time; V(0) asks for all at once.
    type: int
    default: 0
  server_uri:
    description: The server, such as V(ldaps://ldap.example.com:636).
    type: str
    default: ldapi:///
  start_tls:
    description: Whether to go over to TLS before the login.
    type: bool
    default: false
  ca_path:
    description: The file with the authorities that the server's certificate may be from.
    type: path
  bind_dn:
    description: The account.
    type: str
  bind_pw:
    description: The account's password. It is the key of the digests, too.
    type: str
    default: ""
  referrals_chasing:
    description: Whether to follow the server to other servers.
    type: str
    choices: [disabled, anonymous]
    default: anonymous
  xorder_discovery:
    description: Whether to look for an ordered form of O(dn).
    type: str
    choices: [enable, auto, disable]
    default: auto
requirements:
  - community.general on the controller
  - python-ldap on the host that runs it
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: posix
"""

EXAMPLES = r"""
- name: List users
  printops.firewall.directory_search_info:
    server_uri: ldaps://ldap.example.com
    bind_dn: uid=safeq,ou=services,dc=example,dc=com
    bind_pw: "{{ password }}"
    dn: ou=people,dc=example,dc=com
    scope: children
    attrs: [uid, employeeNumber]
    plain: [uid]
    page_size: 500
  no_log: true
  register: users
"""

RETURN = r"""
entries:
  description: The entries.
  type: list
  elements: dict
  returned: success
  contains:
    dn:
      description: The distinguished name.
      type: str
    attributes:
      description:
        - For each attribute that has a value, under its name in small letters, a list of values (of O(plain)) or of
          digests. Equal digests mean equal values, apart from case and surrounding space.
      type: dict
  sample:
    - dn: uid=anna,ou=people,dc=example,dc=com
      attributes: {uid: [anna], employeenumber: [7d1a54127b222502f5b79b5fb0803061]}
"""
