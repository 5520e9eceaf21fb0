# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of Firewall.psm1 the modules do not reach in their tests, and the laws of the model that it runs on."""

from __future__ import annotations

import json
import pathlib
import socket
import typing as t

import pytest

from .host import MODEL, WINDOWS, Host, records, rule

pytestmark = pytest.mark.pwsh

KEY = r"SOFTWARE\Policies\Microsoft\Windows\PowerShell"
OPTIONS = r"SYSTEM\CurrentControlSet\Control\ProductOptions"


@pytest.fixture
def modelled(tmp_path: pathlib.Path) -> Host:
    return Host(tmp_path, on_model=True)


def evaluate(host: Host, text: str, *, on_model: bool = True) -> str:
    """What the text writes, with the functions of the file at hand."""
    model = f"Import-Module -Name '{MODEL / 'WindowsModel.psm1'}' -DisableNameChecking\n" if on_model else ""
    script = host.folder / "evaluate.ps1"
    script.write_text(f"$ErrorActionPreference = 'Stop'\n{model}Import-Module -Name '{WINDOWS}'\n{text}\n")
    done = host.powershell(script)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.strip()


LAWS: list[tuple[str, str]] = [
    ("$r.LocalPorts = '80'", "expected range"),
    ("$r.Protocol = 1; $r.RemotePorts = '80'", "expected range"),
    ("$r.Protocol = 6; $r.IcmpTypesAndCodes = '8:*'", "expected range"),
    ("$r.Protocol = 6; $r.LocalPorts = '80'; $r.Protocol = 17; $r.LocalPorts", "*"),
    ("$r.Protocol = 58; $r.IcmpTypesAndCodes = '128:*'; $r.IcmpTypesAndCodes", "128:*"),
    ("$r.RemoteAddresses = '10.0.0.0/24,10.9.9.9,10.1.0.1-10.1.0.9,LocalSubnet,2001:db8::/32'; $r.RemoteAddresses",
     "10.0.0.0/255.255.255.0,10.9.9.9/255.255.255.255,10.1.0.1-10.1.0.9,LocalSubnet,2001:db8::/32"),
    ("$r.RemoteAddresses = 'nowhere'", "expected range"),
    ("$r.Name = 'a|b'", "expected range"),
    ("$r.Name = 'ALL'", "expected range"),
    ("$r.InterfaceTypes = 'Token ring'", "expected range"),
    ("$r.Direction = 2; $r.EdgeTraversal = $true", "expected range"),
    ("$p.Rules.Add($r)", "expected range"),
    ("foreach ($n in 1, 2, 3) { $r.Name = 'x'; $p.Rules.Add($r) }; $p.Rules.Remove('X'); $p.Rules.Count", "2"),
    ("$p.Rules.Remove('none'); $p.Rules.Count", "0"),
    ("$r.Name = 'x'; $p.Rules.Add($r); @($p.Rules)[0].Name = 'y'; (New-Object -Com HNetCfg.FwPolicy2).Rules.Name", "y"),
    ("New-Object -ComObject 'HNetCfg.FwPolicy3'", "not registered"),
    ("(New-Object -ComObject 'Schedule.Service').NewTask(0)", "not connected"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), LAWS, ids=[text[:50] for text, _said in LAWS])
def test_the_model_keeps_the_laws_that_are_documented(modelled: Host, text: str, said: str) -> None:
    made = "$p = New-Object -ComObject HNetCfg.FwPolicy2; $r = New-Object -ComObject HNetCfg.FWRule"
    told = evaluate(modelled, f"{made}\ntry {{ {text} }} catch {{ $_.Exception.Message }}")
    assert said in told if " " in said else told == said


@pytest.mark.parametrize(
    ("values", "policy"),
    [
        ({}, "Undefined"),
        ({"EnableScripts": 0, "ExecutionPolicy": "Unrestricted"}, "Restricted"),
        ({"EnableScripts": 1}, "Undefined"),
        ({"EnableScripts": 1, "ExecutionPolicy": "AllSigned"}, "AllSigned"),
        ({"ExecutionPolicy": "AllSigned"}, "Undefined"),
    ],
)
def test_the_execution_policy_of_a_group_policy(modelled: Host, values: dict[str, t.Any], policy: str) -> None:
    modelled.put(registry={KEY: values})
    assert evaluate(modelled, "Get-PrintopsScriptPolicy") == policy


