# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""windows_defender_info in PowerShell 7."""

from __future__ import annotations

import typing as t

import pytest

from .host import GROUP, TOKEN, Host, records, rule

pytestmark = pytest.mark.pwsh


def test_a_host_without_rules(both: Host) -> None:
    answer = both.read(management_ports=[5986])
    assert answer["changed"] is False
    assert answer["rules"] == answer["others"]
    assert (records(answer["rules"]), answer["products"], answer["connections"]) == ([], [], [])
    assert answer["pending"] == {"state": "none", "token": None, "detail": ""}
    assert answer["found"] is None
    assert answer["invocation"] == {"module_args": {}}
    assert answer["service"]["firewall"] == {"state": "running", "start": "auto"}
    policy = answer["policy"]
    assert policy["local_policy_modify_state"] == "ok"
    assert (policy["policy_rules"], policy["current_profiles"]) == ([], ["public"])
    assert policy["profiles"]["domain"] == {
        "enabled": True,
        "default_inbound": "block",
        "default_outbound": "allow",
        "block_all_inbound": False,
        "local_rules_apply": True,
        "excluded_interfaces": "",
        "unicast_responses": True,
        "set_by": {},
    }
    assert len(answer["state_id"]) == 64


def test_one_of_each_stays_a_list(both: Host) -> None:
    ours, other = rule("printops a", description='says "5 \u20ac" \\ and\nmore'), rule("theirs", grouping="x")
    connection = {"local_port": 5986, "remote_address": "192.0.2.7", "remote_port": 50000}
    both.put(rules=[ours, other], products=["Other firewall"], policy_rules=["printops a"], connections=[connection])
    answer = both.read(management_ports=[5986])
    assert (records(answer["rules"]), records(answer["others"])) == ([ours], [other])
    assert (answer["products"], answer["policy"]["policy_rules"]) == (["Other firewall"], ["printops a"])
    assert answer["connections"] == [connection]


def test_rules_are_ours_by_their_group_and_others_only_where_they_let_in(both: Host) -> None:
    ours = [rule("printops a"), rule("printops a", local_ports="80"), rule("printops b", direction="out")]
    others = [rule("printops a", grouping="someone"), rule("blocks", grouping="", action="block")]
    passed_over = [
        rule("off", grouping="x", enabled=False),
        rule("out", grouping="x", direction="out"),
        rule("app", grouping="x", package="S-1-15-2-1"),
        rule("app of a user", grouping="x", local_user_owner="S-1-5-21-1-2-3-1001"),
    ]
    both.put(rules=[*others, *passed_over, *ours])
    answer = both.read()
    assert records(answer["rules"]) == ours
    assert records(answer["others"]) == others


PROGRAM = {"grouping": "x", "application": r"C:\x.exe", "local_ports": "*"}
READ_WHOLE = [
    ({}, False),
    ({"protocol": 17, "local_ports": ""}, False),
    ({"service": "Spooler"}, False),
    ({"local_ports": "80"}, True),
    ({"action": "block"}, True),
    ({"application": ""}, True),
    ({"application": "System"}, True),
    ({"application": r"C:\Windows\System32\OpenSSH\sshd.exe"}, True),
    ({"application": r"C:\Windows\System32\svchost.exe", "service": "sshd"}, True),
    ({"protocol": 256, "local_ports": "", "remote_ports": ""}, True),
    ({"protocol": 1, "local_ports": "", "remote_ports": "", "icmp_types": "8:*"}, True),
]


@pytest.mark.parametrize(("changes", "is_read"), READ_WHOLE, ids=range(len(READ_WHOLE)))
def test_what_lets_one_program_be_reached_on_any_port_is_not_read_whole(
    both: Host, changes: dict[str, t.Any], is_read: bool
) -> None:
    both.put(rules=[rule("a", **{**PROGRAM, **changes})])
    assert len(records(both.read()["others"])) == is_read


DOMAIN = {"member": True, "name": "corp.example.com", "controllers": ["192.0.2.5", "2001:db8::5"]}


