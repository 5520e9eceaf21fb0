# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of one host as values: what every provider is given, and how a person is shown them."""

from __future__ import annotations

import functools
import ipaddress
import itertools
import re
import typing as t

from . import intervals

Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

DIRECTIONS = ("in", "out")
PROTOCOLS = ("tcp", "udp", "icmp", "igmp")
WITH_PORTS = ("tcp", "udp")
ICMP_TYPES = ("echo-request",)

RULE_OPTIONS: dict[str, dict[str, t.Any]] = {
    "direction": {"type": "str", "choices": list(DIRECTIONS), "required": True},
    "protocol": {"type": "str", "choices": list(PROTOCOLS), "required": True},
    "ports": {"type": "list", "elements": "str"},
    "source_ports": {"type": "list", "elements": "str"},
    "icmp_types": {"type": "list", "elements": "str", "choices": list(ICMP_TYPES)},
    "remotes": {"type": "list", "elements": "str", "required": True},
    "destinations": {"type": "list", "elements": "str"},
    "flows": {"type": "list", "elements": "str", "required": True},
}

_RUN = re.compile(r"(?P<first>[0-9]{1,9})(?:-(?P<last>[0-9]{1,9}))?")
_MOST_ROWS = 10_000
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


class RuleError(ValueError):
    """A rule that no host could be given; the message names its index, its key and what would be right."""


class PortRange(t.NamedTuple):
    """Ports from C(first) to C(last), both included, 1 to 65535."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> PortRange:
        """Read C("443") or C("5014-5019"); raises C(RuleError) for anything else."""
        match = _PORTS.fullmatch(text)
        if match:
            first = int(match[1])
            last = int(match[2] or first)
            if 1 <= first <= last <= 65535:
                return cls(first, last)
        raise RuleError(f"{text!r} is no port: give one from 1 to 65535, or a range such as '5014-5019'")

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def overlaps(self, other: PortRange) -> bool:
        """Whether some port is of both."""
        return self.first <= other.last and other.first <= self.last

    def covers(self, other: PortRange) -> bool:
        """Whether every port of the other is of this."""
        return self.first <= other.first and other.last <= self.last


def join_ports(ports: t.Iterable[PortRange]) -> tuple[PortRange, ...]:
    """The same ports as the fewest ranges, in order."""
    return tuple(PortRange(*one) for one in intervals.join(ports))


def cut_ports(ports: t.Collection[PortRange], *, at: t.Iterable[PortRange] = ()) -> t.Iterator[PortRange]:
    """The ports in ranges, in order, of which none of the given ones and of those C(at) covers a part only."""
    return (PortRange(*one) for one in intervals.cut(ports, at=at))


class Rule(t.NamedTuple):
    """Remote networks that may reach (C(in)) or be reached (C(out)) on ports of one protocol.

    C(ports) are those that packets go to, C(source_ports) those that they come from; without either they may be any.
    C(icmp) has neither and names C(icmp_types); C(igmp) has nothing of the sort, and is MLD for addresses of IPv6.
    C(destinations) are the only addresses that packets come in to, such as multicast groups; none are all. C(flows) are
    the ids of the catalog flows that ask for the rule.
    """

    direction: str
    protocol: str
    ports: tuple[PortRange, ...]
    icmp_types: tuple[str, ...]
    remotes: tuple[Network, ...]
    flows: tuple[str, ...]
    source_ports: tuple[PortRange, ...] = ()
    destinations: tuple[Network, ...] = ()

    def remotes_of(self, *, version: int) -> tuple[Network, ...]:
        """The remotes of IP version 4 or 6."""
        return tuple(remote for remote in self.remotes if remote.version == version)

    def destinations_of(self, *, version: int) -> tuple[Network, ...]:
        """The destinations of IP version 4 or 6."""
        return tuple(one for one in self.destinations if one.version == version)

    def as_json(self) -> dict[str, t.Any]:
        """The shape that the plan has."""
        lists = {
            "ports": self.ports,
            "source_ports": self.source_ports,
            "icmp_types": self.icmp_types,
            "remotes": self.remotes,
            "destinations": self.destinations,
            "flows": self.flows,
        }
        given = {key: list(map(str, values)) for key, values in lists.items() if values}
        return {"direction": self.direction, "protocol": self.protocol, **given}

    def what(self, *, version: int) -> str:
        """Direction, protocol, ports and destinations for a person: C(in udp any with source port 64099)."""
        ports = ",".join([*map(str, self.ports), *self.icmp_types]) or "any"
        source = f" with source port {','.join(map(str, self.source_ports))}" if self.source_ports else ""
        own = ",".join(map(str, self.destinations_of(version=version)))
        return f"{self.direction} {self.protocol} {ports}{source}{f' at {own}' if own else ''}"

    def lines(self) -> list[str]:
        """One line for each remote, for a diff: C(allow in tcp 443 from 10.0.0.0/8 [safeq6/management/1])."""
        preposition = "from" if self.direction == "in" else "to"
        return [
            f"allow {self.what(version=remote.version)} {preposition} {remote} [{compact_flows(self.flows)}]"
            for remote in self.remotes
        ]


def parse_rules(raw_rules: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[Rule, ...]:
    """Turn the plan's rules, as JSON has them, into values.

    Raises C(RuleError) at the first rule that is wrong; nothing is guessed or left out.
    """
    return tuple(_parse_rule(raw, place=f"rules[{index}]") for index, raw in enumerate(raw_rules))


def _parse_rule(raw: t.Mapping[str, t.Any], *, place: str) -> Rule:
    unknown = sorted(raw.keys() - RULE_OPTIONS.keys())
    if unknown:
        raise RuleError(f"{place}: unknown key {unknown[0]!r}; a rule has {', '.join(RULE_OPTIONS)}")
    try:
        direction = _choice(raw.get("direction"), DIRECTIONS, key="direction")
        protocol = _choice(raw.get("protocol"), PROTOCOLS, key="protocol")
        ports = tuple([PortRange.parse(str(port)) for port in raw.get("ports") or ()])
        source_ports = tuple([PortRange.parse(str(port)) for port in raw.get("source_ports") or ()])
        icmp_types = tuple([_choice(name, ICMP_TYPES, key="icmp_types") for name in raw.get("icmp_types") or ()])
        remotes = tuple([parse_network(str(remote)) for remote in raw.get("remotes") or ()])
        destinations = tuple([parse_network(str(one)) for one in raw.get("destinations") or ()])
    except RuleError as error:
        raise RuleError(f"{place}: {error}") from error
    if bool(ports or source_ports) != (protocol in WITH_PORTS) or bool(icmp_types) != (protocol == "icmp"):
        raise RuleError(f"{place}: {_WHAT_OF[protocol]}")
    if not remotes:
        raise RuleError(f"{place}: remotes is empty, and nothing is opened to everyone unless a network says so")
    if destinations:
        _check_destinations(destinations, remotes=remotes, direction=direction, place=place)
    flows = tuple(raw.get("flows") or ())
    return Rule(direction, protocol, ports, icmp_types, remotes, flows, source_ports, destinations)


_WHAT_OF = {
    **{name: f"a {name} rule has ports, source_ports or both, and no icmp_types" for name in WITH_PORTS},
    "icmp": "an icmp rule has icmp_types, and neither ports nor source_ports",
    "igmp": "an igmp rule has neither ports, source_ports nor icmp_types",
}


def _check_destinations(
    destinations: t.Sequence[Network], *, remotes: t.Sequence[Network], direction: str, place: str
) -> None:
    if direction == "out":
        raise RuleError(f"{place}: destinations is for rules of direction in; what goes out goes to the remotes")
    versions = {one.version for one in destinations}
    for remote in remotes:
        if remote.version not in versions:
            raise RuleError(f"{place}: remotes has {remote}, and destinations no network of IPv{remote.version}")
    for lonely in sorted(versions - {remote.version for remote in remotes}):
        raise RuleError(f"{place}: destinations has networks of IPv{lonely}, and remotes has none")


def _choice(value: object, choices: t.Sequence[str], *, key: str) -> str:
    if value in choices:
        return str(value)
    raise RuleError(f"{key} is {value!r}; it must be one of {', '.join(choices)}")


@functools.lru_cache(maxsize=4096)
def parse_network(text: str) -> Network:
    """Read an address or a network in CIDR form; raises C(RuleError) where host bits are set or it is none."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise RuleError(f"{text!r} is no network: {error}") from error


