# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of a host as firewalld objects: one policy, one service a rule, one ipset a long list of remotes.

The names of services and ipsets are made of their content. So a changed rule set only adds and removes such
files, and the policy file, whose replacement is one rename, decides which of them count.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules import (
    Network,
    PortRange,
    Rule,
    RuleError,
    compact_flows,
)

PREFIX = "printops-"
POLICY = "printops-in"
POLICY_FILE = f"policies/{POLICY}.xml"
MARKER = "Managed by printops.firewall.firewalld_rules"
POLICY_PRIORITY = -100
MANAGEMENT_PRIORITY = -100
LITERAL_REMOTES = 5
IPSET_CAPACITY = 65536
FAMILIES = {4: "ipv4", 6: "ipv6"}
ANY = {4: ipaddress.ip_network("0.0.0.0/0"), 6: ipaddress.ip_network("::/0")}

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_FLOW = re.compile(r"[^\s;,\x00-\x1f\x7f]+")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


@dataclass(frozen=True)
class RichRule:
    """One accept of the policy.

    C(source) is an attribute of the source element, such as C(('address', '10.0.0.0/8')), or None for everyone of
    the family; C(element) is the name and the attributes of what is accepted.
    """

    version: int
    source: tuple[str, str] | None
    element: tuple[str, tuple[tuple[str, str], ...]]
    priority: int = 0

    def xml(self) -> str:
        """The rule as a policy file has it."""
        priority = f'priority="{self.priority}" ' if self.priority else ""
        source = f'    <source {self.source[0]}="{self.source[1]}"/>\n' if self.source else ""
        name, attributes = self.element
        values = " ".join(f'{key}="{value}"' for key, value in attributes)
        return (
            f'  <rule {priority}family="{FAMILIES[self.version]}">\n{source}'
            f"    <{name} {values}/>\n    <accept/>\n  </rule>\n"
        )

    def text(self) -> str:
        """The rule as C(firewall-cmd) and D-Bus say it."""
        priority = f' priority="{self.priority}"' if self.priority else ""
        source = f' source {self.source[0]}="{self.source[1]}"' if self.source else ""
        name, attributes = self.element
        values = " ".join(f'{key}="{value}"' for key, value in attributes)
        return f'rule{priority} family="{FAMILIES[self.version]}"{source} {name} {values} accept'


@dataclass(frozen=True)
class Objects:
    """All files of ours, path below the configuration folder to content, and what firewalld must have loaded."""

    files: t.Mapping[str, bytes]
    rich_rules: frozenset[str]
    content_mark: str


def render(*, rules: t.Iterable[Rule], management: t.Iterable[Rule], ipsets: bool = True) -> Objects:
    """The objects that accept exactly C(management) and the C(in) rules of C(rules).

    Without C(ipsets), every remote has a rich rule of its own, however many there are.
    Raises C(RuleError) for a flow id or a number of remotes that firewalld has no place for.
    """
    files: dict[str, str] = {}
    rich_rules: list[RichRule] = []
    echoes: list[str] = []
    for rule in normalize(management):
        rich_rules += _literal_rules(rule)
    for rule in normalize(rules):
        sources = [
            source for version in (4, 6) for source in _sources(rule, version=version, files=files, ipsets=ipsets)
        ]
        if rule.protocol == "icmp":
            elements = [("icmp-type", (("name", name),)) for name in rule.icmp_types]
            echoes.append(_echo_sentence(rule, sources=sources))
        else:
            name = service_name(rule)
            files[f"services/{name}.xml"] = _service_xml(rule)
            elements = [("service", (("name", name),))]
        rich_rules += [RichRule(version, source, element) for version, source in sources for element in elements]
    unique = list(dict.fromkeys(rich_rules))
    body = "".join(rule.xml() for rule in unique)
    digest = hashlib.sha256(repr((sorted(files.items()), body, echoes)).encode()).hexdigest()
    mark = f"content {digest[:16]}"
    files[POLICY_FILE] = _policy_xml(body, echoes=echoes, mark=mark)
    return Objects(
        files={path: text.encode() for path, text in files.items()},
        rich_rules=frozenset(rule.text() for rule in unique),
        content_mark=mark,
    )


def normalize(rules: t.Iterable[Rule]) -> tuple[Rule, ...]:
    """The C(in) rules in one fixed form: those that differ in remotes only are one, and networks do not overlap."""
    merged: dict[tuple[t.Any, ...], set[Network]] = {}
    for rule in rules:
        if rule.direction == "in":
            key = (rule.protocol, _disjoint(rule.ports), tuple(sorted(set(rule.icmp_types))), _ordered(rule.flows))
            merged.setdefault(key, set()).update(rule.remotes)
    return tuple(
        Rule("in", protocol, ports, icmp_types, _collapse(remotes), flows)
        for (protocol, ports, icmp_types, flows), remotes in sorted(merged.items())
    )


def _disjoint(ports: t.Iterable[PortRange]) -> tuple[PortRange, ...]:
    result: list[PortRange] = []
    for port in sorted(ports):
        if result and port.first <= result[-1].last:
            result[-1] = PortRange(result[-1].first, max(port.last, result[-1].last))
        else:
            result.append(port)
    return tuple(result)


