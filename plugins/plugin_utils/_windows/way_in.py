# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The way in to a Windows host: the rule that keeps it open, and whether a change would close it.

Windows looks at established connections again whenever its rules change, so a rule set without a way in cuts the very
run that writes it. That is found out here, and nothing is written then.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.management import MANAGEMENT_FLOW
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    Network,
    PortRange,
    Rule,
    RuleError,
    parse_network,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from .forms import network_set
from .limits import INTERNET, INTRANET, conditions, matches_nothing, serves, told
from .meaning import meaning_of
from .record import LOCAL, PROFILES, Record
from .state import Live, Profile, State
from .traffic import Traffic, traffic_of
from .truth import Wishes


def live_connections(connections: t.Sequence[Live], *, port: int, own: t.Collection[str] = ()) -> tuple[Live, ...]:
    """The connections that the run may have come by.

    Those to its port, else to the usual ones behind a translation of ports; and of them those from addresses of the
    controller's C(own), else all. Somebody else who is connected is no reason to let him in for good.
    """
    to_port = [one for one in connections if one.port == port] or connections
    ours = [one for one in to_port if one.client in own] or to_port
    return tuple(sorted(set(ours), key=lambda one: (one.port, one.client)))


def own_addresses(host: str, *, port: int) -> frozenset[str]:
    """The addresses that this controller would send from to reach a host; no packet is sent, and none is no error."""
    found = set()
    with contextlib.suppress(OSError, UnicodeError):
        for family, kind, protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM):
            with contextlib.suppress(OSError), socket.socket(family, kind, protocol) as probe:
                probe.connect(address)
                found.add(str(probe.getsockname()[0]).partition("%")[0])
    return frozenset(found)


def way_in(*, networks: t.Iterable[str], live: t.Sequence[Live], port: int) -> tuple[Rule, ...]:
    """The rule for the operator's management networks and for whoever is connected now, or none without either.

    Raises C(RuleError) for a network that is none.
    """
    remotes = _read(networks)
    remotes += [ipaddress.ip_network(client) for client in unnamed(networks, live)]
    if not remotes:
        return ()
    ports = tuple(PortRange(number, number) for number in sorted({one.port for one in live} or {port}))
    return (Rule("in", "tcp", ports, (), tuple(remotes), (MANAGEMENT_FLOW,)),)


def unnamed(networks: t.Iterable[str], live: t.Iterable[Live]) -> list[str]:
    """Who is connected and in none of the networks."""
    named = network_set(_read(networks))
    return sorted({one.client for one in live if not NetworkSet.parse([one.client]) <= named})


def _read(networks: t.Iterable[str]) -> list[Network]:
    try:
        return [parse_network(text) for text in networks]
    except RuleError as error:
        raise RuleError(f"management: {error}") from error


def after(state: State, wishes: Wishes) -> dict[str, Profile]:
    """The profiles as they will be: what a policy sets, no run changes."""
    found = {}
    for name, one in state.profiles.items():
        wanted: dict[str, t.Any] = {}
        if wishes.enables and name in wishes.profiles and "enabled" not in one.set_by:
            wanted["enabled"] = True
        if wishes.blocks and name in wishes.profiles and "default_inbound" not in one.set_by:
            wanted["default_inbound"] = "block"
        if wishes.encloses and name in wishes.profiles and "default_outbound" not in one.set_by:
            wanted["default_outbound"] = "block"
        found[name] = one._replace(**wanted)
    return found


def cut_off(
    state: State, *, live: t.Sequence[Live], rules: t.Sequence[Record], profiles: t.Mapping[str, Profile]
) -> str:
    """Which of the live connections the host would not let in again, and has let in until now; empty where none."""
    for one in live:
        would = _is_let_in(one, state=state, own=rules, profiles=profiles)
        if not would and _is_let_in(one, state=state, own=state.rules, profiles=state.profiles):
            return str(one)
    return ""


def not_sure(
    state: State, *, live: t.Sequence[Live], rules: t.Sequence[Record], profiles: t.Mapping[str, Profile]
) -> str:
    """Why it is not certain that the run can come in again with these rules and profiles; empty where it is."""
    if not live:
        return "the connection of this run is not among those that the host tells of"
    for one in live:
        answer = _answer(one, state=state, own=rules, profiles=profiles)
        if answer.doubt:
            return f"{answer.doubt} may block {one}"
        if not answer.is_let_in:
            return f"no rule lets in {one}, or another rule blocks it"
    return ""


class Answer(t.NamedTuple):
    """Whether a new connection is let in; C(doubt) names a rule that would keep it out if it is about it at all."""

    is_let_in: bool
    doubt: str = ""


def _is_let_in(live: Live, *, state: State, own: t.Sequence[Record], profiles: t.Mapping[str, Profile]) -> bool:
    return _answer(live, state=state, own=own, profiles=profiles).is_let_in


def _answer(live: Live, *, state: State, own: t.Sequence[Record], profiles: t.Mapping[str, Profile]) -> Answer:
    """Of a new connection of the same kind, in every network that the host is in."""
    doubts = ""
    near = [record for record in (*own, *state.others) if _is_about(record, live)]
    for name in state.current:
        if not profiles[name].enabled:
            continue
        here = [
            record
            for record in near
            if record.profiles & PROFILES[name] and (profiles[name].local_rules_apply or record.store != LOCAL)
        ]
        blocks = [record for record in here if record.action == "block"]
        allows = [record for record in here if record.action == "allow"]
        is_allowed = profiles[name].default_inbound == "allow" or any(_is_certain(one, live) for one in allows)
        is_shut = profiles[name].block_all_inbound or any(_is_certain(one, live) for one in blocks)
        if is_shut or not is_allowed:
            return Answer(is_let_in=False)
        doubts = doubts or next((told(one) for one in blocks if _is_possible(one, live)), "")
    return Answer(is_let_in=True, doubt=doubts)


def _is_about(record: Record, live: Live) -> bool:
    """Whether it is a rule for the port that the connection came to."""
    to = Traffic("tcp", PortRange(live.port, live.port))
    return (
        record.enabled
        and record.direction == "in"
        and any(one.overlaps(to) for one in traffic_of(record))
        and serves(record, port=live.port)
        and not matches_nothing(record)
    )


def _is_certain(record: Record, live: Live) -> bool:
    """Whether it is about this connection whatever interface, account or port of the client it comes by."""
    is_plain = not conditions(record) and not any(one.condition for one in traffic_of(record))
    return is_plain and NetworkSet.parse([live.client]) <= meaning_of(record).remote.networks


def _is_possible(record: Record, live: Live) -> bool:
    """Whether it may be about this connection: only the host itself can tell who C(LocalSubnet) is."""
    meaning = meaning_of(record)
    client = NetworkSet.parse([live.client])
    if client <= meaning.remote.networks or meaning.remote.unread:
        return True
    return bool(meaning.remote.keywords - ({INTERNET} if client <= INTRANET else set()))
