# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of a rendered folder in PowerShell 7, over the stand-in for Windows."""

from __future__ import annotations

import json
import threading
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._render.folder import Update
from ansible_collections.printops.firewall.plugins.plugin_utils._render.host import render_host, request_of
from ansible_collections.printops.firewall.plugins.plugin_utils._render.model import File
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.compare import compare
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.meaning import same
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import Record

from ..powershell.resident import Done
from .host import STANDIN, Host
from .rendered import FOREIGN, HTTPS, OPTIONS, PING, Folder, changes, wait_for

pytestmark = pytest.mark.pwsh


def test_apply_and_remove(host: Host) -> None:
    host.put(rules=FOREIGN)
    folder = Folder(host, HTTPS, PING)
    lines = (folder.path / "rules.txt").read_text().splitlines()

    foreseen = folder.run("apply", "-Check")
    assert foreseen.returncode == 0, foreseen.stderr
    assert changes(foreseen.stdout) == [f"+{line}" for line in lines]
    assert "Nothing was changed." in foreseen.stdout
    assert host.data()["rules"] == FOREIGN

    assert changes(folder.kept("apply")) == [f"+{line}" for line in lines]
    assert host.names() == folder.names
    assert compare(desired=folder.records, existing=[Record(**rule) for rule in host.rules()]) == ()
    assert folder.kept("apply").splitlines() == ["Nothing to change."]

    foreseen = folder.run("remove", "-WhatIf")
    assert (foreseen.returncode, len(changes(foreseen.stdout))) == (0, len(folder.names))
    assert host.names() == folder.names
    folder.kept("remove")
    assert host.data()["rules"] == FOREIGN
    assert folder.kept("remove").splitlines() == ["Nothing to change."]


def test_a_newer_folder_takes_away_what_it_has_no_more(host: Host) -> None:
    Folder(host, HTTPS, PING).kept("apply")
    newer = Folder(host, {**HTTPS, "ports": ["443"]}, management=[])
    said = changes(newer.kept("apply"))
    assert host.names() == newer.names
    assert len([line for line in said if line.startswith("+")]) == 3
    assert len([line for line in said if line.startswith("-")]) == 4


def test_rules_that_somebody_changed_are_put_right(host: Host) -> None:
    folder = Folder(host, HTTPS, PING)
    folder.kept("apply")
    as_applied = host.rules()
    management, https, ping, ping6 = as_applied
    host.put(
        rules=[
            {**management, "enabled": False},
            {**https, "remote_addresses": "*"},
            {**ping, "description": "mine"},
            ping6,
            ping6,
        ]
    )
    said = folder.kept("apply")
    assert "+" + management["name"] + ": enabled True" in said
    assert {record["name"]: record for record in host.rules()} == {record["name"]: record for record in as_applied}
    assert len(host.rules()) == len(as_applied)
    assert folder.kept("apply").splitlines() == ["Nothing to change."]


FORMS = [
    ("10.1.0.0/24", "10.1.0.0/255.255.255.0", True),
    ("10.1.0.0/24", "10.1.0.0-10.1.0.255", True),
    ("10.1.0.7", "10.1.0.7/255.255.255.255", True),
    ("10.1.0.7", "10.1.0.7-10.1.0.7", True),
    ("10.1.0.7,10.2.0.0/16", "10.2.0.0/255.255.0.0,10.1.0.7/32", True),
    ("2001:db8::/64", "2001:DB8:0::/64", True),
    ("2001:db8::/64", "2001:db8::-2001:db8::ffff:ffff:ffff:ffff", True),
    ("*", "Any", True),
    ("*", "", True),
    ("10.1.0.0/24", "10.1.0.0/25", False),
    ("10.1.0.0/24", "10.1.0.0/255.255.0.0", False),
    ("10.1.0.0/24", "LocalSubnet", False),
    ("10.1.0.0/24", "10.1.0.0/24,LocalSubnet", False),
    ("10.1.0.0/24", "10.1.0.0/24,10.9.9.9", False),
    ("10.1.0.0/24", "*", False),
    ("2001:db8::/64", "2001:db8::/63", False),
]
FIELDS: list[tuple[dict[str, t.Any], bool]] = [
    ({"local_ports": "5014-5019, 443"}, True),
    ({"local_ports": "443"}, False),
    ({"local_ports": "*"}, False),
    ({"profiles": 7}, True),
    ({"profiles": 3}, False),
    ({"interface_types": "All"}, True),
    ({"interface_types": "Lan"}, False),
    ({"edge_traversal": True}, False),
    ({"action": "block"}, False),
    ({"direction": "out"}, False),
    ({"protocol": 17}, False),
    ({"application": "C:\\x.exe"}, False),
    ({"service": "spooler"}, False),
    ({"package": "S-1-15-2-1"}, False),
    ({"local_addresses": "10.0.0.1"}, False),
    ({"name": "another", "description": "other", "enabled": False}, True),
]
MEANINGS = """
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path $PSScriptRoot 'lib/OfflineFolder.psm1')
Import-Module -Name (Join-Path $PSScriptRoot 'lib/OfflineMeaning.psm1')
foreach ($pair in (Read-OfflineDocument -Path (Join-Path $PSScriptRoot 'pairs.jsonl'))['rules']) {
    Test-OfflineSame -Record $pair['one'] -Wanted $pair['other']
}
"""


