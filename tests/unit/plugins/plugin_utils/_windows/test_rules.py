# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of a plan in the words of Windows, their names and parts."""

from __future__ import annotations

import ipaddress
import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.lines import record_lines
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.meaning import same
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import (
    LONGEST_TEXT,
    Record,
    WindowsError,
    profile_bits,
    profile_names,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.rules import (
    MOST_ADDRESSES,
    chunks,
    desired_records,
    is_management,
)
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import as_read, rule

TESTS = pathlib.Path(__file__).resolve().parents[4]
GOLDEN = TESTS / "golden" / "windows"
UPDATE = "PRINTOPS_UPDATE_GOLDEN"


def ping(*remotes: str) -> dict[str, t.Any]:
    return {
        "direction": "in",
        "protocol": "icmp",
        "icmp_types": ["echo-request"],
        "remotes": list(remotes),
        "flows": ["own/x/1"],
    }


def records(*raw: dict[str, t.Any], **options: t.Any) -> tuple[Record, ...]:
    return desired_records(parse_rules(raw), **options)


@pytest.mark.parametrize("host", ["mgmt1", "brno1"])
def test_the_rules_of_a_plan_are_the_golden_ones(host: str) -> None:
    plan = json.loads((TESTS / "golden" / "plans" / "company.json").read_text(encoding="utf-8"))
    made = [one.as_json() for one in desired_records(parse_rules(plan["hosts"][host]["rules"]))]
    golden = GOLDEN / f"{host}.json"
    if os.environ.get(UPDATE) == "1":
        golden.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    assert json.loads(golden.read_text(encoding="utf-8")) == made, f"if that is meant, run this with {UPDATE}=1"


def test_a_rule_has_everything_that_windows_asks_for() -> None:
    (one,) = records(rule(ports=["5014-5019", "443", "444"], flows=["safeq6/mfd/2", "safeq6/mfd/1"]))
    assert one.name == f"printops {one.name.split()[1]} in tcp 443-444,5014-5019 from 10.0.0.0/24"
    assert one._replace(name="") == Record(
        name="",
        description="printops.firewall: safeq6/mfd/1-2",
        protocol=6,
        local_ports="443-444,5014-5019",
        remote_ports="*",
        remote_addresses="10.0.0.0/24",
    )


def test_sources_are_collapsed_and_rules_with_the_same_ones_are_one() -> None:
    near = ["10.0.0.0/25", "10.0.0.128/25", "10.0.0.7/32"]
    (one,) = records(rule(), rule(ports=["80"], remotes=near, flows=["safeq6/mfd/9"]))
    assert (one.local_ports, one.remote_addresses) == ("80,443", "10.0.0.0/24")
    assert one.description.endswith("safeq6/mfd/1,9")


def test_everyone_is_a_star() -> None:
    (one,) = records(rule(remotes=["::/0", "0.0.0.0/0", "10.0.0.0/8"]))
    assert one.remote_addresses == "*"
    assert one.name.endswith(" from everyone")


def test_a_ping_is_a_rule_for_each_ip_version() -> None:
    found = records(ping("10.0.0.0/24", "2001:db8::/64"), ping("10.0.0.0/24"))
    told = [(one.protocol, one.icmp_types, one.remote_addresses, one.local_ports) for one in found]
    assert told == [(1, "8:*", "10.0.0.0/24", ""), (58, "128:*", "2001:db8::/64", "")]


def test_outgoing_rules_come_only_where_egress_is_enforced_and_then_with_the_neighbours() -> None:
    assert records(rule(direction="out")) == ()
    one, link = records(rule(direction="out"), egress=parse_rules([rule(direction="out")]))
    assert (one.direction, one.local_ports, one.remote_ports) == ("out", "*", "443")
    assert (link.direction, link.protocol, link.icmp_types) == ("out", 58, "131:*,132:*,133:*,135:*,136:*,143:*")
    assert link.name.split(" ", 2)[2] == "neighbours out icmp to everyone"


def test_profiles_are_stated_and_those_of_the_way_in_are_all() -> None:
    management = parse_rules([rule(ports=["5986"], flows=["management-connection"])])
    way_in, one = records(rule(), management=management, profiles=profile_bits(["domain", "private"]))
    assert (one.profiles, way_in.profiles) == (3, profile_bits(["any"]))
    assert one.name.endswith(" on domain,private")
    assert (is_management(way_in), is_management(one)) == (True, False)
    assert profile_bits(["domain", "private", "public"]) == profile_bits(["any"])
    assert profile_names(7) == ("domain", "private", "public")


@pytest.mark.parametrize(
    "change",
    [
        {"ports": ["80"]},
        {"remotes": ["10.0.0.0/25"]},
        {"remotes": ["10.0.0.0/24", "2001:db8::/64"]},
        {"protocol": "udp"},
    ],
)
def test_a_name_changes_with_what_the_rule_is(change: dict[str, t.Any]) -> None:
    assert records(rule())[0].name != records(rule(**change))[0].name


def test_a_name_does_not_change_with_what_asks_for_it_or_the_words_of_its_networks() -> None:
    (one,) = records(rule())
    (other,) = records(rule(flows=["own/x/1"], remotes=["10.0.0.128/25", "10.0.0.0/25"]))
    assert one.name == other.name
    assert one.description != other.description


def test_names_and_descriptions_stay_short_enough() -> None:
    ports = [str(number) for number in range(1000, 3000, 3)]
    (one,) = records(rule(ports=ports, flows=[f"catalog{number}/section/{number}" for number in range(2000)]))
    assert len(one.name) < 200
    assert LONGEST_TEXT - 100 < len(one.description) <= LONGEST_TEXT
    assert one.description.endswith(" ... (2000 flows)")


def many(count: int) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_address("10.0.0.0") + 2 * number) for number in range(count))


