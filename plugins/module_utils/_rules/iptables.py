# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Rules of iptables as text: equal in meaning or not, and what they let in."""

from __future__ import annotations

import ipaddress
import itertools
import re
import shlex
import typing as t

from .openings import ANYONE, Denial, Opening, after_denials
from .rules import Network, PortRange, RuleError

Words = t.Dict[str, str]

_UNTOLD = {"-m", "--comment", "--name", "--mask", "--reject-with", "--icmp-type", "--icmpv6-type"}
"""What files and kernel say in different words, or one of them not at all, and what no rule of ours depends on."""
_LONG = {"--source": "-s", "--destination": "-d", "--protocol": "-p", "--in-interface": "-i", "--jump": "-j"}
_PORTS = ("--dport", "--dports", "--destination-port", "--destination-ports")
_SOURCE_PORTS = ("--sport", "--sports", "--source-port", "--source-ports")
_STATES = ("--ctstate", "--state")
_JUMP = re.compile(r" -[jg] (\S+)")


def words_of(line: str) -> Words:
    """Options of a rule and their values; C(! -s) for an inverted one. An option without a value has an empty one."""
    try:
        tokens = shlex.split(line)
    except ValueError:
        tokens = line.split()
    found: Words = {}
    option, inverted = "", ""
    for word in tokens:
        if word == "!":
            inverted = "! "
        elif word.startswith("-") and not word.lstrip("-").isdigit():
            name = _LONG.get(word, "--dport" if word in _PORTS else "--sport" if word in _SOURCE_PORTS else word)
            option, inverted = inverted + name, ""
            found[option] = ""
        elif option:
            found[option] = f"{found[option]},{word}".lstrip(",")
    return found


def meanings(line: str) -> t.List[t.FrozenSet[t.Tuple[str, str]]]:
    """What the rule means, whatever the order of its words: one for each pair of its sources and destinations."""
    words = {name: value for name, value in words_of(line).items() if name not in _UNTOLD and name != "--rsource"}
    if words.get("-p") in ("ipv6-icmp", "icmpv6"):
        words["-p"] = "icmpv6"
    if "--limit" in words:
        words["--limit"] = words["--limit"].replace("minute", "min").replace("second", "sec")
    if words.get("--limit-burst") == "5":
        del words["--limit-burst"]
    pairs = itertools.product(words.pop("-s", "").split(","), words.pop("-d", "").split(","))
    return [
        frozenset([*words.items(), *((key, _network(value)) for key, value in (("-s", one), ("-d", other)) if value)])
        for one, other in pairs
    ]


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return text
    return "" if network.prefixlen == 0 else str(network)


def verdict_of(line: str, *, version: int, name: str) -> t.Union[Opening, Denial, None]:
    """What the rule lets in or keeps out by itself, for packets to this host; None for every other rule.

    Conditions that are not understood make an opening no smaller, and are no denial.
    """
    words = words_of(line)
    target = words.get("-j")
    protocol = words.get("-p", "any")
    if target not in ("ACCEPT", "DROP", "REJECT") or protocol not in ("tcp", "udp", "any", "all"):
        return None
    states = ",".join(words.get(key, "") for key in _STATES)
    if words.get("-i") == "lo" or (states.strip(",") and "NEW" not in states):
        return None
    protocol = "any" if protocol == "all" else protocol
    ports, sources = _ports(words.get("--dport", "")), _sources(words.get("-s", ""), version=version)
    if target == "ACCEPT":
        source_ports = _ports(words.get("--sport", ""))
        return None if _is_group(words.get("-d", "")) else Opening(name, protocol, ports, sources, source_ports)
    plain = not set(words) - {"-A", "-I", "-p", "-s", "-j", "-m", "--dport", "--reject-with", "--comment"}
    return Denial(protocol, ports, sources) if plain else None


def verdicts(lines: t.Iterable[str], *, version: int, place: str) -> t.Iterator[Opening]:
    """The openings of the lines, each without what an earlier one keeps out."""
    denials: t.List[Denial] = []
    for line in lines:
        verdict = verdict_of(line, version=version, name=f"{place}: {line}")
        if isinstance(verdict, Denial):
            denials.append(verdict)
        elif verdict:
            left = after_denials(verdict, denials)
            if left.sources:
                yield left


def beside(lines: t.Iterable[str], *, version: int, is_known: t.Callable[[str], bool]) -> t.Iterator[Opening]:
    """The openings of chains that INPUT leads to and C(is_known) does not know by their name.

    The conditions of a jump make an opening no smaller.
    """
    chains: t.Dict[str, t.List[str]] = {}
    for line in lines:
        if line.startswith("-A "):
            chains.setdefault(line.split(" ", 2)[1], []).append(line)
    waiting, seen = ["INPUT"], {"INPUT"}
    while waiting:
        name = waiting.pop(0)
        rules = chains.get(name, [])
        targets = [match[1] for match in map(_JUMP.search, rules) if match]
        targets = [target for target in dict.fromkeys(targets) if target in chains and target not in seen]
        waiting += targets
        seen.update(targets)
        if name != "INPUT" and not is_known(name):
            yield from verdicts(rules, version=version, place=f"kernel chain {name} (IPv{version})")


def _ports(text: str) -> t.Tuple[PortRange, ...]:
    try:
        return tuple(PortRange.parse(port.replace(":", "-")) for port in text.split(",") if port)
    except RuleError:
        return ()


def _sources(text: str, *, version: int) -> t.Tuple[Network, ...]:
    try:
        networks = tuple(ipaddress.ip_network(one, strict=False) for one in text.split(",") if one)
    except ValueError:
        networks = ()
    return networks or (ANYONE[version],)


def _is_group(text: str) -> bool:
    """Whether the destination is no address of one host."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.is_multicast or network.is_link_local
