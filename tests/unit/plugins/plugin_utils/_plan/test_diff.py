# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes between plans by meaning, beside sets of single ports and addresses."""

from __future__ import annotations

import copy
import ipaddress
import random
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import plan_document
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory, read_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.diff import (
    Change,
    Membership,
    check_same_plan,
    diff_plans,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.enforcement import NAMES, Enforcement
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils import estates
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tiny_catalog

Rule = dict[str, t.Any]
Point = tuple[str, str, str, str, str]


def rule(protocol: str, what: str, *remotes: str, direction: str = "in", flow: str = "a/b/1") -> Rule:
    """A rule as the plan file has it; C(what) holds ports, or ICMP types, separated by commas."""
    key = "icmp_types" if protocol == "icmp" else "ports"
    return {
        "direction": direction,
        "protocol": protocol,
        key: what.split(","),
        "remotes": list(remotes),
        "flows": [flow],
    }


def plan(**hosts: list[Rule]) -> Plan:
    ports: dict[str, list[str]] = {}
    for rules in hosts.values():
        for one in rules:
            for flow in one["flows"]:
                ports.setdefault(flow, []).extend(f"{port}/{one['protocol']}" for port in one.get("ports", ()))
    return {
        "hosts": {name: {"rules": rules} for name, rules in hosts.items()},
        "flows": {flow: {"ports": texts} for flow, texts in ports.items()},
    }


def changes_between(old: Plan, new: Plan) -> list[Change]:
    return [one for one in diff_plans(old, new) if isinstance(one, Change)]


def diff(old: list[Rule], new: list[Rule]) -> list[str]:
    return list(map(str, diff_plans(plan(h1=old), plan(h1=new))))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([rule("tcp", "80-89", "10.0.0.0/24")], [rule("tcp", "80-84,85-89", "10.0.0.0/25", "10.0.0.128/25")]),
        (
            [rule("tcp", "80-89", "10.0.0.0/24")],
            [rule("tcp", "85-89", "10.0.0.0/24", flow="x/y/2"), rule("tcp", "80-84", "10.0.0.0/24")],
        ),
        (
            [rule("udp", "53", "10.0.0.0/24", "2001:db8::/64")],
            [rule("udp", "53", "2001:db8::/64"), rule("udp", "53", "10.0.0.0/25"), rule("udp", "53", "10.0.0.128/25")],
        ),
        (
            [rule("tcp", "80", "10.0.0.0/24"), rule("tcp", "80", "10.0.0.0/28")],
            [rule("tcp", "80", "10.0.0.0/24", flow="renamed/flow/7")],
        ),
        ([rule("icmp", "echo-request", "10.0.0.1")], [rule("icmp", "echo-request", "10.0.0.1/32", flow="x/y/2")]),
    ],
)
def test_the_same_access_in_other_rules_is_no_change(old: list[Rule], new: list[Rule]) -> None:
    assert diff(old, new) == []
    assert diff(new, old) == []


def test_gains_and_losses_are_told_with_ports_networks_and_flows() -> None:
    old = [rule("tcp", "80-89,443", "10.0.0.0/24", flow="safeq6/management/1")]
    new = [rule("tcp", "85-94", "10.0.0.0/24", flow="safeq6/management/2")]
    assert diff(old, new) == [
        "- h1 in tcp 80-84,443 from 10.0.0.0/24 [safeq6/management/1]",
        "+ h1 in tcp 90-94 from 10.0.0.0/24 [safeq6/management/2]",
    ]


def test_a_network_that_grows_is_told_by_what_it_gains() -> None:
    old, new = [rule("tcp", "80", "10.0.0.0/25")], [rule("tcp", "80", "10.0.0.0/24", "2001:db8::1")]
    assert diff(old, new) == ["+ h1 in tcp 80 from 10.0.0.128/25, 2001:db8::1/128 [a/b/1]"]
    assert diff(new, old) == ["- h1 in tcp 80 from 10.0.0.128/25, 2001:db8::1/128 [a/b/1]"]


