# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_text
short_description: A report of drift as a person reads it
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Makes a table of what P(printops.firewall.drift#filter) returned.
options:
  _input:
    description: The report.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the drift
  printops.firewall.show:
    text: "{{ report | printops.firewall.drift_text }}"
"""

RETURN = r"""
_value:
  description: A table of hosts and findings, and a line that counts the hosts.
  type: str
"""

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._drift.report import drift_text


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"drift_text": drift_text}