@pytest.mark.parametrize("there", [DOMAIN, {**DOMAIN, "controllers": []}, {**DOMAIN, "controllers": ["192.0.2.5"]}])
def test_what_leaves_is_told_where_it_is_asked_for(both: Host, there: dict[str, t.Any]) -> None:
    texts = [f"v2.30|Action=Allow|Active=TRUE|Dir={way}|Protocol=6|Name=G|" for way in ("In", "Out")]
    inward, outward = rule("a", grouping="x"), rule("b", grouping="x", direction="out", remote_ports="443")
    stores = {"policy": {"settings": {}, "rules": texts}}
    registry = {r"SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules": dict(enumerate(texts))}
    disabled = rule("c", grouping="", direction="out", enabled=False)
    both.put(domain=there, rules=[inward, outward, disabled], stores=stores, registry=registry)
    told = both.read()
    assert [one["name"] for one in records(told["others"])] == ["a"]
    stored = set(told["policy"]["stored"]["policy"])
    assert (stored & set(texts), told["domain"]["member"]) == ({texts[0]}, None)
    told = both.read(outgoing=True)
    assert [one["name"] for one in records(told["others"])] == ["a", "b"]
    stored = set(told["policy"]["stored"]["policy"])
    assert (stored >= set(texts), told["domain"]) == (True, there)


def test_connections_of_other_ports_are_not_told(both: Host) -> None:
    both.put(connections=[{"local_port": 3389, "remote_address": "192.0.2.7", "remote_port": 50000}])
    assert both.read(management_ports=[5985, 5986])["connections"] == []


def test_the_state_id_is_of_rules_and_profile_settings_in_whatever_order(both: Host) -> None:
    one, other = rule("printops a"), rule("printops b")
    both.put(rules=[one, other, rule("theirs", grouping="x")])
    before = both.read()["state_id"]
    both.put(rules=[other, one])
    assert both.read()["state_id"] == before
    both.put(rules=[other, {**one, "enabled": False}])
    assert both.read()["state_id"] != before
    both.put(rules=[other, one], policy={**both.read()["policy"]})
    assert both.read()["state_id"] == before
    policy = both.read()["policy"]
    policy["profiles"]["public"]["enabled"] = False
    both.put(policy=policy)
    assert both.read()["state_id"] != before


def test_a_firewall_that_does_not_run_is_told_and_not_asked(both: Host) -> None:
    stopped = {"firewall": {"state": "stopped", "start": "disabled"}, "filtering_engine": {"state": "running"}}
    both.put(service=stopped, rules=[rule("printops a")], policy_rules=["printops a"])
    answer = both.read()
    assert answer["service"]["firewall"]["state"] == "stopped"
    assert (records(answer["rules"]), records(answer["others"]), answer["state_id"]) == ([], [], "")
    assert {key: value for key, value in answer["policy"].items() if key != "stored"} == {
        "local_policy_modify_state": "unknown",
        "policy_rules": ["printops a"],
        "profiles": {},
        "local_profiles": {},
        "current_profiles": [],
    }


def test_a_state_folder_of_somebody_else_is_not_read(both: Host) -> None:
    both.state.mkdir()
    both.put(foreign_folder=True)
    answer = both.read()
    assert answer["failed"] is True
    assert str(both.state) in answer["msg"]


def test_a_token_that_nobody_knows(both: Host) -> None:
    assert both.read(token=TOKEN)["pending"] == {"state": "unknown", "token": TOKEN, "detail": ""}


def test_arguments_are_checked(both: Host) -> None:
    missing, unknown = both.run(("info", {}), ("info", {"group": GROUP, "colour": "red"}))
    assert "missing required arguments: group" in missing["msg"]
    assert "colour" in unknown["msg"]


def test_check_mode_reads_too(both: Host) -> None:
    both.put(rules=[rule("printops a")])
    assert records(both.call("info", check=True, group=GROUP)["rules"]) == [rule("printops a")]


def test_an_account_without_the_rights_is_told(both: Host) -> None:
    both.state.mkdir()
    both.put(administrator=False, foreign_folder=True)
    answer = both.read()
    assert (answer["administrator"], answer["pending"]["state"], answer["found"]) == (False, "none", None)
    both.put(administrator=True, foreign_folder=False)
    assert both.read()["administrator"] is True


def test_listening_sockets_are_told_where_they_are_asked_for(both: Host) -> None:
    web = {"protocol": "tcp", "port": 443, "addresses": ["0.0.0.0", "::"], "process": "pwsh"}
    dns = {"protocol": "udp", "port": 53, "addresses": ["fe80::1"], "process": "pwsh"}
    both.put(listeners=[web, dns])
    assert both.read()["listeners"] == []
    told = both.call("info", group=GROUP, listeners=True)["listeners"]
    assert sorted(told, key=lambda one: one["port"]) == [dns, web]
