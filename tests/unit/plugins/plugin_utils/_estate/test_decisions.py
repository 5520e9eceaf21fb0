# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions read from variables, and every way to get them wrong."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DecisionError
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.decisions import (
    DecisionNames,
    Decisions,
    read_decisions,
    read_ports,
)
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import tiny_catalog

NAMES = DecisionNames.of([tiny_catalog()])


def read(**variables: t.Any) -> Decisions:
    return read_decisions({f"printops_{name}": value for name, value in variables.items()}, host="web1", names=NAMES)


def test_nothing_said_is_documented_with_features_unknown() -> None:
    assert read() == Decisions()
    assert read(features=None).features == {}
    assert set(read(features=[]).features.values()) == {False}


def test_a_mapping_answers_for_the_features_that_it_names() -> None:
    assert read(features={"scan": True}).features == {"scan": True}
    assert read(features={"scan": "no"}).features == {"scan": False}


def test_what_has_no_value_is_not_said() -> None:
    said_nothing = read(features={"scan": None}, ports={"scan_ports": None}, accept=None, refuse=None)
    assert said_nothing == read(ports=None) == read()


def test_everything_said() -> None:
    decisions = read(
        security="secured", features=["scan"], ports={"scan_ports": "5000-5009"}, accept=["tiny/all/7"],
        refuse=["tiny/all/1"],
    )  # fmt: skip
    assert (decisions.security, decisions.features) == ("secured", {"scan": True})
    assert {name: [str(port) for port in ports] for name, ports in decisions.ports.items()} == {
        "scan_ports": ["5000-5009"]
    }
    assert (decisions.accept, decisions.refuse) == (frozenset({"tiny/all/7"}), frozenset({"tiny/all/1"}))


@pytest.mark.parametrize(
    ("value", "ports"),
    [
        (443, ["443"]),
        ("443", ["443"]),
        ("5000-5100", ["5000-5100"]),
        ("21, 5000-5100", ["21", "5000-5100"]),
        ([9100, "631", "80,81"], ["80", "81", "631", "9100"]),
        (("443", 443), ["443"]),
        (65535, ["65535"]),
        ("1-65535", ["1-65535"]),
    ],
)
def test_ports_in_every_spelling(value: object, ports: list[str]) -> None:
    assert [str(port) for port in read_ports(value, place="here")] == ports


@pytest.mark.parametrize(
    "value",
    [70000, 0, -1, "abc", "", "80-", "90-80", "80;81", "80,", True, 80.5, [], [[]], [True], {"80": 81}, "٨٠"],
)
def test_wrong_ports_are_refused_with_place_and_value(value: object) -> None:
    with pytest.raises(DecisionError) as raised:
        read(ports={"scan_ports": value})
    message = str(raised.value)
    assert message.startswith("host web1: printops_ports.scan_ports")
    assert repr(value) in message or "is empty" in message


@given(st.lists(st.integers(1, 65535), min_size=1, max_size=6))
def test_a_list_and_its_commas_are_the_same(numbers: list[int]) -> None:
    assert read_ports(numbers, place="here") == read_ports(", ".join(map(str, numbers)), place="here")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"security": "encrypted"}, ["printops_security", "'encrypted'", "secured_only"]),
        ({"security": None}, ["printops_security", "None"]),
        ({"features": "scan"}, ["printops_features", "'scan'", "list"]),
        ({"features": ["scam"]}, ["printops_features", "'scam'", "did you mean 'scan'"]),
        ({"features": [None]}, ["printops_features", "None"]),
        ({"ports": ["443"]}, ["printops_ports", "['443']", "mapping"]),
        ({"features": {"scam": True}}, ["printops_features", "'scam'", "did you mean 'scan'"]),
        ({"features": {"scan": "maybe"}}, ["printops_features.scan", "'maybe'", "true or false"]),
        ({"ports": {"scan_port": 1}}, ["printops_ports", "'scan_port'", "did you mean 'scan_ports'"]),
        ({"ports": {1: 1}}, ["printops_ports", "{1: 1}"]),
        ({"accept": "tiny/all/7"}, ["printops_accept", "'tiny/all/7'", "list"]),
        ({"accept": ["tiny/all/77"]}, ["printops_accept", "'tiny/all/77'", "did you mean 'tiny/all/7'"]),
        ({"accept": ["tiny/all/8"]}, ["printops_accept", "tiny/all/8", "Not used any more.", "leave it out"]),
        ({"refuse": {"tiny/all/7": True}}, ["printops_refuse", "tiny/all/7", "list"]),
        ({"refuse": ["other/all/1"]}, ["printops_refuse", "'other/all/1'"]),
        ({"accept": ["tiny/all/7"], "refuse": ["tiny/all/7"]}, ["printops_accept", "printops_refuse", "tiny/all/7"]),
    ],
)
def test_wrong_decisions_are_refused_by_host_name_and_value(variables: dict[str, t.Any], said: list[str]) -> None:
    with pytest.raises(DecisionError) as raised:
        read(**variables)
    for part in ("host web1", *said):
        assert part in str(raised.value)


@pytest.mark.parametrize("value", [6030, "6031", ["6030", 6031]])
def test_a_choice_of_the_document_is_taken(value: t.Any) -> None:
    assert read(ports={"moved_port": value}).ports["moved_port"]


@pytest.mark.parametrize("value", [60301, "6030-6031", "6030, 1", [1]])
def test_what_is_no_choice_of_the_document_is_refused(value: t.Any) -> None:
    with pytest.raises(DecisionError, match=r"moved_port is .*; the document leaves a choice of 6030, 6031"):
        read(ports={"moved_port": value})
