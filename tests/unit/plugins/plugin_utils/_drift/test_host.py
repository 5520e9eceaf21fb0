# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of drift, from recorded states of hosts."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._drift.model import KINDS
from ansible_collections.printops.firewall.plugins.plugin_utils._drift.report import (
    DriftError,
    drift_report,
    drift_text,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.enforcement import Enforcement

PLAN: dict[str, t.Any] = {
    "compiled_from": {"catalogs": {"safeq6": "0"}},
    "hosts": {
        "h1": {
            "provider": "auto",
            "components": ["safeq6_management"],
            **Enforcement().as_json(),
            "rules": [
                {
                    "direction": "in",
                    "protocol": "tcp",
                    "ports": ["443"],
                    "remotes": ["10.1.0.0/16", "2001:db8:1::/64"],
                    "flows": ["safeq6/management/1"],
                },
                {
                    "direction": "out",
                    "protocol": "udp",
                    "ports": ["161"],
                    "remotes": ["10.2.0.0/16"],
                    "flows": ["safeq6/mfd/3"],
                },
            ],
        }
    },
    "flows": {
        "safeq6/management/1": {"to": ["management"], "ports": ["443/tcp"]},
        "safeq6/management/7": {"to": ["management"], "ports": ["19898/tcp"], "risks": ["jmx"]},
        "safeq6/management/8": {"to": ["management"], "ports": ["4099/tcp"]},
        "safeq6/mfd/1": {"to": ["mfd"], "ports": ["9100/tcp"]},
    },
}
RIGHT = [
    "allow in tcp 22 from 198.18.0.1/32 [management-connection]",
    "allow in tcp 443 from 10.1.0.0/16 [safeq6/management/1]",
    "allow in tcp 443 from 2001:db8:1::/64 [safeq6/management/1]",
]
SSHD = {"protocol": "tcp", "port": 22, "addresses": ["0.0.0.0", "::"], "process": "sshd"}
WEB = {"protocol": "tcp", "port": 443, "addresses": ["::"], "process": "java"}


def record(line: str) -> dict[str, t.Any]:
    """A rule as the state has it, from the words in which a person is told of it."""
    _allow, direction, protocol, ports, _preposition, remote, flow = line.split()
    what = {"direction": direction, "protocol": protocol, "ports": ports.split(",")}
    return {**what, "remotes": [remote], "flows": [flow.strip("[]")]}


def state(**changes: t.Any) -> dict[str, t.Any]:
    for name in ("own", "own_out"):
        if changes.get(name) is not None:
            changes[name] = [record(line) for line in changes[name]]
    return {
        "provider": "ufw",
        "faults": [],
        "at_boot": "enabled",
        "own": [record(line) for line in RIGHT],
        "own_out": None,
        "stray": [],
        "foreign": [],
        "disagreements": [],
        "pending": False,
        "listeners": [SSHD, WEB],
        "management_port": 22,
        **changes,
    }


def listener(port: int, *addresses: str) -> dict[str, t.Any]:
    return {"protocol": "tcp", "port": port, "addresses": list(addresses), "process": "x"}


def of_java(port: int, *addresses: str, local: bool = False) -> dict[str, t.Any]:
    return {**listener(port, *addresses), "pids": [9], "ephemeral": port > 32767, "local_management": local}


def opening(*ports: str, sources: tuple[str, ...] = ("0.0.0.0/0", "::/0"), protocol: str = "tcp") -> dict[str, t.Any]:
    return {"name": "rule 7", "protocol": protocol, "ports": list(ports), "sources": list(sources)}


def plan_with(**members: t.Any) -> dict[str, t.Any]:
    return {**PLAN, "hosts": {"h1": {**PLAN["hosts"]["h1"], **members}}}


def found(answer: dict[str, t.Any], **members: t.Any) -> list[tuple[str, str]]:
    report = drift_report(plan_with(**members), answers={"h1": answer})
    return [(one["kind"], one["what"]) for one in report["hosts"]["h1"]["findings"]]


@pytest.mark.parametrize("provider", ["ufw", "firewalld"])
def test_a_host_that_is_as_planned_has_none(provider: str) -> None:
    assert found({"state": state(provider=provider)}, management=["198.18.0.1/32"]) == []


PLANTED: list[tuple[dict[str, t.Any], str, str]] = [
    ({"faults": ["ufw is not enabled"]}, "not_enforced", "ufw is not enabled"),
    ({"unreached": ["no packet over IPv4 reaches 443/tcp"]}, "not_enforced", "no packet over IPv4 reaches 443/tcp"),
    ({"kept_out": ["10.0.0.7 may not reach 443/tcp"]}, "kept_out", "10.0.0.7 may not reach 443/tcp"),
    ({"overridden": ["10.0.0.7 is kept out there"]}, "ban_overridden", "10.0.0.7 is kept out there"),
    ({"told": ["IPv6 is dropped"]}, "ipv6_dropped", "IPv6 is dropped"),
    ({"overruled_at_boot": ["nftables is enabled at boot too"]}, "not_at_boot", "nftables is enabled at boot too"),
    ({"at_boot": "disabled"}, "not_at_boot", "is disabled, so it will not run after the next boot: systemctl enable"),
    ({"at_boot": "masked"}, "not_at_boot", "is masked, so it will not run after the next boot: systemctl unmask"),
    ({"pending": True}, "pending", "a change waits to be confirmed, or to be taken back"),
    ({"own": RIGHT[:2]}, "missing", "in tcp 443 from 2001:db8:1::/64 [safeq6/management/1]"),
    (
        {"own": [*RIGHT, "allow in udp 7 from 10.0.0.0/8 [safeq6/mfd/1]"]},
        "stale",
        "the plan has no in udp 7 from 10.0.0.0/8 [safeq6/mfd/1]",
    ),
    (
        {"own": [*RIGHT[:2], "allow in tcp 443 from 2001:db8::/32 [safeq6/management/1]"]},
        "changed",
        "is in tcp 443 from 2001:db8::/32 [safeq6/management/1], "
        "the plan has in tcp 443 from 2001:db8:1::/64 [safeq6/management/1]",
    ),
    (
        {"own": [*RIGHT, "allow in tcp 22 from 10.0.0.0/8 [management-connection]"]},
        "stale",
        "printops_management has no 10.0.0.0/8, and it may reach 22/tcp",
    ),
    ({"stray": ["/etc/firewalld/services/printops-x.xml is used by no policy"]}, "stale", "/etc/firewalld/services/"),
    ({"disagreements": ["the kernel has it"]}, "disagreement", "the kernel has it"),
    (
        {"foreign": [opening("400-500")]},
        "foreign_wider",
        "rule 7 lets everyone reach 443/tcp, and the plan does not [safeq6/management/1]",
    ),
    ({"foreign": [opening("400-500")]}, "foreign_open", "reach 400-442/tcp, 444-500/tcp, which the plan closes"),
    ({"foreign": [opening("22")]}, "foreign_wider", "rule 7 lets everyone reach 22/tcp"),
    ({"foreign": [opening(protocol="any")]}, "foreign_open", "reach every other port"),
    (
        {"foreign": [opening("443", sources=("10.1.0.0/16", "10.9.0.0/24"))]},
        "foreign_wider",
        "rule 7 lets 10.1.0.0/16, 10.9.0.0/24 reach 443/tcp",
    ),
    (
        {"listeners": [SSHD, WEB, listener(19898, "0.0.0.0")]},
        "jmx_exposed",
        "x (19898/tcp) listens on 0.0.0.0; JMX belongs on loopback only",
    ),
    (
        {"listeners": [SSHD, WEB, of_java(19898, "127.0.0.1"), of_java(40001, "::"), of_java(40002, "::", local=True)]},
        "jmx_exposed",
        "x (40001/tcp) listens on :: beside JMX on 19898/tcp, as its RMI port does, which is random unless it is set",
    ),
    (
        {"listeners": [SSHD, WEB, of_java(19898, "127.0.0.1"), of_java(40002, "::", local=True)]},
        "jmx_local",
        "x (40002/tcp) listens on ::: Java takes only management by its own host there",
    ),
    (
        {"listeners": [SSHD, WEB, {**of_java(7777, "0.0.0.0"), "jmx": True}]},
        "jmx_exposed",
        "x (7777/tcp) listens on 0.0.0.0; JMX belongs on loopback only",
    ),
    (
        {"listeners": [SSHD, WEB, listener(9100, "10.0.0.1")]},
        "undocumented_listener",
        "x (9100/tcp) listens on 10.0.0.1, and no row documents it; no rule lets anybody reach it",
    ),
    (
        {"listeners": [SSHD, WEB, listener(8081, "::")], "foreign": [opening("8081", sources=("0.0.0.0/0",))]},
        "undocumented_listener",
        "the firewall lets everyone (IPv4) reach it",
    ),
    ({"listeners": [SSHD]}, "not_listening", "443/tcp: nothing listens"),
    ({"listeners": [SSHD, listener(443, "127.0.0.1")]}, "not_listening", "but x (443/tcp) on loopback"),
]


@pytest.mark.parametrize(("changes", "kind", "what"), PLANTED)
def test_what_is_planted_is_found(changes: dict[str, t.Any], kind: str, what: str) -> None:
    assert any(one == kind and what in text for one, text in found({"state": state(**changes)}))


def test_every_kind_is_planted() -> None:
    assert {kind for _changes, kind, _what in PLANTED} | {"unreached", "not_planned"} == set(KINDS)


def test_a_host_that_left_the_plan_and_has_rules_of_ours_is_drift() -> None:
    report = drift_report(PLAN, answers={"h1": {"state": state()}}, left={"gone": ["ufw"], "clean": [], "h1": ["ufw"]})
    assert sorted(report["hosts"]) == ["gone", "h1"]
    assert [one["kind"] for one in report["hosts"]["gone"]["findings"]] == ["not_planned"]
    assert report["drift"]
    assert "gone" in drift_text(report)


@pytest.mark.parametrize(
    "changes",
    [
        {"listeners": [SSHD, WEB, listener(19898, "127.0.0.1", "::1"), listener(8081, "127.0.0.1")]},
        {"listeners": [SSHD, WEB, listener(4099, "::")]},
        {"foreign": [opening("443", sources=("10.1.2.0/24",))]},
        {"foreign": [opening("22", sources=("198.18.0.1/32",))]},
        {
            "own": [line for line in RIGHT if "10.1.0.0" not in line],
            "foreign": [opening("443", sources=("10.1.0.0/16",))],
        },
    ],
)
def test_what_is_no_drift_is_not_told(changes: dict[str, t.Any]) -> None:
    assert found({"state": state(**changes)}) == []


GROUP = {"direction": "in", "protocol": "udp", "ports": ["5353"], "remotes": ["10.1.0.0/16"],
         "destinations": ["224.0.0.251/32"], "flows": ["safeq6/management/1"]}  # fmt: skip
WHOLE = {key: GROUP[key] for key in GROUP if key != "destinations"}


@pytest.mark.parametrize(
    ("planned", "destinations", "kinds"),
    [
        (GROUP, ["224.0.0.251/32"], set()),
        (GROUP, ["224.0.0.0/24"], {"missing", "foreign_wider"}),
        (GROUP, [], {"missing", "foreign_wider"}),
        (WHOLE, ["224.0.0.251/32"], {"missing"}),
        (WHOLE, [], set()),
    ],
)
def test_a_foreign_rule_stands_for_ours_only_where_it_is_about_the_same_addresses(
    planned: dict[str, t.Any], destinations: list[str], kinds: set[str]
) -> None:
    foreign = {**opening("5353", sources=("10.1.0.0/16",), protocol="udp"), "destinations": destinations}
    rules = [*PLAN["hosts"]["h1"]["rules"], planned]
    report = drift_report(plan_with(rules=rules), answers={"h1": {"state": state(foreign=[foreign])}})
    told = report["hosts"]["h1"]["findings"]
    assert {one["kind"] for one in told if one["severity"] == "drift"} == kinds


def test_each_socket_of_java_is_told_once_and_its_own_does_not_count() -> None:
    sockets = [of_java(19898, "127.0.0.1"), of_java(40001, "::"), of_java(40002, "::", local=True)]
    report = drift_report(PLAN, answers={"h1": {"state": state(listeners=[SSHD, WEB, *sockets])}})
    told = report["hosts"]["h1"]["findings"]
    assert [(one["kind"], one["severity"], one["flows"]) for one in told] == [
        ("jmx_exposed", "drift", ["safeq6/management/7"]),
        ("jmx_local", "note", ["safeq6/management/7"]),
    ]


def test_a_management_network_that_is_lacking_is_told() -> None:
    answer = {"state": state()}
    assert found(answer, management=["192.0.2.0/28"]) == [
        ("missing", "in tcp 22 from 192.0.2.0/28 [management-connection]")
    ]


def test_notes_do_not_count_and_unreached_hosts_do() -> None:
    quiet = drift_report(PLAN, answers={"h1": {"state": state(listeners=[SSHD])}})
    assert (quiet["drift"], quiet["unreached"]) == (False, [])
    strict = drift_report(PLAN, answers={"h1": {"state": state(listeners=[SSHD])}}, notes=[])
    assert strict["drift"]
    away = drift_report(PLAN, answers={"h1": {"unreachable": True, "msg": "no route to host"}})
    assert (away["drift"], away["unreached"]) == (True, ["h1"])
    assert "1 NOT REACHED (h1)" in drift_text(away)
    assert "no route to host" in drift_text(away)


def test_an_unknown_kind_of_note_is_an_error() -> None:
    with pytest.raises(DriftError, match="printops_drift_notes: there is no kind of drift 'not_listning'"):
        drift_report(PLAN, answers={}, notes=["not_listning"])


def test_the_table_has_a_line_for_a_host_that_is_as_planned() -> None:
    lines = drift_text(drift_report(PLAN, answers={"h1": {"state": state()}})).splitlines()
    assert lines[1].split() == ["h1", "ufw", "none", "as", "planned"]
    assert lines[-1] == "1 host as planned."


BASIC = (("egress-dns", "udp 53"), ("egress-dns", "tcp 53"), ("egress-time", "udp 123"))
LET_OUT = "allow out udp 161 to 10.2.0.0/16 [safeq6/mfd/3]"
BASICS = [
    *(f"allow out {what} to {remote} [{flow}]" for flow, what in BASIC for remote in ("0.0.0.0/0", "::/0")),
    "allow out udp 67 to 0.0.0.0/0 [egress-dhcp]",
    "allow out udp 547 to ::/0 [egress-dhcp]",
]
ENFORCED = {"egress": "enforce"}


def output_drift(own_out: list[str] | None, provider: str, **egress: t.Any) -> list[tuple[str, str]]:
    answer = {"state": state(own_out=own_out, provider=provider)}
    report = drift_report(plan_with(**egress), answers={"h1": answer})
    return [(one["kind"], one["what"]) for one in report["hosts"]["h1"]["findings"] if one["severity"] == "drift"]


@pytest.mark.parametrize("provider", ["ufw", "firewalld"])
def test_what_leaves_a_host_is_held_against_the_plan_where_that_is_enforced(provider: str) -> None:
    assert output_drift(None, provider) == []
    assert output_drift([LET_OUT, *BASICS], provider, **ENFORCED) == []
    assert output_drift(BASICS, provider, **ENFORCED) == [("missing", LET_OUT[6:])]
    more = LET_OUT.replace("161", "162")
    assert output_drift([LET_OUT, more, *BASICS], provider, **ENFORCED) == [("stale", f"the plan has no {more[6:]}")]
    moved = LET_OUT.replace("10.2.0.0/16", "10.0.0.0/8")
    assert output_drift([moved, *BASICS], provider, **ENFORCED) == [
        ("changed", f"is {moved[6:]}, the plan has {LET_OUT[6:]}")
    ]
    management = "allow out tcp 22 to 198.18.0.1/32 [management-connection]"
    assert output_drift([LET_OUT, management, *BASICS], provider, **ENFORCED) == []


def test_the_operators_own_servers_count_too() -> None:
    extra = [{"protocol": "tcp", "ports": ["443"], "remotes": ["192.0.2.80"]}]
    asked = {**ENFORCED, "egress_extra": extra, "egress_dns": []}
    without_dns = [line for line in BASICS if "egress-dns" not in line]
    added = "allow out tcp 443 to 192.0.2.80/32 [egress-extra]"
    assert output_drift([LET_OUT, added, *without_dns], "firewalld", **asked) == []
    assert ("missing", added[6:]) in output_drift([LET_OUT, *without_dns], "firewalld", **asked)


def test_a_host_whose_output_is_restricted_or_not_against_the_inventory_is_told() -> None:
    assert [kind for kind, _what in output_drift([LET_OUT, *BASICS], "ufw")] == ["stale"]
    assert [kind for kind, _what in output_drift(None, "ufw", **ENFORCED)] == ["missing"]
