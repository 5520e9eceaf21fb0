# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether the kernel's nftables rules are those that firewalld believes to have loaded."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import (
    ANYONE,
    EVERY_PORT,
    EVERYONE,
    Opening,
    beyond,
    without,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Network, PortRange, Rule, RuleError

_CHAIN = re.compile(r"^\tchain (\S+) \{$")
_OF_CONTAINER = re.compile(r"filter_IN_(?P<policy>policy_)?(?P<name>.+?)(?:_(?:pre|log|deny|allow|post))?$")
_ONE = r"(?P<value>\{[^}]*\}|\S+)"
_SOURCE = re.compile(rf"\bip6? saddr (?P<inverted>!= )?{_ONE}")
_DESTINATION = re.compile(rf"\bip6? daddr {_ONE}")
_PORTS = re.compile(rf"\b(?P<protocol>tcp|udp) dport {_ONE}")
_SOURCE_PORTS = re.compile(rf"\b(?P<protocol>tcp|udp) sport {_ONE}")
_PROTOCOL = re.compile(r"\b(?:l4proto|ip protocol|ip6 nexthdr) (?P<name>[\w-]+)")
_MEMBERSHIP = ("igmp", "ipv6-icmp")
_STATE = re.compile(rf"\bct state {_ONE}")
_FAMILY = re.compile(r"\bnfproto ipv(?P<version>[46])")
_OTHER = re.compile(r"icmp|\b(?:sctp|dccp) dport|\biifname \"lo\"")
_OWN_OF_FIREWALLD = ("ct status dnat accept", 'iifname "lo" accept')

Sets = t.Callable[[str], t.Optional[t.Sequence[Network]]]


def kernel_faults(
    listing: str, *, own: t.Sequence[Rule], foreign: t.Sequence[Opening], policy: str, sets: Sets
) -> t.List[str]:
    """One sentence for each thing that the kernel accepts and nobody told firewalld, or that it lacks of ours.

    C(listing) is what C(nft list table inet firewalld) printed, C(sets) gives the networks of an ipset by its name.
    """
    if "hook input" not in listing:
        return [OPEN]
    told = [*own, *(rule for opening in foreign for rule in _as_rules(opening))]
    found: t.List[str] = []
    for chain, line in _accepts(listing):
        opening = _accepted(line, sets=sets)
        if not opening or opening.protocol == "igmp" or opening.destinations:
            continue
        if beyond(opening, [*told, *_of_container(chain, foreign)]):
            found.append(f"the kernel has it, firewalld has not: chain {chain}: {line}")
    return list(dict.fromkeys([*found, *lacking_in(openings_of(listing, policy=policy, sets=sets), own=own)]))


OPEN = "firewalld runs, and the kernel filters no incoming packets for it: THE HOST IS OPEN"


def openings_of(listing: str, *, policy: str, sets: Sets) -> t.List[Opening]:
    """What the chains of our policy accept."""
    found = []
    for chain, line in _accepts(listing):
        is_ours = chain.startswith(f"filter_IN_policy_{policy}")
        opening = _accepted(line, sets=sets, is_ours=True) if is_ours else None
        found += [opening] if opening else []
    return found


def lacking_in(openings: t.Iterable[Opening], *, own: t.Sequence[Rule]) -> t.Iterator[str]:
    """One sentence for each port of our rules that the openings do not let all of its remotes reach."""
    ours = [rule for opening in openings for rule in _as_rules(opening)]
    for rule in own:
        here = alike(ours, destinations=rule.destinations)
        for opening in () if rule.protocol == "icmp" else _pieces(rule):
            numbers = f"with source port {opening.source_ports[0]}" if opening.source_ports else ""
            yield from (
                f"firewalld has it, the kernel has not: {rule.protocol} {numbers or one.ports}"
                for one in beyond(opening, here)
            )


def alike(rules: t.Iterable[Rule], *, destinations: t.Tuple[Network, ...]) -> t.List[Rule]:
    """The rules that are about the same addresses of the host, or groups, as rules about all of them."""
    return [
        rule._replace(destinations=(), ports=rule.ports or ((EVERY_PORT,) if rule.protocol == "igmp" else ()))
        for rule in rules
        if rule.destinations == destinations
    ]


