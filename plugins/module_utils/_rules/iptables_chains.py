# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What C(iptables -S) printed, as chains that a new packet goes through."""

from __future__ import annotations

import ipaddress
import typing as t

from .iptables import words_of
from .openings import ANYONE, without
from .paths import ACCEPT, DROP, PASS, RETURN, Networks, Step, Table
from .rules import PortRange, RuleError

_TO = {"ACCEPT": ACCEPT, "DROP": DROP, "REJECT": DROP, "RETURN": RETURN}
_GOES_ON = frozenset(["LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "SET", "AUDIT", "TRACE", "CLASSIFY", "SECMARK"])
_UNDERSTOOD = frozenset(["-A", "-m", "--comment", "-j", "-g", "-p", "-s", "! -s", "--dport", "-i", "! -i"])
_UNDERSTOOD_TOO = frozenset(["--ctstate", "--state", "! --ctstate", "--reject-with", "--dst-type", "-d", "--syn"])
_STATES = ("--ctstate", "--state")


def table_of(lines: t.Iterable[str], *, name: str, version: int) -> Table:
    """The table of one IP version; C(name) is the command that listed it."""
    listed = list(lines)
    chains: t.Dict[str, t.List[Step]] = {}
    policy = ACCEPT
    for line in listed:
        words = line.split()
        if words[:1] == ["-N"]:
            chains.setdefault(words[1], [])
        elif words[:2] == ["-P", "INPUT"]:
            policy = DROP if words[2] == "DROP" else ACCEPT
    for line in listed:
        if line.startswith("-A "):
            step = _step(line, version=version, chains=chains)
            if step:
                chains.setdefault(line.split(" ", 2)[1], []).append(step)
    return Table(name, version, chains, {"INPUT": policy})


def _step(line: str, *, version: int, chains: t.Container[str]) -> t.Optional[Step]:
    """The rule; None where it is about no new packet that comes to this host from elsewhere."""
    words = words_of(line)
    target = words.get("-j", words.get("-g", ""))
    states = [words[key] for key in _STATES if key in words]
    if words.get("-i") == "lo" or any("NEW" not in one.split(",") for one in states) or _is_group(words.get("-d", "")):
        return None
    if "NEW" in words.get("! --ctstate", "").split(",") or words.get("--dst-type", "LOCAL") != "LOCAL":
        return None
    to = _TO.get(target) or (target if target in chains else PASS if target in _GOES_ON or not target else ACCEPT)
    protocol = words.get("-p", "all")
    protocols = () if protocol in ("all", "0") else (protocol,)
    sources, ports = _sources(words, version=version), _ports(words.get("--dport", ""))
    exact = set(words) <= _UNDERSTOOD | _UNDERSTOOD_TOO and "-d" not in words and "-i" not in words
    exact = exact and words.get("! -i", "lo") == "lo" and ports is not None
    return Step(line, to, protocols, ports or (), sources, exact, goes="-g" in words)


def _sources(words: t.Mapping[str, str], *, version: int) -> t.Optional[Networks]:
    try:
        if "-s" in words:
            return tuple(ipaddress.ip_network(one, strict=False) for one in words["-s"].split(","))
        if "! -s" in words:
            others = [ipaddress.ip_network(one, strict=False) for one in words["! -s"].split(",")]
            return without([ANYONE[version]], others)
    except ValueError:
        return ()
    return None


def _ports(text: str) -> t.Optional[t.Tuple[PortRange, ...]]:
    try:
        return tuple(PortRange.parse(port.replace(":", "-")) for port in text.split(",") if port)
    except RuleError:
        return None


def _is_group(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.is_multicast or network.is_link_local or str(network.network_address) == "255.255.255.255"
