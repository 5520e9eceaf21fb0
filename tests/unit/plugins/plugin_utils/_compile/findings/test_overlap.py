# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redundant and overlapping flows, beside a reading of every single port and address."""

from __future__ import annotations

import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.model import Finding
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.overlap import find_overlaps
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import Alike, Compiled
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.merge import Request
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.resolve import Opening

Wish = tuple[int, str, list[str]]
Point = tuple[str, int, str]

ADDRESSES = tuple(f"10.0.0.{number}" for number in range(8))


def find(*wishes: Wish, direction: str = "in", hosts: tuple[str, ...] = ("h1",)) -> list[Finding]:
    """Findings where rows wish for C(tcp/1-3) and the like from networks, on each of the hosts."""
    requests = [
        Request(direction, tuple(map(opening, openings)), NetworkSet.parse([network]), f"tiny/all/{row}")
        for row, network, openings in wishes
    ]
    return list(find_overlaps(Compiled({}, {}, (Alike(tuple(hosts), requests, True),), (), ())))


def opening(text: str) -> Opening:
    protocol, _slash, ports = text.partition("/")
    if protocol == "icmp":
        return Opening(protocol, (), (ports,))
    return Opening(protocol, tuple(map(PortRange.parse, ports.split(","))), ())


def wish(row: int, network: str, *openings: str) -> Wish:
    return row, network, list(openings)


def told(findings: t.Iterable[Finding]) -> list[tuple[str, str]]:
    return [(one.kind, " ".join(flow.rpartition("/")[2] for flow in one.flows)) for one in findings]


def test_a_flow_inside_another_is_redundant_and_the_other_overlaps() -> None:
    found = find(wish(1, "10.0.0.0/25", "tcp/80"), wish(2, "10.0.0.0/24", "tcp/80-81"))
    assert told(found) == [("overlap", "2 1"), ("redundant", "1 2")]
    assert {one.severity for one in found} == {"info"}


def test_several_others_together_make_a_flow_redundant() -> None:
    found = find(
        wish(1, "10.0.0.0/24", "tcp/80-83"),
        wish(2, "10.0.0.0/25", "tcp/80-83"),
        wish(3, "10.0.0.128/25", "tcp/80-81"),
        wish(10, "10.0.0.128/25", "tcp/82-90"),
    )
    assert ("redundant", "1 2 3 10") in told(found)


def test_a_flow_with_a_protocol_of_its_own_is_not_redundant() -> None:
    found = find(wish(1, "10.0.0.0/24", "tcp/80", "udp/80"), wish(2, "10.0.0.0/24", "tcp/80"))
    assert told(found) == [("overlap", "1 2"), ("redundant", "2 1")]


def test_pings_are_compared_too() -> None:
    found = find(wish(1, "10.0.0.0/24", "icmp/echo-request"), wish(2, "10.0.0.1", "icmp/echo-request"))
    assert told(found) == [("overlap", "1 2"), ("redundant", "2 1")]


def test_different_networks_ports_protocols_and_families_share_nothing() -> None:
    assert find(wish(1, "10.0.0.0/24", "tcp/80"), wish(2, "10.0.1.0/24", "tcp/80")) == []
    assert find(wish(1, "10.0.0.0/24", "tcp/80"), wish(2, "10.0.0.0/24", "tcp/81", "udp/80")) == []
    assert find(wish(1, "0.0.0.0/0", "tcp/80"), wish(2, "::/0", "tcp/80")) == []


def test_only_what_is_admitted_counts() -> None:
    both = [wish(1, "10.0.0.0/24", "tcp/80"), wish(2, "10.0.0.0/24", "tcp/80")]
    assert find(*both, direction="out") == []
    assert len(find(*both)) == 2


def test_the_same_on_many_hosts_is_one_finding() -> None:
    found = find(wish(1, "10.0.0.0/24", "tcp/80"), wish(2, "10.0.0.0/24", "tcp/80"), hosts=("h1", "h2"))
    assert [one.hosts for one in found] == [("h1", "h2")] * 2


def networks() -> st.SearchStrategy[str]:
    return st.builds(
        lambda number, length: f"10.0.0.{number >> (32 - length) << (32 - length)}/{length}",
        st.integers(0, 7),
        st.integers(29, 32),
    )


def openings() -> st.SearchStrategy[str]:
    ports = st.builds(lambda first, more: f"{first}-{first + more}", st.integers(1, 6), st.integers(0, 3))
    return st.one_of(
        st.builds(lambda protocol, one: f"{protocol}/{one}", st.sampled_from(["tcp", "udp"]), ports),
        st.just("icmp/echo-request"),
    )


def wishes() -> st.SearchStrategy[list[Wish]]:
    one = st.tuples(networks(), st.lists(openings(), min_size=1, max_size=3))
    return st.lists(one, max_size=5).map(
        lambda several: [wish(row, network, *wanted) for row, (network, wanted) in enumerate(several, start=1)]
    )


def points(one: Wish) -> set[Point]:
    """Protocol, port (0 for a ping) and address of everything that a row wishes for."""
    _row, network, wanted = one
    admitted = NetworkSet.parse([network])
    return {
        (protocol, port, address)
        for protocol, ports, *_rest in map(opening, wanted)
        for span in ports or (PortRange(0, 0),)
        for port in range(span.first, span.last + 1)
        for address in ADDRESSES
        if NetworkSet.parse([address]) <= admitted
    }


@given(wishes())
def test_findings_are_those_of_a_reading_point_by_point(given_wishes: list[Wish]) -> None:
    by_row = {one[0]: points(one) for one in given_wishes}
    expected = []
    for row, mine in by_row.items():
        partners = {other: theirs for other, theirs in by_row.items() if other != row and mine & theirs}
        if partners:
            kind = "redundant" if mine <= set().union(*partners.values()) else "overlap"
            expected.append((kind, " ".join(map(str, [row, *partners]))))
    assert told(find(*given_wishes)) == sorted(expected)
