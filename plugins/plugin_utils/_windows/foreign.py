# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Rules of others on a Windows host: what they let in beyond the plan, and what of the plan they refuse."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import (
    EVERYONE,
    Denial,
    Opening,
    after_denials,
    beyond,
    wider,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    Network,
    PortRange,
    Rule,
    join_ports,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few

from .forms import network_set
from .meaning import Meaning, meaning_of, ports_of
from .record import (
    ANY_PROTOCOL,
    TCP,
    UDP,
    Record,
)

_PROTOCOLS = {TCP: "tcp", UDP: "udp", ANY_PROTOCOL: "any"}
_EVERY_PORT = (PortRange(1, 65535),)


def wider_than(rules: t.Sequence[Rule], *, others: t.Iterable[Record], profiles: int) -> list[str]:
    """One sentence for each rule of others that lets somebody reach a port of the rules whom they keep out.

    Only rules of the profile bits count. A rule for all ports of one program is about that program, and is passed
    over, as are rules of Store apps and those for ports that Windows gives out by itself.
    """
    planned = _planned(rules)
    relevant = [
        record
        for record in others
        if record.profiles & profiles and record.protocol in _PROTOCOLS and _touches(record, planned)
    ]
    denials = [
        Denial(_PROTOCOLS[record.protocol], meaning_of(record).ranges, _sources(meaning_of(record)))
        for record in relevant
        if record.action == "block" and not meaning_of(record).is_limited
    ]
    found = []
    for record in relevant:
        meaning = meaning_of(record)
        if record.action != "allow" or record.package:
            continue
        if record.is_limited and meaning.local_ports.is_every_port:
            continue
        opening = Opening(_told(record), _PROTOCOLS[record.protocol], meaning.ranges, _sources(meaning))
        found += wider([left for left in [after_denials(opening, denials)] if left.sources], rules)
        if meaning.remote.keywords:
            found += _by_keyword(opening, meaning, rules)
    return found


def _planned(rules: t.Iterable[Rule]) -> dict[int, tuple[PortRange, ...]]:
    """The ports that the incoming rules open, by the number of the protocol."""
    rules = [rule for rule in rules if rule.direction == "in"]
    numbers = {TCP: ("tcp",), UDP: ("udp",), ANY_PROTOCOL: ("tcp", "udp")}
    return {
        number: join_ports(port for rule in rules if rule.protocol in names for port in rule.ports)
        for number, names in numbers.items()
    }


def _touches(record: Record, planned: t.Mapping[int, tuple[PortRange, ...]]) -> bool:
    """Whether it is about a port that is planned: most rules of a host are not, and need no closer look."""
    ports = ports_of(record)
    return ports.names_any and any(
        own.first <= port.last and port.first <= own.last
        for own in ports.ranges or _EVERY_PORT
        for port in planned[record.protocol]
    )


def _by_keyword(opening: Opening, meaning: Meaning, rules: t.Sequence[Rule]) -> list[str]:
    anybody = opening._replace(sources=EVERYONE)
    ports = [str(excess) for excess in beyond(anybody, rules) if excess.planned]
    who = ", ".join(sorted(meaning.remote.keywords))
    return [f"{opening.name} lets {who} reach {', '.join(ports)}, whatever the plan says of it"] if ports else []


def blocked(rules: t.Iterable[Rule], *, others: t.Iterable[Record], profiles: int) -> list[str]:
    """One sentence for each rule of others that refuses what the rules allow, because Windows lets a block win.

    Blocks of single programs are told together: which program serves a port is not known here.
    """
    rules = [rule for rule in rules if rule.direction == "in"]
    found, programs = [], []
    for record in others:
        if record.action != "block" or not record.profiles & profiles:
            continue
        meaning = meaning_of(record)
        hit = [what for rule in rules for what in _hit(meaning, rule)]
        if hit and record.is_limited:
            programs.append(f"{record.name} ({record.application or record.service or record.package})")
        elif hit:
            found.append(
                f"{_told(record)} blocks {few(list(dict.fromkeys(hit)))}, which the plan allows, and in Windows a "
                "block wins over every allow: disable or narrow that rule"
            )
    if programs:
        found.append(f"these rules block single programs, whatever the plan allows them: {few(programs)}")
    return found


def _hit(meaning: Meaning, rule: Rule) -> t.Iterator[str]:
    """What of an incoming rule the block matches, as C(443/tcp from 10.0.0.0/8)."""
    if _PROTOCOLS.get(meaning.protocol) not in (rule.protocol, "any"):
        return
    ports = [
        port
        for port in rule.ports
        if any(own.first <= port.last and port.first <= own.last for own in meaning.ranges or _EVERY_PORT)
    ]
    if not ports or not meaning.local_ports.names_any:
        return
    both = network_set(rule.remotes) & meaning.remote.networks
    who = [*both.cidrs(), *sorted(meaning.remote.keywords)]
    yield from (f"{port}/{rule.protocol} from {few(who)}" for port in ports if who)


def _sources(meaning: Meaning) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(cidr) for cidr in meaning.remote.networks.cidrs())


def _told(record: Record) -> str:
    limit = f" of the program {record.application}" if record.application else ""
    limit = limit or (f" of the service {record.service}" if record.service else "")
    return f"the Windows rule {record.name!r}{limit}"
