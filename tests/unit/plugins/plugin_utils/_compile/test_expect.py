# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assertions about a plan: what they can name, when they break, and what is said then."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import (
    DecisionError,
    ExpectationError,
    PrintopsError,
    each_of,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.expect import (
    check_expectations,
    read_expectations,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory, read_estate
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils import estates
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tiny_catalog

Data = dict[str, t.Any]

GROUPS = {"tiny_web": ["web1", "web2"], "tiny_agent": ["agent1", "agent2"]}
NETWORKS: Data = {
    "user": ["10.9.0.0/16", "2001:db8:9::/64"],
    "printer_a": {"brno": ["10.1.0.0/24"], "prague": ["10.2.0.0/24"]},
}
OWN: dict[str, Data] = {
    "web1": {"ansible_host": "10.0.0.1"},
    "web2": {"ansible_host": "10.0.0.2"},
    "agent1": {"ansible_host": "10.0.1.1", "printops_site": "brno"},
    "agent2": {"ansible_host": "10.0.1.2", "printops_site": "prague"},
}


def expectation(source: str, target: str, port: str, *, allowed: bool = True) -> Data:
    return {"from": source, "to": target, "port": port, "allowed": allowed}


def hosts(*expected: t.Any, **variables: t.Any) -> Inventory:
    common = {"printops_networks": NETWORKS, **variables, "printops_expect": list(expected)}
    return inventory(GROUPS, {name: {**common, **own} for name, own in OWN.items()})


def check(given_inventory: Inventory, *, catalogs: t.Sequence[Catalog] | None = None) -> None:
    selected = catalogs or [tiny_catalog()]
    estate = read_estate(given_inventory, catalogs=selected)
    compiled = compile_rules(selected, estate)
    check_expectations(read_expectations(given_inventory), catalogs=selected, estate=estate, compiled=compiled)


def broken(*expected: t.Any, **variables: t.Any) -> str:
    with pytest.raises(PrintopsError) as caught:
        check(hosts(*expected, **variables))
    assert {type(error) for error in each_of(caught.value)} == {ExpectationError}
    return str(caught.value)


KINDS = [
    ("user", "web", "443/tcp"),
    ("tiny_user", "tiny_web", "443/tcp"),
    ("10.9.7.0/24", "web1", "443/tcp"),
    ("10.9.0.7", "web2", "80/tcp"),
    ("2001:db8:9::/64", "web", "80/tcp"),
    ("agent", "web1", "6010/tcp"),
    ("agent1", "tiny_web", "6010/tcp"),
    ("web", "web", "7000-7009/tcp"),
    ("web1", "web", "6020/tcp"),
    ("printer", "agent", "5021-5022/tcp"),
    ("tiny_printer", "agent1", "5022/tcp"),
    ("printer_a", "agent2", "5022/tcp"),
    ("tiny_printer_a", "tiny_agent", "5022/tcp"),
]


@pytest.mark.parametrize(("source", "target", "port"), KINDS)
def test_every_kind_of_name_holds_and_its_negation_breaks(source: str, target: str, port: str) -> None:
    check(hosts(expectation(source, target, port)))
    message = broken(expectation(source, target, port, allowed=False))
    assert f"{source} must not reach {target} on {port}, and " in message


CLOSED = [
    ("user", "web", "22/tcp"),
    ("user", "web", "443/udp"),
    ("user", "agent1", "443/tcp"),
    ("10.8.0.0/16", "web", "443/tcp"),
    ("printer", "web", "443/tcp"),
    ("10.2.0.0/24", "agent1", "5022/tcp"),
    ("web1", "agent", "1-65535/tcp"),
]


@pytest.mark.parametrize(("source", "target", "port"), CLOSED)
def test_what_nobody_opens_is_expected_closed(source: str, target: str, port: str) -> None:
    check(hosts(expectation(source, target, port, allowed=False)))
    assert f"{source} may reach {target} on {port}, and " in broken(expectation(source, target, port))


def test_a_range_is_allowed_if_all_of_it_is_and_forbidden_if_none_is() -> None:
    half = expectation("web1", "web2", "6999-7009/tcp")
    assert "web2 does not admit 10.0.0.1/32" in broken(half)
    assert "web2 admits 10.0.0.1/32" in broken({**half, "allowed": False})
    check(hosts(expectation("web1", "web2", "6021-6999/tcp", allowed=False)))


def test_a_network_is_allowed_if_all_of_it_is_and_forbidden_if_none_is() -> None:
    wider = expectation("10.8.0.0/15", "web1", "443/tcp")
    assert "web1 does not admit 10.8.0.0/16" in broken(wider)
    assert "web1 admits 10.9.0.0/16" in broken({**wider, "allowed": False})


def test_what_must_be_allowed_is_asked_of_the_site_of_each_target() -> None:
    check(hosts(expectation("printer", "agent", "5022/tcp")))
    assert "agent2 does not admit 10.1.0.0/24" in broken(expectation("10.1.0.0/24", "agent", "5022/tcp"))


def test_what_must_be_closed_is_asked_of_every_site() -> None:
    check(hosts(expectation("10.1.0.0/24", "agent2", "5022/tcp", allowed=False)))
    assert "agent1 admits 10.1.0.0/24" in broken(expectation("printer", "agent1", "5022/tcp", allowed=False))
    own = {"agent2": {**OWN["agent2"], "printops_networks": {"printer": ["10.3.0.0/24"]}}}
    there = inventory(
        GROUPS,
        {
            name: {"printops_networks": {"user": ["10.3.0.0/24"]}, **one, **own.get(name, {})}
            | {"printops_expect": [expectation("printer", "web", "443/tcp", allowed=False)]}
            for name, one in OWN.items()
        },
    )
    with pytest.raises(ExpectationError, match=r"web1 admits 10\.3\.0\.0/24"):
        check(there)


def test_a_site_without_any_of_them_breaks_nothing() -> None:
    only_brno = {"user": ["10.9.0.0/16"], "printer_a": {"brno": ["10.1.0.0/24"]}}
    check(hosts(expectation("printer_a", "agent", "5022/tcp"), printops_networks=only_brno))
    with pytest.raises(DecisionError, match="'printer_a', which has no address in reach of agent2"):
        check(hosts(expectation("printer_a", "agent2", "5022/tcp"), printops_networks=only_brno))


def test_a_host_is_not_asked_about_itself() -> None:
    users = {"user": ["10.0.0.0/8"]}
    check(hosts(expectation("10.0.0.0/24", "web", "443/tcp"), printops_networks=users))
    with pytest.raises(DecisionError, match="'web1', which has no address in reach of web1"):
        check(hosts(expectation("web1", "web1", "6020/tcp")))


def test_all_broken_ones_are_in_one_message_with_place_and_networks() -> None:
    message = broken(
        expectation("user", "web", "443/tcp"),
        expectation("user", "web", "443/tcp", allowed=False),
        expectation("agent1", "web2", "22/tcp"),
    )
    assert message == (
        "host web1: printops_expect[1]: user must not reach web on 443/tcp, and "
        "web1 admits 10.9.0.0/16, 2001:db8:9::/64; web2 admits 10.9.0.0/16, 2001:db8:9::/64\n"
        "host web1: printops_expect[2]: agent1 may reach web2 on 22/tcp, and web2 does not admit 10.0.1.1/32"
    )


def test_a_decision_breaks_an_expectation() -> None:
    check(hosts(expectation("user", "web1", "80/tcp")))
    assert "web1 does not admit" in broken(expectation("user", "web1", "80/tcp"), printops_security="secured")


def test_management_opens_its_ports_too() -> None:
    said = broken(expectation("user", "web1", "20-30/tcp", allowed=False), printops_management=["10.9.1.0/24"])
    assert "web1 admits 10.9.1.0/24" in said
    check(hosts(expectation("user", "web1", "23-30/tcp", allowed=False), printops_management=["0.0.0.0/0"]))
    check(hosts(expectation("user", "web1", "22/tcp"), printops_management=["0.0.0.0/0", "::/0"]))


def test_expectations_of_one_host_are_checked_for_all() -> None:
    variables = {name: {"printops_networks": NETWORKS, **own} for name, own in OWN.items()}
    variables["agent2"]["printops_expect"] = [expectation("user", "web1", "22/tcp")]
    with pytest.raises(ExpectationError, match=r"host agent2: printops_expect\[0\]"):
        check(inventory(GROUPS, variables))


def test_a_plan_is_not_made_of_what_breaks_them() -> None:
    expected = [expectation("workstation", "vpsx", "22/tcp")]
    networks = {"workstation": ["10.9.0.0/16"]}
    variables = {"v1": {"ansible_host": "10.0.0.1", "printops_networks": networks, "printops_expect": expected}}
    with pytest.raises(ExpectationError, match="workstation may reach vpsx on 22/tcp, and v1 does not admit"):
        compile_plan(inventory({"lrs_vpsx": ["v1"]}, variables))


GOOD = expectation("user", "web1", "443/tcp")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("user", "printops_expect is 'user'; it must be a list of mappings with the keys from, to, port, allowed"),
        (None, "printops_expect is None; it must be a list"),
        (["user"], "printops_expect[0] is 'user'; it must be a mapping"),
        ([GOOD, dict([*GOOD.items(), (1, 2)])], "printops_expect[1] is {"),
        ([{**GOOD, "form": "user"}], "unknown key 'form'; did you mean 'from'?"),
        ([{key: GOOD[key] for key in ("from", "to", "port")}], "the key 'allowed' is missing"),
        ([{**GOOD, "port": 443}], "port is 443; give a port and a protocol, such as 5012/tcp"),
        ([{**GOOD, "port": "443/icmp"}], "port is '443/icmp'; give a port"),
        ([{**GOOD, "port": "-/tcp"}], "port: '-' is no port"),
        ([{**GOOD, "port": "9-8/tcp"}], "port: '9-8' is no port"),
        ([{**GOOD, "port": "0/tcp"}], "port: '0' is no port"),
        ([{**GOOD, "allowed": "yes"}], "allowed is 'yes'; it must be true or false"),
        (
            [{**GOOD, "to": "wep1"}],
            "to is 'wep1', which is no host of the plan and no component that one runs; did you",
        ),
        ([{**GOOD, "to": "printer"}], "to is 'printer', which is no host"),
        ([{**GOOD, "to": "10.0.0.1"}], "from is 'user', which is no host"),
        ([{**GOOD, "from": "usr"}], "from is 'usr', which has no address"),
        ([{**GOOD, "from": "10.9.0.1/16"}], "from is '10.9.0.1/16', which has no address"),
        ([{**GOOD, "from": ["user"]}], "from is"),
        ([{**GOOD, "from": None}], "from is 'None', which has no address"),
    ],
)
def test_a_malformed_entry_is_told_with_its_place(entries: t.Any, said: str) -> None:
    variables = {name: {"printops_networks": NETWORKS, **own} for name, own in OWN.items()}
    variables["agent1"]["printops_expect"] = entries
    with pytest.raises(DecisionError, match="host agent1: printops_expect") as caught:
        check(inventory(GROUPS, variables))
    assert said in str(caught.value)


