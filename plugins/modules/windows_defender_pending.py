#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What runs on the host is the PowerShell file of the same name; here is its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
module: windows_defender_pending
short_description: Confirm an unconfirmed change of Windows Defender Firewall, or ask what became of it
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - M(printops.firewall.windows_defender_rules) calls this over a new connection; you need it only to look into a host
    by hand.
options:
  token:
    description: The token of the change. Without one, the change that waits now is meant.
    type: str
  want:
    description:
      - V(confirmed) keeps the change, V(restored) takes it back now, V(status) only asks.
      - A change is not confirmed over the connection that it was made over, and one that was broken off is taken back.
    type: str
    choices: [confirmed, restored, status]
    default: status
extends_documentation_fragment:
  - printops.firewall._attributes
attributes:
  check_mode:
    support: full
    details: Nothing is confirmed or taken back in check mode.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: windows
"""

EXAMPLES = r"""
- name: Is there a change that waits to be confirmed?
  printops.firewall.windows_defender_pending:
  register: change
"""

RETURN = r"""
state:
  description:
    - V(confirmed), V(pending) or V(restored), V(none) where nothing waits and no token is given, or V(unknown) where
      the host knows no change of this token.
  type: str
  returned: success
token:
  description: The token of the change that was asked about or found.
  type: str
  returned: success
detail:
  description:
    - When the host took the change back, and what made it do so. C(timeout) is the task, C(boot) a restart, C(settle)
      the next run, C(incomplete) that the change was broken off before its end, and C(asked) this module.
    - Until when a change waits, and why it still waits that was to be confirmed.
  type: str
  returned: success
  sample: "2026-11-20T10:42:07Z timeout"
"""
