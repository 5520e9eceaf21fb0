# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of the roles preinstall_server and preinstall_directory, over objects of the documented types."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml

from .host import CHECKOUT, HERE, Host

pytestmark = pytest.mark.pwsh

Told = dict[str, t.Any]
ROLES = CHECKOUT / "roles"
DNS = "Microsoft.DnsClient.Commands.DnsRecord_"
CIM = "Printops.Tests.Cim."
NO_SUCH_NAME, NO_RECORDS, REFUSED = 9003, 9501, 9005


def run(host: Host, script: str, answers: dict[str, t.Any], **parameters: t.Any) -> Told:
    role, name = script.split("/")
    work, told = host.folder / "work.json", host.folder / "told.json"
    given = {"script": str(ROLES / role / "files" / name), "answers": answers, "parameters": parameters}
    work.write_text(json.dumps({**given, "told": str(told)}))
    done = host.powershell(HERE / "role_harness.ps1", str(work))
    assert done.returncode == 0, done.stdout + done.stderr
    read: Told = json.loads(told.read_text(encoding="utf-8"))
    return read


def result(host: Host, script: str, answers: dict[str, t.Any], **parameters: t.Any) -> t.Any:
    told = run(host, script, answers, **parameters)
    assert (told["problem"], told["changed"]) == ("", False)
    return told["result"]


def record(kind: str, **values: t.Any) -> dict[str, t.Any]:
    number = {"A": 1, "AAAA": 28, "PTR": 12, "CNAME": 5, "SOA": 6, "SRV": 33}[kind]
    return {"type": f"{DNS}{'PTR' if kind == 'CNAME' else kind}", "values": {"Type": number, **values}}