def _pieces(rule: Rule) -> t.Iterator[Opening]:
    """What a rule lets in, one for each of its ports, as chains of the kernel have it."""
    for port in rule.ports or (EVERY_PORT,):
        for source_port in rule.source_ports or (None,):
            yield Opening("", rule.protocol, (port,), rule.remotes, (source_port,) if source_port else ())


def _of_container(chain: str, foreign: t.Iterable[Opening]) -> t.List[Rule]:
    """The openings of the chain's zone or policy, for everyone: who comes to the chain is decided before it."""
    match = _OF_CONTAINER.match(chain)
    if not match:
        return []
    title = f"firewalld {'policy' if match['policy'] else 'zone'} {match['name']}: "
    own = [opening for opening in foreign if opening.name.startswith(title)]
    return [rule for one in own for rule in _as_rules(one._replace(sources=EVERYONE))]


def _accepts(listing: str) -> t.Iterator[t.Tuple[str, str]]:
    """Chain and rule of all accepts that packets to this host can come to."""
    chain = ""
    for line in listing.splitlines():
        head = _CHAIN.match(line)
        chain = head[1] if head else chain
        text = re.sub(r" counter packets \d+ bytes \d+", "", line.strip())
        text = re.sub(r' comment "[^"]*"$', "", text)
        if chain.startswith(("filter_INPUT", "filter_IN_")) and text.endswith("accept"):
            yield chain, text


def _accepted(text: str, *, sets: Sets, is_ours: bool = False) -> t.Optional[Opening]:
    """What an accept lets in, with the groups that it is limited to, and in a chain of ours also other addresses.

    None for ICMP, sessions that exist, and the host itself. Conditions that are not understood make an opening no
    smaller.
    """
    state, destination, protocol = _STATE.search(text), _DESTINATION.search(text), _PROTOCOL.search(text)
    is_membership = is_ours and bool(protocol) and protocol["name"] in _MEMBERSHIP  # type: ignore[index]
    if text in _OWN_OF_FIREWALLD or (state and "new" not in state["value"]):
        return None
    if _OTHER.search(text) and not is_membership:
        return None
    groups = _sources(destination["value"], sets=lambda _name: None) if destination else ()
    ports, source_ports = _PORTS.search(text), _SOURCE_PORTS.search(text)
    told = ports or source_ports
    name = told["protocol"] if told else "igmp" if is_membership else protocol["name"] if protocol else "any"
    sources = _sources_of(text, sets=sets)
    if name not in ("tcp", "udp", "any", "igmp") or sources is None:
        return None
    if groups:
        sources = tuple(source for source in sources if source.version == groups[0].version)
    try:
        numbers, of_source = (
            tuple(PortRange.parse(one) for one in _members(match["value"] if match else ""))
            for match in (ports, source_ports)
        )
    except RuleError:
        return None
    limits = tuple(groups or ()) if is_ours or _is_group(groups or ()) else ()
    return Opening(text, name, numbers, sources, of_source, limits)


def _sources_of(text: str, *, sets: Sets) -> t.Optional[t.Tuple[Network, ...]]:
    match, family = _SOURCE.search(text), _FAMILY.search(text)
    sources = _sources(match["value"] if match else None, sets=sets)
    if sources and match and match["inverted"]:
        sources = without([ANYONE[one.version] for one in sources], sources)
    if sources and family:
        sources = tuple(one for one in sources if one.version == int(family["version"]))
    return sources


def _sources(text: t.Optional[str], *, sets: Sets) -> t.Optional[t.Tuple[Network, ...]]:
    if text is None:
        return EVERYONE
    if text.startswith("@"):
        found = sets(text[1:])
        return None if found is None else tuple(found)
    try:
        return tuple(ipaddress.ip_network(one, strict=False) for one in _members(text))
    except ValueError:
        return None


def _members(text: str) -> t.List[str]:
    """C({ a, b }) and C(a) as a list."""
    return [one.strip() for one in text.strip("{} ").split(",") if one.strip()]


def _is_group(networks: t.Sequence[Network]) -> bool:
    return bool(networks) and all(one.is_multicast or one.is_link_local for one in networks)


def _as_rules(opening: Opening) -> t.List[Rule]:
    """The opening as rules, so that others can be held against it."""
    protocols = ("tcp", "udp") if opening.protocol == "any" else (opening.protocol,)
    ports = opening.ports or (EVERY_PORT,)
    rest = (opening.source_ports, opening.destinations)
    return [Rule("in", protocol, ports, (), opening.sources, (), *rest) for protocol in protocols]