words = st.one_of(
    st.sampled_from(["user", "web1", "tiny_web", "10.9.0.0/16", "443/tcp", "", "::"]), st.text(max_size=5)
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.binary(max_size=2), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(words, st.integers()), inner)),
    max_leaves=5,
)
entries_of_junk = st.one_of(
    values,
    st.lists(
        st.fixed_dictionaries(
            {}, optional={"from": values, "to": values, "port": values, "allowed": values, "extra": values}
        )
    ),
    st.lists(st.dictionaries(st.one_of(st.sampled_from(sorted(GOOD)), st.integers(), st.none(), st.dates()), values)),
)


@given(entries_of_junk)
def test_junk_holds_breaks_or_is_refused_by_name(entries: t.Any) -> None:
    variables = {name: {"printops_networks": NETWORKS, **own} for name, own in OWN.items()}
    variables["web2"]["printops_expect"] = entries
    try:
        check(inventory(GROUPS, variables))
    except PrintopsError as error:
        assert all(str(one).startswith("host web2: printops_expect") for one in each_of(error))
    else:
        assert isinstance(entries, list)


@settings(max_examples=40)
@given(data=st.data())
def test_what_a_rule_says_holds_and_its_negation_breaks(data: st.DataObject) -> None:
    catalogs = data.draw(estates.selections())
    bare = data.draw(estates.inventories(catalogs))
    estate = read_estate(bare, catalogs=catalogs)
    compiled = compile_rules(catalogs, estate)
    incoming = [
        (name, rule)
        for name, rules in compiled.rules.items()
        for rule in rules
        if rule.direction == "in" and rule.ports
    ]
    if not incoming:
        return
    name, rule = data.draw(st.sampled_from(incoming))
    source, ports = data.draw(st.sampled_from(rule.remotes.cidrs())), data.draw(st.sampled_from(rule.ports))
    first, last = sorted((data.draw(st.integers(*ports)), data.draw(st.integers(*ports))))
    text = expectation(source, name, f"{first}-{last}/{rule.protocol}")

    def breaks(expected: Data) -> bool:
        variables = {host: dict(own) for host, own in bare.variables.items()}
        variables[name]["printops_expect"] = [expected]
        expectations = read_expectations(Inventory(groups=bare.groups, variables=variables))
        try:
            check_expectations(expectations, catalogs=catalogs, estate=estate, compiled=compiled)
        except ExpectationError:
            return True
        return False

    assert not breaks(text)
    assert breaks({**text, "allowed": False})
    stranger = {**text, "from": "203.0.113.9"}
    assert breaks(stranger)
    assert not breaks({**stranger, "allowed": False})


