# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of drift of a Windows host, from what its module answers."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import egress_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._drift.report import drift_report, drift_text
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.rules import desired_records
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import (
    answer,
    as_read,
    foreign,
    remoting,
)

from .test_host import PLAN, listener

RULES = parse_rules([rule for rule in PLAN["hosts"]["h1"]["rules"] if rule["direction"] == "in"])
OURS = [as_read(record) for record in desired_records(RULES)]
(OPEN,) = OURS
LINE = "in tcp 443 from 10.1.0.0/16 [safeq6/management/1]"
WEB = {"protocol": "tcp", "port": 443, "addresses": ["::", "0.0.0.0"], "process": "java"}
OFF = {"policy__profiles__domain__enabled": False}
BLOCK = "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=443|RA4=10.1.7.0/24|Name=No web|"


def found(**changes: t.Any) -> list[tuple[str, str]]:
    told = {"rules": OURS, "listeners": [WEB], **changes}
    report = drift_report(PLAN, answers={"h1": answer(**told)})
    return [(one["kind"], one["what"]) for one in report["hosts"]["h1"]["findings"]]


def test_a_host_that_is_as_planned_has_none() -> None:
    assert found() == []
    report = drift_report(PLAN, answers={"h1": answer(rules=OURS, listeners=[WEB])})
    assert (report["drift"], report["unreached"], report["hosts"]["h1"]["provider"]) == (False, [], "windows_defender")
    assert "as planned" in drift_text(report)


PLANTED: list[tuple[dict[str, t.Any], str, str]] = [
    ({"service__firewall": {"state": "stopped"}}, "not_enforced", "the service Windows Defender Firewall"),
    ({"administrator": False}, "not_enforced", "has not the rights of an administrator"),
    (OFF, "not_enforced", "the firewall is off for the domain profile"),
    ({"policy__profiles__domain__default_inbound": "allow"}, "not_enforced", "what no rule names is let in"),
    ({"policy__profiles__domain__local_rules_apply": False}, "not_enforced", "own firewall rules"),
    ({"policy__profiles__domain__block_all_inbound": True}, "not_enforced", "blocks all incoming connections"),
    ({"policy__profiles__domain__excluded_interfaces": "Ethernet 2"}, "not_enforced", "interfaces Ethernet 2"),
    ({**OFF, "products": ["Other wall"]}, "not_enforced", "Other wall is registered as the firewall"),
    ({"pending": {"state": "pending", "token": "x", "detail": ""}}, "pending", "a change waits"),
    ({"rules": []}, "missing", LINE),
    ({"rules": [OPEN._replace(local_ports="444")]}, "changed", f"the plan has allow {LINE}"),
    ({"rules": [OPEN._replace(remote_addresses="10.9.0.0/16,2001:db8:1::/64")]}, "changed", "10.9.0.0/16"),
    ({"rules": [OPEN._replace(enabled=False)]}, "changed", "(disabled)"),
    ({"rules": [OPEN._replace(interfaces="Ethernet 2")]}, "changed", "only on the interface Ethernet 2"),
    ({"rules": [*OURS, OPEN._replace(name="printops x in tcp 80", local_ports="80", remote_addresses="10.7.0.0/16")]},
     "stale", "the plan has no allow in tcp 80 from 10.7.0.0/16"),
    ({"policy__stored": {"policy": [BLOCK], "mdm": [], "local": []}}, "disagreement",
     "the Group Policy rule 'No web' blocks 443/tcp from 10.1.7.0/24"),
    ({"others": [foreign()]}, "foreign_wider", "the Windows rule 'Web' lets everyone reach 443/tcp"),
    ({"others": [foreign(local_ports="445,3389")]}, "foreign_open",
     "the Windows rule 'Web' lets everyone reach 445/tcp, 3389/tcp, which the plan closes"),
    ({"others": [foreign(local_ports="445", remote_addresses="LocalSubnet")]}, "foreign_open",
     "lets localsubnet reach"),
    ({"listeners": [WEB, listener(19898, "0.0.0.0")]}, "jmx_exposed", "JMX belongs on loopback only"),
    ({"listeners": [WEB, listener(8080, "0.0.0.0")]}, "undocumented_listener", "no row documents it"),
    ({"listeners": [WEB, listener(50000, "0.0.0.0")], "others": [foreign(local_ports="50000")]},
     "undocumented_listener", "the firewall lets everyone reach it"),
    ({"listeners": []}, "not_listening", "443/tcp: nothing listens"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "kind", "what"), PLANTED, ids=[f"{kind}: {what}" for _one, kind, what in PLANTED])
def test_what_is_planted_is_found(changes: dict[str, t.Any], kind: str, what: str) -> None:
    assert any(told == kind and what in sentence for told, sentence in found(**changes)), found(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"others": [foreign(local_ports="*", application="C:\\x.exe")]},
        {"others": [foreign(local_ports="445", profiles=4)]},
        {"others": [foreign(local_ports="445", enabled=False)]},
        {"others": [foreign(local_ports="445", remote_addresses="127.0.0.1")]},
        {"others": [foreign(local_ports="445", local_user_owner="S-1-5-18")]},
        {"others": [foreign(local_ports="445"), foreign(local_ports="445", action="block", name="Closed")]},
        {"listeners": [WEB, listener(49664, "0.0.0.0")]},
        {"listeners": [WEB, listener(8080, "127.0.0.1")]},
    ],
)  # fmt: skip
def test_what_is_no_drift_is_not_told(changes: dict[str, t.Any]) -> None:
    assert found(**changes) == []


