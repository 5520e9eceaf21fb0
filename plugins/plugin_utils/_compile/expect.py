# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The operator's assertions about a plan: who must reach whom, and who must not."""

from __future__ import annotations

import functools
import operator
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    RuleError,
    cut_ports,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import (
    DecisionError,
    ExpectationError,
    Mistakes,
    closest,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import mapping
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate, Host, Inventory
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.enforcement import management_ports

from .flows import Compiled
from .leaving import not_as_asserted
from .merge import PlannedRule

ANSWERS = "answers_broadcast"
KEYS = ("from", "to", "port", "allowed")

_PORT = re.compile(r"([0-9-]+)/(tcp|udp)")


@dataclass(frozen=True)
class Expectation:
    """C(source) is a host, a component or a network; C(target) a host or a component that hosts run.

    With a network as C(target) it is about what leaves the hosts of C(source), which then is no network.

    With C(is_answer) it is about answers of the source to what the target asked by broadcast or multicast, which come
    from the port. What must be allowed is asked of the sources in the target's site, at each target that has any.
    """

    source: str
    target: str
    protocol: str
    ports: PortRange
    allowed: bool
    place: str
    is_answer: bool = False

    def __str__(self) -> str:
        verb = "may" if self.allowed else "must not"
        port = f"{self.ports}/{self.protocol}"
        if self.is_answer:
            return f"{self.source} {verb} answer from {port} what {self.target} asked by broadcast or multicast"
        return f"{self.source} {verb} reach {self.target} on {port}"


def read_expectations(inventory: Inventory) -> tuple[Expectation, ...]:
    """All different C(printops_expect) entries of the inventory; raises C(DecisionError) for a malformed one."""
    found: dict[str, Expectation] = {}
    mistakes = Mistakes()
    for host, variables in inventory.variables.items():
        entries = variables.get("printops_expect", ())
        place = f"host {host}: printops_expect"
        if not isinstance(entries, (list, tuple)):
            with mistakes:
                raise DecisionError(
                    f"{place} is {entries!r}; it must be a list of mappings with the keys {', '.join(KEYS)}"
                )
            continue
        for index, entry in enumerate(entries):
            if repr(entry) not in found:
                with mistakes:
                    found[repr(entry)] = _read(entry, place=f"{place}[{index}]")
    mistakes.tell()
    return tuple(found.values())


def _read(entry: object, *, place: str) -> Expectation:
    raw = mapping(entry, place=place, error=DecisionError)
    verdict = ANSWERS if ANSWERS in raw else "allowed"
    keys = (*KEYS[:-1], verdict)
    for key in raw:
        if key not in keys:
            known = (*KEYS, ANSWERS)
            advice = f"it has {ANSWERS} already" if key in known else closest(key, known)
            raise DecisionError(f"{place}: unknown key {key!r}; {advice}")
    for key in keys:
        if key not in raw:
            raise DecisionError(
                f"{place}: the key {key!r} is missing; an expectation has {', '.join(KEYS)}, or {ANSWERS} for the last"
            )
    match = _PORT.fullmatch(str(raw["port"]))
    try:
        ports = PortRange.parse(match[1]) if match else None
    except RuleError as error:
        raise DecisionError(f"{place}: port: {error}") from error
    if not match or not ports:
        raise DecisionError(f"{place}: port is {raw['port']!r}; give a port and a protocol, such as 5012/tcp")
    if not isinstance(raw[verdict], bool):
        raise DecisionError(f"{place}: {verdict} is {raw[verdict]!r}; it must be true or false")
    if verdict == ANSWERS and match[2] != "udp":
        raise DecisionError(f"{place}: port is {raw['port']!r}; only udp is asked by broadcast, such as 64099/udp")
    return Expectation(str(raw["from"]), str(raw["to"]), match[2], ports, raw[verdict], place, verdict == ANSWERS)


def check_expectations(
    expectations: t.Iterable[Expectation], *, catalogs: t.Sequence[Catalog], estate: Estate, compiled: Compiled
) -> None:
    """Raise C(ExpectationError) for each expectation that the plan breaks, and says where."""
    resolver = _Resolver(catalogs, estate)
    mistakes = Mistakes()
    for expectation in expectations:
        with mistakes:
            if problem := _problem(expectation, resolver=resolver, compiled=compiled):
                raise ExpectationError(f"{expectation.place}: {expectation}, and {problem}")
    mistakes.tell()


def _problem(expectation: Expectation, *, resolver: _Resolver, compiled: Compiled) -> str:
    outside = _network(expectation.target)
    if outside and not expectation.is_answer:
        return _leaving_problem(expectation, outside, resolver=resolver, compiled=compiled)
    wrong = []
    is_about_anybody = False
    for host in resolver.hosts(expectation.target, place=expectation.place):
        seen_from = host if expectation.allowed else None
        source = resolver.addresses(expectation.source, seen_from=seen_from) - host.addresses
        is_about_anybody = is_about_anybody or bool(source)
        admitted = _admitted(host, expectation, compiled=compiled)
        if expectation.allowed and not source <= admitted:
            wrong.append(f"{host.name} does not admit {few((source - admitted).cidrs())}")
        if not expectation.allowed and source & admitted:
            wrong.append(f"{host.name} admits {few((source & admitted).cidrs())}")
    if not is_about_anybody:
        raise DecisionError(
            f"{expectation.place}: from is {expectation.source!r}, which has no address in reach of "
            f"{expectation.target}; give a host, a component with members or networks, or a network"
        )
    return "; ".join(wrong)


def _leaving_problem(expectation: Expectation, to: NetworkSet, *, resolver: _Resolver, compiled: Compiled) -> str:
    wrong = (
        not_as_asserted(
            host,
            compiled.rules[host.name],
            to=to,
            protocol=expectation.protocol,
            ports=expectation.ports,
            allowed=expectation.allowed,
        )
        for host in resolver.hosts(expectation.source, place=expectation.place, key="from")
    )
    return "; ".join(filter(None, wrong))


def _network(text: str) -> NetworkSet:
    try:
        return NetworkSet.parse([text])
    except ValueError:
        return NetworkSet()


def _admitted(host: Host, expectation: Expectation, *, compiled: Compiled) -> NetworkSet:
    """Who is admitted on all of the ports, or on any of them where nobody may be.

    Nobody may be, either, from a source port that a sender chooses, or to a group.
    """
    about = [
        (rule, _numbers(rule, expectation))
        for rule in compiled.rules[host.name]
        if rule.direction == "in" and rule.protocol == expectation.protocol
    ]
    ways_in = [PortRange(port, port) for port in management_ports(host.provider) if expectation.protocol == "tcp"]
    managers = NetworkSet.parse(host.enforcement.management)
    by_port = [
        NetworkSet().union(
            *(rule.remotes for rule, numbers in about if any(one.first <= piece.first <= one.last for one in numbers)),
            *([managers] if any(one.first == piece.first for one in ways_in) else []),
        )
        for piece in cut_ports(
            [expectation.ports], at=[*ways_in, *(port for _rule, numbers in about for port in numbers)]
        )
    ]
    if expectation.allowed:
        return functools.reduce(operator.and_, by_port)
    return NetworkSet().union(*by_port)


def _numbers(rule: PlannedRule, expectation: Expectation) -> tuple[PortRange, ...]:
    """The ports that the rule is about in the way of the expectation."""
    if expectation.is_answer:
        return rule.source_ports
    if rule.destinations and expectation.allowed:
        return ()
    if rule.source_ports:
        return () if expectation.allowed else rule.ports or (expectation.ports,)
    return rule.ports


class _Resolver:
    """Turns the names of an expectation into hosts and addresses."""

    def __init__(self, catalogs: t.Sequence[Catalog], estate: Estate) -> None:
        self._estate = estate
        self._catalogs = {catalog.name: catalog for catalog in catalogs}

    def hosts(self, name: str, *, place: str, key: str = "to") -> list[Host]:
        if name in self._estate.hosts:
            return [self._estate.hosts[name]]
        found = [host for host in self._estate.hosts.values() if self._runs(host, name)]
        if not found:
            raise DecisionError(
                f"{place}: {key} is {name!r}, which is no host of the plan and no component that one runs; "
                f"{closest(name, self._estate.hosts)}"
            )
        return found

    def addresses(self, name: str, *, seen_from: Host | None) -> NetworkSet:
        """Addresses of a host, a component or a network; of those that share C(seen_from)'s site, if it is given."""
        if name in self._estate.hosts:
            return self._estate.hosts[name].addresses
        if network := _network(name):
            return network
        site = seen_from.site if seen_from else None
        hosts = (
            host.addresses
            for host in self._estate.hosts.values()
            if host is not seen_from and self._runs(host, name) and (not site or host.site in (None, site))
        )
        views = [seen_from.networks] if seen_from else [host.networks for host in self._estate.hosts.values()]
        networks = (
            entry.networks
            for view in {id(view): view for view in views}.values()
            for entry in view
            if (not site or entry.site in (None, site)) and self._is(entry.component, name)
        )
        return NetworkSet().union(*hosts, *networks)

    def _runs(self, host: Host, name: str) -> bool:
        return any(
            name in {general, f"{catalog}_{general}"}
            for catalog, component in host.components
            for general in self._catalogs[catalog].components[component].part_of
        )

    def _is(self, component: str, name: str) -> bool:
        return any(
            name in {general, f"{catalog.name}_{general}"}
            for catalog in self._catalogs.values()
            if component in catalog.components
            for general in catalog.components[component].part_of
        )
