#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: clock_info
short_description: How far a host's clock is from the controller's
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Reads the host's clock a few times, and keeps the reading that took the shortest time to go and come.
  - The host's clock is taken to have been read in the middle of that time. RV(uncertainty_s) says how wrong that may
    be.
  - Works over every connection to a POSIX shell or to PowerShell, and needs nothing on the host but C(date) of GNU.
options:
  exchanges:
    description: How many times to read. The first one may have to open the connection.
    type: int
    default: 4
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: all
"""

EXAMPLES = r"""
- name: Compare the host's clock with the controller's
  printops.firewall.clock_info:
  register: clock
"""

RETURN = r"""
offset_s:
  description: Seconds that the host's clock is ahead of the controller's; behind where it is negative.
  type: float
  returned: success
  sample: 0.012
uncertainty_s:
  description: The true value is at most this far from RV(offset_s).
  type: float
  returned: success
  sample: 0.018
remote_s:
  description: What the host's clock said, in seconds since 1970.
  type: float
  returned: success
"""