def test_the_way_in_of_a_run_is_no_drift_and_a_network_that_is_lacking_is() -> None:
    way = parse_rules(
        [{"direction": "in", "protocol": "tcp", "ports": ["5986"], "remotes": ["192.0.2.10"], "flows": ["m"]}]
    )
    kept = as_read(desired_records((), management=way)[0])
    assert found(rules=[*OURS, kept], others=[]) == []
    part = {**PLAN["hosts"]["h1"], "management": ["198.51.100.0/24"]}
    report = drift_report({**PLAN, "hosts": {"h1": part}}, answers={"h1": answer(rules=[*OURS, kept], listeners=[WEB])})
    (finding,) = report["hosts"]["h1"]["findings"]
    assert (finding["kind"], "5986 from 198.51.100.0/24" in finding["what"]) == ("missing", True)


def test_windows_own_remote_management_is_told() -> None:
    assert [kind for kind, _what in found(others=[remoting()])] == ["foreign_open"]


@pytest.mark.parametrize("told", [{"msg": "no route"}, {"state_id": "1"}, {}])
def test_a_host_that_says_too_little_was_not_reached(told: dict[str, t.Any]) -> None:
    report = drift_report(PLAN, answers={"h1": told})
    assert report["unreached"] == ["h1"]


OUT = {"direction": "out", "protocol": "tcp", "ports": ["9100"], "remotes": ["10.3.0.0/24"], "flows": ["safeq6/mfd/9"]}
ENFORCED = {**PLAN["hosts"]["h1"], "egress": "enforce", "egress_extra": [], "egress_dns": [], "egress_time": []}
ENFORCED = {**ENFORCED, "rules": [*PLAN["hosts"]["h1"]["rules"], OUT], "egress_domain": []}
CLOSED = {"policy__profiles__domain__default_outbound": "block", "policy__profiles__private__default_outbound": "block",
          "policy__profiles__public__default_outbound": "block"}  # fmt: skip
LET_OUT = egress_of(ENFORCED, rules=parse_rules(ENFORCED["rules"]), management=())
OURS_OUT = [as_read(record) for record in desired_records(RULES, egress=LET_OUT.rules if LET_OUT else None)]
DC = {"member": True, "name": "corp.example.com", "controllers": ["10.9.0.5"]}
ENCLOSED: list[tuple[dict[str, t.Any], str, str]] = [
    ({"policy__profiles__domain__default_outbound": "allow"}, "not_enforced", "let out by the domain profile"),
    ({"rules": OURS_OUT[:-1]}, "missing", "out icmp"),
    ({"rules": [one for one in OURS_OUT if one.remote_ports != "9100"]}, "missing", "out tcp 9100 to 10.3.0.0/24"),
    ({"rules": [one._replace(remote_addresses="10.3.0.0/16") if one.remote_ports == "9100" else one
                for one in OURS_OUT]}, "changed", "to 10.3.0.0/16"),
    ({"domain": DC}, "missing", "could not reach its controller 10.9.0.5 any more for dns (53/tcp)"),
    ({"others": [foreign(direction="out", local_ports="*", remote_ports="443")]}, "foreign_open",
     "the Windows rule 'Web' lets this host reach 443/tcp of everyone"),
    ({"others": [foreign(direction="out", action="block", local_ports="*", remote_ports="*")]}, "disagreement",
     "keeps 9100/tcp to 10.3.0.0/24 from leaving"),
]  # fmt: skip


def outward(part: dict[str, t.Any], **changes: t.Any) -> list[tuple[str, str]]:
    plan = {**PLAN, "hosts": {**PLAN["hosts"], "h1": part}}
    told = {"rules": OURS_OUT, "listeners": [WEB], **CLOSED, **changes}
    report = drift_report(plan, answers={"h1": answer(**told)})
    return [(one["kind"], one["what"]) for one in report["hosts"]["h1"]["findings"]]


def test_what_leaves_is_as_planned() -> None:
    assert outward(ENFORCED) == []


@pytest.mark.parametrize(("changes", "kind", "what"), ENCLOSED, ids=range(len(ENCLOSED)))
def test_what_leaves_and_is_not_as_planned_is_told(changes: dict[str, t.Any], kind: str, what: str) -> None:
    told = outward(ENFORCED, **changes)
    assert [one for one in told if one[0] == kind and what in one[1]], told


def test_what_a_run_of_ours_closed_and_the_plan_does_not_is_stale() -> None:
    found = {"domain": {"default_outbound": "allow"}, "private": {}, "public": {}}
    told = outward(PLAN["hosts"]["h1"], found=found)
    assert ("stale", "what leaves is restricted by the domain profile, where egress is not enforce") in told
    assert any(kind == "stale" and "out tcp 9100" in what for kind, what in told)
