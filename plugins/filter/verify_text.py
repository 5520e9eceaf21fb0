# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: verify_text
short_description: Evidence as a person reads it
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Makes tables of what P(printops.firewall.verify_evidence#filter) returned.
options:
  _input:
    description: The evidence.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what was found
  printops.firewall.show:
    text: "{{ evidence | printops.firewall.verify_text }}"
"""

RETURN = r"""
_value:
  description: Pairs of hosts, what is not as planned, and a line that counts.
  type: str
"""

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._verify.text import evidence_text


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"verify_text": evidence_text}
