# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What leaves a Windows host whose egress is enforced: what rules of others let out, and what of its own it needs."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import DOMAIN_SERVICES
from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import EVERY_PORT
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    Rule,
    cut_ports,
    parse_network,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few

from .foreign import Block, in_force, limit_words, network_words, whole_block
from .forms import EVERYONE, network_set
from .limits import conditions, is_of_an_app, matches_nothing, told, unread, without_loopback
from .meaning import meaning_of
from .record import Record
from .state import Domain
from .traffic import Planned, Traffic, traffic_of

_OPTIONAL = frozenset(["kerberos-password-change", "ldap-ssl", "ldap-global-catalog", "ldap-global-catalog-ssl"])
_MAKERS = (
    ("activation", (443, 1688), "443/tcp at Microsoft, or 1688/tcp at a host of your own (KMS)"),
    ("updates", (443, 8530, 8531), "443/tcp at Microsoft, or 8530/tcp or 8531/tcp at a server of your own (WSUS)"),
    ("lists of revoked certificates", (80,), "80/tcp at who issued them"),
)


class Outgoing(t.NamedTuple):
    """Sentences about outgoing rules of others, as C(foreign.Findings) has them."""

    wider: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def outgoing(
    rules: t.Iterable[Rule],
    *,
    others: t.Iterable[Record],
    profiles: t.Iterable[int],
    policies_only: t.Collection[int] = (),
) -> Outgoing:
    """Hold the outgoing rules of others against what may leave the host, for each of the profile bits by itself.

    In those that are C(policies_only) no rule of the host itself is in force.
    """
    planned = Planned(rule._replace(direction="in") for rule in rules if rule.direction == "out")
    there = [_mirrored(one) for one in others if one.enabled and one.direction == "out" and not is_of_an_app(one)]
    there = [one for one in there if not matches_nothing(one)]
    wider: dict[tuple[str, str, str], dict[str, None]] = {}
    blocked: dict[str, None] = {}
    for profile in profiles:
        here = in_force(there, profile, policies_only=policies_only)
        blocks = [whole for one in here for whole in whole_block(one)]
        for record in here:
            if record.action == "block":
                blocked.update(dict.fromkeys(_hit(record, planned)))
            else:
                for what in _beyond(record, planned, () if record.action == "bypass" else blocks):
                    wider.setdefault(what, {})[told(record)] = None
    return Outgoing(
        wider=tuple(
            f"{few(list(names), most=3)} {'let' if len(names) > 1 else 'lets'} this host reach {what} of {other}{end}, "
            "whatever the plan says"
            for (what, other, end), names in sorted(wider.items())
        ),
        blocked=tuple(blocked),
        unread=tuple(
            f"{told(one)} has {few([repr(word) for word in unread(one)])}, which this collection cannot read: look "
            "yourself what it lets out or keeps in"
            for one in there
            if unread(one)
        ),
    )


def out_of_reach(domain: Domain, rules: t.Sequence[Rule], *, is_named: bool) -> str:
    """Why a member of a domain could not sign anybody in with these outgoing rules; empty where it could.

    C(is_named) tells that the operator has said where the controllers are.
    """
    if domain.is_member is None:
        return "" if is_named else "whether this host is a member of a domain cannot be read, for WMI does not answer"
    if not domain.is_member:
        return ""
    begin = f"this host is a member of the domain {domain.name}"
    if not domain.controllers and not is_named:
        return f"{begin}, and does not tell which controllers it uses"
    for controller in domain.controllers:
        address = NetworkSet.parse([str(parse_network(controller))])
        short = [
            f"{service} ({ports}/{protocol})"
            for service, protocol, ports in DOMAIN_SERVICES
            if service not in _OPTIONAL and not address <= _reached(rules, protocol, PortRange.parse(ports))
        ]
        if short:
            return f"{begin}, and could not reach its controller {controller} any more for {few(short, most=20)}"
    return ""


