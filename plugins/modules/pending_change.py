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
    - V(confirmed), V(pending), V(restoring) or V(restored), or V(unknown) where the host knows no change of this token.
  type: str
  returned: success
detail:
  description:
    - When the host took the change back, and what made it do so. C(timeout) is the timer, C(boot) a reboot, C(settle)
      the next run, C(incomplete) that the change was broken off before its end, and C(asked) this module.
    - Why a change still waits that was to be confirmed.
  type: str
  returned: success
  sample: "2026-11-20T10:42:07Z timeout: loaded"
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._confirm.pending import Pending
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import PendingError
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import live_connection


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "provider": {"type": "str", "choices": ["firewalld", "ufw"], "required": True},
            "token": {"type": "str", "no_log": False},
            "want": {"type": "str", "choices": ["confirmed", "restored", "status"], "default": "status"},
        },
        supports_check_mode=True,
    )

    def run(command: list[str]) -> tuple[int, str, str]:
        return module.run_command(command, handle_exceptions=False)

    try:
        module.exit_json(**_answer(module, Pending(provider=module.params["provider"], run=run)))
    except (PendingError, OSError) as error:
        module.fail_json(msg=f"pending_change: {error}")


def _answer(module: AnsibleModule, pending: Pending) -> dict[str, object]:
    want = "status" if module.check_mode else module.params["want"]
    token = module.params["token"] or pending.token()
    if token is None:
        return {"changed": False, "state": "unknown", "detail": ""}
    before = pending.state(token)
    if want == "confirmed":
        after = pending.confirm(token, session=str(live_connection() or ""))
    elif want == "restored":
        after = pending.take_back(token)
    else:
        after = before
    return {"changed": before[0] != after[0], "state": after[0], "detail": after[1]}


if __name__ == "__main__":
    main()
