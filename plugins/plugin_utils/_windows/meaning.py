# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a rule of Windows Defender Firewall says, whatever words it says it in."""

from __future__ import annotations

import functools
import operator
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from .forms import (
    Addresses,
    Ports,
    read_addresses,
    read_ports,
    read_words,
    usual_form,
)
from .record import (
    ANY_PROTOCOL,
    EVERY_PROFILE,
    TCP,
    UDP,
    Record,
)

_WITH_PORTS = (TCP, UDP, ANY_PROTOCOL)
_WORDS = operator.attrgetter(
    *("direction", "action", "protocol", "local_addresses", "icmp_types"),
    *("application", "service", "package", "edge_traversal"),
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
    limits: tuple[str, str, str]
    interface_types: frozenset[str]
    edge_traversal: bool

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
            limits=(record.application.lower(), record.service.lower(), record.package.lower()),
            interface_types=read_words(record.interface_types),
            edge_traversal=record.edge_traversal,
        )

    @property
    def is_limited(self) -> bool:
        """Whether it is about one program, service or Store app, some interfaces or some of the host's addresses."""
        narrowed = not self.local.is_everyone or self.interface_types or not self.remote_ports.is_every_port
        return bool(any(self.limits) or narrowed)

    def lets_in(self, *, protocol: int, port: int, source: NetworkSet, profile: int) -> bool:
        """Whether packets of all these sources to a port match it, on networks of any of the profile bits."""
        return (
            self.direction == "in"
            and self.protocol in (protocol, ANY_PROTOCOL)
            and self.local_ports.has(port)
            and source <= self.remote.networks
            and self.profiles & profile == profile
        )

    @property
    def ranges(self) -> tuple[PortRange, ...]:
        """Its local ports; none are all, or none that can be named where it has only keywords."""
        return self.local_ports.ranges


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
    """Records by their names without case: what C(INetFwRules) would take one name for."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.name.lower(), []).append(record)
    return found
