# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A host's own addresses out of its facts: those by which others reach it, and that stay."""

from __future__ import annotations

import ipaddress
import itertools
import re
import typing as t

Facts = t.Mapping[str, t.Any]

ADDRESS_FACTS = ("all_ipv4_addresses", "all_ipv6_addresses")
UNCLEAR = "unclear_ipv6_addresses"
"""Several of one network and interface, none of which looks as if it was given to the host for good."""

_OF_CONTAINERS = re.compile(
    r"(docker|podman|cni|cbr|cali|flannel|kube|lxcbr|lxdbr|incusbr|virbr|nerdctl|veth|weave|cilium)\S*|br-[0-9a-f]{12}"
)
_LOWEST_MADE_UP = 1 << 16
"""Identifiers below it are written by people; the ones that hosts make up have 64 bits."""


def reaches_nobody(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Why nobody else reaches a host by this address; empty where somebody may."""
    if address.version == 6 and address.ipv4_mapped:
        return "an IPv4 address written as one of IPv6"
    for kind in ("loopback", "unspecified", "link_local", "multicast"):
        if getattr(address, f"is_{kind}"):
            return f"a {kind.replace('_', '-')} address" if kind != "unspecified" else "the unspecified address"
    if address.version == 4 and (address.is_reserved or int(address) < 1 << 24):
        return "a broadcast address" if address == ipaddress.IPv4Address("255.255.255.255") else "a reserved address"
    return ""


def own_addresses(facts: Facts) -> dict[str, list[str]]:
    """C(all_ipv4_addresses) and C(all_ipv6_addresses) without those of bridges of container engines, and of IPv6
    without those that a host makes up for a while; where that is not clear, C(unclear_ipv6_addresses) has them.
    """
    texts = {name: [str(one) for one in facts.get(name) or ()] for name in ADDRESS_FACTS}
    interfaces = [str(name) for name in facts.get("interfaces") or ()]
    foreign = {
        str(entry.get("address"))
        for name in interfaces
        if _OF_CONTAINERS.fullmatch(name)
        for entry in _entries(facts, name)
    }
    unclear: list[str] = []
    for name in interfaces:
        of_interface = [str(entry.get("address")) for entry in _entries(facts, name, families=("ipv6",))]
        for _network, group in itertools.groupby(sorted(filter(_is_global, of_interface)), key=_network_of):
            several = list(group)
            lasting = [one for one in several if _looks_lasting(one)]
            if len(several) > 1:
                foreign.update({*several} - {*lasting} if lasting else ())
                unclear += [] if lasting else several
    kept = {name: [one for one in found if one not in foreign] for name, found in texts.items()}
    return {**kept, UNCLEAR: unclear} if unclear else kept


def _entries(facts: Facts, name: str, *, families: t.Sequence[str] = ("ipv4", "ipv6")) -> t.Iterator[Facts]:
    interface = facts.get(name.replace("-", "_").replace(":", "_")) or {}
    for family in (*families, *(f"{family}_secondaries" for family in families)):
        entries = interface.get(family) or ()
        yield from [entries] if isinstance(entries, t.Mapping) else entries


def _is_global(text: str) -> bool:
    try:
        return not reaches_nobody(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def _network_of(text: str) -> int:
    return int(ipaddress.IPv6Address(text)) >> 64


def _looks_lasting(text: str) -> bool:
    """Whether the identifier was written by a person, or is that of the network card."""
    identifier = int(ipaddress.IPv6Address(text)) & ((1 << 64) - 1)
    return identifier < _LOWEST_MADE_UP or (identifier >> 24) & 0xFFFF == 0xFFFE
