# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The twelve items about servers, each passing, failing and not checkable, on Windows and on Linux."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.items import items_of, shipped_items
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import Outcome, Status
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.server.area import DECIDERS, decide
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._readiness import recorded as rec
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._readiness.recorded import linux, windows

ASKED: dict[str, t.Any] = {
    "components": ["safeq5_cml"],
    "ports": ["80/tcp", "443/tcp", "5014-5019/tcp", "515/tcp", "5353/udp"],
    "addresses": ["192.0.2.10"],
    "software": [
        {"name": "base-*"},
        {"name": "firefox*"},
        {"name": "Mozilla*"},
        {"name": "vmware tools", "reference": "CHG-7"},
    ],
    "browsers": {"firefox": "128.0"},
    "share": "\\\\files.example\\safeq",
    "thresholds": {"cpus": 4, "memory_mb": 16000, "disk_free_mb": {"/srv/safeq": 100_000}, "source": "sizing 3"},
    "antivirus": {"paths": ["C:\\SafeQ5\\spool"], "source": "vendor's page"},
}
WINDOWS_THRESHOLDS = {**ASKED["thresholds"], "disk_free_mb": {"C:": 90_000, "D:\\data": 300_000}}


def ending(item: str, observed: dict[str, t.Any], **asked: t.Any) -> Outcome:
    own = {"thresholds": WINDOWS_THRESHOLDS} if observed["platform"] == "windows" else {}
    (outcome,) = decide(
        observed=observed,
        asked={**ASKED, **own, **asked},
        host="cml1",
        items=[shipped_items()[f"safeq5/server/{item}"]],
    )
    return outcome


PASSES: list[tuple[str, dict[str, t.Any], dict[str, t.Any], str]] = [
    ("1", linux(), {}, "nothing listens on TCP 80"),
    ("1", windows(), {}, "nothing listens on TCP 80"),
    (
        "1",
        linux(listeners=rec.listening(rec.socket("nginx", 8080)), services=rec.units(rec.unit("nginx.service"))),
        {},
        "nothing listens on TCP 80; nginx is on another port",
    ),
    ("1", linux(listeners=rec.listening(rec.socket("java", 80))), {"intended": [{"name": "java"}]}, "as agreed"),
    ("1", linux(services=None), {}, "nothing listens"),
    ("2", windows(), {}, "Windows Installer 5.0"),
    ("2", windows(installer=rec.msi("4.5.6001.22159")), {}, "Windows Installer 4.5"),
    ("3", linux(), {}, "firefox-esr 128.3.0esr-1~deb12u1 is installed"),
    ("3", windows(), {}, "Mozilla Firefox"),
    ("3", windows(), {"browsers": {"internet_explorer": "11.0"}}, "Internet Explorer 11.1.20348.0"),
    ("3", linux(packages=rec.packages(firefox="1:128.0")), {}, "firefox 1:128.0"),
    ("4", linux(), {}, "all of 2 programs agreed"),
    ("4", windows(), {}, "all of 2 programs agreed (CHG-7)"),
    (
        "4",
        linux(packages=None, dpkg=rec.command("base-files 12.4 installed\nold:amd64 1 config-files\n")),
        {},
        "1 program",
    ),
    ("5", linux(), {}, "192.0.2.10 is fixed, and DNS knows it as cml1.example"),
    ("5", windows(), {}, "192.0.2.10 is fixed"),
    ("5", linux(forward=rec.forward("CML1.Example.", "192.0.2.10")), {"name": "CML1.Example."}, "is fixed"),
    ("6", linux(), {}, "\\\\files.example\\safeq can be listed"),
    ("6", windows(), {}, "is reachable"),
    ("7", linux(), {}, "meets the thresholds (sizing 3)"),
    ("7", windows(), {}, "meets the thresholds"),
    ("8", linux(), {}, "no security update is missing"),
    ("8", linux(facts=rec.linux_facts(ansible_pkg_mgr="dnf"), updates=rec.command("")), {}, "no security update"),
    ("8", windows(), {}, "no security update is missing"),
    ("9", linux(), {}, "no antivirus is known to run"),
    ("9", windows(), {}, "Microsoft Defender excludes 1 folder (vendor's page)"),
    ("9", windows(defender=rec.powershell(real_time=False, paths=[])), {}, "no antivirus is known to run"),
    (
        "9",
        linux(
            services=rec.units(rec.unit("clamav-daemon.service")), clamav=rec.clamd("OnAccessExcludePath /srv/safeq\n")
        ),
        {"antivirus": {"paths": ["/srv/safeq/spool"], "source": "x"}},
        "ClamAV excludes 1 folder (x)",
    ),
    (
        "9",
        linux(services=rec.units(rec.unit("clamd@scan.service")), clamav=rec.clamd("ExcludePath ^/srv/safeq/\n")),
        {"antivirus": {"paths": ["/srv/safeq/"], "source": "x"}},
        "ClamAV excludes",
    ),
    ("10", linux(), {}, "no other database or print product"),
    ("10", windows(), {}, "no other database or print product"),
    (
        "10",
        linux(services=rec.units(rec.unit("postgresql@15-main.service"))),
        {"intended": [{"name": "postgresql*", "reference": "embedded database"}]},
        "no other database",
    ),
    (
        "10",
        linux(services=rec.units(rec.unit("postgresql.service"))),
        {"components": ["safeq6_database_pgsql"]},
        "no other database",
    ),
    ("10", linux(services=rec.units(rec.unit("mysql.service", state="stopped", status="disabled"))), {}, "no other"),
    (
        "10",
        windows(listeners=rec.listening(rec.socket("x.exe", 5020), rec.socket("x.exe", 443, protocol="udp"))),
        {},
        "no",
    ),
    ("12", linux(), {}, "the run acts as root"),
    ("12", windows(), {}, "CML1\\Administrator is an administrator"),
    ("13", linux(), {}, "no LPD service is there"),
    ("13", windows(features=rec.features(Print_Server=True, Print_LPD_Service=False)), {}, "no LPD service"),
    ("13", windows(features=rec.features(Print_LPD_Service=True)), {"ports": ["80/tcp"]}, "no print server"),
    ("13", windows(features=None), {}, "no LPD service"),
]

