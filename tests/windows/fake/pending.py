# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake's scheduled task: it takes a change back at its time, unless that is confirmed before."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

Endpoint = tuple[int, str, int]
"""Local port, address and port of the other side."""


@dataclass
class FakeClock:
    """Seconds of the fake; speed is how many pass in a real one, so that nobody waits for a minute."""

    speed: float = 1.0

    def now(self) -> float:
        return time.monotonic() * self.speed


@dataclass
class Change:
    """A change of which the host knows: its end by the clock, the way back, and the connections it was made over."""

    token: str
    until: float
    undo: t.Callable[[], None]
    session: frozenset[Endpoint]
    state: str = "pending"
    detail: str = ""
    told: bool = False


@dataclass
class FakeScheduler:
    clock: FakeClock = field(default_factory=FakeClock)
    changes: dict[str, Change] = field(default_factory=dict)

    def tick(self) -> None:
        """Run what is due. To be called before anything is asked or done."""
        for change in self.changes.values():
            if change.state == "pending" and self.clock.now() >= change.until:
                self._take_back(change, "timeout")

    def waiting(self) -> Change | None:
        self.tick()
        return next((change for change in self.changes.values() if change.state == "pending"), None)

    def arm(self, change: Change) -> None:
        self.changes[change.token] = change

    def told(self, token: str | None) -> dict[str, t.Any]:
        """State, token and detail as the modules return them. Without a token: what waits, or was taken back untold."""
        change = self.waiting()
        if token:
            change = self.changes.get(token)
        elif change is None:
            change = next((one for one in self.changes.values() if one.state == "restored" and not one.told), None)
        if change is None:
            return {"state": "unknown" if token else "none", "token": token, "detail": ""}
        change.told = change.state != "pending"
        return {"state": change.state, "token": change.token, "detail": change.detail}

    def confirm(self, token: str, *, connections: frozenset[Endpoint]) -> None:
        """Keep the change if one of the connections is a new one of an address that it was made from."""
        self.tick()
        change = self.changes.get(token)
        if change is None or change.state != "pending":
            return
        addresses = {address for _local, address, _port in change.session}
        new = {one for one in connections - change.session if one[1] in addresses}
        if change.session and not new:
            change.detail = "the connection is not a new one"
            return
        change.state, change.detail = "confirmed", ""

    def take_back(self, token: str) -> None:
        self.tick()
        change = self.changes.get(token)
        if change is not None and change.state == "pending":
            self._take_back(change, "asked")

    def _take_back(self, change: Change, reason: str) -> None:
        change.undo()
        change.state, change.detail = "restored", f"2026-11-20T10:42:07Z {reason}"
