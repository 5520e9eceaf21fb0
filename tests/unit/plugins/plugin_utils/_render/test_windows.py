# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a Windows host; that its scripts run is tested in tests/windows, where there is a PowerShell."""

from __future__ import annotations

import hashlib
import json
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import RenderError
from ansible_collections.printops.firewall.plugins.plugin_utils._render.folder import Update
from ansible_collections.printops.firewall.plugins.plugin_utils._render.host import render_host, request_of
from ansible_collections.printops.firewall.plugins.plugin_utils._render.model import File
from ansible_collections.printops.firewall.plugins.plugin_utils._windows import apply as windows_apply
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import Record, profile_bits
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.rules import desired_records

RULES = [
    {
        "direction": "in",
        "protocol": "tcp",
        "ports": ["443", "5014-5019"],
        "remotes": ["10.1.0.0/24", "2001:db8::/64"],
        "flows": ["safeq6/management/1"],
    },
    {
        "direction": "in",
        "protocol": "icmp",
        "icmp_types": ["echo-request"],
        "remotes": ["10.1.0.7/32", "2001:db8::/64"],
        "flows": ["safeq6/management/2"],
    },
    {"direction": "in", "protocol": "udp", "ports": ["161"], "remotes": ["0.0.0.0/0", "::/0"], "flows": ["a/b/1"]},
    {"direction": "out", "protocol": "tcp", "ports": ["25"], "remotes": ["10.0.0.1/32"], "flows": ["a/b/2"]},
]
PLAN = {"provider": "windows_defender", "addresses": ["192.0.2.1"], "egress": "allow", "rules": RULES}
OPTIONS: dict[str, t.Any] = {
    "management": ["198.51.100.0/28"],
    "keep_connection": True,
    "foreign_rules": "report",
    "start": True,
    "profiles": ["private", "domain"],
    "default_inbound": "keep",
    "egress_extra": [],
    "egress_dns": [],
    "egress_time": [],
}


def rendered(plan: dict[str, t.Any] | None = None, **options: t.Any) -> dict[str, File]:
    return render_host(request_of("h", plan={**PLAN, **OPTIONS, **options, **(plan or {})}))


def json_of(files: dict[str, File], name: str) -> t.Any:
    """The first line as it is, with the others as its C(rules)."""
    document, *rules = map(json.loads, files[name].content.decode().splitlines())
    return {**document, "rules": rules}


def test_rules_are_told_in_the_words_of_the_other_providers() -> None:
    assert rendered()["rules.txt"].content.decode().splitlines() == [
        "allow in tcp 3389 from 198.51.100.0/28 [management-connection]",
        "allow in tcp 443,5014-5019 from 10.1.0.0/24 [safeq6/management/1] (on domain,private networks)",
        "allow in tcp 443,5014-5019 from 2001:db8::/64 [safeq6/management/1] (on domain,private networks)",
        "allow in icmp echo-request from 10.1.0.7/32 [safeq6/management/2] (on domain,private networks)",
        "allow in icmp echo-request from 2001:db8::/64 [safeq6/management/2] (on domain,private networks)",
        "allow in udp 161 from 0.0.0.0/0 [a/b/1] (on domain,private networks)",
        "allow in udp 161 from ::/0 [a/b/1] (on domain,private networks)",
    ]


def test_records_are_those_of_a_run() -> None:
    document = json_of(rendered(management=[]), "rules.jsonl")
    wanted = desired_records(parse_rules(RULES), profiles=profile_bits(["private", "domain"]))
    assert tuple(Record(**rule["record"]) for rule in document["rules"]) == wanted
    assert {key: value for key, value in document.items() if key not in ("rules", "restore_files", "format")} == {
        "host": "h",
        "provider": "windows_defender",
        "addresses": ["192.0.2.1"],
        "group": "printops.firewall",
        "profiles": ["domain", "private"],
        "start": True,
        "default_inbound": "keep",
        "default_outbound": "keep",
        "controllers": [],
        "management_ports": [22, 3389, 5985, 5986],
    }
    assert json_of(rendered(profiles=["any"]), "rules.jsonl")["profiles"] == ["domain", "private", "public"]


def test_what_may_leave_is_rendered_where_it_is_restricted() -> None:
    files = rendered({"egress": "enforce"}, egress_domain=["10.9.0.0/29"], egress_dns=["10.9.0.0/28"])
    lines = files["rules.txt"].content.decode().splitlines()
    assert "allow out tcp 25 to 10.0.0.1/32 [a/b/2] (on domain,private networks)" in lines
    assert any("egress-domain/kerberos" in line and "to 10.9.0.0/29" in line for line in lines)
    document = json_of(files, "rules.jsonl")
    assert (document["default_outbound"], document["controllers"]) == ("block", ["10.9.0.0/29"])
    policy = json_of(files, "group_policy.jsonl")
    assert (policy["default_outbound"], policy["profiles"]) == ("block", ["Domain", "Private"])
    (smtp,) = [one for one in policy["rules"] if one.get("RemotePort") == ["25"]]
    assert (smtp["Direction"], smtp["RemoteAddress"], "LocalPort" in smtp) == ("Outbound", ["10.0.0.1"], False)