def test_ports_of_one_change_are_written_as_the_fewest_ranges() -> None:
    old = [rule("tcp", "80-81", "10.9.0.0/24"), rule("tcp", "85", "10.9.0.0/24")]
    new = [*old, rule("tcp", "80-89", "10.0.0.0/24")]
    assert diff(old, new) == ["+ h1 in tcp 80-89 from 10.0.0.0/24 [a/b/1]"]


def test_directions_and_protocols_are_different_things() -> None:
    old = [rule("tcp", "80", "10.0.0.1")]
    assert diff(old, [rule("tcp", "80", "10.0.0.1", direction="out")]) == [
        "- h1 in tcp 80 from 10.0.0.1/32 [a/b/1]",
        "+ h1 out tcp 80 to 10.0.0.1/32 [a/b/1]",
    ]
    assert len(diff(old, [rule("udp", "80", "10.0.0.1")])) == 2


def test_pings_are_told() -> None:
    ping = [rule("icmp", "echo-request", "10.0.0.0/24", direction="out", flow="safeq6/mfd/1")]
    assert diff([], ping) == ["+ h1 out icmp echo-request to 10.0.0.0/24 [safeq6/mfd/1]"]
    narrower = [rule("icmp", "echo-request", "10.0.0.0/25", direction="out")]
    assert diff(ping, narrower) == ["- h1 out icmp echo-request to 10.0.0.128/25 [safeq6/mfd/1]"]


def test_hosts_that_come_and_go_have_all_their_access_told() -> None:
    one, other = [rule("tcp", "80", "10.0.0.1")], [rule("tcp", "443", "10.0.0.1")]
    assert list(map(str, diff_plans(plan(b=one, c=one), plan(a=other, c=one)))) == [
        "+ a comes into the plan: what no rule lets in is closed on it",
        "+ a in tcp 443 from 10.0.0.1/32 [a/b/1]",
        "- b is in the plan no more: no run changes it, and it keeps the rules that it has",
        "- b in tcp 80 from 10.0.0.1/32 [a/b/1]",
    ]
    assert diff_plans(plan(), plan(a=[])) == [Membership("a", joins=True)]


SETTINGS = {
    "provider": ("auto", "ufw", "~ h1 provider ufw, was auto"),
    "keep_connection": (True, False, "~ h1 keep_connection false, was true"),
    "confirm_timeout": (60, 0, "~ h1 confirm_timeout 0, was 60"),
    "foreign_rules": ("refuse", "report", "~ h1 foreign_rules report, was refuse"),
    "install": (False, True, "~ h1 install true, was false"),
    "start": (True, False, "~ h1 start false, was true"),
    "profiles": (["any"], ["domain"], '~ h1 profiles ["domain"], was ["any"]'),
    "default_inbound": ("block", "keep", "~ h1 default_inbound keep, was block"),
    "egress": ("enforce", "allow", "~ h1 egress allow, was enforce"),
    "management": (["10.0.0.0/25"], ["10.0.0.0/24"],
                   "+ h1 in the port of SSH or WinRM from 10.0.0.128/25 [printops_management]"),
    "egress_dns": (["10.0.0.53/32"], [], "- h1 out tcp 53 to 10.0.0.53/32 [printops_egress_dns]\n"
                   "- h1 out udp 53 to 10.0.0.53/32 [printops_egress_dns]"),
    "egress_time": ([], ["10.0.0.1/32"], "+ h1 out udp 123 to 10.0.0.1/32 [printops_egress_time]"),
    "egress_domain": ([], ["10.0.0.8/32"], "+ h1 out tcp 88,135,389,445,464,636,3268-3269,49152-65535 to "
                      "10.0.0.8/32 [printops_egress_domain]\n"
                      "+ h1 out udp 88,389,464 to 10.0.0.8/32 [printops_egress_domain]"),
    "egress_extra": ([], [{"protocol": "tcp", "ports": ["443"], "remotes": ["192.0.2.1"]}],
                     "+ h1 out tcp 443 to 192.0.2.1/32 [printops_egress_extra]"),
}  # fmt: skip


def plan_with(**members: t.Any) -> Plan:
    document = plan(h1=[])
    document["hosts"]["h1"] |= {**Enforcement().as_json(), **members}
    return document


