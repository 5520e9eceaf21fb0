# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of a plan by hosts that have the same ones, whatever the networks of their sites."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, few

from .file import Plan
from .rules import split_component

MANAGEMENT = "SSH or WinRM"
_FAMILY = 3


@dataclass(frozen=True)
class Access:
    """One rule of a shape: C(remotes) has each host's networks, all the same where the hosts are at one site."""

    direction: str
    protocol: str
    ports: tuple[str, ...]
    flows: tuple[str, ...]
    remotes: t.Mapping[str, tuple[str, ...]]

    @property
    def what(self) -> str:
        """Protocol and ports, or types of ICMP."""
        return f"{self.protocol} {','.join(self.ports)}" if self.ports else self.protocol

    def networks(self, *, most: int) -> str:
        """Whom it is about; where hosts differ, those of one of them as an example."""
        different = list(dict.fromkeys(self.remotes.values()))
        if len(different) == 1:
            return few(different[0], most=most)
        host, example = next(iter(self.remotes.items()))
        return f"at {host} {few(example, most=max(most // 2, 1))}; elsewhere others"


@dataclass(frozen=True)
class Shape:
    """Hosts with the same components and the same rules, but for the networks in them."""

    hosts: tuple[str, ...]
    components: tuple[str, ...]
    accesses: tuple[Access, ...]
    ways_in: tuple[str, ...]
    unnamed: t.Mapping[str, tuple[str, ...]]
    """Components that nobody is named for, and the flows that stay closed for it."""


def shapes(plan: Plan) -> list[Shape]:
    """Each host of the plan in one shape, in the order in which the plan has the first of its hosts."""
    members: dict[object, list[str]] = {}
    for name, host in plan["hosts"].items():
        key = (tuple(host["components"]), tuple(map(_key, host["rules"])), _ways_in(host))
        members.setdefault(key, []).append(name)
    unnamed = [one for one in plan["skipped"] if one.get("unnamed")]
    return [_shape(plan, hosts, unnamed=unnamed) for hosts in members.values()]


def _shape(plan: Plan, hosts: t.Sequence[str], *, unnamed: t.Sequence[Plan]) -> Shape:
    first = plan["hosts"][hosts[0]]
    components = tuple(split_component(plan, name)[1] for name in first["components"])
    groups = {split_component(plan, name) for name in first["components"]}
    closed: dict[str, list[str]] = {}
    for one in unnamed:
        facts, catalog = plan["flows"][one["flow"]], one["flow"].partition("/")[0]
        if any((catalog, end) in groups for end in (*facts["from"], *facts["to"])):
            closed.setdefault(" or ".join(one["unnamed"]), []).append(one["flow"])
    return Shape(
        hosts=tuple(hosts),
        components=components,
        accesses=tuple(
            Access(
                rule["direction"],
                rule["protocol"],
                _what(rule),
                tuple(rule["flows"]),
                {name: tuple(plan["hosts"][name]["rules"][number]["remotes"]) for name in hosts},
            )
            for number, rule in enumerate(first["rules"])
        ),
        ways_in=_ways_in(first),
        unnamed={name: tuple(flows) for name, flows in sorted(closed.items(), key=lambda one: (-len(one[1]), one[0]))},
    )


def _key(rule: Plan) -> tuple[object, ...]:
    return tuple(
        [(key, tuple(value) if isinstance(value, list) else value) for key, value in rule.items() if key != "remotes"]
    )


def _what(rule: Plan) -> tuple[str, ...]:
    numbers = tuple(rule.get("ports") or rule.get("icmp_types") or ())
    limits = limits_of(rule)
    return (*numbers[:-1], " ".join((*numbers[-1:], limits))) if limits else numbers


def limits_of(rule: Plan) -> str:
    """The source ports and the destinations that a rule is limited to, if it is."""
    source_ports, destinations = rule.get("source_ports", ()), rule.get("destinations", ())
    limits = [f"from port {','.join(source_ports)}"] if source_ports else []
    return " ".join([*limits, *([f"at {' '.join(destinations)}"] if destinations else [])])


def _ways_in(host: Plan) -> tuple[str, ...]:
    managers = host.get("management", ())
    found = [few(managers)] if managers else []
    return (*found, *(["the address that a run comes from"] if host.get("keep_connection") else []))


def _family(family: str, members: t.Sequence[str], unnamed: t.Mapping[str, tuple[str, ...]]) -> str:
    """Components whose names begin alike, such as MFDs of many makers, as one where they are many."""
    if len(members) < _FAMILY:
        return ", ".join(f"{name} ({len(unnamed[name])})" for name in members)
    rows = {flow for name in members for flow in unnamed[name]}
    return f"{len(members)} of {family}_… ({len(rows)})"


def closed_for_want_of_a_name(shape: Shape) -> str:
    """One sentence; empty where every end of the host's rows is named."""
    if not shape.unnamed:
        return ""
    rows = {flow for flows in shape.unnamed.values() for flow in flows}
    families: dict[str, list[str]] = {}
    for name in shape.unnamed:
        families.setdefault(name.partition("_")[0] if "_" in name and " " not in name else name, []).append(name)
    names = ", ".join(_family(family, members, shape.unnamed) for family, members in families.items())
    return (
        f"nobody named for: {names}; {count(len(rows), 'row')} of these components stay closed until a group has their "
        "hosts, or printops_networks their networks"
    )
