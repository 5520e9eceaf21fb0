# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The texts in which Windows gives addresses and ports back, which are not those that it was given.

A network C(10.0.0.0/24) comes back as C(10.0.0.0/255.255.255.0), a single address with a mask or as a range to itself,
a list in another order. Two texts are the same where they read to the same value. What cannot be read is a value that
equals only itself, so it differs from everything of ours, and is no error.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import socket
import string
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import EVERY_PORT
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    Network,
    PortRange,
    join_ports,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from .record import ANY

EVERYONE = NetworkSet.parse(["0.0.0.0/0", "::/0"])
_ALL_OF_A_FAMILY = {"0.0.0.0/0": "0.0.0.0-255.255.255.255", "::/0": f"::-{'ffff:' * 7}ffff"}
_MASKS = {str(length): str(ipaddress.ip_network(f"0.0.0.0/{length}").netmask) for length in range(33)}
_ANY = frozenset(["", "*", "any"])
_BLANKS = " \t\r\n"
_CASE = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_SINGLE = re.compile(rf"((?:{_OCTET}\.){{3}}{_OCTET})(?:/(3[0-2]|[12]?[0-9]))?")
_WORD = re.compile(r"[a-z][a-z0-9-]*")
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


_HANDED_OUT = (PortRange(49152, 65535), PortRange(1025, 5000))
"""The dynamic ports of Windows, today's and those of before Vista."""

_BY_RPC = "only ports that RPC handed out"


class Part(t.NamedTuple):
    """Local ports of a rule, and the condition under which they are meant."""

    ports: PortRange
    condition: str = ""


_BY_HTTPS = "where IP-HTTPS is configured"
_KEYWORDS = {
    "rpc-epmap": Part(PortRange(135, 135)),
    "mdns": Part(PortRange(5353, 5353)),
    "rpc": Part(_HANDED_OUT[0], _BY_RPC),
    "iphttpsin": Part(PortRange(443, 443), _BY_HTTPS),
    "iptlsin": Part(PortRange(443, 443), _BY_HTTPS),
}
"""Keywords of MS-GPFAS 2.2.2.19 that have a number; Teredo and Ply2Disc have none that is known before."""


class Addresses(t.NamedTuple):
    """Networks and lower-case keywords such as C(localsubnet); C(unread) holds what is neither."""

    networks: NetworkSet
    keywords: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    @property
    def is_everyone(self) -> bool:
        return self.networks == EVERYONE


