# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may leave a Windows host whose egress is enforced: our rules and the profile, the domain, rules of others."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import WindowsError
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.survey import Survey

from .fake_windows import after, answer, foreign, look, refused, remoting, rule, steps

OUT = rule(direction="out", ports=["9100"], remotes=["10.1.0.0/24"], flows=["safeq6/mfd/9"])
MEMBER = {"member": True, "name": "corp.example.com", "controllers": ["10.9.0.5", "2001:db8:9::5"]}
BLOCKED = {"policy__profiles__domain__default_outbound": "block"}
FOUND = {"domain": {"default_outbound": "allow"}, "private": {}, "public": {}}
MAKERS = [{"protocol": "tcp", "ports": ["80", "443"], "remotes": ["192.0.2.80"]}]
UPDATES = {"name": "Updates", "direction": "out", "local_ports": "*", "remote_ports": "443"}


def enforced(host: dict[str, t.Any] | None = None, **changes: t.Any) -> Survey:
    return look(OUT, host=host, egress="enforce", **changes)


def profile_steps(plan: Survey) -> dict[str, t.Any]:
    return {step.profile: dict(step.values) for step in plan.operations if step.do == "profile"}


def test_our_rules_come_first_and_the_profiles_last_of_all() -> None:
    plan = enforced()
    kinds = steps(plan)
    assert kinds == ["add"] * (len(kinds) - 3) + ["profile"] * 3
    assert [step.profile for step in plan.operations][-1] == "domain"
    assert profile_steps(plan)["domain"] == {"default_outbound": "block"}
    lines = plan.result["added"]
    assert "allow out tcp 9100 to 10.1.0.0/24 [safeq6/mfd/9]" in lines
    assert "allow out udp 67 to 0.0.0.0/0 [egress-dhcp]" in lines
    assert any(line.startswith("allow out icmp 131:*") for line in lines)
    assert "profile domain: on, block in, block out" in plan.result["diff"]["after"]


def test_a_host_that_is_so_needs_nothing() -> None:
    rules = after(enforced())
    everywhere = {f"policy__profiles__{name}__default_outbound": "block" for name in ("domain", "private", "public")}
    host = answer(rules=rules, found={name: {"default_outbound": "allow"} for name in FOUND}, **everywhere)
    plan = enforced(host)
    assert (plan.operations, plan.result["changed"], plan.warnings) == ((), False, ())


def test_only_networks_of_the_profiles_that_are_asked_for_are_closed() -> None:
    assert list(profile_steps(enforced(profiles=["domain"]))) == ["domain"]


@pytest.mark.parametrize(
    "changes", [{"egress": "allow"}, {"state": "absent"}, {"egress": "enforce", "profiles": ["public"]}]
)
def test_what_was_closed_opens_before_our_rules_go_and_is_forgotten(changes: dict[str, t.Any]) -> None:
    host = answer(
        rules=after(enforced()),
        others=[remoting(profiles=7)],
        found=FOUND,
        policy__current_profiles=["domain", "public"],
        **BLOCKED,
    )
    plan = look(OUT, host=host, **changes)
    opening, *_others, last = [step for step in plan.operations if step.profile == "domain"]
    assert plan.operations[0] == opening
    assert (opening.do, dict(opening.values)) == ("profile", {"default_outbound": "allow"})
    assert (last.do, last.setting) == ("release", "default_outbound")


def test_removal_opens_first_and_forgets_everything() -> None:
    host = answer(rules=after(enforced()), others=[remoting()], found=FOUND, **BLOCKED)
    kinds = steps(look(host=host, state="absent", as_found=True))
    assert (kinds[0], kinds[-1]) == ("profile", "forget")
    assert "release" not in kinds


@pytest.mark.parametrize("found", [None, {name: {"enabled": True} for name in FOUND}])
def test_what_an_administrator_closed_stays_closed(found: dict[str, t.Any] | None) -> None:
    host = answer(found=found, **BLOCKED)
    assert profile_steps(look(host=host, egress="allow")) == {}


def test_a_policy_that_lets_everything_out_stops_the_run() -> None:
    host = answer(policy__profiles__domain__set_by={"default_outbound": "policy"})
    assert "egress cannot change the domain profile, which a Group Policy keeps open for what leaves" in refused(
        OUT, host=host, egress="enforce"
    )


def test_a_policy_that_closes_is_left_alone() -> None:
    host = answer(policy__profiles__domain__set_by={"default_outbound": "policy"}, **BLOCKED)
    assert "domain" not in profile_steps(enforced(host))