def test_the_scripts_find_the_same_what_the_controller_does(host: Host) -> None:
    folder = Folder(host, HTTPS)
    base = Record(name="printops x", protocol=6, local_ports="443,5014-5019", remote_ports="*")
    pairs = [
        (Record(**{**base.as_json(), "remote_addresses": one}), Record(**{**base.as_json(), "remote_addresses": other}))
        for one, other, _same in FORMS
    ]
    pairs += [(base, Record(**{**base.as_json(), **changed})) for changed, _same in FIELDS]
    expected = [is_same for _one, _other, is_same in FORMS] + [is_same for _changed, is_same in FIELDS]
    assert [same(one, other) for one, other in pairs] == expected
    lines = [
        {"format": "printops.firewall/rendered/1"},
        *({"one": one.as_json(), "other": other.as_json()} for one, other in pairs),
    ]
    (folder.path / "pairs.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (folder.path / "meanings.ps1").write_text(MEANINGS)
    done = folder.run("meanings")
    assert done.returncode == 0, done.stderr
    assert [line == "True" for line in done.stdout.split()] == expected


def test_profiles_are_changed_last_and_put_back(host: Host) -> None:
    host.put(policy=policy(enabled=False, default_inbound="allow"), rules=FOREIGN)
    folder = Folder(host, HTTPS, default_inbound="block")
    said = changes(folder.kept("apply"))
    assert "profile" not in said[0]
    assert "+profile public" in said[-1]
    assert (host.profile("public")["enabled"], host.profile("domain")["default_inbound"]) == (True, "block")
    folder.kept("remove")
    assert (host.profile("public")["enabled"], host.profile("domain")["default_inbound"]) == (False, "allow")
    assert host.data()["rules"] == FOREIGN


MEMBER = {"member": True, "name": "corp.example.com", "controllers": ["10.9.0.5", "2001:db8:9::5"]}


def test_what_leaves_is_restricted_last_of_all_and_released_first(host: Host) -> None:
    host.put(domain=MEMBER, rules=FOREIGN)
    before = host.data()
    folder = Folder(host, HTTPS, egress="enforce", egress_domain=["10.9.0.0/29", "2001:db8:9::/64"])
    said = changes(folder.kept("apply"))
    assert "allow out tcp 53,88,135" in "".join(said)
    assert said[-1] == "+profile public: default_outbound block"
    assert {host.profile(name)["default_outbound"] for name in ("domain", "private", "public")} == {"block"}
    assert host.names() == folder.names
    assert folder.kept("apply").splitlines() == ["Nothing to change."]
    narrower = Folder(
        host, HTTPS, egress="enforce", egress_domain=["10.9.0.0/29", "2001:db8:9::/64"], profiles=["public"]
    )
    assert "+profile domain: default_outbound allow" in changes(narrower.kept("apply"))
    assert [host.profile(name)["default_outbound"] for name in ("domain", "public")] == ["allow", "block"]
    assert changes(Folder(host, HTTPS).kept("apply"))[0] == "+profile public: default_outbound allow"
    assert (host.profile("public")["default_outbound"], host.read()["found"]) == ("allow", None)
    folder = Folder(host, HTTPS, egress="enforce", egress_domain=["10.9.0.0/29", "2001:db8:9::/64"])
    folder.kept("apply")
    assert changes(folder.kept("remove"))[0] == "+profile domain: default_outbound allow"
    assert (host.profile("public")["default_outbound"], host.read()["found"]) == ("allow", None)
    assert host.data()["rules"] == before["rules"]


@pytest.mark.parametrize(
    ("domain", "networks", "message"),
    [
        (MEMBER, [], "could not reach all services of its controller 10.9.0.5 any more"),
        (MEMBER, ["10.9.0.4/30"], "could not reach all services of its controller 2001:db8:9::5 any more"),
        (MEMBER, ["10.9.0.0/30", "2001:db8:9::/127"], "could not reach all services of its controller 10.9.0.5"),
        ({**MEMBER, "controllers": []}, [], "does not tell which controllers it uses"),
        ({**MEMBER, "member": None}, [], "cannot be read, for WMI does not answer"),
        ({**MEMBER, "member": None}, ["10.9.0.0/29"], ""),
        ({**MEMBER, "controllers": []}, ["10.9.0.0/29"], ""),
        ({**MEMBER, "member": False}, [], ""),
    ],
)
def test_a_member_of_a_domain_keeps_its_controllers(
    host: Host, domain: dict[str, t.Any], networks: list[str], message: str
) -> None:
    host.put(domain=domain)
    done = Folder(host, HTTPS, egress="enforce", egress_domain=networks).run("apply", "-Check")
    assert (done.returncode, message in done.stderr) == (int(bool(message)), True), done.stderr


def policy(**values: t.Any) -> dict[str, t.Any]:
    settings = {
        "enabled": True,
        "default_inbound": "block",
        "default_outbound": "allow",
        "block_all_inbound": False,
        "local_rules_apply": True,
        **values,
    }
    names = ("domain", "private", "public")
    profiles = {name: dict(settings) for name in names}
    return {"local_policy_modify_state": "ok", "profiles": profiles, "current_profiles": ["public"]}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"policy": policy(local_rules_apply=False)}, "has the host's own firewall rules"),
        (
            {"policy": {**policy(), "local_policy_modify_state": "gp_override"}},
            "has the host's own firewall rules",
        ),
        ({"policy": policy(block_all_inbound=True)}, "blocks all incoming connections"),
        ({"policy": policy(enabled=False), "products": ["Other"]}, "Other is registered as the firewall"),
        (
            {"service": {"firewall": {"state": "stopped"}, "filtering_engine": {"state": "running"}}},
            "(MpsSvc) is stopped",
        ),
    ],
)
def test_rules_without_an_effect_are_not_written(host: Host, state: dict[str, t.Any], message: str) -> None:
    host.put(rules=FOREIGN, **state)
    done = Folder(host, HTTPS).run("apply", "-ConfirmTimeout", "0")
    assert done.returncode == 1
    assert message in done.stderr
    assert host.data()["rules"] == FOREIGN


