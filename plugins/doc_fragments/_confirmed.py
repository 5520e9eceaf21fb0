# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  keep_connection:
    description:
      - Whether the address that the running SSH session comes from may always reach the port it came in on, by a rule
        of its own that comes first.
      - With V(false), only O(management) and O(rules) say who may; nothing but the confirmation protects you then.
    type: bool
    default: true
  start:
    description:
      - Start the firewall where it does not run, after the rules are written and inside the time for confirmation.
      - It is not enabled at boot by this; the role does that once the change is confirmed.
    type: bool
    default: false
  confirm_timeout:
    description:
      - Seconds within which a change must be confirmed over a new connection, at least 10.
      - Before it changes anything, the host saves what is there and starts a timer that puts it back. The controller
        then resets its connection and stops the timer over a new one.
      - Where that does not succeed, because the new rules cut the controller off, the host is back on its old rules
        when the time is over, or after its next boot, and the task fails.
      - V(0) changes the host without confirmation.
    type: int
    default: 60
  over_network:
    description:
      - Set by the collection itself, to V(false) where the connection is one that needs no network, such as C(local)
        or C(chroot). A new one proves nothing then, and neither does one in which no SSH session is seen.
      - Such a run changes something only where O(management) names networks, or O(confirm_timeout=0).
    type: bool
    default: true
  confirm_token:
    description:
      - Set by the collection itself, to recognise its change.
    type: str
"""