DOMAIN = [
    ({"controllers": ["10.9.0.5"]}, {}, "a member of the domain corp.example.com, and could not reach its controller "
     "10.9.0.5 any more for kerberos (88/tcp)"),
    ({}, {"egress_domain": ["10.9.0.0/29"]}, "could not reach its controller 2001:db8:9::5 any more"),
    ({"controllers": []}, {}, "does not tell which controllers it uses"),
    ({"member": None}, {}, "whether this host is a member of a domain cannot be read"),
    ({}, {"egress_domain": ["10.9.0.0/29", "2001:db8:9::/64"]}, ""),
    ({"controllers": []}, {"egress_domain": ["10.9.0.0/29"]}, ""),
    ({"member": None}, {"egress_domain": ["10.9.0.0/29"]}, ""),
    ({"member": False}, {}, ""),
    ({"controllers": ["10.1.0.7"]}, {"egress_extra": [
        {"protocol": "tcp", "ports": ["88", "135", "389", "445", "49152-60000", "60001-65535"],
         "remotes": ["10.1.0.0/24"]},
        {"protocol": "udp", "ports": ["88", "389"], "remotes": ["10.1.0.7"]}]}, ""),
    ({"controllers": ["10.1.0.7"]}, {"egress_extra": [
        {"protocol": "tcp", "ports": ["88", "135", "389", "445", "49152-60000"], "remotes": ["10.1.0.0/24"]},
        {"protocol": "udp", "ports": ["88", "389"], "remotes": ["10.1.0.7"]}]}, "any more for rpc (49152-65535/tcp):"),
]  # fmt: skip


@pytest.mark.parametrize(("domain", "params", "said"), DOMAIN, ids=range(len(DOMAIN)))
def test_a_member_of_a_domain_reaches_its_controllers(
    domain: dict[str, t.Any], params: dict[str, t.Any], said: str
) -> None:
    host = answer(domain={**MEMBER, **domain})
    if said:
        told = refused(OUT, host=host, egress="enforce", **params)
        assert said in told
        assert "Name the networks of its controllers in egress_domain; nothing was changed" in told
    else:
        assert enforced(host, **params).operations


def test_what_windows_itself_reaches_is_told_when_egress_begins() -> None:
    (told,) = enforced().warnings
    assert told.startswith("no rule lets out what Windows itself reaches for activation (443/tcp at Microsoft")
    assert "updates" in told and "lists of revoked certificates (80/tcp" in told
    assert enforced(egress_extra=MAKERS).warnings == ()


OTHERS = [
    ({}, "the Windows rule 'Updates' lets this host reach 443/tcp of everyone, whatever the plan says"),
    ({"remote_addresses": "10.1.0.9", "remote_ports": "9100"}, ""),
    ({"remote_addresses": "10.1.0.9,10.2.0.9", "remote_ports": "9100"}, "reach 9100/tcp of 10.2.0.9/32, whatever"),
    ({"protocol": 17, "remote_ports": "53", "service": "dnscache"}, ""),
    ({"protocol": 256, "remote_ports": "", "service": "wuauserv"},
     "of the service wuauserv lets this host reach every port of TCP, every port of UDP, pings of everyone, whatever"),
    ({"local_ports": "68"}, "reach 443/tcp of everyone, only from port 68, whatever"),
    ({"remote_addresses": "LocalSubnet"}, "reach 443/tcp of localsubnet, whatever"),
    ({"remote_addresses": "127.0.0.1"}, ""),
    ({"enabled": False}, ""),
    ({"profiles": 4}, ""),
    ({"local_user_owner": "S-1-5-21-1"}, ""),
    ({"direction": "in"}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), OTHERS, ids=range(len(OTHERS)))
def test_what_rules_of_others_let_out_is_told_by_port(changes: dict[str, t.Any], said: str) -> None:
    host = answer(others=[foreign(**{**UPDATES, **changes})])
    told = [one for one in enforced(host, egress_extra=MAKERS).warnings if "whatever" in one]
    assert len(told) == bool(said)
    assert said in "".join(told)
    if said:
        with pytest.raises(WindowsError, match="foreign_rules is refuse, so nothing was changed"):
            enforced(host, foreign_rules="refuse", egress_extra=MAKERS)
    assert look(OUT, host=host, egress="allow").result["foreign"] == (
        [] if changes.get("direction") != "in" else look(OUT, host=host, egress="allow").result["foreign"]
    )


def test_rules_that_let_the_same_out_are_told_together() -> None:
    others = [foreign(**{**UPDATES, "name": f"Rule {number}"}) for number in range(5)]
    (told,) = enforced(answer(others=others), egress_extra=MAKERS).warnings
    assert told == (
        "the Windows rule 'Rule 0', the Windows rule 'Rule 1', the Windows rule 'Rule 2' and 2 more let this host "
        "reach 443/tcp of everyone, whatever the plan says"
    )


def test_a_block_of_others_hides_their_openings_and_keeps_ours_in() -> None:
    block = foreign(
        name="No printing",
        direction="out",
        action="block",
        local_ports="*",
        remote_ports="9100",
        remote_addresses="10.1.0.0/25",
    )
    wide = foreign(name="Print", direction="out", local_ports="*", remote_ports="9100", remote_addresses="10.1.0.0/25")
    told = [one for one in enforced(answer(others=[block, wide])).warnings if "Windows itself" not in one]
    assert told == [
        "the Windows rule 'No printing' keeps 9100/tcp to 10.1.0.0/25 from leaving, which the plan lets out, and in "
        "Windows a block wins over every allow: disable or narrow that rule"
    ]


def test_an_outgoing_block_says_nothing_of_what_comes_in() -> None:
    shut = foreign(name="Shut", direction="out", action="block", protocol=256, local_ports="", remote_ports="")
    assert look(rule(), host=answer(others=[shut])).warnings == ()