def test_the_security_centre_is_asked_on_a_client_only(modelled: Host) -> None:
    modelled.put(products=["One"], security_center=["One", "Two"])
    assert modelled.read()["products"] == ["One"]
    modelled.put(registry={OPTIONS: {"ProductType": "WinNT"}})
    assert modelled.read()["products"] == ["One", "Two"]


@pytest.mark.parametrize(
    ("domain", "told"),
    [
        (None, {"member": None, "name": "", "controllers": []}),
        ({"member": False, "name": "WORKGROUP", "controllers": ["192.0.2.5"]},
         {"member": False, "name": "WORKGROUP", "controllers": []}),
        ({"member": True, "name": "corp", "controllers": ["192.0.2.5", "dc1.corp", ""]},
         {"member": True, "name": "corp", "controllers": ["192.0.2.5"]}),
    ],
)  # fmt: skip
def test_of_a_domain_only_addresses_of_controllers_are_told(
    modelled: Host, domain: dict[str, t.Any] | None, told: dict[str, t.Any]
) -> None:
    modelled.put(domain=domain)
    assert modelled.read(outgoing=True)["domain"] == told


def test_every_field_of_a_rule_is_written_and_read(modelled: Host) -> None:
    wanted = [
        rule("in", description="d", remote_ports="1024-65535", interface_types="Lan,Wireless", profiles=3,
             application=r"C:\x.exe", service="Spooler", action="block", protocol=17,
             edge_traversal=True, edge_traversal_options=1),
        rule("out", direction="out", protocol=58, icmp_types="128:*", local_ports="", remote_ports="",
             local_addresses="2001:db8::1", enabled=False),
        rule("limited", interfaces="Ethernet|vEthernet (Default Switch)", local_user_owner="S-1-5-18",
             package="S-1-15-2-1", secure_flags=2,
             local_users="O:LSD:(A;;CC;;;S-1-5-80-1)", remote_users="O:LSD:(A;;CC;;;S-1-5-21-1)",
             remote_machines="O:LSD:(A;;CC;;;S-1-5-21-2)", edge_traversal_options=2, edge_traversal=True),
        rule("any", protocol=256, local_ports="", remote_ports=""),
    ]  # fmt: skip
    modelled.change([{"do": "add", "rule": one} for one in wanted])
    assert records(modelled.read()["rules"]) == [*wanted[:3], {**wanted[3], "local_ports": "*", "remote_ports": "*"}]


def test_a_rule_that_lets_secured_packets_pass_blocks_is_told_and_never_written(modelled: Host) -> None:
    modelled.put(rules=[rule("printops a", action="bypass")])
    assert records(modelled.read()["rules"])[0]["action"] == "bypass"
    answer = modelled.change([{"do": "add", "rule": rule("printops b", action="bypass")}])
    assert "a rule that is to bypass cannot be written" in answer["msg"]
    assert modelled.names() == ["printops a"]


@pytest.mark.parametrize("name", ["", "\u017ftra\u00dfe", "\u212a", "\u0130", "PRINTOPS A"])
def test_rules_of_any_name_are_taken_off(modelled: Host, name: str) -> None:
    there = [rule("printops a"), rule(name), rule(name.swapcase(), local_ports="80"), rule(name, local_ports="81")]
    modelled.put(rules=there)
    gone = dict.fromkeys([name, name.swapcase()])
    gone.pop("printops a", None)
    answer = modelled.change([{"do": "remove", "name": one} for one in gone])
    assert (answer["changed"], answer.get("msg")) == (True, None)
    assert set(modelled.names()) == {"printops a"}


def test_the_state_folder_is_below_the_data_of_all_users(host: Host) -> None:
    folder = evaluate(host, "Get-PrintopsStateFolder", on_model=False)
    assert folder == "/usr/share/printops-firewall"