def test_every_member_that_a_host_can_have_is_looked_at() -> None:
    assert {*SETTINGS} == {"provider", *NAMES}


@pytest.mark.parametrize("name", SETTINGS)
def test_whatever_opens_closes_or_weakens_has_its_line(name: str) -> None:
    before, after, line = SETTINGS[name]
    assert "\n".join(map(str, diff_plans(plan_with(**{name: before}), plan_with(**{name: after})))) == line
    with pytest.raises(PlanError, match=r"plan\.json: the inventory no longer compiles") as found:
        check_same_plan(plan_with(**{name: before}), compiled=plan_with(**{name: after}), path="plan.json")
    assert line in str(found.value)


def test_a_plan_of_the_earlier_format_said_nothing_of_what_is_not_the_default() -> None:
    assert diff_plans(plan(h1=[]), plan_with()) == []
    assert list(map(str, diff_plans(plan(h1=[]), plan_with(management=["0.0.0.0/0"], start=False)))) == [
        "~ h1 start false, was as the role has it",
        "+ h1 in the port of SSH or WinRM from 0.0.0.0/0 [printops_management]",
    ]


def test_a_difference_that_no_host_feels_is_told_by_where_it_is() -> None:
    with pytest.raises(PlanError, match="nothing that a host lets in or out; what differs is findings"):
        check_same_plan({**plan_with(), "findings": [1]}, compiled={**plan_with(), "findings": []}, path="plan.json")


def test_only_the_flows_that_ask_for_the_ports_of_a_change_are_named() -> None:
    groups = {"tiny_web": ["web1"], "tiny_agent": ["agent1"]}

    def compiled(**variables: t.Any) -> Plan:
        hosts = {name: {"ansible_host": f"10.0.0.{len(name)}", **variables} for name in ("web1", "agent1")}
        estate = read_estate(inventory(groups, hosts), catalogs=[tiny_catalog()])
        return plan_document([tiny_catalog()], estate, compile_rules([tiny_catalog()], estate), ())

    changes = changes_between(compiled(), compiled(printops_ports={"moved_port": 6031}))
    assert [str(change) for change in changes if change.host == "web1"] == [
        "- web1 in tcp 6030 from 10.0.0.6/32 [tiny/all/15]",
        "+ web1 in tcp 6031 from 10.0.0.6/32 [tiny/all/15]",
    ]


ADDRESSES = ("10.0.0.0/30", "10.0.0.0/31", "10.0.0.2", "10.0.0.3", "2001:db8::/127", "2001:db8::1")


NARROW: list[Rule] = [
    {"protocol": "udp", "source_ports": ["2-4"]},
    {"protocol": "udp", "source_ports": ["4-5", "1"]},
    {"protocol": "udp", "ports": ["2-4"], "destinations": ["10.0.0.9/32"]},
    {"protocol": "udp", "ports": ["1"], "destinations": ["10.0.0.8/32"]},
    {"protocol": "igmp"},
]


def narrow_rules() -> st.SearchStrategy[Rule]:
    """Rules about source ports, addresses of the host, and membership in groups."""
    remotes = st.lists(st.sampled_from(ADDRESSES[:4]), min_size=1, max_size=3)
    return st.builds(
        lambda kind, remotes: {"direction": "in", **kind, "remotes": remotes, "flows": ["a/b/1"]},
        st.sampled_from(NARROW),
        remotes,
    )


def rules() -> st.SearchStrategy[list[Rule]]:
    ports = st.lists(st.sampled_from(["1", "2", "1-3", "2-5", "4", "5-6"]), min_size=1, max_size=3).map(",".join)
    what = st.one_of(st.tuples(st.sampled_from(["tcp", "udp"]), ports), st.just(("icmp", "echo-request")))
    remotes = st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=3)
    one = st.builds(
        lambda what, remotes, direction, row: rule(*what, *remotes, direction=direction, flow=f"a/b/{row}"),
        what,
        remotes,
        st.sampled_from(["in", "out"]),
        st.integers(1, 3),
    )
    return st.lists(st.one_of(one, one, narrow_rules()), max_size=4)


