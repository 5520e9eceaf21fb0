# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of a host as firewalld objects: one policy, one service a rule, one ipset a long list of remotes.

The names of services and ipsets are made of their content. So a changed rule set only adds and removes such
files, and the policy file, whose replacement is one rename, decides which of them count. Where egress is enforced a
second policy does the same for what leaves the host.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import Egress
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    Network,
    Rule,
    RuleError,
    compact_flows,
    expand_flows,
    join_ports,
)

from .rich import (
    FAMILIES,
    MEMBERSHIP_PROTOCOLS,
    Remote,
    RichRule,
    address,
    closing_rules,
    literal_rules,
    neighbour_rules,
    reply_rules,
)

PREFIX = "printops-"
POLICY = "printops-in"
POLICY_FILE = f"policies/{POLICY}.xml"
OUT_POLICY = "printops-out"
OUT_POLICY_FILE = f"policies/{OUT_POLICY}.xml"
MARKER = "Managed by printops.firewall.firewalld_rules"
POLICY_PRIORITY = -100
OUT_POLICY_PRIORITY = 32767
LITERAL_REMOTES = 5
IPSET_CAPACITY = 65536
ANY = {4: ipaddress.ip_network("0.0.0.0/0"), 6: ipaddress.ip_network("::/0")}

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_FLOW = re.compile(r"[^\s;,\x00-\x1f\x7f]+")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


class Objects(t.NamedTuple):
    """All files of ours, path below the configuration folder to content, and what firewalld must have loaded.

    C(out_rules) are the rich rules of the policy for output; None where there is none. C(content_mark) stands for all
    files, those of that policy too.
    """

    files: t.Mapping[str, bytes]
    rich_rules: frozenset[str]
    content_mark: str
    out_rules: frozenset[str] | None = None


def render(
    *,
    rules: t.Iterable[Rule],
    management: t.Iterable[Rule],
    ipsets: bool = True,
    egress: Egress | None = None,
    knows_sessions: bool = True,
) -> Objects:
    """The objects that accept exactly C(management) and the C(in) rules of C(rules), and C(egress) where there is one.

    Without C(ipsets), every remote has a rich rule of its own, however many there are. C(knows_sessions) tells whether
    firewalld accepts established traffic before it asks the policies for output.
    Raises C(RuleError) for a flow id or a number of remotes that firewalld has no place for.
    """
    files: dict[str, str] = {}
    literal = [rich for rule in normalize(management) for rich in literal_rules(rule)]
    accepted, echoes = _accept(normalize(rules), files=files, ipsets=ipsets)
    unique = list(dict.fromkeys([*literal, *accepted]))
    body = "".join(rule.xml() for rule in unique)
    content: tuple[t.Any, ...] = (sorted(files.items()), body, echoes)
    outgoing: list[RichRule] | None = None
    if egress:
        replies = [rich for rule in normalize(egress.replies) for rich in reply_rules(rule)]
        let_out, out_echoes = _accept(normalize(egress.rules, direction="out"), files=files, ipsets=ipsets)
        end = [] if knows_sessions else closing_rules()
        outgoing = list(dict.fromkeys([*replies, *neighbour_rules(), *let_out, *end]))
        out_body = "".join(rule.xml() for rule in outgoing)
        files[OUT_POLICY_FILE] = _out_policy_xml(out_body, echoes=out_echoes, drops=knows_sessions)
        content = (sorted(files.items()), body, echoes)
    mark = f"content {hashlib.sha256(repr(content).encode()).hexdigest()[:16]}"
    files[POLICY_FILE] = _policy_xml(body, echoes=echoes, mark=mark)
    return Objects(
        files={path: text.encode() for path, text in files.items()},
        rich_rules=frozenset(rule.text() for rule in unique),
        content_mark=mark,
        out_rules=None if outgoing is None else frozenset(rule.text() for rule in outgoing),
    )


