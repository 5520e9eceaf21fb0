# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules files of ufw as values: C(user.rules) and C(user6.rules), read and written without ufw.

A rule there is a C(### tuple ###) line, which is ufw's own state, and the C(-A) lines that iptables-restore
reads. Rules of ours carry a comment that begins with C(printops:); everything else is foreign, and is kept to
the byte and in its order. Source of the grammar: C(_read_rules) and C(_write_rules) of ufw 0.36.2,
C(backend_iptables.py).
"""

from __future__ import annotations

import re
import socket
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import CLOSING_FLOW, closing_line
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import MANAGEMENT_FLOW
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    Network,
    PortRange,
    Rule,
    RuleError,
    compact_flows,
    expand_flows,
    parse_network,
)

OWNER = "printops:"
VERSIONS = (4, 6)
ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
MAX_PORTS = 15
PING_FLOW = "egress-ping"
CHAINS = ("input", "output")
_WITH_TUPLES = {4: ("tcp", "udp", "igmp"), 6: ("tcp", "udp")}

_TUPLE = "### tuple ###"
_RULES = "### RULES ###"
_END = "### END RULES ###"
_OUTPUT = re.compile(r"-[AI] ufw6?-user-output ")
_BODY = re.compile(r"-A ufw6?-user-(?:logging-)?(?:input|output|forward) ")


class UfwFileError(ValueError):
    """A text that is no rules file of ufw."""


class UfwRule(t.NamedTuple):
    """The fields of a tuple line, as ufw writes them: C(ports) is C(any) or C(443,9000:9010).

    C(action) is C(allow), C(deny), C(reject) or C(limit), maybe with C(route:) before and C(_log) after it;
    C(interfaces) is C(in), C(out), C(in_eth0) or the like; C(comment) is decoded.
    """

    action: str
    protocol: str
    ports: str
    destination: str
    source_ports: str
    source: str
    interfaces: str = "in"
    applications: tuple[str, ...] = ()
    comment: str = ""

    @property
    def key(self) -> tuple[t.Any, ...]:
        """What ufw compares: two rules with equal keys are one rule to its commands."""
        forwards = self.action.startswith("route:")
        where = (self.destination, self.source_ports, self.source, self.interfaces, self.applications)
        return (forwards, self.protocol, self.ports, *where)

    @property
    def allows(self) -> bool:
        """Whether matching packets are accepted without a limit."""
        return self.action.split("_")[0] == "allow"

    @property
    def is_input(self) -> bool:
        """Whether it is about packets to this host."""
        return self.interfaces.startswith("in") and not self.action.startswith("route:")

    @property
    def is_output(self) -> bool:
        """Whether it is about packets from this host."""
        return self.interfaces.startswith("out") and not self.action.startswith("route:")

    @property
    def has_many_ports(self) -> bool:
        """Whether it has a list or a range of ports, at either end."""
        return any(mark in ports for ports in (self.ports, self.source_ports) for mark in ",:")

    @property
    def is_own(self) -> bool:
        return self.comment.startswith(OWNER)

    @property
    def is_management(self) -> bool:
        return self._has_flow(MANAGEMENT_FLOW)

    @property
    def is_closing(self) -> bool:
        """Whether it is the end of an enforced egress."""
        return self._has_flow(CLOSING_FLOW)

    @property
    def is_ping(self) -> bool:
        """Whether it is one of the rules that together let pings out."""
        return self._has_flow(PING_FLOW)

    def _has_flow(self, flow: str) -> bool:
        return self.is_own and flow in self.comment[len(OWNER) :].split()

    def line(self) -> str:
        """The tuple without its comment, for a message."""
        what = "" if self.ports == "any" else f" {self.ports}"
        what += "" if self.source_ports == "any" else f" with source port {self.source_ports}"
        remote = f"to {self.destination}" if self.is_output else f"from {self.source}"
        return f"{self.action} {self.interfaces} {self.protocol}{what} {remote}"


class Entry(t.NamedTuple):
    """A rule with its lines, or (C(rule) is None) one line between rules that is none of ufw's."""

    text: str
    rule: UfwRule | None

    @property
    def is_own(self) -> bool:
        return self.rule is not None and self.rule.is_own

    @property
    def restricts(self) -> bool:
        """Whether it can keep out a packet that a later rule accepts."""
        if self.rule is None:
            return self.text.startswith("-") and not self.text.rstrip().endswith("-j ACCEPT")
        return self.rule.is_input and not self.rule.allows

    @property
    def is_output(self) -> bool:
        """Whether it is about packets from this host."""
        return bool(_OUTPUT.match(self.text)) if self.rule is None else self.rule.is_output

    @property
    def restricts_output(self) -> bool:
        """Whether it can keep in a packet that a later rule lets out."""
        if self.rule is None:
            return self.is_output and not self.text.rstrip().endswith("-j ACCEPT")
        return self.rule.is_output and not self.rule.allows


class RuleFile(t.NamedTuple):
    """One rules file: what stands before the rules, the rules, and what stands after them."""

    head: str
    entries: tuple[Entry, ...]
    tail: str

    def render(self) -> str:
        return self.head + "".join(entry.text for entry in self.entries) + self.tail

    @property
    def own(self) -> list[UfwRule]:
        return [entry.rule for entry in self.entries if entry.rule and entry.rule.is_own]

    @property
    def foreign(self) -> list[UfwRule]:
        return [entry.rule for entry in self.entries if entry.rule and not entry.rule.is_own]


def parse(text: str) -> RuleFile:
    """Read a rules file. C(parse(text).render()) is C(text); raises C(UfwFileError) where there are no rules in it."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    bare = [line.rstrip() for line in lines]
    if _RULES not in bare:
        raise UfwFileError(f"no line '{_RULES}' in it, so ufw did not write it")
    start = bare.index(_RULES) + 1
    stop = bare.index(_END, start) if _END in bare[start:] else _end_of_rules(bare, start=start)
    if stop > start and not bare[stop - 1]:
        stop -= 1
    return RuleFile("".join(lines[:start]), tuple(_entries(lines[start:stop])), "".join(lines[stop:]))


def _end_of_rules(bare: t.Sequence[str], *, start: int) -> int:
    """Where the rules end in a file that ufw itself has not written yet: its package's template has no end mark."""
    stop = start
    while stop < len(bare) and (not bare[stop] or bare[stop].startswith(_TUPLE) or _BODY.match(bare[stop])):
        stop += 1
    return stop


def _entries(lines: t.Sequence[str]) -> t.Iterator[Entry]:
    position = 0
    while position < len(lines):
        begin = position
        if not lines[position].strip() and lines[position + 1 : position + 2]:
            position += lines[position + 1].startswith(_TUPLE)
        rule = _parse_tuple(lines[position])
        position += 1
        bodies = 0
        while rule and position < len(lines) and _BODY.match(lines[position]) and not (rule.is_own and bodies):
            position += 1
            bodies += 1
        yield Entry("".join(lines[begin:position]), rule)


def _parse_tuple(line: str) -> UfwRule | None:
    if not line.startswith(_TUPLE):
        return None
    tuple_text, _mark, comment = line.rstrip().partition(" comment=")
    fields = tuple_text[len(_TUPLE) :].split()
    if not 6 <= len(fields) <= 9:
        return None
    interfaces = fields[-1] if len(fields) in (7, 9) else "in"
    action, protocol, ports, destination, source_ports, source = fields[:6]
    applications = tuple(fields[6:8]) if len(fields) > 7 else ()
    where = (destination, source_ports, source, interfaces)
    return UfwRule(action, protocol, ports, *where, applications, _decode(comment))


def _decode(comment: str) -> str:
    try:
        return bytes.fromhex(comment).decode("utf-8")
    except ValueError:
        return ""


def render_rules(rules: t.Iterable[Rule], *, version: int, direction: str = "in") -> list[UfwRule]:
    """The tuples that allow a direction's rules for one IP version: at most 15 ports each, one remote each.

    Rules for the same packets become one tuple that names the flows of all. C(icmp) has no tuple, nor has C(igmp) of
    IPv6, which is MLD.
    """
    flows: dict[UfwRule, list[str]] = {}
    anywhere = ANYWHERE[version]
    for rule in rules:
        if rule.direction != direction or rule.protocol not in _WITH_TUPLES[version]:
            continue
        own_ends = [*map(ufw_address, rule.destinations_of(version=version))] if rule.destinations else [anywhere]
        for remote in map(ufw_address, rule.remotes_of(version=version)):
            for own in own_ends:
                destination, source = (own, remote) if direction == "in" else (remote, own)
                for source_ports in _chunks(rule.source_ports):
                    for ports in _chunks(rule.ports):
                        what = UfwRule("allow", rule.protocol, ports, destination, source_ports, source, direction)
                        flows.setdefault(what, []).extend(rule.flows)
    return [rule._replace(comment=OWNER + compact_flows(set(names))) for rule, names in flows.items()]


def _chunks(ports: t.Iterable[PortRange]) -> t.Iterator[str]:
    """Ports in ufw's order, at most 15 together; a range counts for two, as it does for iptables. None are C(any)."""
    chunk: list[str] = []
    size = 0
    for port in sorted(set(ports)):
        cost = 1 if port.first == port.last else 2
        if size + cost > MAX_PORTS:
            yield ",".join(chunk)
            chunk, size = [], 0
        chunk.append(str(port).replace("-", ":"))
        size += cost
    yield ",".join(chunk) or "any"


def ufw_address(remote: Network) -> str:
    """A network as ufw normalises it: no mask for a single address, and IPv6 as C(inet_ntop) has it."""
    family = socket.AF_INET if remote.version == 4 else socket.AF_INET6
    address = socket.inet_ntop(family, remote.network_address.packed)
    return address if remote.prefixlen == remote.max_prefixlen else f"{address}/{remote.prefixlen}"


def chain(version: int, name: str = "input") -> str:
    return f"ufw-user-{name}" if version == 4 else f"ufw6-user-{name}"


def entry_of(rule: UfwRule, *, version: int) -> Entry:
    """A rule of ours as ufw writes it, byte for byte."""
    multiport = rule.has_many_ports
    source, destination = _option("-s", rule.source, version), _option("-d", rule.destination, version)
    to_ports, from_ports = _unless_any("--dport", rule.ports), _unless_any("--sport", rule.source_ports)
    if multiport:
        match = f"{_multiport(rule)}{destination}{source}"
    else:
        match = f"{destination}{to_ports}{source}{from_ports}"
    fields = (rule.action, rule.protocol, rule.ports, rule.destination, rule.source_ports, rule.source, rule.interfaces)
    protocol = _unless_any("-p", rule.protocol)
    text = (
        f"\n{_TUPLE} {' '.join(fields)} comment={rule.comment.encode().hex()}\n"
        f"-A {_chain_of(rule, version)}{protocol}{match} -j {_target(rule)}\n"
    )
    return Entry(text, rule)


def kernel_line(rule: UfwRule, *, version: int) -> str:
    """A rule of ours as C(iptables -S) prints it."""
    if rule.has_many_ports:
        match = _multiport(rule)
    else:
        ports = _unless_any("--sport", rule.source_ports) + _unless_any("--dport", rule.ports)
        match = f" -m {rule.protocol}{ports}" if ports else ""
    mask = "/32" if version == 4 else "/128"
    ends = [
        _option(name, address if "/" in address else address + mask, version)
        for name, address in (("-s", rule.source), ("-d", rule.destination))
    ]
    return f"-A {_chain_of(rule, version)}{''.join(ends)}{_unless_any('-p', rule.protocol)}{match} -j {_target(rule)}"


def _multiport(rule: UfwRule) -> str:
    ends = (_unless_any("--dports", rule.ports), _unless_any("--sports", rule.source_ports))
    return "".join(f" -m multiport{end}" for end in ends if end)


def _chain_of(rule: UfwRule, version: int) -> str:
    return chain(version, "output" if rule.is_output else "input")


def _target(rule: UfwRule) -> str:
    return "ACCEPT" if rule.allows else "DROP"


def _option(name: str, address: str, version: int) -> str:
    return "" if address == ANYWHERE[version] else f" {name} {address}"


def _unless_any(name: str, value: str) -> str:
    return "" if value == "any" else f" {name} {value}"


def read_rule(rule: UfwRule) -> Rule | None:
    """The rule for one remote that a tuple of ours was written for.

    None for what an enforced egress adds of itself: its end, answers of the management connection, and the parts of a
    ping but one. Raises C(RuleError) for a tuple that we never write.
    """
    if rule.is_closing or (rule.is_output and (rule.is_management or (rule.is_ping and not rule.allows))):
        return None
    if not rule.allows:
        raise RuleError(f"the action is {rule.action}")
    flows = rule.comment[len(OWNER) :]
    remote = parse_network(rule.destination if rule.is_output else rule.source)
    if rule.is_ping:
        return Rule("out", "icmp", (), ("echo-request",), (remote,), expand_flows(flows[len(PING_FLOW) + 1 :]))
    own = rule.source if rule.is_output else rule.destination
    destinations = () if own in ANYWHERE.values() else (parse_network(own),)
    ends = (ports_of(rule.source_ports), destinations)
    return Rule(rule.interfaces, rule.protocol, ports_of(rule.ports), (), (remote,), expand_flows(flows), *ends)


def describe(rule: UfwRule) -> list[str]:
    """A rule of ours in the words of C(Rule.lines); several rules may have one line together."""
    if rule.is_closing:
        return [closing_line(version) for version in VERSIONS if rule.source == ANYWHERE[version]]
    try:
        read = read_rule(rule)
    except RuleError:
        return [unreadable(rule)]
    return read.lines() if read else []


def unreadable(rule: UfwRule) -> str:
    """What a person is told of a tuple with our comment that we never write."""
    return f"{rule.line()} [{rule.comment[len(OWNER) :]}]"


def ports_of(text: str) -> tuple[PortRange, ...]:
    """Read the ports of a tuple, none for C(any); raises C(RuleError)."""
    return () if text == "any" else tuple(PortRange.parse(port.replace(":", "-")) for port in text.split(","))
