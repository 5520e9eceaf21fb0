# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merged rules say what the requests say, port by port and address by address, in as few rules."""

from __future__ import annotations

import itertools
import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.merge import Merger, PlannedRule, Request
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.resolve import Opening

Permitted = set[tuple[str, str, t.Any, int]]

ranges = st.builds(lambda first, more: PortRange(first, first + more), st.integers(1, 20), st.integers(0, 6))
openings = st.one_of(
    st.builds(
        lambda protocol, ports: Opening(protocol, tuple(ports), ()),
        st.sampled_from(["tcp", "udp"]),
        st.lists(ranges, min_size=1, max_size=3),
    ),
    st.just(Opening("icmp", (), ("echo-request",))),
)
intervals = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5)), min_size=1, max_size=3)
remotes = intervals.map(
    lambda pairs: NetworkSet().union(*(NetworkSet(((first, first + more),)) for first, more in pairs))
)
requests = st.builds(
    lambda direction, several, addresses, row: Request(direction, tuple(several), addresses, f"c/s/{row}"),
    st.sampled_from(["in", "out"]),
    st.lists(openings, min_size=1, max_size=3),
    remotes,
    st.integers(1, 12),
)
lists = st.lists(requests, max_size=8)


def permitted(items: t.Iterable[tuple[str, str, t.Iterable[PortRange], t.Iterable[str], NetworkSet]]) -> Permitted:
    return {
        (direction, protocol, what, address)
        for direction, protocol, ports, icmp_types, addresses in items
        for what in (*(n for port in ports for n in range(port.first, port.last + 1)), *icmp_types)
        for first, last in addresses.v4
        for address in range(first, last + 1)
    }


def of_rules(rules: t.Iterable[PlannedRule]) -> Permitted:
    return permitted((rule.direction, rule.protocol, rule.ports, rule.icmp_types, rule.remotes) for rule in rules)


def of_requests(wanted: t.Iterable[Request]) -> Permitted:
    return permitted(
        (request.direction, one.protocol, one.ports, one.icmp_types, request.remotes)
        for request in wanted
        for one in request.openings
    )


@given(lists)
def test_rules_permit_what_was_asked_and_nothing_else(wanted: list[Request]) -> None:
    assert of_rules(Merger().merge(wanted).rules) == of_requests(wanted)


@given(lists)
def test_no_two_rules_could_be_one(wanted: list[Request]) -> None:
    rules = Merger().merge(wanted).rules
    keys = [(rule.direction, rule.protocol, rule.remotes) for rule in rules]
    assert len(keys) == len(set(keys))
    for rule in rules:
        assert all(left.last + 1 < right.first for left, right in itertools.pairwise(rule.ports))


@given(lists)
def test_every_port_is_in_one_rule(wanted: list[Request]) -> None:
    rules = Merger().merge(wanted).rules
    for one, other in itertools.combinations(rules, 2):
        if (one.direction, one.protocol) == (other.direction, other.protocol):
            pairs = itertools.product(one.ports, other.ports)
            assert not any(left.first <= right.last and right.first <= left.last for left, right in pairs)


@given(lists)
def test_a_rule_names_the_flows_that_ask_for_a_part_of_it(wanted: list[Request]) -> None:
    rules = Merger().merge(wanted).rules
    assert {flow for rule in rules for flow in rule.flows} == {request.flow for request in wanted}
    for rule in rules:
        asking = {request.flow for request in wanted if of_requests([request]) & of_rules([rule])}
        assert set(rule.flows) == asking
        assert list(rule.flows) == sorted(rule.flows, key=lambda flow: int(flow.rpartition("/")[2]))


@given(lists)
def test_it_tells_whether_incoming_requests_share_a_port(wanted: list[Request]) -> None:
    incoming = [request for request in wanted if request.direction == "in"]
    points = [
        (opening.protocol, point)
        for request in incoming
        for opening in request.openings
        for point in (
            *opening.icmp_types,
            *(port for one in opening.ports for port in range(one.first, one.last + 1)),
        )
    ]
    assert Merger().merge(wanted).shared == (len(points) > len(set(points)))


@given(lists.flatmap(lambda wanted: st.tuples(st.just(wanted), st.permutations(wanted), lists)))
def test_neither_order_nor_what_was_merged_before_matters(
    case: tuple[list[Request], list[Request], list[Request]],
) -> None:
    wanted, shuffled, earlier = case
    used = Merger()
    used.merge(earlier)
    assert used.merge(shuffled).rules == Merger().merge(wanted).rules


def test_the_shape_of_a_rule_in_the_plan() -> None:
    web = Request(
        "in", (Opening("tcp", (PortRange(80, 80), PortRange(81, 82)), ()),), NetworkSet.parse(["10.0.0.0/8"]), "c/s/2"
    )
    ping = Request("out", (Opening("icmp", (), ("echo-request",)),), NetworkSet.parse(["fd00::/64"]), "c/s/10")
    assert [rule.as_json() for rule in Merger().merge([ping, web]).rules] == [
        {"direction": "in", "protocol": "tcp", "ports": ["80-82"], "remotes": ["10.0.0.0/8"], "flows": ["c/s/2"]},
        {"direction": "out", "protocol": "icmp", "icmp_types": ["echo-request"], "remotes": ["fd00::/64"],
         "flows": ["c/s/10"]},
    ]  # fmt: skip


@given(lists, st.integers(1, 40))
def test_hosts_that_ask_alike_get_what_each_would_get_alone(wanted: list[Request], distance: int) -> None:
    """The second host's addresses are the first one's, moved: the merger works out the first only."""
    moved = [
        request._replace(
            remotes=NetworkSet(tuple((first + distance, last + distance) for first, last in request.remotes.v4))
        )
        for request in wanted
    ]
    merger = Merger()
    merger.merge(wanted)
    assert merger.merge(moved).rules == Merger().merge(moved).rules


@given(lists, lists)
def test_hosts_in_a_row_are_merged_as_if_each_was_alone(first: list[Request], second: list[Request]) -> None:
    """Whatever they have in common: openings of both are the same objects, as those of one resolution are."""
    second = [
        one._replace(openings=first[number].openings, direction=first[number].direction, flow=first[number].flow)
        if number < len(first)
        else one
        for number, one in enumerate(second)
    ]
    merger = Merger()
    merger.merge(first)
    assert merger.merge(second).rules == Merger().merge(second).rules