@pytest.mark.parametrize("count", [1, 999, 1000, 1001, 1999, 2500, 10_000])
def test_no_part_is_too_long_and_none_is_lost(count: int) -> None:
    parts = list(chunks(many(count)))
    assert [token for part in parts for token in part] == list(many(count))
    assert all(len(part) <= MOST_ADDRESSES for part in parts)
    assert len(parts) <= -(-count // 500)


def test_one_more_source_changes_few_parts() -> None:
    tokens = many(10_000)
    parts = set(chunks(tokens))
    for place in (3, 4321, 9998):
        changed = set(chunks((*tokens[:place], "10.9.9.9", *tokens[place:]))) - parts
        assert len(changed) <= 3


def test_many_sources_are_several_rules_with_names_of_their_own() -> None:
    found = records(rule(remotes=[f"{one}/32" for one in many(2500)]))
    assert len(found) > 2
    assert len({one.name for one in found}) == len(found)


@pytest.mark.parametrize("remote", ["::1/128", "ff02::1/128", "ff00::/8"])
def test_remotes_that_windows_refuses_are_told(remote: str) -> None:
    with pytest.raises(WindowsError, match=f"Windows takes no rule about the IPv6 address {remote}"):
        records(rule(remotes=["10.0.0.0/8", remote]))


def test_a_separator_in_a_flow_is_refused() -> None:
    with pytest.raises(WindowsError, match="which Windows takes in no text"):
        records(rule(flows=["a|b"]))


def test_lines_are_those_of_the_other_providers() -> None:
    rules = parse_rules([rule(remotes=["10.0.0.0/24", "2001:db8::/64"], flows=["safeq6/mfd/1", "safeq6/mfd/2"])])
    (one,) = desired_records(rules)
    assert record_lines(one) == rules[0].lines()
    assert record_lines(as_read(one)) == rules[0].lines()
    assert record_lines(records(ping("10.0.0.0/24"))[0]) == ["allow in icmp echo-request from 10.0.0.0/24 [own/x/1]"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"enabled": False}, "(disabled)"),
        ({"application": "C:\\x.exe"}, "(only program C:\\x.exe)"),
        ({"service": "Spooler"}, "(only service Spooler)"),
        ({"package": "S-1-15"}, "(only app S-1-15)"),
        ({"profiles": 1}, "(on domain networks)"),
        ({"local_addresses": "10.0.0.9"}, "(only at 10.0.0.9/32)"),
        ({"interface_types": "Lan"}, "(only on lan)"),
        ({"remote_ports": "1024-65535"}, "(only with the other side's ports 1024-65535)"),
        ({"edge_traversal": True}, "(edge traversal)"),
        ({"action": "block"}, "block in tcp 443 from"),
        ({"remote_addresses": "LocalSubnet"}, "from localsubnet ["),
        ({"remote_addresses": "?"}, "from ? ["),
        ({"local_ports": "RPC"}, "tcp rpc from"),
        ({"protocol": 50}, "allow in protocol 50 any from"),
    ],
)
def test_a_line_tells_what_a_rule_of_ours_never_has(change: dict[str, t.Any], told: str) -> None:
    (one,) = records(rule())
    changed = one._replace(**change)
    assert told in record_lines(changed)[0]
    assert "enabled" in change or not same(one, changed)
