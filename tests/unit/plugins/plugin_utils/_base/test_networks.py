# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of addresses against a brute-force model, and against two libraries that collapse networks."""

from __future__ import annotations

import ipaddress
import itertools

import netaddr  # type: ignore[import-untyped] # has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet, address_text

V4_BASE = int(ipaddress.ip_address("10.1.0.0"))
V6_BASE = int(ipaddress.ip_address("2001:db8::"))


def small_networks() -> st.SearchStrategy[str]:
    """Networks inside 10.1.0.0/27 and 2001:db8::/123, so that they overlap and touch often."""

    def network(version: int, length: int, position: int) -> str:
        base, bits = (V4_BASE, 32) if version == 4 else (V6_BASE, 128)
        address = ipaddress.ip_address(base + position // 2**length * 2**length)
        return f"{address}/{bits - length}"

    return st.builds(network, st.sampled_from([4, 6]), st.integers(0, 4), st.integers(0, 31))


def any_networks() -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda number, bits: str(ipaddress.ip_network((number, bits), strict=False)),
                  st.integers(0, 2**32 - 1), st.integers(0, 32)),
        st.builds(lambda number, bits: str(ipaddress.ip_network((number.to_bytes(16, "big"), bits), strict=False)),
                  st.integers(0, 2**128 - 1), st.integers(0, 128)),
    )  # fmt: skip


def members(texts: list[str] | tuple[str, ...]) -> set[str]:
    return {str(address) for text in texts for address in ipaddress.ip_network(text)}


lists = st.lists(small_networks(), max_size=8)


@given(lists)
def test_parse_and_cidrs_keep_every_address_and_add_none(texts: list[str]) -> None:
    parsed = NetworkSet.parse(texts)
    assert members(parsed.cidrs()) == members(texts)
    assert parsed.size() == len(members(texts))
    assert bool(parsed) == bool(texts)


@given(lists, lists)
def test_set_operations_agree_with_sets_of_addresses(left: list[str], right: list[str]) -> None:
    one, other = NetworkSet.parse(left), NetworkSet.parse(right)
    assert members((one | other).cidrs()) == members(left) | members(right)
    assert members((one - other).cidrs()) == members(left) - members(right)
    assert members((one & other).cidrs()) == members(left) & members(right)
    assert (one <= other) == (members(left) <= members(right))


@given(st.lists(lists, max_size=5))
def test_union_of_many_is_the_union_of_all(several: list[list[str]]) -> None:
    union = NetworkSet().union(*map(NetworkSet.parse, several))
    assert union == NetworkSet.parse(itertools.chain.from_iterable(several))


@given(lists, lists)
def test_results_are_normal_so_that_equal_sets_are_equal_values(left: list[str], right: list[str]) -> None:
    one, other = NetworkSet.parse(left), NetworkSet.parse(right)
    for result in (one | other, one - other, one & other):
        assert result == NetworkSet.parse(result.cidrs())
        for intervals in (result.v4, result.v6):
            assert all(first <= last for first, last in intervals)
            assert all(left[1] + 1 < right[0] for left, right in itertools.pairwise(intervals))


@given(st.lists(any_networks(), max_size=12))
def test_cidrs_are_the_fewest_as_ipaddress_and_netaddr_find_them(texts: list[str]) -> None:
    networks = [ipaddress.ip_network(text) for text in texts]
    collapsed = [
        *ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv4Network)),
        *ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv6Network)),
    ]
    cidrs = list(NetworkSet.parse(texts).cidrs())
    assert cidrs == list(map(str, collapsed))
    assert cidrs == [str(ipaddress.ip_network(str(one))) for one in netaddr.cidr_merge(texts)]


@given(st.lists(any_networks(), max_size=8), st.lists(any_networks(), max_size=8))
def test_difference_agrees_with_netaddr_for_networks_of_any_size(left: list[str], right: list[str]) -> None:
    expected = netaddr.IPSet(left) - netaddr.IPSet(right)
    rest = NetworkSet.parse(left) - NetworkSet.parse(right)
    assert netaddr.IPSet(list(rest.cidrs())) == expected
    assert rest.size() == sum(network.size for network in expected.iter_cidrs())


@given(lists.flatmap(lambda texts: st.tuples(st.just(texts), st.permutations(texts))))
def test_order_and_repetition_do_not_matter(pair: tuple[list[str], list[str]]) -> None:
    texts, shuffled = pair
    assert NetworkSet.parse(texts) == NetworkSet.parse([*shuffled, *texts])


@pytest.mark.parametrize(
    ("texts", "cidrs"),
    [
        ([], ()),
        (["10.0.0.0/25", "10.0.0.128/25"], ("10.0.0.0/24",)),
        (["10.0.0.1", "10.0.0.2", "10.0.0.3"], ("10.0.0.1/32", "10.0.0.2/31")),
        (["0.0.0.0/1", "128.0.0.0/1"], ("0.0.0.0/0",)),
        (["255.255.255.255", "0.0.0.0"], ("0.0.0.0/32", "255.255.255.255/32")),
        (["::/0", "2001:db8::1"], ("::/0",)),
        (["2001:db8::1", "10.0.0.1"], ("10.0.0.1/32", "2001:db8::1/128")),
    ],
)
def test_cidrs_of(texts: list[str], cidrs: tuple[str, ...]) -> None:
    assert NetworkSet.parse(texts).cidrs() == cidrs


@pytest.mark.parametrize("text", ["10.0.0.1/24", "10.0.0", "10.0.0.0/33", "", "any", " 10.0.0.1", "2001:db8::1/64"])
def test_what_is_no_network_is_named_in_the_error(text: str) -> None:
    with pytest.raises(ValueError, match=text.strip() or "''"):
        NetworkSet.parse([text])


@pytest.mark.parametrize("text", ["fe80::1%eth0", "fe80::%eth0/64"])
def test_an_address_of_one_link_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        NetworkSet.parse([text])


@given(st.one_of(st.integers(0, 2**128 - 1), st.lists(st.sampled_from([0, 0, 1, 0xFFFF]), min_size=8, max_size=8)))
def test_an_address_is_written_as_ipaddress_writes_it(drawn: int | list[int]) -> None:
    number = drawn if isinstance(drawn, int) else sum(group << 16 * place for place, group in enumerate(drawn))
    assert address_text(6, number) == str(ipaddress.IPv6Address(number))
    assert address_text(4, number % 2**32) == str(ipaddress.IPv4Address(number % 2**32))


@given(lists)
def test_intervals_in_any_order_are_the_same_set(texts: list[str]) -> None:
    networks = [ipaddress.ip_network(text) for text in reversed(texts)]
    ends = [(one.version, int(one.network_address), int(one.broadcast_address)) for one in networks]
    made = {version: [(first, last) for its, first, last in ends if its == version] for version in (4, 6)}
    assert NetworkSet.of_intervals(v4=made[4], v6=made[6]) == NetworkSet.parse(texts)
