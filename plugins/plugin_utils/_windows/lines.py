# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Rules of Windows Defender Firewall as lines for a person, in the words that the other providers have."""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from .forms import Addresses, Ports
from .meaning import Meaning, meaning_of
from .record import (
    ANY_PROTOCOL,
    EVERY_PROFILE,
    FIELD_SEPARATOR,
    ICMP4,
    ICMP6,
    IGMP,
    TCP,
    UDP,
    Record,
    profile_names,
)
from .rules import DESCRIPTION

_PROTOCOLS = {TCP: "tcp", UDP: "udp", ICMP4: "icmp", ICMP6: "icmp", IGMP: "igmp", ANY_PROTOCOL: "any"}
_PINGS = {ICMP4: frozenset(["8:*"]), ICMP6: frozenset(["128:*"])}


def record_lines(record: Record) -> list[str]:
    """One line for each remote: C(allow in tcp 443 from 10.0.0.0/8 [safeq6/management/1]).

    What no rule of ours has follows in brackets: that it is disabled, or what it is limited to.
    """
    meaning = meaning_of(record)
    protocol = _PROTOCOLS.get(record.protocol, f"protocol {record.protocol}")
    is_in = meaning.direction == "in"
    what = _what(meaning, ports=meaning.local_ports if is_in else meaning.remote_ports)
    flows = record.description.removeprefix(DESCRIPTION)
    told = f" [{flows}]{_remarks(record, meaning)}"
    begin = f"{record.action} {record.direction} {protocol} {what} {'from' if is_in else 'to'} "
    return [f"{begin}{remote}{told}" for remote in remote_words(_of_its_family(meaning.remote, record.protocol))]


def _of_its_family(addresses: Addresses, protocol: int) -> Addresses:
    networks = addresses.networks
    if protocol in (ICMP4, IGMP):
        networks = NetworkSet(v4=networks.v4)
    if protocol == ICMP6:
        networks = NetworkSet(v6=networks.v6)
    return addresses._replace(networks=networks)


def remote_words(addresses: Addresses) -> list[str]:
    """Networks in CIDR form, then what else there is."""
    return [*addresses.networks.cidrs(), *sorted(addresses.keywords), *sorted(addresses.unread)] or ["nobody"]


def port_words(ports: Ports) -> str:
    """Ranges and keywords with commas, or C(any)."""
    return ",".join([*map(str, ports.ranges), *sorted(ports.keywords), *sorted(ports.unread)]) or "any"


def differences(before: t.Iterable[str], after: t.Iterable[str]) -> tuple[list[str], list[str]]:
    """Lines that the second has and the first has not, and the reverse; a line that is there twice counts twice."""
    before, after = list(before), list(after)
    return _beyond(after, before), _beyond(before, after)


def _beyond(lines: list[str], others: list[str]) -> list[str]:
    left = collections.Counter(others)
    found = []
    for line in lines:
        if left[line]:
            left[line] -= 1
        else:
            found.append(line)
    return found


def _what(meaning: Meaning, *, ports: Ports) -> str:
    if meaning.protocol in _PINGS:
        return (
            "echo-request"
            if meaning.icmp_types == _PINGS[meaning.protocol]
            else ",".join(sorted(meaning.icmp_types)) or "any"
        )
    return port_words(ports)


def _remarks(record: Record, meaning: Meaning) -> str:
    other_ports = meaning.remote_ports if meaning.direction == "in" else meaning.local_ports
    remarks = [
        "" if record.enabled else "disabled",
        f"only program {record.application}" if record.application else "",
        f"only service {record.service}" if record.service else "",
        f"only app {record.package}" if record.package else "",
        f"only the apps of {record.local_user_owner}" if record.local_user_owner else "",
        *(f"only {who} {words}" for who, words in _descriptors(record) if words),
        f"only on the interface {record.interfaces.replace(FIELD_SEPARATOR, ', ')}" if record.interfaces else "",
        f"secured by IPsec ({record.secure_flags})" if record.secure_flags else "",
        "" if meaning.profiles == EVERY_PROFILE else f"on {','.join(profile_names(meaning.profiles)) or 'no'} networks",
        f"only at {','.join(remote_words(meaning.local))}" if not meaning.local.is_everyone else "",
        f"only on {','.join(sorted(meaning.interface_types))}" if meaning.interface_types else "",
        "" if other_ports.is_every_port else f"only with the other side's ports {port_words(other_ports)}",
        "edge traversal" if any(meaning.edge_traversal) else "",
    ]
    told = [remark for remark in remarks if remark]
    return f" ({', '.join(told)})" if told else ""


def _descriptors(record: Record) -> tuple[tuple[str, str], ...]:
    return (
        ("programs of", record.local_users),
        ("from users", record.remote_users),
        ("from computers", record.remote_machines),
    )
