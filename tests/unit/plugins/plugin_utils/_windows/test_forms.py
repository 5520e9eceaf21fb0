# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that Windows gives back, and what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.forms import (
    EVERYONE,
    address_tokens,
    read_addresses,
    read_ports,
    read_words,
    usual_form,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.0.0.0/24", "10.0.0.0/255.255.255.0"),
        ("10.0.0.5", "10.0.0.5/255.255.255.255"),
        ("10.0.0.5", "10.0.0.5-10.0.0.5"),
        ("10.0.0.0/24", "10.0.0.0-10.0.0.255"),
        ("10.0.0.0/24", "10.0.0.77/255.255.255.0"),
        ("10.0.0.0/24,10.0.1.0/24", " 10.0.1.0/24 , 10.0.0.0/255.255.255.0"),
        ("10.0.0.0/23", "10.0.0.0/24,10.0.1.0/24"),
        ("2001:db8::5", "2001:DB8:0:0::5/128"),
        ("2001:db8::5", "2001:db8::5-2001:db8::5"),
        ("2001:db8::/64", "2001:db8::-2001:db8::ffff:ffff:ffff:ffff"),
        ("*", "Any"),
        ("*", ""),
        ("*", "0.0.0.0/0,::/0"),
        ("*", "0.0.0.0-255.255.255.255,::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("LocalSubnet,10.0.0.1", "10.0.0.1,localsubnet"),
        ("what is this?,10.0.0.1", "10.0.0.1,WHAT is this?"),
    ],
)
def test_addresses_in_other_words_are_the_same(one: str, other: str) -> None:
    assert read_addresses(one) == read_addresses(other)


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/25",
        "10.0.0.0/255.255.0.255",
        "10.0.0.0/33",
        "10.0.0.0/24/24",
        "10.0.0.0/24-10.0.1.0",
        "10.0.0.9-10.0.0.1",
        "10.0.0.0-2001:db8::",
        "10.0.0",
        "10.0.0.0/",
        "010.0.0.0/24",
        "fe80::1%3",
        "LocalSubnet",
        "10.0.0.0/24,LocalSubnet",
        "*",
        "ÿ",
        "10.0.0.0/²",
        "-",
        "/",
    ],
)
def test_what_differs_or_cannot_be_read_is_not_the_same_and_no_error(text: str) -> None:
    assert read_addresses(text) != read_addresses("10.0.0.0/24")


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_is_an_error(one: str, other: str) -> None:
    assert (read_addresses(one) == read_addresses(other)) in (True, False)
    assert (read_ports(one) == read_ports(other)) in (True, False)
    assert (read_words(one) == read_words(other)) in (True, False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("443,5014-5019", "5014-5019,443"),
        ("5014-5019", "5014-5016,5017-5019"),
        ("80-81", "81,80"),
        ("*", ""),
        ("*", "Any"),
        ("*", "0-65535"),
        ("RPC,443", "443,rpc"),
    ],
)
def test_ports_in_other_words_are_the_same(one: str, other: str) -> None:
    assert read_ports(one) == read_ports(other)


@pytest.mark.parametrize("text", ["444", "443,444", "443-444", "*", "RPC", "65536", "444-443", "x y", "4-5-6"])
def test_other_ports_are_not_the_same(text: str) -> None:
    assert read_ports(text) != read_ports("443")


def test_words_are_read_without_order_and_case() -> None:
    assert read_words("Lan,Wireless") == read_words("wireless, LAN")
    assert read_words("All") == read_words("") == read_words("*")
    assert read_words("8:*") != read_words("*")


@pytest.mark.parametrize(
    ("cidrs", "tokens"),
    [
        (["10.0.0.0/24", "10.0.0.5"], ("10.0.0.0/24",)),
        (["10.0.0.5"], ("10.0.0.5",)),
        (["10.0.0.4/31"], ("10.0.0.4/31",)),
        (["2001:db8::5"], ("2001:db8::5",)),
        (["2001:db8::4/127"], ("2001:db8::4", "2001:db8::5")),
        (["0.0.0.0/0", "::/0"], ("*",)),
        (["0.0.0.0/0"], ("0.0.0.0-255.255.255.255",)),
        (["::/0"], ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",)),
    ],
)
def test_networks_in_words_that_windows_takes(cidrs: list[str], tokens: tuple[str, ...]) -> None:
    assert address_tokens(NetworkSet.parse(cidrs)) == tokens


@pytest.mark.parametrize(
    ("given", "usual"),
    [
        ("10.0.0.5", {"10.0.0.5/255.255.255.255"}),
        ("10.0.0.0/24,10.1.0.0/9", {"10.1.0.0/255.128.0.0", "10.0.0.0/255.255.255.0"}),
        ("0.0.0.0-255.255.255.255", {"0.0.0.0-255.255.255.255"}),
        ("2001:db8::5,2001:db8:1::/64", {"2001:db8::5", "2001:db8:1::/64"}),
        ("::ffff:10.0.0.1", {"::ffff:10.0.0.1"}),
        ("*", {"*"}),
    ],
)
def test_the_usual_form_means_what_was_given(given: str, usual: set[str]) -> None:
    assert usual_form(given) == usual
    assert read_addresses(",".join(sorted(usual))) == read_addresses(given)


V4 = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda one: (4, *one))
V6 = st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(lambda one: (6, *one))


@given(st.lists(st.one_of(V4, V6), min_size=1, max_size=8))
def test_what_is_written_reads_as_what_was_meant(drawn: list[tuple[int, int, int]]) -> None:
    intervals = {4: NetworkSet(), 6: NetworkSet()}
    for version, number, length in drawn:
        free = (32 if version == 4 else 128) - length
        interval = ((number >> free << free, number >> free << free | ((1 << free) - 1)),)
        intervals[version] |= NetworkSet(v4=interval) if version == 4 else NetworkSet(v6=interval)
    networks = intervals[4] | intervals[6]
    written = ",".join(address_tokens(networks))
    assert read_addresses(written).networks == networks
    assert read_addresses(",".join(usual_form(written))).networks == networks
    assert (address_tokens(networks) == ("*",)) == (networks == EVERYONE)
