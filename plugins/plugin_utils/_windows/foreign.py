# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Rules of others on a Windows host: what they let in beyond the plan, and what of the plan they refuse.

A packet is let in where a rule allows it and none blocks it; a rule that lets authenticated packets pass comes before
those that block (MS-FASP 2.2.34).
"""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import Opening
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    Rule,
    join_ports,
    parse_network,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few

from .forms import EVERYONE
from .limits import (
    INTERNET,
    INTRANET,
    conditions,
    is_authenticated,
    is_for_some_networks,
    is_of_an_app,
    matches_nothing,
    subject,
    told,
    unread,
    without_loopback,
)
from .meaning import meaning_of, ports_of
from .record import LOCAL, Record
from .traffic import Planned, Traffic, traffic_of


class Findings(t.NamedTuple):
    """Sentences about rules of others.

    C(wider) let somebody in whom the plan keeps out of what it opens. C(limited) do so for some only, whom neither
    addresses nor ports tell. C(blocked) refuse what the plan allows. C(unread) are rules that cannot be read whole.
    """

    wider: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class Block(t.NamedTuple):
    """What nobody comes through: a block without any limit."""

    traffic: tuple[Traffic, ...]
    sources: NetworkSet

    def covers(self, piece: Traffic) -> bool:
        return any(one.covers(piece) for one in self.traffic)


def findings(
    rules: t.Iterable[Rule],
    *,
    others: t.Iterable[Record],
    profiles: t.Iterable[int],
    policies_only: t.Collection[int] = (),
) -> Findings:
    """Hold the rules of others against the incoming ones of a plan, for each of the profile bits by itself.

    In those that are C(policies_only) no rule of the host itself is in force.
    """
    planned = Planned(rules)
    near = [record for record in others if record.enabled and record.direction == "in" and _touches(record, planned)]
    found: dict[str, dict[str, None]] = {name: {} for name in Findings._fields}
    programs: dict[str, None] = {}
    for profile in profiles:
        here = in_force(near, profile, policies_only=policies_only)
        blocks = [whole for record in here for whole in whole_block(record)]
        for record in here:
            if record.action == "block":
                _tell_block(record, planned, found=found, programs=programs)
            else:
                _tell_opening(record, planned, blocks=blocks, found=found)
            if unread(record):
                found["unread"][_unread_sentence(record)] = None
    if programs:
        sentence = f"these rules block single programs, whatever the plan allows them: {few(list(programs))}"
        found["blocked"][sentence] = None
    return Findings(**{name: tuple(sentences) for name, sentences in found.items()})


def in_force(records: t.Iterable[Record], profile: int, *, policies_only: t.Collection[int]) -> list[Record]:
    """Those of the profile bit; where it is one of C(policies_only), without the rules of the host itself."""
    return [one for one in records if one.profiles & profile and (one.store != LOCAL or profile not in policies_only)]


def unplanned(rules: t.Iterable[Rule], *, others: t.Iterable[Record], profiles: t.Iterable[int]) -> list[str]:
    """One sentence for each rule of others that opens ports of TCP or UDP of which the plan opens nothing."""
    planned = list(Planned(rules))
    sentences: dict[str, None] = {}
    opened = [record for record in others if _opens(record)]
    shut = [
        record
        for record in others
        if record.enabled and record.direction == "in" and record.action == "block" and not is_of_an_app(record)
    ]
    for profile in profiles:
        blocks = [whole for record in shut if record.profiles & profile for whole in whole_block(record)]
        at = [one.ports for one in (*planned, *(one for block in blocks for one in block.traffic))]
        for record in opened:
            if not record.profiles & profile:
                continue
            meaning = meaning_of(record)
            reached: dict[str, list[PortRange]] = {}
            for piece in (piece for own in traffic_of(record) if not own.is_ping for piece in own.cut(at)):
                blocked = NetworkSet().union(*(block.sources for block in blocks if block.covers(piece)))
                left = without_loopback(meaning.remote.networks) - blocked
                who = [
                    *([network_words(left)] if left else []),
                    *(sorted(meaning.remote.keywords) if blocked != EVERYONE else []),
                ]
                if who and not any(piece.overlaps(one) for one in planned):
                    reached.setdefault(f"{piece.kind} {' and '.join(who)}", []).append(piece.ports)
            for key, ports in reached.items():
                kind, _space, who_text = key.partition(" ")
                what = few([f"{port}/{kind}" for port in join_ports(ports)])
                ending = limit_words(conditions(record))
                sentences[f"{told(record)} lets {who_text} reach {what}{ending}, which the plan closes"] = None
    return list(sentences)


def openings(others: t.Iterable[Record], *, profiles: t.Iterable[int]) -> list[Opening]:
    """What rules of others let in by address and port, blocks apart."""
    bits = list(profiles)
    return [
        Opening(
            told(record), one.kind, (one.ports,), tuple(map(parse_network, meaning_of(record).remote.networks.cidrs()))
        )
        for record in others
        if _opens(record) and any(record.profiles & bit for bit in bits)
        for one in traffic_of(record)
        if not one.is_ping
    ]


def _opens(record: Record) -> bool:
    """Whether it lets packets in that no condition but port and address decides on."""
    is_opening = record.enabled and record.direction == "in" and record.action == "allow"
    if not is_opening or is_of_an_app(record) or is_authenticated(record) or is_for_some_networks(record):
        return False
    if any(one.condition for one in traffic_of(record)) or matches_nothing(record):
        return False
    return not (subject(record) and ports_of(record).are_of_their_program)


def _touches(record: Record, planned: Planned) -> bool:
    """Whether it may be about something that is planned: most rules of a host are not, and need no closer look."""
    if is_of_an_app(record):
        return False
    is_near = any(map(planned.touches, traffic_of(record))) or bool(ports_of(record).unread)
    return is_near and not matches_nothing(record)


def whole_block(record: Record) -> list[Block]:
    """What nobody comes through because of the rule; nothing where something limits it."""
    if record.action != "block" or subject(record) or conditions(record):
        return []
    certain = tuple(one for one in traffic_of(record) if not one.condition)
    return [Block(certain, meaning_of(record).remote.networks)] if certain else []


def _tell_opening(
    record: Record,
    planned: Planned,
    *,
    blocks: t.Sequence[Block],
    found: t.Mapping[str, dict[str, None]],
) -> None:
    meaning = meaning_of(record)
    if subject(record) and meaning.local_ports.are_of_their_program:
        return
    if record.action == "bypass":
        blocks = ()
    words = ", ".join(sorted(meaning.remote.keywords))
    reached: dict[tuple[str, str, str], list[Traffic]] = {}
    for own in traffic_of(record):
        limits = limit_words([*conditions(record), *filter(None, [own.condition])])
        is_for_some = is_authenticated(record) or is_for_some_networks(record) or own.condition
        field = "limited" if is_for_some else "wider"
        for piece, allowed in _pieces(own, planned, blocks):
            blocked = NetworkSet().union(*(block.sources for block in blocks if block.covers(piece)))
            left = piece.of(without_loopback(meaning.remote.networks) - blocked)
            if left - allowed:
                reached.setdefault((field, network_words(left), f"{limits}, wider than the plan"), []).append(piece)
            if words and piece.of(EVERYONE - blocked) - allowed:
                reached.setdefault((field, words, f"{limits}, whatever the plan says of it"), []).append(piece)
    for (field, who, ending), pieces in reached.items():
        verb = "ping" if all(piece.is_ping for piece in pieces) else "reach"
        what = few(list(dict.fromkeys(map(str, pieces))))
        found[field][f"{told(record)} lets {who} {verb} {what}{ending}"] = None


def _pieces(own: Traffic, planned: Planned, blocks: t.Sequence[Block]) -> t.Iterator[tuple[Traffic, NetworkSet]]:
    """The parts of what a rule opens that are planned, each with whom the plan lets in; cut where a block begins."""
    edges = [one.ports for block in blocks for one in block.traffic]
    for one, allowed in planned.items():
        if one.overlaps(own):
            for piece in one.within(own).cut(edges):
                yield piece, allowed


def _tell_block(
    record: Record,
    planned: Planned,
    *,
    found: t.Mapping[str, dict[str, None]],
    programs: dict[str, None],
) -> None:
    meaning = meaning_of(record)
    hit: dict[str, None] = {}
    for one, allowed in planned.items():
        if any(own.overlaps(one) for own in traffic_of(record)):
            both = one.of(allowed & without_loopback(meaning.remote.networks))
            words = [word for word in sorted(meaning.remote.keywords) if word != INTERNET or allowed - INTRANET]
            who = [*both.cidrs(), *words]
            if who:
                hit[f"{one} from {few(who)}"] = None
    if not hit:
        return
    limits = [*conditions(record), *dict.fromkeys(one.condition for one in traffic_of(record) if one.condition)]
    if subject(record):
        about = record.service if record.service not in ("", "*") else subject(record).removeprefix("program ")
        programs[f"{record.name} ({about}{limit_words(limits)})"] = None
    elif limits:
        found["blocked"][
            f"{told(record)} blocks {few(list(hit))}{limit_words(limits)}; there it wins over what the plan allows"
        ] = None
    else:
        found["blocked"][
            f"{told(record)} blocks {few(list(hit))}, which the plan allows, and in Windows a block wins over every "
            "allow: disable or narrow that rule"
        ] = None


def _unread_sentence(record: Record) -> str:
    return (
        f"{told(record)} has {few([repr(word) for word in unread(record)])}, which this collection cannot read: look "
        "yourself whom it lets in or keeps out"
    )


def limit_words(limits: t.Sequence[str]) -> str:
    """The limits of a rule as the end of what is said of it."""
    return f", {', '.join(limits)}" if limits else ""


def network_words(networks: NetworkSet) -> str:
    """The networks for a person, everybody by that word."""
    if networks == EVERYONE:
        return "everyone"
    names = {"0.0.0.0/0": "everyone (IPv4)", "::/0": "everyone (IPv6)"}
    return few([names.get(cidr, cidr) for cidr in networks.cidrs()])