def test_every_script_of_these_roles_is_a_file() -> None:
    for role in ("preinstall_server", "preinstall_directory", "preinstall_network"):
        for path in (ROLES / role / "tasks").glob("*.yml"):
            assert "script: |" not in path.read_text(encoding="utf-8"), path
        files = {path.name for path in (ROLES / role / "files").glob("*.ps1")}
        tasks = "".join(path.read_text(encoding="utf-8") for path in (ROLES / role / "tasks").glob("*.yml"))
        assert {name for name in files if f"'{name}'" in tasks} == files
        assert yaml.safe_load((ROLES / role / "tasks" / "main.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", [0, 1, 3])
def test_programs(host: Host, number: int) -> None:
    entries: list[dict[str, t.Any]] = [{"DisplayName": f"P{one}", "DisplayVersion": "1.0"} for one in range(number)]
    hidden = [
        {"DisplayName": "Part", "SystemComponent": 1},
        {"DisplayName": "Patch", "ParentKeyName": "P"},
        {"Other": 1},
    ]
    found = result(host, "preinstall_server/programs.ps1", {"Get-ItemProperty": [*entries, *hidden]})
    assert found == {"programs": [{"name": f"P{one}", "version": "1.0"} for one in range(number)]}


def test_a_program_without_a_version(host: Host) -> None:
    found = result(host, "preinstall_server/programs.ps1", {"Get-ItemProperty": [{"DisplayName": "P"}]})
    assert found == {"programs": [{"name": "P", "version": ""}]}


@pytest.mark.parametrize("number", [0, 1, 3])
def test_addresses(host: Host, number: int) -> None:
    def one(address: str, origin: int, state: int = 4) -> dict[str, t.Any]:
        return {
            "type": f"{CIM}NetIPAddress",
            "values": {"IPAddress": address, "PrefixOrigin": origin, "AddressState": state},
        }

    there = [one(f"192.0.2.{last}", 3 if last else 1) for last in range(number)]
    others = [one("127.0.0.1", 2), one("::1", 2), one("192.0.2.77", 1, state=1)]
    found = result(host, "preinstall_server/addresses.ps1", {"Get-NetIPAddress": [*others, *there]})
    wanted = [{"address": f"192.0.2.{last}", "origin": "Dhcp" if last else "Manual"} for last in range(number)]
    assert found == {"addresses": wanted}


NAMES = [
    ([record("A", IPAddress="192.0.2.7"), record("AAAA", IPAddress="2001:db8::7")], ["192.0.2.7", "2001:db8::7"]),
    ([record("CNAME", NameHost="real.example.com"), record("A", IPAddress="192.0.2.7")], ["192.0.2.7"]),
    ([record("SOA", PrimaryServer="ns.example.com")], []),
    ([{"error": NO_SUCH_NAME}], []),
    ([], []),
]


@pytest.mark.parametrize(("records", "forward"), NAMES, ids=range(len(NAMES)))
def test_names(host: Host, records: list[t.Any], forward: list[str]) -> None:
    answers = {"A_AAAA win1.example.com": records, "PTR 192.0.2.7": [record("PTR", NameHost="win1.example.com")],
               "PTR 192.0.2.8": [{"error": NO_SUCH_NAME}]}  # fmt: skip
    addresses = ["192.0.2.7", "192.0.2.8"]
    told = run(host, "preinstall_server/names.ps1", answers, Name="win1.example.com", Addresses=addresses)
    assert told["result"] == {"forward": forward, "reverse": {"192.0.2.7": ["win1.example.com"], "192.0.2.8": []}}
    assert {asked[2] for asked in told["asked"]} == {True}


@pytest.mark.parametrize("addresses", [[], ["192.0.2.7"]])
def test_names_of_no_address_and_of_one(host: Host, addresses: list[str]) -> None:
    found = result(host, "preinstall_server/names.ps1", {}, Name="win1", Addresses=addresses)
    assert found == {"forward": [], "reverse": {address: [] for address in addresses}}


@pytest.mark.parametrize("paths", [None, [], [r"C:\SafeQ"], [r"C:\SafeQ", r"D:\Spool"]])
def test_what_defender_leaves_alone(host: Host, paths: list[str] | None) -> None:
    answers = {
        "Get-MpComputerStatus": [{"type": f"{CIM}MpComputerStatus", "values": {"RealTimeProtectionEnabled": True}}],
        "Get-MpPreference": [{"type": f"{CIM}MpPreference", "values": {"ExclusionPath": paths}}],
    }
    assert result(host, "preinstall_server/defender.ps1", answers) == {"real_time": True, "paths": paths or []}


def test_a_server_without_defender_is_an_error(host: Host) -> None:
    assert run(host, "preinstall_server/defender.ps1", {})["problem"] == "Invalid class"


def test_what_defender_hides_from_an_account_is_no_path(host: Host) -> None:
    hidden = "N/A: Must be an administrator to view exclusions"
    answers = {
        "Get-MpComputerStatus": [{"type": f"{CIM}MpComputerStatus", "values": {}}],
        "Get-MpPreference": [{"type": f"{CIM}MpPreference", "values": {"ExclusionPath": [hidden]}}],
    }
    told = run(host, "preinstall_server/defender.ps1", answers)
    assert (told["result"], told["problem"].endswith(hidden)) == (None, True)


def srv(target: str, port: int) -> dict[str, t.Any]:
    return record("SRV", NameTarget=target, Port=port)


def test_srv_records(host: Host) -> None:
    answers = {
        "SRV _ldap._tcp.one.example": [srv("dc1.one.example", 389), record("A", IPAddress="192.0.2.1")],
        "SRV _ldap._tcp.two.example": [srv("dc1.two.example", 389), srv("dc2.two.example", 1389)],
        "SRV _ldap._tcp.none.example": [{"error": NO_SUCH_NAME}],
        "SRV _ldap._tcp.empty.example": [{"error": NO_RECORDS}],
        "SRV _ldap._tcp.shut.example": [{"error": REFUSED}],
    }
    domains = [name.rpartition("_tcp.")[2] for name in answers]
    found = result(host, "preinstall_directory/srv.ps1", answers, Domains=domains, Prefixes=["_ldap._tcp"])
    assert [one["item"] for one in found] == [["_ldap._tcp", domain] for domain in domains]
    assert [one["records"] for one in found] == [
        [{"target": "dc1.one.example", "port": 389}],
        [{"target": "dc1.two.example", "port": 389}, {"target": "dc2.two.example", "port": 1389}],
        ["NXDOMAIN"],
        ["NXDOMAIN"],
        [""],
    ]


def test_srv_records_of_one_domain_are_a_list(host: Host) -> None:
    answers = {"SRV _ldap._tcp.one.example": [srv("dc1.one.example", 389)]}
    (one,) = result(host, "preinstall_directory/srv.ps1", answers, Domains=["one.example"], Prefixes=["_ldap._tcp"])
    assert one["records"] == [{"target": "dc1.one.example", "port": 389}]


def test_the_files_are_read_in_every_code_page() -> None:
    for path in sorted(pathlib.Path(ROLES).glob("*/files/*.ps1")):
        assert path.read_bytes().isascii(), path
