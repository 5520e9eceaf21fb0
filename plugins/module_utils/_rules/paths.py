# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Who is kept out on the way of a new packet through the chains of a table, as far as that is certain."""

from __future__ import annotations

import typing as t

from .openings import EVERY_PORT, without
from .rules import Network, PortRange, Rule, cut_ports

ACCEPT, DROP, RETURN, PASS = "accept", "drop", "return", "pass"
Networks = t.Tuple[Network, ...]


class Step(t.NamedTuple):
    """A rule of a chain: the packets that it may be about, and what becomes of them.

    C(to) is C(accept), C(drop), C(return), C(pass) for what goes on, or the name of a chain; C(goes) tells whether the
    packet does not come back from there. C(exact) is false where more decides than protocol, port and source. No
    C(protocols), C(ports) or C(sources) are all of them.
    """

    text: str
    to: str
    protocols: t.Tuple[str, ...] = ()
    ports: t.Tuple[PortRange, ...] = ()
    sources: t.Optional[Networks] = None
    exact: bool = True
    goes: bool = False

    def is_about(self, protocol: str, port: int) -> bool:
        return (not self.protocols or protocol in self.protocols) and (
            not self.ports or any(one.first <= port <= one.last for one in self.ports)
        )


class Table(t.NamedTuple):
    """The chains of one IP version, those that packets to this host come to first in C(entries), with their policies;
    C(name) is what an administrator knows the table by."""

    name: str
    version: int
    chains: t.Mapping[str, t.Sequence[Step]]
    entries: t.Mapping[str, str]


class Shut(t.NamedTuple):
    """A step that keeps C(sources) out of ports that a rule of ours opens to them; C(whole) where it is all of them."""

    by: str
    protocol: str
    ports: PortRange
    sources: Networks
    whole: bool


Dropped = t.List[t.Tuple[Networks, str]]
_DEEPEST = 16


def kept_out(rules: t.Iterable[Rule], tables: t.Sequence[Table]) -> t.List[Shut]:
    """What the tables drop for certain of what the incoming rules for TCP and UDP open."""
    found: t.List[Shut] = []
    for table in tables:
        edges = [port for steps in table.chains.values() for step in steps for port in step.ports]
        for rule in rules:
            remotes = rule.remotes_of(version=table.version)
            if rule.direction != "in" or rule.protocol not in ("tcp", "udp") or rule.destinations or not remotes:
                continue
            for piece in cut_ports(rule.ports or (EVERY_PORT,), at=edges):
                dropped = _dropped(table, protocol=rule.protocol, port=piece.first, sources=remotes)
                out = [network for networks, _by in dropped for network in networks]
                whole = bool(out) and not without(remotes, out)
                found += [Shut(by, rule.protocol, piece, networks, whole) for networks, by in dropped]
    return found


def _dropped(table: Table, *, protocol: str, port: int, sources: Networks) -> Dropped:
    found: Dropped = []
    for name, policy in table.entries.items():
        dropped, left = _walk(table, name, protocol=protocol, port=port, sources=sources, depth=0)
        found += dropped
        if policy == DROP and left:
            found.append((left, f"{table.name}: the policy of the chain {name}"))
    return found


def _walk(
    table: Table, chain: str, *, protocol: str, port: int, sources: Networks, depth: int
) -> t.Tuple[Dropped, Networks]:
    """What the chain drops for certain, and whose packets leave it at its end for certain."""
    dropped: Dropped = []
    returned: t.List[Network] = []
    left = sources
    for step in table.chains.get(chain, ()) if depth < _DEEPEST else ():
        if not left:
            break
        if step.to == PASS or not step.is_about(protocol, port):
            continue
        matched = left if step.sources is None else _both(left, step.sources)
        if not matched:
            continue
        if step.to == DROP:
            if step.exact:
                dropped.append((matched, f"{table.name}: {step.text}"))
                left = without(left, matched)
        elif step.to in (ACCEPT, RETURN):
            returned += matched if step.to == RETURN and step.exact else ()
            left = without(left, matched)
        else:
            below, back = _walk(table, step.to, protocol=protocol, port=port, sources=matched, depth=depth + 1)
            if step.exact:
                dropped += below
                returned += back if step.goes else ()
                left = without(left, matched) if step.goes else (*without(left, matched), *back)
            else:
                stays = () if step.goes else (*back, *(one for networks, _by in below for one in networks))
                left = (*without(left, matched), *stays)
    return dropped, (*left, *returned)


def _both(networks: Networks, others: Networks) -> Networks:
    return without(networks, without(networks, others))


def in_words(shut: t.Iterable[Shut]) -> t.Tuple[t.List[str], t.List[str]]:
    """One sentence for each step that leaves nothing of ports of ours, and for each that keeps some sources out."""
    groups: t.Dict[t.Tuple[bool, str], t.List[Shut]] = {}
    for one in shut:
        groups.setdefault((one.whole, one.by), []).append(one)
    sentences: t.Tuple[t.List[str], t.List[str]] = ([], [])
    for (whole, by), several in groups.items():
        ports = _few(f"{one.ports}/{one.protocol}" for one in several)
        if whole:
            versions = " and ".join(f"IPv{version}" for version in sorted({one.sources[0].version for one in several}))
            sentences[0].append(f"no packet over {versions} reaches {ports}, which the plan opens: {by}")
        else:
            who = _few(str(network) for one in several for network in one.sources)
            sentences[1].append(f"{who} may not reach {ports}, which the plan opens to it: {by}")
    return sentences


_LISTED = 8


def _few(names: t.Iterable[str]) -> str:
    different = list(dict.fromkeys(names))
    more = f" and {len(different) - _LISTED} more" if len(different) > _LISTED else ""
    return ", ".join(different[:_LISTED]) + more