class Ports(t.NamedTuple):
    """Ranges in order, merged where they touch; no ranges and no keywords are all ports."""

    ranges: tuple[PortRange, ...]
    keywords: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    @property
    def is_every_port(self) -> bool:
        return not (self.ranges or self.keywords or self.unread)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The ports by number, those that stand for all of them and for a keyword too."""
        if self.is_every_port:
            return (Part(EVERY_PORT),)
        return (*map(Part, self.ranges), *(_KEYWORDS[word] for word in sorted(self.keywords) if word in _KEYWORDS))

    @property
    def are_of_their_program(self) -> bool:
        """Whether they are those that Windows hands to programs that ask for any: whose program it is decides."""
        return all(part.condition == _BY_RPC or any(map(part.ports.covers, _HANDED_OUT)) for part in self.parts)


@functools.lru_cache(maxsize=4096)
def read_addresses(text: str) -> Addresses:
    """The addresses of a rule; an empty text, C(*) and C(Any) are everyone."""
    tokens = _tokens(text)
    if any(token in _ANY for token in tokens) or not tokens:
        return Addresses(EVERYONE)
    intervals: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    keywords, unread = set(), set()
    for token in tokens:
        interval = _interval(token)
        if interval:
            intervals[interval[0]].append(interval[1:])
        elif _WORD.fullmatch(token):
            keywords.add(token)
        else:
            unread.add(token)
    networks = NetworkSet.of_intervals(v4=intervals[4], v6=intervals[6])
    return Addresses(networks, frozenset(keywords), frozenset(unread))


@functools.lru_cache(maxsize=4096)
def read_ports(text: str) -> Ports:
    """The ports of a rule; an empty text, C(*), C(Any) and C(0-65535) are all of them."""
    ranges: list[tuple[int, int]] = []
    keywords, unread = set(), set()
    for token in _tokens(text):
        match = _PORTS.fullmatch(token)
        if token in _ANY:
            return Ports(())
        if match and int(match[1]) <= int(match[2] or match[1]) <= 65535:
            ranges.append((int(match[1]), int(match[2] or match[1])))
        elif _WORD.fullmatch(token):
            keywords.add(token)
        else:
            unread.add(token)
    merged = join_ports(PortRange(first, last) for first, last in ranges)
    if merged == (PortRange(0, 65535),):
        merged = ()
    return Ports(merged, frozenset(keywords), frozenset(unread))


def network_set(networks: t.Iterable[Network]) -> NetworkSet:
    """The addresses of networks that were read already."""
    intervals: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    for one in networks:
        first = int(one.network_address)
        host_bits = (1 << (one.max_prefixlen - one.prefixlen)) - 1
        intervals[one.version].append((first, first | host_bits))
    return NetworkSet.of_intervals(v4=intervals[4], v6=intervals[6])


def read_words(text: str) -> frozenset[str]:
    """A list of words without order and case; C(All), C(*) and C(Any) are an empty one."""
    words = frozenset(_tokens(text))
    return frozenset() if words & {*_ANY, "all", "*:*"} else words


def address_tokens(networks: NetworkSet) -> tuple[str, ...]:
    """The set in words that COM takes, the fewest: networks in CIDR form, single addresses without a length.

    A family as a whole is a range, for a mask of no bits is not sure to be taken; two neighbours of IPv6 are two
    addresses, for COM refuses a network of 127 bits. All addresses of both families are C(*).
    """
    if networks == EVERYONE:
        return (ANY,)
    tokens: list[str] = []
    for cidr in networks.cidrs():
        address, _slash, length = cidr.partition("/")
        if cidr in _ALL_OF_A_FAMILY:
            tokens.append(_ALL_OF_A_FAMILY[cidr])
        elif length == "127" and ":" in address:
            tokens += [str(ipaddress.IPv6Address(address) + offset) for offset in (0, 1)]
        else:
            tokens.append(address if length == ("128" if ":" in address else "32") else cidr)
    return tuple(tokens)


def usual_form(tokens: str) -> frozenset[str]:
    """The words that Windows usually has for a list of addresses: in IPv4, each with its mask."""
    words = set()
    for token in tokens.split(","):
        single = _SINGLE.fullmatch(token)
        words.add(f"{single[1]}/{_MASKS[single[2] or '32']}" if single else token)
    return frozenset(words)


def folded(text: str) -> str:
    """The text without the case of A to Z: each language and each Windows folds other letters in its own way."""
    return text.translate(_CASE)


def _tokens(text: str) -> list[str]:
    return [token for token in (part.strip(_BLANKS) for part in folded(text).split(",")) if token]


def _interval(token: str) -> tuple[int, int, int] | None:
    """IP version, first and last address of C(a), C(a/length), C(a/mask) or C(a-b).

    The kinds of ipaddress would take ten times as long, for thousands of addresses a host.
    """
    begin, dash, end = token.partition("-")
    address, slash, length = begin.strip(_BLANKS).partition("/")
    version = 6 if ":" in address else 4
    first = _number(address, version=version)
    last = _number(end.strip(_BLANKS), version=version) if dash else first
    if first is None or last is None or last < first or (dash and slash):
        return None
    if not slash:
        return version, first, last
    host_bits = _host_bits(length, version=version)
    return None if host_bits is None else (version, first & ~host_bits, first | host_bits)


def _number(address: str, *, version: int) -> int | None:
    try:
        return int.from_bytes(socket.inet_pton(socket.AF_INET if version == 4 else socket.AF_INET6, address), "big")
    except (OSError, ValueError):
        return None


def _host_bits(length: str, *, version: int) -> int | None:
    """The bits that a length or a mask leaves to hosts, as a number; nothing for what is neither."""
    width = 32 if version == 4 else 128
    if re.fullmatch(r"[0-9]{1,3}", length) and int(length) <= width:
        return int((1 << (width - int(length))) - 1)
    mask = _number(length, version=version)
    if mask is None:
        return None
    host_bits = mask ^ ((1 << width) - 1)
    return None if host_bits & (host_bits + 1) else host_bits
