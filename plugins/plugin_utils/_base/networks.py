# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Sets of IP addresses of both families, exact under union, difference and intersection."""

from __future__ import annotations

import functools
import ipaddress
import socket
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.intervals import (
    Interval,
    Intervals,
    join,
    subtract,
)

A_GROUP = "give one such as 239.192.0.10 or ff15::10"

_EMBEDDED = 1 << 48
"""Below it the C library writes the end of an IPv6 address as one of IPv4."""


@dataclass(frozen=True)
class NetworkSet:
    """Addresses as sorted, disjoint, non-adjacent intervals of integers, IPv4 in C(v4) and IPv6 in C(v6)."""

    v4: Intervals = ()
    v6: Intervals = ()

    @classmethod
    def parse(cls, texts: t.Iterable[str]) -> NetworkSet:
        """Read addresses and networks in CIDR form; raises C(ValueError) for anything else, host bits set included."""
        found: dict[int, list[Interval]] = {4: [], 6: []}
        for text in texts:
            version, first, last = _parse_interval(text)
            found[version].append((first, last))
        return cls(join(found[4]), join(found[6]))

    @classmethod
    def of_intervals(cls, *, v4: t.Iterable[Interval] = (), v6: t.Iterable[Interval] = ()) -> NetworkSet:
        """The addresses of intervals in any order, which may overlap."""
        return cls(join(v4), join(v6))

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.v4, self.v6))

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)

    def __or__(self, other: NetworkSet) -> NetworkSet:
        return self.union(other)

    def union(self, *others: NetworkSet) -> NetworkSet:
        """All addresses of this set and the others."""
        sets = [one for one in (self, *others) if one]
        if len(sets) <= 1:
            return sets[0] if sets else self
        return NetworkSet(
            join([interval for one in sets for interval in one.v4]),
            join([interval for one in sets for interval in one.v6]),
        )

    def __sub__(self, other: NetworkSet) -> NetworkSet:
        if not other:
            return self
        return NetworkSet(subtract(self.v4, other.v4), subtract(self.v6, other.v6))

    def __and__(self, other: NetworkSet) -> NetworkSet:
        return self - (self - other)

    def __le__(self, other: NetworkSet) -> bool:
        return not self - other

    def size(self) -> int:
        """How many addresses, of both families together."""
        return sum(last - first + 1 for first, last in (*self.v4, *self.v6))

    def cidrs(self) -> tuple[str, ...]:
        """The fewest networks that cover exactly this set, IPv4 first, each family in order."""
        return self._cidrs

    @functools.cached_property
    def _cidrs(self) -> tuple[str, ...]:
        return tuple(
            cidr
            for version, intervals in ((4, self.v4), (6, self.v6))
            for first, last in intervals
            for cidr in _cidrs_of(version, first, last)
        )


@functools.lru_cache(maxsize=65536)
def _parse_interval(text: str) -> tuple[int, int, int]:
    if "%" in text:
        raise ValueError(f"{text!r} is an address on one link, and means nothing on another host")
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        if "has host bits set" not in str(error):
            raise
        raise ValueError(f"{error}; did you mean {ipaddress.ip_network(text, strict=False)}?") from None
    return network.version, int(network.network_address), int(network.broadcast_address)


@functools.lru_cache(maxsize=65536)
def _cidrs_of(version: int, first: int, last: int) -> tuple[str, ...]:
    width = 32 if version == 4 else 128
    found = []
    while first <= last:
        aligned = (first & -first).bit_length() - 1 if first else width
        free = min(aligned, (last - first + 1).bit_length() - 1)
        found.append(f"{address_text(version, first)}/{width - free}")
        first += 1 << free
    return tuple(found)


def address_text(version: int, number: int) -> str:
    """The address as ipaddress writes it, whose own kinds take ten times as long."""
    if version == 4:
        return socket.inet_ntop(socket.AF_INET, number.to_bytes(4, "big"))
    if number < _EMBEDDED:
        return str(ipaddress.IPv6Address(number))
    return socket.inet_ntop(socket.AF_INET6, number.to_bytes(16, "big"))


def is_group(text: str) -> bool:
    """Whether the text is the address of one multicast group."""
    try:
        return ipaddress.ip_address(text).is_multicast
    except ValueError:
        return False
