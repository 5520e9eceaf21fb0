# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is tried, and what came of it, as values."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Expected = t.Literal["allowed", "refused"]
Verdict = t.Literal[
    "answered",
    "partly_answered",
    "nothing_listens",
    "dropped",
    "rejected",
    "no_route",
    "mismatch",
    "reached_other",
    "silent",
    "not_tried",
]
Place = t.Literal["", "source", "between", "destination", "unknown"]
Proof = t.Literal["token", "packets", "word", "none"]
Status = t.Literal["pass", "fail", "unproven"]

CONTROLLER = "controller"
CATCHER = 61998
"""A port for what no port is planned for: answers of a planned source port, and packets that no rule lets in."""


@dataclass(frozen=True)
class Probe:
    """One thing to try: from an address of a host to an address of another, or to a group or broadcast address.

    C(is_heard_only): who gets it does not answer over the same way, so only the listener tells.
    """

    expected: Expected
    host: str
    source: str
    to: str
    destination: str
    protocol: str
    port: int | None
    flows: tuple[str, ...]
    source_port: int | None = None
    is_heard_only: bool = False

    @property
    def what(self) -> str:
        """Such as C(5020/tcp)."""
        return self.protocol if self.port is None else f"{self.port}/{self.protocol}"


@dataclass(frozen=True)
class Finding:
    """What became of a probe; C(times_ms) are those of the attempts that were answered."""

    verdict: Verdict
    at: Place = ""
    detail: str = ""
    proof: Proof = "none"
    times_ms: tuple[float, ...] = ()
    sent: int = 0


@dataclass(frozen=True)
class Door:
    """A port of a host, as its listener found it.

    C(state): C(ours), a listener of ours stands in on the planned addresses; C(held), C(process) has it on
    C(addresses); C(failed), nothing could stand in, for C(why).
    """

    state: t.Literal["ours", "held", "failed"]
    process: str = ""
    addresses: tuple[str, ...] = ()
    why: str = ""

    def is_bound_to(self, address: str) -> bool:
        """Whether what holds it would get a packet to the address."""
        version_all = "::" if ":" in address else "0.0.0.0"  # noqa: S104
        return bool({address, version_all, "::"} & {*self.addresses})


@dataclass(frozen=True)
class Partaker:
    """A host that takes part: the addresses of it that are tried, all that are its own, and its ports by protocol and
    number. One that is not planned only sends."""

    name: str
    is_planned: bool
    addresses: tuple[str, ...]
    own: tuple[str, ...]
    doors: t.Mapping[tuple[str, int], Door]
