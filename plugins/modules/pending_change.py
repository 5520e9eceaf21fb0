#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pending_change
short_description: Confirm an unconfirmed firewall change, or ask what became of it
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - The rule modules of this collection change a firewall in such a way that the host takes the change back by itself
    unless it is confirmed over a new connection.
  - They call this module for that; you need it only to look into a host by hand.
options:
  provider:
    description: The provider that made the change.
    type: str
    choices: [firewalld, ufw]
    required: true
  token:
    description: The token of the change. Without one, the change that waits now is meant.
    type: str
  want:
    description: V(confirmed) keeps the change, V(status) only asks.
    type: str
    choices: [confirmed, status]
    default: status
extends_documentation_fragment:
  - printops.firewall._attributes
attributes:
  check_mode:
    support: full
    details: Nothing is confirmed in check mode.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: posix
"""

EXAMPLES = r"""
- name: Is there a change that waits to be confirmed?
  printops.firewall.pending_change:
    provider: ufw
  register: change
"""

RETURN = r"""
state:
  description:
    - V(confirmed), V(pending) or V(restored), or V(unknown) where the host has no change of this token.
  type: str
  returned: success
when:
  description: When the host took the change back, and what made it (C(timeout), C(boot) or C(settle)).
  type: str
  returned: when RV(state=restored)
"""

import pathlib

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._pending import Pending


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "provider": {"type": "str", "choices": ["firewalld", "ufw"], "required": True},
            "token": {"type": "str", "no_log": False},
            "want": {"type": "str", "choices": ["confirmed", "status"], "default": "status"},
        },
        supports_check_mode=True,
    )
    pending = Pending(provider=module.params["provider"], run=module.run_command, root=pathlib.Path("/"))
    token = module.params["token"] or pending.token()
    keep = module.params["want"] == "confirmed" and not module.check_mode
    kept = pending.confirm(token) if token and keep else False
    module.exit_json(changed=kept, **_state(pending, token))


def _state(pending: Pending, token: str | None) -> dict[str, str]:
    if token is None:
        return {"state": "unknown"}
    if pending.token() == token:
        return {"state": "pending"}
    if pending.is_confirmed(token):
        return {"state": "confirmed"}
    when = pending.taken_back(token)
    return {"state": "restored", "when": when} if when else {"state": "unknown"}


if __name__ == "__main__":
    main()
