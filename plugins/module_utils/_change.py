# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the rule modules of all providers share about changing a host: confirmation, and what earlier runs left."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._pending import Pending, Snapshot

if t.TYPE_CHECKING:  # pragma: no cover
    import contextlib

    from ansible.module_utils.basic import AnsibleModule

CONFIRM_OPTIONS: dict[str, dict[str, t.Any]] = {
    "keep_connection": {"type": "bool", "default": True},
    "start": {"type": "bool", "default": False},
    "confirm_timeout": {"type": "int", "default": 60},
    "confirm_token": {"type": "str", "no_log": False},
}


@dataclass(frozen=True)
class Change:
    """One run's change of a host, confirmed by C(token) within C(seconds)."""

    pending: Pending
    token: str | None
    seconds: int

    @classmethod
    def of(cls, module: AnsibleModule, *, provider: str) -> Change:
        """Read the module's parameters, and settle what an interrupted run left on the host.

        Raises C(PendingError) where another change waits for its confirmation for too long.
        """

        def run(command: list[str]) -> tuple[int, str, str]:
            return module.run_command(command, handle_exceptions=False)

        pending = Pending(provider=provider, run=run)
        change = cls(pending, module.params["confirm_token"], module.params["confirm_timeout"])
        if not module.check_mode:
            settled = pending.settle(seconds=change.seconds)
            if settled:
                module.warn(f"{provider}_rules: {settled}")
        return change

    def guard(self, snapshot: Snapshot) -> contextlib.AbstractContextManager[None]:
        """Around the change: the host takes it back by itself unless it is confirmed."""
        return self.pending.guard(token=self.token, seconds=self.seconds, snapshot=snapshot)

    def result(self, *, acted: bool) -> dict[str, t.Any]:
        """What the action plugin must know to go on."""
        return {"pending": acted and bool(self.token and self.seconds)}
