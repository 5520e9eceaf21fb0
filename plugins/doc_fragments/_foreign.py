# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  foreign_rules:
    description:
      - What becomes of the run where a rule of somebody else lets in whom O(rules) and O(management) keep out of a port
        which they open.
      - V(report) tells it as a warning. V(refuse) fails before anything is changed, and names the rule.
    type: str
    choices: [report, refuse]
    default: report
  as_found:
    description:
      - For O(state=absent), also stop the firewall, inside the time for confirmation, where it runs only because a run
        of this collection started it.
      - How a firewall was found is in C(/var/lib/printops-firewall) since before the first change.
    type: bool
    default: false
"""