def test_rules_for_other_networks_are_not_written(host: Host) -> None:
    done = Folder(host, HTTPS, profiles=["domain"]).run("apply", "-ConfirmTimeout", "0")
    assert done.returncode == 1
    assert "in networks of the public profile, and the rules are for the domain profile only" in done.stderr


def test_a_change_that_nobody_confirms_is_taken_back(host: Host) -> None:
    host.put(rules=FOREIGN, connections=[])
    folder = Folder(host, HTTPS)
    told: list[Done] = []
    changing = threading.Thread(target=lambda: told.append(folder.run("apply", "-ConfirmTimeout", "60")))
    changing.start()
    wait_for((host.state / "applied").exists)
    assert host.names() == folder.names
    task = host.run_task()
    assert task.returncode == 0, task.stderr
    changing.join()
    assert told[0].returncode == 1
    assert "this computer took it back, and is on its old rules" in told[0].stderr
    assert host.data()["rules"] == FOREIGN


@pytest.mark.parametrize("script", ["apply", "remove"])
def test_a_folder_of_another_computer_or_an_edited_one_is_refused(host: Host, script: str) -> None:
    host.put(rules=FOREIGN)
    folder = Folder(host, HTTPS)
    document = (folder.path / "rules.jsonl").read_text()
    (folder.path / "rules.jsonl").write_text(document.replace("10.1.0.0/24", "0.0.0.0/0"))
    edited = folder.run(script)
    assert edited.returncode == 1
    assert "rules.jsonl is not the file that was rendered" in edited.stderr
    plan = {"provider": "windows_defender", "addresses": ["192.0.2.99"], "egress": "allow", "rules": []}
    files = render_host(request_of("other", plan={**plan, **OPTIONS}))
    Update.of(folder.path, {**files, "lib/Firewall.psm1": File(STANDIN.read_bytes())}).make()
    elsewhere = folder.run(script)
    assert elsewhere.returncode == 1
    assert "this folder is for other (192.0.2.99)" in elsewhere.stderr
    assert host.data()["rules"] == FOREIGN