FAILS: list[tuple[str, dict[str, t.Any], dict[str, t.Any], str]] = [
    ("1", linux(listeners=rec.listening(rec.SSHD, rec.socket("nginx", 80))), {}, "nginx listens on TCP 80"),
    ("1", linux(listeners=rec.listening(rec.socket("nginx", 80, address="127.0.0.1"))), {}, "nginx listens on TCP 80"),
    ("1", windows(listeners=rec.listening(rec.socket("System", 80, pid=4))), {}, "System listens on TCP 80"),
    ("1", linux(listeners=rec.listening(rec.socket("", 80, pid=77))), {}, "the process 77 listens on TCP 80"),
    ("2", windows(installer=rec.msi("3.1.4001.5512")), {}, "Windows Installer 3.1 is older than 4.5"),
    ("3", linux(), {"browsers": {"firefox": "129.0", "edge": "1.0"}}, "none of firefox 129.0, edge 1.0 or newer"),
    ("3", windows(), {"browsers": {"chrome": "120.0"}}, "none of chrome 120.0"),
    ("3", linux(packages=rec.packages(firefox="128")), {"browsers": {"firefox": "128.0"}}, "none of firefox"),
    ("4", linux(), {"software": [{"name": "base-files"}]}, "1 program not agreed: firefox-esr"),
    ("4", windows(), {"software": [{"name": "Mozilla*"}]}, "1 program not agreed: VMware Tools"),
    ("5", linux(addresses=rec.interfaces(("192.0.2.10", True))), {}, "192.0.2.10 is leased"),
    ("5", linux(addresses=rec.interfaces(("192.0.2.11", False))), {}, "192.0.2.10 of the inventory is no address"),
    ("5", linux(forward=rec.forward("cml1.example")), {}, "DNS does not know cml1.example"),
    (
        "5",
        linux(forward=rec.forward("cml1.example", "192.0.2.10", "192.0.2.99")),
        {},
        "DNS says that cml1.example is 192.0.2.99",
    ),
    ("5", linux(reverse=rec.reverse(_192_0_2_10=[])), {}, "DNS has no name for 192.0.2.10"),
    (
        "5",
        linux(reverse=rec.reverse(_192_0_2_10=["old.example"])),
        {},
        "192.0.2.10 is old.example, and not cml1.example",
    ),
    (
        "5",
        linux(
            addresses=rec.interfaces(("192.0.2.10", False), ("192.0.2.11", False)),
            forward=rec.forward("cml1.example", "192.0.2.11"),
        ),
        {},
        "DNS has no address of the inventory",
    ),
    ("5", windows(addresses=rec.powershell(addresses=[{"address": "192.0.2.10", "origin": "Dhcp"}])), {}, "is leased"),
    (
        "5",
        windows(names=rec.powershell(forward=["192.0.2.10"], reverse={"192.0.2.10": []})),
        {},
        "DNS has no name for 192.0.2.10",
    ),
    ("6", linux(share_port=rec.broken("Timeout") | {"elapsed": 6}, share=None), {}, "does not answer on TCP 445"),
    (
        "6",
        linux(share=rec.command("tree connect failed: NT_STATUS_BAD_NETWORK_NAME", rc=1)),
        {},
        "the server has no share of this name",
    ),
    (
        "6",
        linux(share=rec.command("session setup failed: NT_STATUS_LOGON_FAILURE", rc=1)),
        {},
        "does not know the account or its password",
    ),
    ("6", linux(share=rec.command("NT_STATUS_ACCESS_DENIED listing \\*", rc=1)), {}, "the account may not read it"),
    ("6", windows(share={**rec.OK, "stat": {"exists": False}}), {"share_user": "x\\y"}, "is not reachable as x\\y"),
    ("6", windows(share={**rec.OK, "stat": {"exists": True, "isdir": False}}), {}, "is no folder"),
    ("7", linux(facts=rec.linux_facts(ansible_processor_vcpus=2)), {}, "too little: 2 processors of 4 (sizing 3)"),
    ("7", linux(facts=rec.linux_facts(ansible_memtotal_mb=15999)), {}, "15999 MB of memory of 16000"),
    ("7", linux(), {"thresholds": {"disk_free_mb": {"/": 60_000}, "source": "x"}}, "50000 MB free on / of 60000"),
    ("7", windows(disks=rec.disks(("C", 80_000), ("D", 400_000))), {}, "80000 MB free on C: of 90000"),
    ("8", linux(updates=rec.command(rec.SECURITY_UPGRADE)), {}, "1 security update missing: libc6"),
    ("8", linux(restart={**rec.OK, "stat": {"exists": True}}), {}, "a restart is pending"),
    (
        "8",
        linux(
            facts=rec.linux_facts(ansible_pkg_mgr="dnf"),
            updates=rec.command("RHSA-2026:0012 Important/Sec. openssl-3.0.7-28.el9.x86_64\n"),
            needs_restarting=rec.command("Reboot is required", rc=1),
        ),
        {},
        "1 security update missing: openssl-3.0.7-28.el9.x86_64; a restart is pending",
    ),
    (
        "8",
        windows(updates=rec.searched("Security Update (KB3004365)")),
        {},
        "1 security update missing: Security Update",
    ),
    ("8", windows(updates=rec.searched(reboot=True)), {}, "a restart is pending"),
    ("8", windows(facts=rec.windows_facts(ansible_reboot_pending=True)), {}, "a restart is pending"),
    (
        "9",
        windows(defender=rec.powershell(real_time=True, paths=["C:\\SafeQ"])),
        {},
        "does not exclude C:\\SafeQ5\\spool",
    ),
    (
        "9",
        linux(
            services=rec.units(rec.unit("clamav-daemon.service")),
            clamav=rec.clamd("# ExcludePath ^/srv\nExcludePath (\n"),
        ),
        {"antivirus": {"paths": ["/srv/safeq"], "source": "x"}},
        "ClamAV does not exclude /srv/safeq",
    ),
    ("10", linux(services=rec.units(rec.unit("mariadb.service"))), {}, "MySQL or MariaDB"),
    ("10", linux(services=rec.units(rec.unit("cups.service", state="stopped"))), {}, "CUPS"),
    ("10", linux(listeners=rec.listening(rec.socket("java", 5016))), {}, "java on 5016/tcp"),
    ("10", linux(listeners=rec.listening(rec.socket("avahi", 5353, protocol="udp"))), {}, "avahi on 5353/udp"),
    (
        "10",
        windows(services=rec.services(rec.service("MSSQL$SQLEXPRESS", "SQL Server (SQLEXPRESS)"))),
        {},
        "Microsoft SQL",
    ),
    ("10", windows(services=rec.services(rec.service("PCAppServer", "PaperCut Application Server"))), {}, "PaperCut"),
    (
        "10",
        windows(services=rec.services(rec.service("VPSXService", "VPSX", start_mode="manual"))),
        {},
        "LRS VPSX",
    ),
    ("10", linux(services=rec.units(rec.unit("ysoft-safeq.service"))), {"components": ["lrs_vpsx"]}, "YSoft SafeQ"),
    ("12", linux(facts=rec.linux_facts(ansible_effective_user_id=1000, ansible_user_id="op")), {}, "op is not root"),
    ("12", windows(whoami=rec.whoami(attributes=["UseForDenyOnly"])), {}, "is not in the group Administrators"),
    ("12", windows(whoami=rec.whoami(label=8192)), {}, "has no elevated session"),
    (
        "13",
        linux(services=rec.units(rec.unit("cups.service")), listeners=rec.listening(rec.socket("systemd", 515))),
        {"ports": []},
        "systemd is there, beside the print server",
    ),
    ("13", linux(listeners=rec.listening(rec.socket("lpd", 515))), {}, "on the port that a component of the host uses"),
    (
        "13",
        windows(features=rec.features(Print_Server=True, Print_LPD_Service=True)),
        {},
        "the feature Print-LPD-Service is there, beside the print server",
    ),
    (
        "13",
        windows(
            features=rec.features(Print_Server=True),
            services=rec.services(rec.service("LPDSVC", "LPD Service")),
            listeners=rec.listening(rec.socket("svchost.exe", 515)),
        ),
        {},
        "LPDSVC, svchost.exe is there",
    ),
]