def _ordered(flows: t.Iterable[str]) -> tuple[str, ...]:
    for flow in flows:
        if not _FLOW.fullmatch(flow):
            raise RuleError(f"flows: {flow!r} is no flow id; one must have no white space, comma or semicolon")
    return expand_flows(compact_flows(flows))


def expand_flows(text: str) -> tuple[str, ...]:
    """The ids that C(compact_flows) made C(text) of."""
    flows = []
    for token in text.split():
        section, _slash, rows = token.rpartition("/")
        if section and re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", rows):
            for run in rows.split(","):
                first, _dash, last = run.partition("-")
                flows += [f"{section}/{row}" for row in range(int(first), int(last or first) + 1)]
        else:
            flows.append(token)
    return tuple(flows)


def _collapse(remotes: t.Iterable[Network]) -> tuple[Network, ...]:
    remotes = list(remotes)
    result: list[Network] = []
    for version in FAMILIES:
        result += ipaddress.collapse_addresses(t.cast("t.Any", [net for net in remotes if net.version == version]))
    return tuple(result)


def service_name(rule: Rule) -> str:
    """C(printops-), the section that all flows share, the protocol and eight digits that stand for the content."""
    sections = [flow.rpartition("/")[0].split("/") for flow in rule.flows]
    shared = []
    for parts in zip(*sections):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    telling = re.sub(r"[^a-z0-9]+", "-", "-".join(shared).lower()).strip("-")[:40].strip("-") or "rule"
    return f"{PREFIX}{telling}-{rule.protocol}-{_short_hash(rule.protocol, rule.ports, rule.flows)}"


def _short_hash(*content: object) -> str:
    text = " ".join("+".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in content)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _literal_rules(rule: Rule) -> list[RichRule]:
    return [
        RichRule(
            remote.version,
            _address(remote),
            ("port", (("port", str(port)), ("protocol", rule.protocol))),
            MANAGEMENT_PRIORITY,
        )
        for remote in rule.remotes
        for port in rule.ports
    ]


def _address(remote: Network) -> tuple[str, str] | None:
    return ("address", str(remote)) if remote.prefixlen else None


def _sources(
    rule: Rule, *, version: int, files: dict[str, str], ipsets: bool
) -> list[tuple[int, tuple[str, str] | None]]:
    remotes = rule.remotes_of(version=version)
    if not ipsets or len(remotes) <= LITERAL_REMOTES:
        return [(version, _address(remote)) for remote in remotes]
    if len(remotes) > IPSET_CAPACITY:
        raise RuleError(f"{len(remotes)} remotes in one rule: an ipset of firewalld holds {IPSET_CAPACITY}")
    name = f"{PREFIX}{_short_hash(remotes)}-v{version}"
    files[f"ipsets/{name}.xml"] = _ipset_xml(name, remotes=remotes, version=version)
    return [(version, ("ipset", name))]


def _service_xml(rule: Rule) -> str:
    ports = "".join(f'  <port protocol="{rule.protocol}" port="{port}"/>\n' for port in rule.ports)
    text = f"Flows: {compact_flows(rule.flows)}; {MARKER}, do not edit"
    return f"{_HEAD}<service>\n{_labels(short=service_name(rule), description=text)}{ports}</service>\n"


def _ipset_xml(name: str, *, remotes: t.Sequence[Network], version: int) -> str:
    family = '  <option name="family" value="inet6"/>\n' if version == 6 else ""
    entries = "".join(f"  <entry>{remote}</entry>\n" for remote in remotes)
    labels = _labels(short=name, description=f"Remotes of one or more rules; {MARKER}, do not edit")
    return f'{_HEAD}<ipset type="hash:net">\n{labels}{family}{entries}</ipset>\n'


def _echo_sentence(rule: Rule, *, sources: t.Iterable[tuple[int, tuple[str, str] | None]]) -> str:
    remotes = ",".join(source[1] if source else str(ANY[version]) for version, source in sources)
    return f"{','.join(rule.icmp_types)} from {remotes} for {compact_flows(rule.flows)}"


def _policy_xml(body: str, *, echoes: t.Sequence[str], mark: str) -> str:
    advice = "the flows of a service: firewall-cmd --verbose --info-service=NAME"
    text = "; ".join([f"{MARKER}, do not edit", mark, advice, *echoes])
    return (
        f'{_HEAD}<policy priority="{POLICY_PRIORITY}" target="CONTINUE">\n'
        f"{_labels(short='Print management, incoming', description=text)}"
        f'  <ingress-zone name="ANY"/>\n  <egress-zone name="HOST"/>\n{body}</policy>\n'
    )


def _labels(*, short: str, description: str) -> str:
    return (
        f"  <short>{short.translate(_ENTITIES)}</short>\n"
        f"  <description>{description.translate(_ENTITIES)}</description>\n"
    )


def is_ours(content: bytes) -> bool:
    """Whether the file has our mark, so that we may replace or remove it."""
    return MARKER.encode() in content
