# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What both ends saw of an attempt: the attempt itself, and the record of the listener at its destination."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .model import Place

Outcome = t.Literal[
    "token", "accepted", "other", "reset", "icmp", "no_way", "barred", "silent", "no_source", "error", "not_tried"
]


@dataclass(frozen=True)
class Seen:
    """Packets of one attempt that a host saw at its network: C(begun) of those that begin it, C(answers), C(resets)."""

    begun: int = 0
    answers: int = 0
    resets: int = 0


@dataclass(frozen=True)
class Attempt:
    """One attempt as the prober tells it; C(key) names its packets to both ends.

    C(icmp) is type, code and sender of a message that ended it. C(token) is what our listener said: C(host), C(local)
    and C(peer), the addresses that it saw. C(left) is None where the host does not see its packets.
    """

    outcome: Outcome
    key: str = ""
    ms: float = 0.0
    detail: str = ""
    icmp: tuple[int, int, str] | None = None
    token: t.Mapping[str, str] | None = None
    left: Seen | None = None

    @classmethod
    def of(cls, raw: t.Mapping[str, t.Any]) -> Attempt:
        return cls(
            outcome=raw["outcome"],
            key=raw.get("key", ""),
            ms=raw.get("ms", 0.0),
            detail=raw.get("detail", ""),
            icmp=(raw["icmp"][0], raw["icmp"][1], raw["icmp"][2]) if raw.get("icmp") else None,
            token=raw.get("token"),
            left=Seen(*raw["left"]) if raw.get("left") is not None else None,
        )


@dataclass(frozen=True)
class Record:
    """What a listener kept: packets by the key of their attempt, None where it could not see all of them.

    C(taken) are the keys of datagrams that came through its firewall to it. C(resets_of_others) tells whether more
    resets left the host than its kernel sent, which is a firewall's work; C(resets_of_kernel) whether it sent any.
    """

    seen: t.Mapping[str, Seen] | None = None
    taken: frozenset[str] = frozenset()
    resets_of_others: bool = False
    resets_of_kernel: bool = False

    @classmethod
    def of(cls, raw: t.Mapping[str, t.Any]) -> Record:
        """Read what the module C(flow_listener) returned when it ended a listener."""
        seen = raw.get("seen")
        return cls(
            seen=None if seen is None else {key: Seen(*counts) for key, counts in seen.items()},
            taken=frozenset(raw.get("taken", ())),
            resets_of_others=raw.get("resets_left", 0) > raw.get("resets_of_kernel", 0),
            resets_of_kernel=raw.get("resets_of_kernel", 0) > 0,
        )


def arrived(attempt: Attempt, record: Record) -> bool | None:
    """Whether it arrived at the host, before its firewall; None where nobody saw."""
    if attempt.key in record.taken:
        return True
    return None if record.seen is None else attempt.key in record.seen


def stopped_at(attempt: Attempt, record: Record) -> tuple[Place, str]:
    """Where an attempt without an answer ended, and in words."""
    if attempt.left is not None and attempt.left.begun == 0:
        return "source", "never left the source: its firewall or its routes stop it"
    there = arrived(attempt, record)
    if there is None:
        return "unknown", "was not answered; where it ended cannot be seen"
    if not there:
        is_seen = attempt.left is not None
        return "between", f"{'left the source and ' if is_seen else ''}never arrived: something between drops it"
    at_destination = record.seen.get(attempt.key) if record.seen is not None else None
    if at_destination is None or at_destination.answers == 0:
        if attempt.key in record.taken:
            return "destination", "arrived and was taken, and the answer was stopped by the destination's firewall"
        return "destination", "arrived and was not answered: the destination's firewall drops it"
    if attempt.left is None:
        return "unknown", "was answered, and the answer did not arrive; where it ended cannot be seen"
    if attempt.left.answers == 0:
        return "between", "was answered, and the answer was lost on its way back"
    return "source", "was answered, and the source's firewall drops the answer"