def test_a_person_is_told_the_same_by_the_scripts() -> None:
    files = rendered()
    told = [
        rule["before"] + remote + rule["after"]
        for rule in json_of(files, "rules.jsonl")["rules"]
        for remote in rule["remotes"]
    ]
    assert told == files["rules.txt"].content.decode().splitlines()


def test_no_line_is_too_long_for_windows_powershell() -> None:
    remotes = [f"2001:db8:{number:x}:aaaa:bbbb:cccc:dddd:eeee/128" for number in range(3000)]
    flows = [f"safeq6/a-section-with-a-long-name-{number}/1" for number in range(400)]
    files = rendered({"rules": [{**RULES[0], "remotes": remotes, "flows": flows}]})
    for name in ("rules.jsonl", "group_policy.jsonl"):
        lines = files[name].content.decode().splitlines()
        assert len(lines) > 4
        assert max(map(len, lines)) < 2_000_000


def test_the_task_that_takes_back_runs_what_it_runs_elsewhere() -> None:
    files = rendered()
    assert set(json_of(files, "rules.jsonl")["restore_files"]) == set(windows_apply.restore_files())
    for name, text in windows_apply.restore_files().items():
        assert files[f"lib/{name}"].content.decode() == text


def test_a_group_policy_gets_what_new_netfirewallrule_takes() -> None:
    management, https, ping, ping6, everyone = json_of(rendered(), "group_policy.jsonl")["rules"]
    common = {"Group": "printops.firewall", "Enabled": "True", "Direction": "Inbound", "Action": "Allow"}
    assert {key: value for key, value in https.items() if key != "Name"} == {
        **common,
        "DisplayName": https["DisplayName"],
        "Description": "printops.firewall: safeq6/management/1",
        "Profile": "Domain,Private",
        "Protocol": "TCP",
        "LocalPort": ["443", "5014-5019"],
        "RemoteAddress": ["10.1.0.0/24", "2001:db8::/64"],
    }
    assert (management["Profile"], management["LocalPort"]) == ("Any", ["3389"])
    assert (ping["Protocol"], ping["IcmpType"], ping["RemoteAddress"]) == ("ICMPv4", ["8"], ["10.1.0.7"])
    assert (ping6["Protocol"], ping6["IcmpType"]) == ("ICMPv6", ["128"])
    assert "RemoteAddress" not in everyone
    assert not {"LocalPort", "RemotePort"} & set(ping)


def test_another_rule_has_another_name_in_a_group_policy() -> None:
    def names(**changes: t.Any) -> set[str]:
        plan = {"rules": [{**RULES[0], **changes}]}
        return {rule["Name"] for rule in json_of(rendered(plan, management=[]), "group_policy.jsonl")["rules"]}

    variants = [names(), names(ports=["444"]), names(remotes=["10.1.0.0/25"]), names(flows=["a/b/9"])]
    assert len(set.union(*variants)) == len(variants)
    assert names() == names()


@pytest.mark.parametrize(
    ("plan", "options", "message"),
    [
        ({}, {"egress_domain": ["10.0.0.1/8"]}, r"egress_domain: '10\.0\.0\.1/8' is no network"),
        ({}, {"foreign_rules": "refuse"}, "printops_foreign_rules is refuse"),
        ({}, {"management": ["10.0.0.1/8"]}, r"management: '10\.0\.0\.1/8' is no network"),
        ({"rules": [{**RULES[0], "remotes": ["ff00::/8"]}]}, {}, "multicast"),
    ],
)
def test_what_cannot_be_had_is_refused(plan: dict[str, t.Any], options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(RenderError, match=f"host h: .*{message}"):
        rendered(plan, **options)


def test_scripts_hold_no_data_of_the_host() -> None:
    here = rendered()
    there = render_host(request_of("other", plan={**PLAN, **OPTIONS, "rules": RULES[:1]}))
    scripts = [name for name in here if name.endswith((".ps1", ".psm1"))]
    assert {name: here[name] for name in scripts} == {name: there[name] for name in scripts}
    for name in scripts:
        assert here[name].content.isascii(), f"Windows PowerShell reads {name} in the code page of the computer"


def test_texts_are_for_the_older_notepad_too() -> None:
    files = rendered()
    for name in ("README.txt", "rules.txt"):
        content = files[name].content
        assert content.count(b"\r\n") == content.count(b"\n") > 3
    assert max(map(len, files["README.txt"].content.decode().splitlines())) <= 120
    assert b"* -text" in files[".gitattributes"].content


def test_a_script_knows_the_file_that_checks_the_folder() -> None:
    files = rendered()
    checker = files["lib/OfflineFolder.psm1"].content.rstrip()
    for name in ("apply", "confirm", "remove", "group_policy"):
        assert hashlib.sha256(checker).hexdigest().upper() in files[f"{name}.ps1"].content.decode()


def test_the_folder_is_the_same_to_the_byte(tmp_path: pathlib.Path) -> None:
    Update.of(tmp_path, rendered()).make()
    assert Update.of(tmp_path, rendered()).written == []
    assert {path.name for path in tmp_path.iterdir()} == {
        ".gitattributes",
        "README.txt",
        "SHA256SUMS",
        "apply.ps1",
        "confirm.ps1",
        "group_policy.jsonl",
        "group_policy.ps1",
        "lib",
        "remove.ps1",
        "rules.jsonl",
        "rules.txt",
    }