def controllers(rules: t.Sequence[Rule]) -> NetworkSet:
    """Where a domain's controllers may be, so that all that a member needs of them is let out."""
    found = EVERYONE
    for service, protocol, ports in DOMAIN_SERVICES:
        if service not in _OPTIONAL:
            found &= _reached(rules, protocol, PortRange.parse(ports))
    return found


def forgotten(rules: t.Iterable[Rule]) -> list[str]:
    """What Windows itself reaches on ports of TCP that nothing of the outgoing rules names."""
    ports = [port for rule in rules if rule.direction == "out" and rule.protocol == "tcp" for port in rule.ports]
    return [
        f"{what} ({where})"
        for what, usual, where in _MAKERS
        if not any(one.first <= number <= one.last for one in ports for number in usual)
    ]


def _mirrored(record: Record) -> Record:
    """The rule with both ends changed, so that the other side's ports are where an incoming rule has the host's."""
    return record._replace(direction="in", local_ports=record.remote_ports, remote_ports=record.local_ports)


def _beyond(record: Record, planned: Planned, blocks: t.Sequence[Block]) -> t.Iterator[tuple[str, str, str]]:
    """What goes out by the rule and is neither planned nor blocked: what, to whom, and under which conditions."""
    remote = meaning_of(record).remote
    edges = [one.ports for one in (*planned, *(one for block in blocks for one in block.traffic))]
    reached: dict[tuple[str, str], list[str]] = {}
    for own in traffic_of(record):
        left = NetworkSet()
        may_be_more = False
        for piece in own.cut(edges):
            allowed = NetworkSet().union(*(networks for one, networks in planned.items() if one.covers(piece)))
            shut = NetworkSet().union(*(block.sources for block in blocks if block.covers(piece)))
            left = left.union(piece.of(without_loopback(remote.networks) - shut - allowed))
            may_be_more = may_be_more or bool(piece.of(EVERYONE - shut - allowed))
        if left and remote.is_everyone:
            left = EVERYONE
        others = [*([network_words(left)] if left else []), *(sorted(remote.keywords) if may_be_more else [])]
        if others:
            limits = [*conditions(record), *filter(None, [own.condition])]
            reached.setdefault((" and ".join(others), limit_words(limits)), []).append(_what(own))
    for (other, end), whats in reached.items():
        yield few(list(dict.fromkeys(whats))), other, end


def _hit(record: Record, planned: Planned) -> t.Iterator[str]:
    remote = meaning_of(record).remote
    hit: dict[str, None] = {}
    for one, allowed in planned.items():
        if any(own.overlaps(one) for own in traffic_of(record)):
            both = one.of(allowed & without_loopback(remote.networks))
            others = [*([network_words(both)] if both else []), *sorted(remote.keywords)]
            if others:
                hit[f"{_what(one)} to {' and '.join(others)}"] = None
    if hit:
        limits = [*conditions(record), *dict.fromkeys(one.condition for one in traffic_of(record) if one.condition)]
        yield (
            f"{told(record)} keeps {few(list(hit))} from leaving{limit_words(limits)}, which the plan lets out, and in "
            "Windows a block wins over every allow: disable or narrow that rule"
        )


def _reached(rules: t.Sequence[Rule], protocol: str, ports: PortRange) -> NetworkSet:
    """Whose ports of the range are all let out to."""
    there = [rule for rule in rules if rule.direction == "out" and rule.protocol == protocol]
    found = EVERYONE
    for piece in cut_ports([ports], at=[port for rule in there for port in rule.ports]):
        reached = [network_set(rule.remotes) for rule in there if any(one.covers(piece) for one in rule.ports)]
        found &= NetworkSet().union(*reached)
    return found


def _what(traffic: Traffic) -> str:
    if traffic.is_ping:
        return "pings"
    return f"every port of {traffic.kind.upper()}" if traffic.ports == EVERY_PORT else str(traffic)