ATTESTS: list[tuple[str, dict[str, t.Any], dict[str, t.Any], str]] = [
    (
        "1",
        linux(services=rec.units(rec.unit("apache2.service", state="stopped"))),
        {},
        "the port of a web server that does not run cannot be seen",
    ),
    ("3", linux(), {"browsers": {}}, "preinstall_server_browsers"),
    ("4", windows(), {"software": []}, "preinstall_server_software"),
    ("5", linux(), {"addresses": []}, "preinstall_server_addresses"),
    ("6", windows(), {"share": ""}, "preinstall_server_share"),
    ("7", linux(), {"thresholds": {}}, "preinstall_server_thresholds"),
    ("9", windows(), {"antivirus": {}}, "preinstall_server_antivirus"),
    (
        "9",
        linux(services=rec.units(rec.unit("clamav-daemon.service")), clamav=rec.clamd(None)),
        {},
        "the exclusions of ClamAV",
    ),
    ("9", linux(services=rec.units(rec.unit("falcon-sensor.service"))), {}, "the exclusions of CrowdStrike Falcon"),
    (
        "9",
        windows(services=rec.services(rec.service("CSFalconService", "CrowdStrike Falcon Sensor Service"))),
        {},
        "CrowdStrike Falcon",
    ),
]

UNKNOWN: list[tuple[str, dict[str, t.Any], dict[str, t.Any], str]] = [
    ("1", linux(listeners=rec.broken("no ss and no netstat")), {}, "listeners could not be read: no ss and no netstat"),
    ("1", linux(listeners={**rec.OK, "ansible_facts": {}}), {}, "tcp_listen"),
    ("1", windows(listeners=rec.broken("Access is denied")), {}, "Access is denied"),
    ("2", windows(installer=rec.broken("no such file")), {}, "installer could not be read: no such file"),
    ("2", windows(installer={**rec.OK, "win_file_version": {"file_major_part": ""}}), {}, "msi.dll"),
    ("3", linux(packages=rec.broken("Could not detect a supported package manager")), {}, "package manager"),
    ("3", windows(programs=rec.powershell()), {}, "the script gave no list"),
    ("4", linux(packages={**rec.OK, "ansible_facts": {}}), {}, "no packages"),
    ("4", windows(programs={"skipped": True, "skip_reason": "Conditional result was False"}), {}, "Conditional result"),
    ("5", linux(addresses=rec.NO_COMMAND), {}, "addresses could not be read"),
    ("5", linux(forward=rec.broken("Missing arguments, or database unknown.")), {}, "database unknown"),
    ("5", linux(reverse={"results": [{**rec.OK, "item": "192.0.2.10", "msg": "unknown"}]}), {}, "could not be asked"),
    ("5", windows(addresses=rec.powershell()), {}, "addresses could not be read"),
    ("5", windows(names=rec.powershell()), {}, "names could not be read"),
    ("6", linux(share=rec.NO_COMMAND), {}, "smbclient is not installed on the host"),
    ("6", linux(share_port=None), {}, "share_port was not gathered"),
    ("6", windows(share=rec.broken("The user name or password is incorrect")), {}, "password is incorrect"),
    ("7", linux(facts=rec.linux_facts(ansible_memtotal_mb=None)), {}, "facts could not be read"),
    ("7", linux(file_systems=rec.df()), {}, "no file system of the host holds /srv/safeq"),
    ("7", windows(disks=rec.broken("not supported")), {}, "disks could not be read: not supported"),
    ("8", linux(update_lists={**rec.OK, "files": []}), {}, "its lists were never fetched"),
    ("8", linux(updates=rec.command("", rc=100, stderr="E: broken")), {}, "E: broken"),
    ("8", linux(facts=rec.linux_facts(ansible_pkg_mgr="zypper")), {}, "zypper"),
    ("8", linux(restart=None), {}, "restart was not gathered"),
    ("8", windows(updates=rec.broken("0x80240438")), {}, "0x80240438"),
    ("9", linux(services={**rec.OK, "ansible_facts": {}}), {}, "services could not be read"),
    ("9", linux(services=rec.units(rec.unit("clamd.service"))), {}, "clamav was not gathered"),
    ("9", windows(defender=rec.powershell()), {}, "defender could not be read"),
    ("10", linux(services=None), {}, "services was not gathered"),
    ("10", windows(services=rec.broken("Access is denied")), {}, "Access is denied"),
    ("12", linux(facts=rec.linux_facts(ansible_effective_user_id=None)), {}, "the user is not among them"),
    ("12", windows(whoami=rec.broken("no token")), {}, "no token"),
    ("13", linux(listeners=None), {}, "listeners was not gathered"),
    ("13", windows(services=None), {}, "services was not gathered"),
]