GROUP_POLICY_MODULE = r"""
function Read-Store {
    Get-Content -Raw $env:PRINTOPS_STANDIN | ConvertFrom-Json
}
function Write-Store { param($Rules, $Profiles)
    $data = Read-Store
    if (-not $data.deaf) {
        if ($null -eq $Rules) { $Rules = $data.rules }
        if ($null -eq $Profiles) { $Profiles = $data.profiles }
        @{ store = $data.store; deaf = $false; rules = @($Rules); profiles = $Profiles } | ConvertTo-Json -Depth 6 |
            Set-Content $env:PRINTOPS_STANDIN
    }
}
function Get-NetFirewallProfile { param([string]$PolicyStore, [switch]$All)
    foreach ($one in (Read-Store).profiles.PSObject.Properties) {
        [pscustomobject]@{ Name = $one.Name; DefaultOutboundAction = $one.Value }
    }
}
function Set-NetFirewallProfile { param([string]$PolicyStore, [string[]]$Name, [string]$DefaultOutboundAction)
    $profiles = (Read-Store).profiles
    foreach ($one in $Name) { $profiles.$one = $DefaultOutboundAction }
    Write-Store -Profiles $profiles
}
function Get-NetFirewallRule { param([string]$PolicyStore, [switch]$All)
    $data = Read-Store
    if ($PolicyStore -ne $data.store) { throw "no policy $PolicyStore" }
    $data.rules
}
function Remove-NetFirewallRule { param([string]$PolicyStore, [string[]]$Name)
    $all = Get-NetFirewallRule -PolicyStore $PolicyStore -All
    Write-Store -Rules @($all | Where-Object { $Name -cnotcontains $_.Name })
}
function Open-NetGPO { param([string]$PolicyStore)
    $script:Rules = [System.Collections.ArrayList]@(Get-NetFirewallRule -PolicyStore $PolicyStore -All)
    'session of ' + $PolicyStore
}
function New-NetFirewallRule {
    param([string]$Name, [string]$DisplayName, [string]$Description, [string]$Group, [string]$Enabled,
        [string]$Direction, [string]$Action, [string]$Profile, [string]$Protocol, [string[]]$LocalPort,
        [string[]]$RemotePort, [string[]]$RemoteAddress, [string[]]$IcmpType, [string]$GPOSession)
    if (@($script:Rules | Where-Object { $_.Name -ceq $Name }).Count) { throw "there is a rule $Name already" }
    $rule = @{}
    foreach ($key in $PSBoundParameters.Keys) { $rule[$key] = $PSBoundParameters[$key] }
    $null = $script:Rules.Add([pscustomobject]$rule)
}
function Save-NetGPO { param([string]$GPOSession)
    Write-Store -Rules $script:Rules
}
"""
STORE = "corp.example.com\\Print servers"
DOMAIN = ("-Domain", "corp.example.com", "-Gpo", "Print servers")
THEIR_RULE = {"Name": "theirs", "DisplayName": "theirs", "Group": "somebody"}


