# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How far a host's clock is from the controller's, from exchanges that take time themselves."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

POSIX_COMMAND = "date -u +%s.%N"
POWERSHELL_SCRIPT = (
    "([DateTime]::UtcNow - [DateTime]::new(1970, 1, 1)).TotalSeconds"
    ".ToString('F6', [Globalization.CultureInfo]::InvariantCulture)"
)


class ClockError(Exception):
    """A host gave no reading."""


@dataclass(frozen=True)
class Exchange:
    """One reading: the controller's clock before and after it, and what the host's clock said between. Unix seconds."""

    sent: float
    received: float
    remote: float

    @property
    def round_trip_s(self) -> float:
        return self.received - self.sent

    @property
    def offset_s(self) -> float:
        """How far the host is ahead, if the reading was in the middle."""
        return self.remote - (self.sent + self.received) / 2

    @property
    def uncertainty_s(self) -> float:
        """The true offset is no farther from C(offset_s) than this, wherever in the exchange the reading was."""
        return self.round_trip_s / 2


def parse_reading(text: str) -> float:
    """Unix seconds as the commands print them; raises ClockError."""
    lines = text.split()
    try:
        return float(lines[-1])
    except (IndexError, ValueError) as error:
        raise ClockError(f"the host's clock said {text.strip()!r} instead of seconds since 1970") from error


def best(exchanges: t.Sequence[Exchange]) -> Exchange:
    """The one with the shortest round trip, which is the most certain one."""
    return min(exchanges, key=lambda one: one.round_trip_s)