@pytest.mark.parametrize(("item", "observed", "asked", "summary"), PASSES)
def test_what_is_as_it_must_be_passes(item: str, observed: dict[str, t.Any], asked: t.Any, summary: str) -> None:
    outcome = ending(item, observed, **asked)
    assert (outcome.status, outcome.reason) == (Status.PASS, ""), outcome
    assert summary in outcome.summary
    assert outcome.evidence


@pytest.mark.parametrize(("item", "observed", "asked", "summary"), FAILS)
def test_what_is_wrong_fails_and_is_named(item: str, observed: dict[str, t.Any], asked: t.Any, summary: str) -> None:
    outcome = ending(item, observed, **asked)
    assert outcome.status == Status.FAIL, outcome
    assert summary in outcome.summary
    assert outcome.evidence
    assert outcome.remedy == shipped_items()[outcome.item].remedy


@pytest.mark.parametrize(("item", "observed", "asked", "reason"), ATTESTS)
def test_what_only_a_person_knows_says_what_is_missing(
    item: str, observed: dict[str, t.Any], asked: t.Any, reason: str
) -> None:
    outcome = ending(item, observed, **asked)
    assert outcome.status == Status.ATTEST, outcome
    assert reason in outcome.reason


@pytest.mark.parametrize(("item", "observed", "asked", "reason"), UNKNOWN)
def test_what_was_not_seen_could_not_be_checked(
    item: str, observed: dict[str, t.Any], asked: t.Any, reason: str
) -> None:
    outcome = ending(item, observed, **asked)
    assert outcome.status == Status.UNKNOWN, outcome
    assert reason in outcome.reason