class GroupPolicy:
    """A folder, and a module NetSecurity whose only policy is a JSON file."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.folder = Folder(host, HTTPS, PING)
        self.modules = host.folder / "modules"
        (self.modules / "NetSecurity").mkdir(parents=True)
        (self.modules / "NetSecurity" / "NetSecurity.psm1").write_text(GROUP_POLICY_MODULE)
        profiles = dict.fromkeys(("Domain", "Private", "Public"), "NotConfigured")
        host.file.write_text(json.dumps({"store": STORE, "deaf": False, "rules": [THEIR_RULE], "profiles": profiles}))

    def run(self, script: str, *words: str) -> str:
        done = self.folder.run(script, *DOMAIN, *words, PSModulePath=str(self.modules))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def data(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads(self.host.file.read_text()))

    @property
    def rules(self) -> list[dict[str, t.Any]]:
        return t.cast("list[dict[str, t.Any]]", self.data["rules"])

    @property
    def wanted(self) -> list[dict[str, t.Any]]:
        _facts, *rules = (self.folder.path / "group_policy.jsonl").read_text().splitlines()
        return [{**json.loads(rule), "GPOSession": f"session of {STORE}"} for rule in rules]


def test_a_group_policy_gets_the_rules_and_loses_them(host: Host) -> None:
    policy = GroupPolicy(host)
    foreseen = policy.run("group_policy", "-Check")
    assert len(changes(foreseen)) == len(policy.wanted)
    assert policy.rules == [THEIR_RULE]
    policy.run("group_policy")
    assert policy.rules == [THEIR_RULE, *policy.wanted]
    assert policy.run("group_policy").splitlines() == ["Nothing to change."]
    assert len(changes(policy.run("group_policy", "-Rewrite"))) == 2 * len(policy.wanted)
    assert policy.rules == [THEIR_RULE, *policy.wanted]
    assert len(changes(policy.run("group_policy", "-Remove", "-Check"))) == len(policy.wanted)
    policy.run("group_policy", "-Remove")
    assert policy.rules == [THEIR_RULE]


def test_a_group_policy_loses_rules_that_the_plan_has_no_more(host: Host) -> None:
    policy = GroupPolicy(host)
    policy.run("group_policy")
    stale = policy.wanted[0]
    Folder(host, HTTPS, PING, management=[])
    assert changes(policy.run("group_policy")) == [f"-{stale['DisplayName']}"]
    assert policy.rules == [THEIR_RULE, *policy.wanted]
    assert stale not in policy.rules


def test_a_group_policy_restricts_what_leaves_last_of_all_and_lets_go_of_it_first(host: Host) -> None:
    policy = GroupPolicy(host)
    Folder(host, HTTPS, PING, egress="enforce", profiles=["domain", "private"])
    profiles = {"Domain": "Block", "Private": "Block", "Public": "NotConfigured"}
    assert "+profile Domain: DefaultOutboundAction Block" in policy.run("group_policy", "-Check").splitlines()
    policy.run("group_policy")
    assert policy.data["profiles"] == profiles
    assert {one["Direction"] for one in policy.rules if one != THEIR_RULE} == {"Inbound", "Outbound"}
    assert policy.run("group_policy").splitlines() == ["Nothing to change."]
    policy.run("group_policy", "-Remove")
    assert policy.rules == [THEIR_RULE]
    assert set(policy.data["profiles"].values()) == {"NotConfigured"}
    policy.run("group_policy")
    Folder(host, HTTPS, PING, egress="enforce", profiles=["private"])
    assert "+profile Domain: DefaultOutboundAction NotConfigured" in policy.run("group_policy").splitlines()
    assert policy.data["profiles"] == {**profiles, "Domain": "NotConfigured"}
    Folder(host, HTTPS, PING)
    assert "+profile Private: DefaultOutboundAction NotConfigured" in policy.run("group_policy").splitlines()
    assert set(policy.data["profiles"].values()) == {"NotConfigured"}
    assert policy.run("group_policy").splitlines() == ["Nothing to change."]


def test_a_domain_controller_that_takes_nothing_is_told(host: Host) -> None:
    policy = GroupPolicy(host)
    host.file.write_text(json.dumps({**json.loads(host.file.read_text()), "deaf": True}))
    done = policy.folder.run("group_policy", *DOMAIN, PSModulePath=str(policy.modules))
    assert done.returncode == 1
    assert "is the domain controller a read-only one?" in done.stderr


def test_a_policy_that_is_not_there_is_told(host: Host) -> None:
    policy = GroupPolicy(host)
    done = policy.folder.run("group_policy", "-Domain", "x", "-Gpo", "y", PSModulePath=str(policy.modules))
    assert done.returncode == 1
    assert "no policy x\\y" in done.stderr