def test_connections_are_those_of_the_machine(host: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            text = f"ConvertTo-Json -Compress -InputObject (Get-PrintopsConnection -Ports @({port}, 1))"
            (told,) = json.loads(evaluate(host, text, on_model=False))
            assert told == {
                "local_port": port,
                "remote_address": "127.0.0.1",
                "remote_port": client.getsockname()[1],
            }


def test_policy_rules_are_told_by_their_group(modelled: Host) -> None:
    modelled.put(policy_rules=["printops a", "printops b"])
    assert sorted(modelled.read()["policy"]["policy_rules"]) == ["printops a", "printops b"]
    assert modelled.call("info", group="another")["policy"]["policy_rules"] == []


SOMEBODY, EVERYONE, OWN = "S-1-5-21-1-2-3-1001", "S-1-1-0", "S-1-5-32-544"
MODIFY, READ, CREATE_FOLDERS, DELETE_CHILD, GENERIC_ALL = 0x1301BF, 0x1200A9, 0x4, 0x40, 0x10000000


def entry(who: str, rights: int, **more: int) -> dict[str, t.Any]:
    return {"who": who, "rights": rights, **more}


@pytest.mark.parametrize(
    ("inside", "above", "told"),
    [
        ([entry(OWN, MODIFY)], [entry(OWN, MODIFY)], []),
        ([entry(EVERYONE, READ)], [entry(EVERYONE, READ), entry(EVERYONE, CREATE_FOLDERS)], []),
        ([entry(EVERYONE, MODIFY)], [], ["Everyone may change /in"]),
        ([entry(EVERYONE, GENERIC_ALL)], [], ["Everyone may change /in"]),
        ([entry(EVERYONE, CREATE_FOLDERS)], [], ["Everyone may change /in"]),
        ([entry(SOMEBODY, MODIFY), entry(SOMEBODY, MODIFY)], [], [f"{SOMEBODY} may change /in"]),
        ([entry(EVERYONE, MODIFY, deny=1)], [], []),
        ([entry(EVERYONE, MODIFY, inherit_only=2)], [], []),
        ([], [entry(EVERYONE, MODIFY, inherit_only=2)], []),
        ([], [entry(SOMEBODY, DELETE_CHILD)], [f"{SOMEBODY} may replace what is in /"]),
        ([entry("S-1-5-21-1-2-3-512", MODIFY), entry("S-1-3-0", MODIFY), entry("S-1-5-18", MODIFY)], [], []),
    ],
)
def test_who_may_change_a_folder(
    modelled: Host, inside: list[dict[str, t.Any]], above: list[dict[str, t.Any]], told: list[str]
) -> None:
    modelled.put(acl={"/in": {"owner": OWN, "entries": inside}, "/": {"owner": OWN, "entries": above}})
    assert writers(modelled) == told


def test_the_owner_of_a_folder_may_change_it(modelled: Host) -> None:
    modelled.put(acl={"/in": {"owner": SOMEBODY, "entries": []}, "/": {"owner": OWN, "entries": []}})
    assert writers(modelled) == [f"{SOMEBODY} may change /in"]


def writers(host: Host) -> list[str]:
    text = f"""
    Set-Alias -Name Get-PrintopsUser -Value Get-ModelUser -Scope Global
    function global:Get-ModelUser {{ '{OWN}' }}
    Get-PrintopsWriter -Inside @('/in') -Above @('/') | ForEach-Object {{ $_ }}
    """
    return evaluate(host, text).splitlines()


SESSION = "Get-PrintopsSession | ConvertTo-Json -Depth 5 -Compress"


def test_the_session_of_a_process(modelled: Host) -> None:
    log = [
        {"id": 21, "at": 100, "session": 2, "address": "192.0.2.7"},
        {"id": 25, "at": 300, "session": 2, "address": "192.0.2.8"},
        {"id": 24, "at": 400, "session": 2, "address": "192.0.2.8"},
        {"id": 21, "at": 500, "session": 3, "address": "LOCAL"},
    ]
    processes = [
        [0, 40, "powershell.exe", 90],
        [40, 30, "explorer.exe", 80],
        [30, 20, "userinit.exe", 70],
        [20, 1, "another.exe", 75],
        [50, 40, "beside.exe", 85],
    ]
    modelled.put(session_number=2, terminal_log=log, processes=processes)
    told = json.loads(evaluate(modelled, SESSION))
    assert told["number"] == 2
    assert told["connected"] == {"began": 300, "address": "192.0.2.8"}
    assert [(one["name"], one["began"]) for one in told["processes"]] == [
        ("powershell.exe", 90), ("explorer.exe", 80), ("userinit.exe", 70),
    ]  # fmt: skip


def test_a_session_without_a_record(modelled: Host) -> None:
    modelled.put(session_number=5, terminal_log=[], processes=[[0, 1, "powershell.exe", 90]])
    assert json.loads(evaluate(modelled, SESSION))["connected"] is None