def compact_flows(flows: t.Iterable[str]) -> str:
    """Flow ids, each section named once: C(safeq6/terminal-server/1,3-5 safeq6/payment/2)."""
    rows: dict[str, list[int]] = {}
    others = []
    for flow in flows:
        section, _slash, row = flow.rpartition("/")
        if section and row.isdigit():
            rows.setdefault(section, []).append(int(row))
        else:
            others.append(flow)
    parts = [f"{section}/{','.join(map(str, _runs(numbers)))}" for section, numbers in sorted(rows.items())]
    return " ".join(parts + sorted(others))


def expand_flows(text: str) -> tuple[str, ...]:
    """The ids that C(compact_flows) made C(text) of; a range that no document is long enough for stays one word."""
    flows: list[str] = []
    for token in text.split():
        section, _slash, rows = token.rpartition("/")
        found = [run for run in map(_RUN.fullmatch, rows.split(",")) if run]
        runs = [(int(run["first"]), int(run["last"] or run["first"])) for run in found]
        if section and len(runs) == rows.count(",") + 1 and all(last - first < _MOST_ROWS for first, last in runs):
            flows += [f"{section}/{row}" for first, last in runs for row in range(first, last + 1)]
        else:
            flows.append(token)
    return tuple(flows)


def _runs(numbers: t.Iterable[int]) -> t.Iterator[PortRange]:
    for _gap, run in itertools.groupby(enumerate(sorted(set(numbers))), lambda pair: pair[1] - pair[0]):
        members = [number for _index, number in run]
        yield PortRange(members[0], members[-1])


def diff_rules(*, before: t.Iterable[str], after: t.Iterable[str], header: str) -> dict[str, str]:
    """The C(diff) that Ansible prints, one rule a line."""
    return {
        "before_header": header,
        "after_header": header,
        "before": "".join(f"{line}\n" for line in before),
        "after": "".join(f"{line}\n" for line in after),
    }