EGRESS: Data = {
    "printops_egress": "enforce",
    "printops_egress_dns": ["10.7.0.53"],
    "printops_egress_domain": ["10.7.0.8/30"],
    "printops_egress_extra": [{"protocol": "tcp", "ports": ["443-444"], "remotes": ["10.8.0.0/24"]}],
}
LEAVING: list[tuple[str, str, str, bool, str]] = [
    ("web1", "10.8.0.0/25", "443/tcp", True, ""),
    ("web1", "10.8.0.0/25", "443-445/tcp", True, "web1 lets nothing out to 10.8.0.0/25"),
    ("web1", "10.8.0.0/23", "443/tcp", True, "web1 lets nothing out to 10.8.1.0/24"),
    ("web1", "0.0.0.0/0", "443-445/tcp", False, "web1 lets it out to 10.7.0.8/30, 10.8.0.0/24"),
    ("web1", "10.9.9.0/24", "443/tcp", False, ""),
    ("web1", "10.7.0.9", "88/udp", True, ""),
    ("web1", "10.7.0.53", "53/udp", True, ""),
    ("web1", "10.7.0.54", "53/udp", False, ""),
    ("web", "10.7.0.9", "88/tcp", False, "web2 lets it out to 10.7.0.9/32"),
]


@pytest.mark.parametrize(("source", "target", "port", "allowed", "problem"), LEAVING, ids=range(len(LEAVING)))
def test_what_may_leave_is_asserted_of_a_network(
    source: str, target: str, port: str, allowed: bool, problem: str
) -> None:
    asserted = expectation(source, target, port, allowed=allowed)
    if not problem:
        check(hosts(asserted, **EGRESS))
    else:
        told = broken(asserted, **EGRESS)
        assert problem in told


def test_everything_leaves_where_egress_is_not_enforced() -> None:
    check(hosts(expectation("web1", "0.0.0.0/0", "25/tcp")))
    told = broken(expectation("web1", "0.0.0.0/0", "25/tcp", allowed=False))
    assert "web1 lets it out to 0.0.0.0/0, for its printops_egress is allow" in told


def test_who_sends_to_a_network_is_a_host_or_a_component() -> None:
    with pytest.raises(DecisionError, match=r"from is '10\.0\.0\.0/8', which is no host of the plan and no component"):
        check(hosts(expectation("10.0.0.0/8", "0.0.0.0/0", "25/tcp")))
