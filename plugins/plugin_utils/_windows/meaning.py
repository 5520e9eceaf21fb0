# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a rule of Windows Defender Firewall says, whatever words it says it in."""

from __future__ import annotations

import functools
import operator
import typing as t

from .forms import (
    Addresses,
    Ports,
    folded,
    read_addresses,
    read_ports,
    read_words,
    usual_form,
)
from .record import (
    ANY_PROTOCOL,
    EVERY_PROFILE,
    FIELD_SEPARATOR,
    TCP,
    UDP,
    Record,
)

_WITH_PORTS = (TCP, UDP, ANY_PROTOCOL)
_WORDS = operator.attrgetter(
    *("direction", "action", "protocol", "local_addresses", "icmp_types"),
    *("application", "service", "package", "edge_traversal", "edge_traversal_options", "interfaces"),
    *("local_user_owner", "local_users", "remote_users", "remote_machines", "secure_flags", "trust"),
)
_TEXTS = operator.attrgetter(
    *("application", "service", "package", "local_user_owner"),
    *("local_users", "remote_users", "remote_machines", "trust"),
)


class Meaning(t.NamedTuple):
    """A rule without its name, description and whether it is enabled; equal where two rules do the same."""

    direction: str
    action: str
    protocol: int
    local_ports: Ports
    remote_ports: Ports
    local: Addresses
    remote: Addresses
    icmp_types: frozenset[str]
    profiles: int
    limits: tuple[str, ...]
    interface_types: frozenset[str]
    interfaces: frozenset[str]
    edge_traversal: tuple[bool, int]
    secure_flags: int

    @classmethod
    def of(cls, record: Record) -> Meaning:
        """Read a record; never raises, see C(_windows_forms)."""
        return cls(
            direction=record.direction,
            action=record.action,
            protocol=record.protocol,
            local_ports=ports_of(record),
            remote_ports=read_ports(record.remote_ports if record.protocol in _WITH_PORTS else ""),
            local=read_addresses(record.local_addresses),
            remote=read_addresses(record.remote_addresses),
            icmp_types=read_words(record.icmp_types),
            profiles=_profiles(record),
            limits=tuple(map(folded, _TEXTS(record))),
            interface_types=read_words(record.interface_types),
            interfaces=frozenset(filter(None, folded(record.interfaces).split(FIELD_SEPARATOR))),
            edge_traversal=(record.edge_traversal, record.edge_traversal_options),
            secure_flags=record.secure_flags,
        )


def ports_of(record: Record) -> Ports:
    """The local ports of a rule, which are all of them for a protocol that has none."""
    return read_ports(record.local_ports if record.protocol in _WITH_PORTS else "")


@functools.lru_cache(maxsize=8192)
def meaning_of(record: Record) -> Meaning:
    """As C(Meaning.of), each record read once."""
    return Meaning.of(record)


def same(one: Record, other: Record) -> bool:
    """Whether two rules do the same when they are enabled."""
    return meaning_of(one) == meaning_of(other)


def reads_as_usual(record: Record, given: Record) -> bool:
    """Whether a rule reads in the words that Windows usually has for one of ours that it was given.

    Then they do the same, which is seen here in a tenth of the time. Where not, C(same) tells.
    """
    return (
        _WORDS(record) == _WORDS(given)
        and _in_any_order(record.local_ports) == _in_any_order(given.local_ports)
        and _in_any_order(record.remote_ports) == _in_any_order(given.remote_ports)
        and _in_any_order(record.remote_addresses) == usual_form(given.remote_addresses)
        and read_words(record.interface_types) == read_words(given.interface_types)
        and _profiles(record) == _profiles(given)
    )


def _profiles(record: Record) -> int:
    return EVERY_PROFILE if record.profiles & 7 == 7 else record.profiles


def _in_any_order(words: str) -> frozenset[str]:
    return frozenset(words.split(","))


def by_name(records: t.Iterable[Record]) -> dict[str, list[Record]]:
    """Records by their names, letter by letter: no two programs fold case alike, and none of them needs to here."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.name, []).append(record)
    return found