@pytest.mark.parametrize("cases", [PASSES, FAILS, UNKNOWN])
def test_every_item_has_such_a_case_on_each_of_its_platforms(
    cases: list[tuple[str, dict[str, t.Any], t.Any, str]],
) -> None:
    tried = {(f"safeq5/server/{item}", observed["platform"]) for item, observed, _asked, _said in cases}
    assert {(item.id, platform) for item in items_of("server") for platform in item.platforms} <= tried


def test_every_item_of_the_area_has_a_decider() -> None:
    assert set(DECIDERS) == {item.id for item in items_of("server")}


def test_evidence_says_where_and_when() -> None:
    outcome = ending("1", linux(listeners=rec.listening(rec.socket("nginx", 80))))
    (evidence,) = outcome.evidence
    assert evidence.seen == "nginx (pid 812) on 0.0.0.0 80/tcp"
    assert evidence.where == "cml1: listening sockets (ss or netstat)"
    assert evidence.when == rec.AT


def test_a_host_that_gives_no_facts_says_why_for_every_item() -> None:
    for platform in ("windows", "linux"):
        observed = {"platform": platform, "at": rec.AT, "facts": rec.broken("python3: not found"), "share": None}
        outcomes = decide(observed=observed, asked=ASKED, host="cml1", items=items_of("server"))
        assert {outcome.reason for outcome in outcomes} == {"facts could not be read: python3: not found"}


def test_a_host_without_any_answer_has_an_outcome_for_every_item() -> None:
    for platform in ("windows", "linux"):
        outcomes = decide(
            observed={"platform": platform, "at": rec.AT}, asked=ASKED, host="cml1", items=items_of("server")
        )
        assert {outcome.status for outcome in outcomes} == {Status.UNKNOWN}