def _accept(rules: t.Iterable[Rule], *, files: dict[str, str], ipsets: bool) -> tuple[list[RichRule], list[str]]:
    """The rich rules that accept the rules, and sentences for those that no service can name; adds to C(files)."""
    rich_rules: list[RichRule] = []
    echoes: list[str] = []
    for rule in rules:
        remotes = [
            remote for version in (4, 6) for remote in _remotes(rule, version=version, files=files, ipsets=ipsets)
        ]
        local = address(rule.destinations[0]) if rule.destinations else None
        if rule.protocol == "icmp":
            echoes.append(_echo_sentence(rule, remotes=remotes))
        for version, remote in remotes:
            if rule.protocol == "icmp":
                elements = [("icmp-type", (("name", name),)) for name in rule.icmp_types]
            else:
                name = service_name(rule, version=version)
                files[f"services/{name}.xml"] = _service_xml(rule, version=version)
                elements = [("service", (("name", name),))]
            rich_rules += [
                RichRule(version, remote, element, direction=rule.direction, local=local) for element in elements
            ]
    return rich_rules, echoes


def normalize(rules: t.Iterable[Rule], *, direction: str = "in") -> tuple[Rule, ...]:
    """One direction's rules in a fixed form: those that differ in remotes only are one, networks do not overlap.

    Each has at most one destination. Raises C(RuleError) for a rule that firewalld has no words for.
    """
    merged: dict[tuple[t.Any, ...], set[Network]] = {}
    for rule in rules:
        if rule.direction == direction:
            ports, source_ports = join_ports(rule.ports), join_ports(rule.source_ports)
            if ports and source_ports:
                raise RuleError(
                    f"rule {rule.lines()[0]!r}: firewalld has no rule about ports of both ends; leave out its ports or "
                    "its source_ports"
                )
            what = (rule.protocol, ports, tuple(sorted(set(rule.icmp_types))), _ordered(rule.flows), source_ports)
            if not rule.destinations:
                merged.setdefault((*what, ()), set()).update(rule.remotes)
            for one in rule.destinations:
                merged.setdefault((*what, (one,)), set()).update(rule.remotes_of(version=one.version))
    return tuple(
        Rule(direction, protocol, ports, icmp_types, _collapse(remotes), flows, source_ports, destinations)
        for (protocol, ports, icmp_types, flows, source_ports, destinations), remotes in sorted(
            merged.items(), key=_in_order
        )
    )


def _in_order(item: tuple[tuple[t.Any, ...], set[Network]]) -> tuple[t.Any, ...]:
    *what, destinations = item[0]
    return (*what, [(one.version, one) for one in destinations])


def _ordered(flows: t.Iterable[str]) -> tuple[str, ...]:
    for flow in flows:
        if not _FLOW.fullmatch(flow):
            raise RuleError(f"flows: {flow!r} is no flow id; one must have no white space, comma or semicolon")
    return expand_flows(compact_flows(flows))


def _collapse(remotes: t.Iterable[Network]) -> tuple[Network, ...]:
    remotes = list(remotes)
    result: list[Network] = []
    for version in FAMILIES:
        result += ipaddress.collapse_addresses(t.cast("t.Any", [net for net in remotes if net.version == version]))
    return tuple(result)


def service_name(rule: Rule, *, version: int = 4) -> str:
    """C(printops-), the section that all flows share, the protocol and eight digits that stand for the content."""
    sections = [flow.rpartition("/")[0].split("/") for flow in rule.flows]
    shared = []
    for parts in zip(*sections):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    telling = re.sub(r"[^a-z0-9]+", "-", "-".join(shared).lower()).strip("-")[:40].strip("-") or "rule"
    protocol = "mld" if rule.protocol == "igmp" and version == 6 else rule.protocol
    source = ("from", *rule.source_ports) if rule.source_ports else ()
    return f"{PREFIX}{telling}-{protocol}-{_short_hash(protocol, rule.ports, rule.flows, *source)}"