def plans() -> st.SearchStrategy[Plan]:
    return st.dictionaries(st.sampled_from(["h1", "h2"]), rules()).map(lambda hosts: plan(**hosts))


def points(raw: Rule, host: str) -> set[Point]:
    """Host, direction, protocol, port or ICMP type, and address of everything that a rule admits."""
    numbers = [
        f"{number}{' with source port' if 'source_ports' in raw else ''}"
        for text in (*raw.get("ports", ()), *raw.get("source_ports", ()))
        for number in range(int(text.split("-")[0]), int(text.split("-")[-1]) + 1)
    ]
    own = f" at {','.join(raw['destinations'])}" if raw.get("destinations") else ""
    membership = ["any"] if raw["protocol"] == "igmp" else []
    return {
        (host, raw["direction"], raw["protocol"], f"{what}{own}", str(address))
        for what in (*numbers, *membership, *raw.get("icmp_types", ()))
        for remote in raw["remotes"]
        for address in ipaddress.ip_network(remote)
    }


def access(of: Plan) -> set[Point]:
    return {point for host, facts in of["hosts"].items() for raw in facts["rules"] for point in points(raw, host)}


def access_of_changes(changes: t.Iterable[Change], *, gained: bool) -> set[Point]:
    return {
        point
        for change in changes
        if change.gained == gained
        for point in points(
            {**read_back(change.what), "direction": change.direction, "remotes": change.remotes}, change.host
        )
    }


def read_back(what: str) -> Rule:
    """The rule that a change is told of: C(udp any with source port 2-3) or C(tcp 1,4-5 at 10.0.0.9/32)."""
    told, _at, own = what.partition(" at ")
    protocol, _space, ports = told.replace("any with source port ", "").partition(" ")
    if protocol == "igmp":
        return {"protocol": protocol}
    key = "icmp_types" if protocol == "icmp" else "source_ports" if "with source port" in told else "ports"
    return {"protocol": protocol, key: ports.split(","), **({"destinations": [own]} if own else {})}


@settings(max_examples=150)
@given(plans(), plans())
def test_the_old_access_with_losses_and_gains_applied_is_the_new(old: Plan, new: Plan) -> None:
    changes = changes_between(old, new)
    lost, gained = access_of_changes(changes, gained=False), access_of_changes(changes, gained=True)
    before, after = access(old), access(new)
    assert lost == before - after
    assert gained == after - before
    assert bool(changes) == (before != after)


@given(plans(), st.randoms(use_true_random=False))
def test_rules_taken_apart_and_shuffled_are_no_change(given_plan: Plan, chance: random.Random) -> None:
    other = copy.deepcopy(given_plan)
    for facts in other["hosts"].values():
        facts["rules"] = [
            {**raw, "remotes": [remote], **({key: [port]} if port else {})}
            for raw in facts["rules"]
            for remote in raw["remotes"]
            for key in ["source_ports" if "source_ports" in raw else "ports"]
            for port in raw.get(key, [None])
        ]
        chance.shuffle(facts["rules"])
    assert diff_plans(given_plan, other) == []
    assert diff_plans(other, given_plan) == []


@settings(max_examples=20)
@given(data=st.data())
def test_plans_of_estates_change_as_their_rules_do(data: st.DataObject) -> None:
    catalogs = data.draw(estates.selections())
    bare = data.draw(estates.inventories(catalogs))
    changed = data.draw(estates.decisions(catalogs))
    variables = {host: {**own, **changed} for host, own in bare.variables.items()}
    old, new = (
        plan_document(catalogs, estate, compile_rules(catalogs, estate), ())
        for one in (bare, Inventory(groups=bare.groups, variables=variables))
        for estate in [read_estate(one, catalogs=catalogs)]
    )
    assert diff_plans(old, old) == []
    changes = changes_between(old, new)
    assert all(change.flows for change in changes)
    mirrored = {(one.host, one.direction, one.what, one.remotes, not one.gained) for one in changes_between(new, old)}
    assert {(one.host, one.direction, one.what, one.remotes, one.gained) for one in changes} == mirrored
