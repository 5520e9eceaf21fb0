# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every plan, tried on random estates over the shipped catalogs."""

from __future__ import annotations

import collections
import random
import typing as t

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.every import find_all
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import Compiled, compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.merge import PlannedRule
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import plan_document
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.resolve import Opening
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate, Inventory, read_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import dump_plan
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils import estates

MEMBERSHIP = (Opening("igmp", (), ()),)
Case = tuple[tuple[Catalog, ...], Inventory]
Allowed = dict[tuple[t.Any, ...], NetworkSet]


def cases(*, shared: bool = False) -> st.SearchStrategy[Case]:
    return estates.selections().flatmap(
        lambda catalogs: st.tuples(st.just(catalogs), estates.inventories(catalogs, shared=shared))
    )


def compile_case(case: Case) -> tuple[Estate, Compiled]:
    catalogs, inventory = case
    estate = read_estate(inventory, catalogs=catalogs)
    return estate, compile_rules(catalogs, estate)


def flow_places(compiled: Compiled) -> tuple[set[str], set[str], set[str]]:
    return (
        {flow for rules in compiled.rules.values() for rule in rules for flow in rule.flows},
        {one.flow for one in compiled.open_inputs},
        {one.flow for one in compiled.skipped},
    )


def allowed(rules: t.Iterable[PlannedRule]) -> Allowed:
    """For each direction, protocol, end, destinations and port or ICMP type, the addresses that the rules admit."""
    found: Allowed = {}
    for rule in rules:
        for key in keys_of(rule.direction, rule, destinations=rule.destinations):
            found[key] = found.get(key, NetworkSet()) | rule.remotes
    return found


def keys_of(direction: str, what: PlannedRule | Opening, *, destinations: NetworkSet | None) -> t.Iterator[t.Any]:
    kind = (direction, what.protocol, bool(what.source_ports), destinations)
    numbers = [number for port in what.source_ports or what.ports for number in range(port.first, port.last + 1)]
    yield from ((*kind, one) for one in (*numbers, *what.icmp_types) or ("any",))


@given(cases())
def test_every_flow_is_somewhere_and_a_skipped_one_nowhere_else(case: Case) -> None:
    _estate, compiled = compile_case(case)
    opened, asked, skipped = flow_places(compiled)
    assert opened | asked | skipped == {flow.id for catalog in case[0] for flow in catalog.flows}
    assert not skipped & (opened | asked)
    assert all(one.why for one in compiled.skipped)


@given(cases(shared=True))
def test_every_flow_is_in_exactly_one_place_where_all_hosts_decide_alike(case: Case) -> None:
    opened, asked, skipped = flow_places(compile_case(case)[1])
    everything = [*opened, *asked, *skipped]
    assert sorted(everything) == sorted(flow.id for catalog in case[0] for flow in catalog.flows)


@given(cases())
def test_no_host_is_told_to_admit_or_reach_itself(case: Case) -> None:
    estate, compiled = compile_case(case)
    for name, rules in compiled.rules.items():
        for rule in rules:
            assert rule.remotes
            assert rule.protocol == "igmp" or not rule.remotes & estate.hosts[name].addresses


@given(cases())
def test_what_one_managed_host_admits_the_other_may_open_flow_by_flow(case: Case) -> None:
    estate, compiled = compile_case(case)
    links: dict[str, set[tuple[t.Any, ...]]] = {"in": set(), "out": set()}
    for local, requests in compiled.requests.items():
        for request in requests:
            for remote, host in estate.hosts.items():
                if not host.addresses & request.remotes or request.destinations or request.openings == MEMBERSHIP:
                    continue
                if any(one.source_ports for one in request.openings):
                    assert host.addresses.v4 == (host.addresses & request.remotes).v4
                else:
                    assert host.addresses <= request.remotes
                ends = (remote, local) if request.direction == "in" else (local, remote)
                links[request.direction].add((request.flow, *ends, request.openings))
    assert links["in"] == links["out"]


@given(cases())
def test_rules_of_both_ends_agree_port_by_port(case: Case) -> None:
    estate, compiled = compile_case(case)
    by_host = {name: allowed(rules) for name, rules in compiled.rules.items()}
    links: collections.Counter[tuple[t.Any, ...]] = collections.Counter()
    for local, found in by_host.items():
        for (direction, protocol, *what), remotes in found.items():
            for remote, host in estate.hosts.items():
                if host.addresses & remotes:
                    links[(*((remote, local) if direction == "in" else (local, remote)), protocol, *what)] += 1
    assert set(links.values()) <= {2}


@given(cases())
def test_each_rule_holds_what_its_flows_ask_and_no_more(case: Case) -> None:
    _estate, compiled = compile_case(case)
    for name, rules in compiled.rules.items():
        asked: Allowed = {}
        for request in compiled.requests[name]:
            for opening in request.openings:
                for key in keys_of(request.direction, opening, destinations=request.destinations):
                    asked[key] = asked.get(key, NetworkSet()) | request.remotes
        assert allowed(rules) == asked


@given(cases())
def test_documented_admits_all_that_secured_admits(case: Case) -> None:
    catalogs, inventory = case
    by_security = {}
    for security in ("documented", "secured"):
        variables = {host: {**own, "printops_security": security} for host, own in inventory.variables.items()}
        by_security[security] = compile_case((catalogs, Inventory(groups=inventory.groups, variables=variables)))[1]
    wide, narrow = by_security["documented"], by_security["secured"]
    undecided = {one.flow for one in wide.open_inputs}
    for name, rules in narrow.rules.items():
        admitted = allowed(wide.rules[name])
        for rule in rules:
            for key, remotes in allowed([rule]).items():
                assert remotes <= admitted.get(key, NetworkSet()) or set(rule.flows) & undecided


@settings(max_examples=40)
@given(cases(), st.randoms(use_true_random=False))
def test_no_order_of_the_input_changes_a_byte(case: Case, chance: random.Random) -> None:
    def shuffled(mapping: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        items = list(mapping.items())
        chance.shuffle(items)
        return dict(items)

    def shuffled_list(values: t.Any) -> list[t.Any]:
        return chance.sample(list(values), len(values))

    def shuffled_value(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return shuffled({key: shuffled_value(item) for key, item in value.items()})
        return shuffled_list(value) if isinstance(value, list) else value

    def text(given_case: Case) -> str:
        estate, compiled = compile_case(given_case)
        return dump_plan(plan_document(case[0], estate, compiled, find_all(case[0], estate, compiled)))

    catalogs, inventory = case
    mixed = Inventory(
        groups=shuffled({group: shuffled_list(hosts) for group, hosts in inventory.groups.items()}),
        variables=shuffled({host: shuffled_value(own) for host, own in inventory.variables.items()}),
    )
    assert text((catalogs, mixed)) == text(case)