def _short_hash(*content: object) -> str:
    text = " ".join("+".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in content)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _remotes(rule: Rule, *, version: int, files: dict[str, str], ipsets: bool) -> list[tuple[int, Remote]]:
    remotes = rule.remotes_of(version=version)
    if not ipsets or len(remotes) <= LITERAL_REMOTES:
        return [(version, address(remote)) for remote in remotes]
    if len(remotes) > IPSET_CAPACITY:
        raise RuleError(f"{len(remotes)} remotes in one rule: an ipset of firewalld holds {IPSET_CAPACITY}")
    name = f"{PREFIX}{_short_hash(remotes)}-v{version}"
    files[f"ipsets/{name}.xml"] = _ipset_xml(name, remotes=remotes, version=version)
    return [(version, ("ipset", name))]


def _service_xml(rule: Rule, *, version: int) -> str:
    if rule.protocol == "igmp":
        what = f'  <protocol value="{MEMBERSHIP_PROTOCOLS[version]}"/>\n'
    else:
        what = "".join(
            f'  <{element} protocol="{rule.protocol}" port="{port}"/>\n'
            for element, ports in (("port", rule.ports), ("source-port", rule.source_ports))
            for port in ports
        )
    text = f"Flows: {compact_flows(rule.flows)}; {MARKER}, do not edit"
    labels = _labels(short=service_name(rule, version=version), description=text)
    return f"{_HEAD}<service>\n{labels}{what}</service>\n"


def _ipset_xml(name: str, *, remotes: t.Sequence[Network], version: int) -> str:
    family = '  <option name="family" value="inet6"/>\n' if version == 6 else ""
    entries = "".join(f"  <entry>{remote}</entry>\n" for remote in remotes)
    labels = _labels(short=name, description=f"Remotes of one or more rules; {MARKER}, do not edit")
    return f'{_HEAD}<ipset type="hash:net">\n{labels}{family}{entries}</ipset>\n'


def _echo_sentence(rule: Rule, *, remotes: t.Iterable[tuple[int, Remote]]) -> str:
    places = ",".join(remote[1] if remote else str(ANY[version]) for version, remote in remotes)
    preposition = "from" if rule.direction == "in" else "to"
    return f"{','.join(rule.icmp_types)} {preposition} {places} for {compact_flows(rule.flows)}"


def _policy_xml(body: str, *, echoes: t.Sequence[str], mark: str) -> str:
    advice = "the flows of a service: firewall-cmd --verbose --info-service=NAME"
    text = "; ".join([f"{MARKER}, do not edit", mark, advice, *echoes])
    return (
        f'{_HEAD}<policy priority="{POLICY_PRIORITY}" target="CONTINUE">\n'
        f"{_labels(short='Print management, incoming', description=text)}"
        f'  <ingress-zone name="ANY"/>\n  <egress-zone name="HOST"/>\n{body}</policy>\n'
    )


def _out_policy_xml(body: str, *, echoes: t.Sequence[str], drops: bool) -> str:
    text = "; ".join([f"{MARKER}, do not edit", "what no rule accepts is dropped", *echoes])
    return (
        f'{_HEAD}<policy priority="{OUT_POLICY_PRIORITY}" target="{"DROP" if drops else "CONTINUE"}">\n'
        f"{_labels(short='Print management, outgoing', description=text)}"
        f'  <ingress-zone name="HOST"/>\n  <egress-zone name="ANY"/>\n{body}</policy>\n'
    )


def _labels(*, short: str, description: str) -> str:
    return (
        f"  <short>{short.translate(_ENTITIES)}</short>\n"
        f"  <description>{description.translate(_ENTITIES)}</description>\n"
    )


def is_ours(content: bytes) -> bool:
    """Whether the file has our mark, so that we may replace or remove it."""
    return MARKER.encode() in content
