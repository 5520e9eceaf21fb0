# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible calls it, on a host whose files are in a folder and whose iptables is a fake."""

from __future__ import annotations

import json
import pathlib
import shutil
import sys
import typing as t

import pytest
import yaml

from ansible_collections.printops.firewall.plugins.doc_fragments import _confirmed, _egress, _foreign, _rules
from ansible_collections.printops.firewall.plugins.module_utils._confirm import change
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import Connection
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import RULE_OPTIONS
from ansible_collections.printops.firewall.plugins.module_utils._ufw.apply import snapshot, survey
from ansible_collections.printops.firewall.plugins.module_utils._ufw.host import Host
from ansible_collections.printops.firewall.plugins.modules import ufw_rules
from ansible_collections.printops.firewall.tests.older_ansible import patch_module_args

GOLDEN = pathlib.Path(__file__).resolve().parents[3] / "golden" / "ufw"
FAKE = pathlib.Path(__file__).with_name("fake_iptables.py")

RULE = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["443", "5014-5019"],
    "remotes": ["10.1.0.0/24", "2001:db8:1::/48"],
    "flows": ["safeq6/terminal-server/1"],
}
PING = {
    "direction": "in",
    "protocol": "icmp",
    "icmp_types": ["echo-request"],
    "remotes": ["10.1.0.0/24"],
    "flows": ["safeq6/terminal-server/9"],
}
LINES = [
    "allow in tcp 22 from 198.18.0.1/32 [management-connection]",
    "allow in tcp 443,5014-5019 from 10.1.0.0/24 [safeq6/terminal-server/1]",
    "allow in tcp 443,5014-5019 from 2001:db8:1::/48 [safeq6/terminal-server/1]",
]
HOOKS = (
    "-P INPUT DROP\n-N ufw{0}-user-input\n"
    "-A INPUT -j ufw{0}-before-input\n-A ufw{0}-before-input -j ufw{0}-user-input\n"
    "-A OUTPUT -j ufw{0}-before-output\n-A ufw{0}-before-output -j ufw{0}-user-output\n"
)

Ansible = t.Callable[..., dict[str, t.Any]]


class FakeHost:
    """A host with ufw enabled, loaded and without a rule."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.root = folder / "root"
        self.kernel = folder / "kernel"
        self.commands = folder / "bin"
        for path in (
            self.root / "etc/ufw",
            self.root / "etc/default",
            self.root / "run",
            self.root / "proc/sys/net/ipv6",
        ):
            path.mkdir(parents=True)
        for path in (self.kernel, self.commands):
            path.mkdir(parents=True)
        self.set_defaults()
        self.set_enabled(True)
        for version, digit in ((4, ""), (6, "6")):
            shutil.copy(GOLDEN / f"template-user{digit}.rules", self.rules(version))
            shutil.copy(GOLDEN / f"before{digit}.rules", self.root / "etc/ufw" / f"before{digit}.rules")
            self.table(version).write_text(HOOKS.format(digit))
            for name in (f"ip{digit}tables", f"ip{digit}tables-restore"):
                command = self.commands / name
                command.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {FAKE} {self.kernel} {name} "$@"\n')
                command.chmod(0o755)

    def rules(self, version: int) -> pathlib.Path:
        return self.root / "etc/ufw" / ("user.rules" if version == 4 else "user6.rules")

    def table(self, version: int) -> pathlib.Path:
        return self.kernel / f"filter{version}"

    def set_defaults(self, *, ipv6: str = "yes", policy: str = "DROP") -> None:
        (self.root / "etc/default/ufw").write_text(f'# remark\nIPV6={ipv6}\nDEFAULT_INPUT_POLICY="{policy}"\n')

    def set_enabled(self, enabled: bool) -> None:
        (self.root / "etc/ufw/ufw.conf").write_text(f"ENABLED={'yes' if enabled else 'no'}\nLOGLEVEL=low\n")

    def refuse(self, *calls: str) -> None:
        (self.kernel / "refuse").write_text("\n".join(calls))

    def calls(self) -> list[str]:
        """What was run since the last time that this was asked."""
        log = self.kernel / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        log.write_text("")
        return lines

    def state(self) -> dict[pathlib.Path, tuple[bytes, int]]:
        paths = [path for version in (4, 6) for path in (self.rules(version), self.table(version))]
        return {path: (path.read_bytes(), path.stat().st_ino) for path in paths}


@pytest.fixture
def host(tmp_path: pathlib.Path) -> FakeHost:
    return FakeHost(tmp_path)


@pytest.fixture
def ansible(host: FakeHost, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ansible:
    search_path = f"{host.commands}:/usr/bin:/bin"
    monkeypatch.setattr(ufw_rules, "Host", lambda: Host(root=host.root, search_path=search_path))
    monkeypatch.setattr(change, "live_connection", lambda: Connection("198.18.0.1", 22))

    told: list[str] = []
    monkeypatch.setattr(ufw_rules.AnsibleModule, "warn", lambda _module, text: told.append(text))

    def call(*, check: bool = False, **arguments: t.Any) -> dict[str, t.Any]:
        told.clear()
        with patch_module_args({**arguments, "_ansible_check_mode": check}), pytest.raises(SystemExit):
            ufw_rules.main()
        return {**json.loads(capsys.readouterr().out), "warnings": list(told)}

    return call


def test_rules_are_written_and_loaded_then_nothing_is_done(host: FakeHost, ansible: Ansible) -> None:
    result = ansible(rules=[RULE])
    assert (result["changed"], result["added"], result["removed"]) == (True, LINES, [])
    assert (result["running"], result["repaired"], result["rules"]) == (True, False, 1)
    assert result["management"] == ["198.18.0.1/32"]
    assert result["diff"]["before"] == ""
    assert result["diff"]["after"].splitlines() == LINES
    assert "-A ufw-user-input -s 198.18.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT" in host.table(4).read_text()
    assert "-A ufw6-user-input -s 2001:db8:1::/48 -p tcp -m multiport" in host.table(6).read_text()
    loads = [call for call in host.calls() if call.endswith(" load")]
    assert loads == ["ip6tables-restore load", "iptables-restore load"]

    before = host.state()
    again = ansible(rules=[RULE])
    assert (again["changed"], again["added"], again["removed"]) == (False, [], [])
    assert again["diff"]["before"] == again["diff"]["after"]
    assert host.state() == before
    assert sorted(host.calls()) == ["ip6tables list", "iptables list"]


def test_check_mode_says_the_same_and_does_nothing(host: FakeHost, ansible: Ansible) -> None:
    before = host.state()
    predicted = ansible(check=True, rules=[RULE])
    assert host.state() == before
    assert ansible(rules=[RULE]) == predicted


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "-A INPUT -j REJECT --reject-with icmp-host-prohibited",
            "no packet over IPv4 reaches 443/tcp, 5014-5019/tcp, 22",
        ),
        ("-A INPUT -p tcp -m tcp --dport 443 -j DROP", "no packet over IPv4 reaches 443/tcp, which the plan opens"),
        ("-A INPUT -s 10.1.0.7/32 -j DROP", "10.1.0.7/32 may not reach 443/tcp, 5014-5019/tcp, which the plan opens"),
        ("-A INPUT -i lo -j DROP", ""),
    ],
)
def test_what_others_drop_before_the_chains_of_ufw_is_told(
    host: FakeHost, ansible: Ansible, line: str, told: str
) -> None:
    host.table(4).write_text(HOOKS.format("").replace("-A INPUT", f"{line}\n-A INPUT", 1))
    for _turn in range(2):
        result = ansible(rules=[RULE])
        assert [told in one for one in result["blocked"]] == ([True] if told else [])
        assert not told or f"ufw_rules: {result['blocked'][0]}" in result["warnings"]


LISTENS_ON_7777 = "0: 00000000:1E61 00000000:0000 0A 0:0 0:0 0 0 0 1"


def test_turning_on_names_what_it_cuts_off_before_it_does(host: FakeHost, ansible: Ansible) -> None:
    host.set_enabled(False)
    (host.root / "proc/net").mkdir()
    (host.root / "proc/net/tcp").write_text(f"sl local_address\n{LISTENS_ON_7777}\n")
    predicted = ansible(check=True, rules=[RULE], start=True)
    told = "WILL BE TURNED ON: default deny; listening and not in the plan, will be cut off: 7777/tcp"
    assert (predicted["turned"], predicted["started"]) == (told, True)
    assert f"ufw_rules: {told}" in predicted["warnings"]
    planned = {**RULE, "ports": ["7777"]}
    nothing = "WILL BE TURNED ON: default deny; nothing listens that is not in the plan"
    assert ansible(check=True, rules=[planned], start=True)["turned"] == nothing
    host.set_defaults(policy="ACCEPT")
    assert "default accept" in ansible(check=True, rules=[RULE], start=True)["turned"]
    assert ansible(check=True, rules=[RULE])["turned"] == ""


def test_a_change_names_what_came_and_what_went(ansible: Ansible) -> None:
    ansible(rules=[RULE])
    result = ansible(rules=[{**RULE, "ports": ["443"]}])
    assert result["removed"] == LINES[1:]
    assert result["added"] == [line.replace(",5014-5019", "") for line in LINES[1:]]


@pytest.mark.parametrize("rule_file", ["template-user.rules", "foreign-user.rules"])
def test_absent_gives_the_bytes_from_before(host: FakeHost, ansible: Ansible, rule_file: str) -> None:
    shutil.copy(GOLDEN / rule_file, host.rules(4))
    host.rules(4).chmod(0o640)
    before = {version: host.rules(version).read_bytes() for version in (4, 6)}
    ansible(rules=[RULE])
    result = ansible(state="absent")
    assert (result["removed"], result["management"], result["rules"]) == (LINES, [], 0)
    assert {version: host.rules(version).read_bytes() for version in (4, 6)} == before
    assert host.rules(4).stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in (host.root / "etc/ufw").glob(".*")) == []
    assert ansible(state="absent")["changed"] is False


def test_no_rules_leave_management_alone(ansible: Ansible) -> None:
    result = ansible(rules=[], management=["198.18.0.0/24", "2001:db8::/64"])
    assert result["management"] == ["198.18.0.0/24", "2001:db8::/64"]
    assert [line.split(" [")[0] for line in result["added"]] == [
        "allow in tcp 22 from 198.18.0.0/24",
        "allow in tcp 22 from 2001:db8::/64",
    ]


def test_rules_for_outgoing_packets_are_not_enforced(ansible: Ansible) -> None:
    result = ansible(rules=[{**RULE, "direction": "out"}])
    assert (result["added"], result["rules"]) == (LINES[:1], 0)


@pytest.mark.parametrize("check", [True, False])
def test_a_flushed_chain_is_repaired(host: FakeHost, ansible: Ansible, check: bool) -> None:
    ansible(rules=[RULE])
    right = host.state()
    host.table(4).write_text(HOOKS.format(""))
    host.calls()
    result = ansible(check=check, rules=[RULE])
    assert (result["changed"], result["repaired"], result["added"], result["removed"]) == (True, True, [], [])
    loads = [call for call in host.calls() if call.endswith(" load")]
    assert loads == ([] if check else ["iptables-restore load"])
    assert (host.table(4).read_bytes() == right[host.table(4)][0]) is not check


@pytest.mark.parametrize("extra", ["-A ufw-user-input -j DROP\n", "-A ufw-user-input -s 10.9.0.0/16 -j ACCEPT\n"])
def test_a_rule_that_is_only_in_the_kernel_is_taken_out(host: FakeHost, ansible: Ansible, extra: str) -> None:
    ansible(rules=[RULE])
    table = host.table(4).read_text()
    host.table(4).write_text(table + extra)
    assert ansible(rules=[RULE])["repaired"] is True
    assert host.table(4).read_text() == table


def test_while_ufw_is_not_enabled_only_files_are_written(host: FakeHost, ansible: Ansible) -> None:
    host.set_enabled(False)
    result = ansible(rules=[RULE])
    assert (result["changed"], result["running"], result["added"]) == (True, False, LINES)
    assert [call for call in host.calls() if not call.endswith(" test")] == []
    assert ansible(rules=[RULE])["changed"] is False


@pytest.mark.parametrize(
    "refused", ["iptables-restore load", "ip6tables-restore load", "iptables-restore forget", "iptables-restore test"]
)
def test_a_failure_leaves_files_and_kernel_as_they_were(host: FakeHost, ansible: Ansible, refused: str) -> None:
    ansible(rules=[RULE])
    before = {path: content for path, (content, _inode) in host.state().items()}
    host.refuse(refused)
    result = ansible(rules=[{**RULE, "ports": ["8443"]}])
    host.refuse()
    assert result["failed"] is True
    assert result["msg"].startswith("ufw_rules: ")
    assert {path: content for path, (content, _inode) in host.state().items()} == before
    assert "put back" not in result["msg"]
    assert ansible(rules=[RULE])["changed"] is False


def test_what_cannot_be_put_back_is_told_and_the_rest_is(host: FakeHost, ansible: Ansible) -> None:
    ansible(rules=[RULE])
    before = {path: content for path, (content, _inode) in host.state().items()}
    host.calls()
    host.refuse("iptables-restore load", "ip6tables-restore load-again")
    message = ansible(rules=[{**RULE, "ports": ["8443"]}])["msg"]
    assert "not all could be put back: ip6tables-restore refuses" in message
    after = {path: content for path, (content, _inode) in host.state().items()}
    assert {path for path in before if before[path] != after[path]} == {host.table(6)}


def test_a_refused_load_is_told_with_what_iptables_said(host: FakeHost, ansible: Ansible) -> None:
    host.refuse("ip6tables-restore load")
    message = ansible(rules=[RULE])["msg"]
    assert "ip6tables-restore refuses" in message
    assert "user6.rules: ip6tables-restore: line 1 failed; " in message


def test_a_refused_test_changes_nothing(host: FakeHost, ansible: Ansible) -> None:
    before = host.state()
    host.refuse("iptables-restore test")
    assert "iptables-restore refuses" in ansible(rules=[RULE])["msg"]
    assert host.state() == before


@pytest.mark.parametrize("name", ["iptables", "ip6tables"])
@pytest.mark.parametrize("arguments", [{"rules": [RULE]}, {"rules": [RULE], "start": True}, {"state": "absent"}])
def test_nothing_is_changed_where_the_kernel_cannot_be_read(
    host: FakeHost, ansible: Ansible, name: str, arguments: dict[str, t.Any]
) -> None:
    ansible(rules=[{**RULE, "ports": ["8443"]}])
    before = host.state()
    host.refuse(f"{name} list")
    result = ansible(**arguments)
    assert result["msg"].startswith(f"ufw_rules: {name} cannot tell which rules are loaded: {name}: line 1 failed. ")
    assert host.state() == before


@pytest.mark.parametrize("name", ["iptables", "ip6tables"])
def test_a_change_that_cannot_be_seen_in_the_kernel_is_put_back(host: FakeHost, ansible: Ansible, name: str) -> None:
    ansible(rules=[{**RULE, "ports": ["8443"]}])
    before = {path: content for path, (content, _inode) in host.state().items()}
    host.calls()
    host.refuse(f"{name} list-again")
    assert "cannot tell which rules are loaded" in ansible(rules=[RULE])["msg"]
    assert {path: content for path, (content, _inode) in host.state().items()} == before


@pytest.mark.parametrize("way", ["-P INPUT ACCEPT", ""])
@pytest.mark.parametrize("version", [4, 6])
def test_taking_back_never_disables_what_was_enabled(host: FakeHost, version: int, way: str) -> None:
    host.table(version).write_text(way)
    own = Host(root=host.root, search_path=f"{host.commands}:/usr/bin:/bin")
    taken_back = snapshot(own, survey(own, rules=(), management=()), starts=True)
    assert not [line for line in (*taken_back.load, *taken_back.edits) if "ufw --force" in line or "ENABLED=no" in line]
    assert [line.split(" ")[0] for line in taken_back.load] == ["ip6tables-restore", "iptables-restore"]


def test_ipv6_remotes_need_ipv6(host: FakeHost, ansible: Ansible) -> None:
    host.set_defaults(ipv6="no")
    before = host.state()
    message = ansible(rules=[RULE])["msg"]
    assert message == (
        "ufw_rules: IPV6=no in /etc/default/ufw, and 2001:db8:1::/48 of [safeq6/terminal-server/1] is IPv6; "
        "set IPV6=yes there, or give this host IPv4 remotes only"
    )
    assert host.state() == before
    with_ipv4 = ansible(rules=[{**RULE, "remotes": ["10.1.0.0/24"]}])
    assert with_ipv4["added"] == LINES[:2]
    told = "ufw_rules: IPV6=no in /etc/default/ufw, so IPv6 is dropped, whatever a rule says"
    assert told in with_ipv4["warnings"]
    assert "2001:db8::/64 of [management-connection]" in ansible(rules=[], management=["2001:db8::/64"])["msg"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rules": [{**RULE, "ports": ["0"]}]}, "ufw_rules: rules[0]: '0' is no port: give one from 1 to 65535"),
        ({"rules": [RULE, {**RULE, "remotes": ["x"]}]}, "ufw_rules: rules[1]: 'x' is no network"),
        ({"rules": [], "management": ["198.18.0.1/24"]}, "ufw_rules: management: '198.18.0.1/24' is no network"),
        ({}, "state is present but all of the following are missing: rules"),
        ({"rules": [{**RULE, "colour": "red"}]}, "Unsupported parameters"),
    ],
)
def test_wrong_arguments_are_named_and_change_nothing(
    host: FakeHost, ansible: Ansible, arguments: dict[str, t.Any], message: str
) -> None:
    before = host.state()
    result = ansible(**arguments)
    assert result["failed"] is True
    assert message in result["msg"]
    assert host.state() == before


def test_a_host_without_ufw_is_told(host: FakeHost, ansible: Ansible) -> None:
    shutil.rmtree(host.root / "etc")
    assert "is missing: ufw is not installed on this host; install the package ufw" in ansible(rules=[RULE])["msg"]


def test_a_missing_rules_file_is_no_missing_ufw(host: FakeHost, ansible: Ansible) -> None:
    host.rules(6).unlink()
    assert "user6.rules is missing: put it back from the package ufw, or by 'ufw reset'" in ansible(rules=[RULE])["msg"]


def test_everyone_may_ping_is_told_and_nobody_may_ping_is_refused(host: FakeHost, ansible: Ansible) -> None:
    (warning,) = ansible(rules=[PING])["warnings"]
    assert "before.rules accepts echo-request from everyone" in warning
    before_rules = host.root / "etc/ufw/before.rules"
    accepting = before_rules.read_text()
    before_rules.write_text(accepting.replace("echo-request -j ACCEPT", "echo-request -j DROP"))
    message = ansible(rules=[PING])["msg"]
    assert "before.rules does not accept echo-request from 10.1.0.0/24" in message
    assert "'-A ufw-before-input -p icmp --icmp-type echo-request -s 10.1.0.0/24 -j ACCEPT'" in message
    before_rules.write_text(accepting.replace("echo-request -j ACCEPT", "echo-request -s 10.0.0.0/8 -j ACCEPT"))
    result = ansible(rules=[PING])
    assert (result.get("failed"), result["warnings"]) == (None, [])


def test_what_makes_rules_pointless_is_told(host: FakeHost, ansible: Ansible) -> None:
    host.set_defaults(policy="ACCEPT")
    shutil.copy(GOLDEN / "foreign-user.rules", host.rules(4))
    told = "\n".join(ansible(rules=[{**RULE, "ports": ["9100"]}])["warnings"])
    assert "DEFAULT_INPUT_POLICY is ACCEPT" in told
    assert "ufw rule 2 (9100/tcp ALLOW IN Anywhere # ünï) lets everyone (IPv4) reach 9100/tcp, wider than" in told


def test_chains_that_no_packet_passes_are_told(host: FakeHost, ansible: Ansible) -> None:
    host.table(4).write_text("-P INPUT ACCEPT\n-N ufw-user-input\n")
    result = ansible(rules=[RULE])
    assert result["running"] is False
    assert "packets do not pass through its chains" in "\n".join(result["warnings"])


def test_no_session_and_no_network_for_management_is_told(ansible: Ansible, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change, "live_connection", lambda: None)
    result = ansible(rules=[RULE])
    assert result["management"] == []
    assert "no rule of ours keeps a way in open" in "\n".join(result["warnings"])


def test_an_equal_rule_of_the_administrator_is_reported(host: FakeHost, ansible: Ansible) -> None:
    text = host.rules(4).read_text()
    own = "\n### tuple ### allow tcp 443,5014:5019 0.0.0.0/0 any 10.1.0.0/24 in\n-A ufw-user-input -j ACCEPT\n"
    host.rules(4).write_text(text.replace("### RULES ###\n", f"### RULES ###\n{own}"))
    result = ansible(rules=[RULE])
    assert result["covered"] == LINES[1:2]
    assert result["added"] == [LINES[0], LINES[2]]


OUT_RULE = {**RULE, "direction": "out", "ports": ["1433"], "remotes": ["10.2.0.7"]}
OUT_PING = {**PING, "direction": "out"}
OUT_LINES = [
    "allow out tcp 1433 to 10.2.0.7/32 [safeq6/terminal-server/1]",
    "allow out icmp echo-request to 10.1.0.0/24 [safeq6/terminal-server/9]",
    "drop out everything else to 0.0.0.0/0 [egress]",
    "drop out everything else to ::/0 [egress]",
]


def test_egress_goes_on_and_off(host: FakeHost, ansible: Ansible) -> None:
    rules = [RULE, OUT_RULE, OUT_PING]
    assert ansible(rules=rules)["rules"] == 1
    before = {path: content for path, (content, _inode) in host.state().items()}
    foreseen = ansible(check=True, rules=rules, egress="enforce", egress_dns=[])
    assert {path: content for path, (content, _inode) in host.state().items()} == before

    on = ansible(rules=rules, egress="enforce", egress_dns=[])
    assert (on["changed"], on["rules"], on["removed"], on["added"]) == (True, 3, [], foreseen["added"])
    assert [line for line in on["added"] if "egress-" not in line] == OUT_LINES
    assert host.table(4).read_text().splitlines()[-1] == "-A ufw-user-output -j DROP"
    assert host.table(6).read_text().splitlines()[-1] == "-A ufw6-user-output -j DROP"
    assert "-A ufw-user-output -d 198.18.0.1/32 -p tcp -m tcp --sport 22 -j ACCEPT" in host.table(4).read_text()
    again = ansible(rules=rules, egress="enforce", egress_dns=[])
    assert (again["changed"], again["repaired"], again["added"]) == (False, False, [])

    off = ansible(rules=rules)
    assert (off["changed"], off["added"], off["removed"]) == (True, [], on["added"])
    assert {path: content for path, (content, _inode) in host.state().items()} == before


def test_an_output_chain_that_lost_its_end_is_repaired(host: FakeHost, ansible: Ansible) -> None:
    ansible(rules=[RULE], egress="enforce")
    right = host.table(4).read_text()
    host.table(4).write_text(right.replace("-A ufw-user-output -j DROP\n", ""))
    assert ansible(rules=[RULE], egress="enforce")["repaired"] is True
    assert host.table(4).read_text() == right


@pytest.mark.parametrize(
    ("removed", "told"),
    [
        ("-A ufw-before-output -o lo -j ACCEPT\n", "before.rules does not accept loopback"),
        (
            "-A ufw-before-output -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n",
            "before.rules does not accept established traffic",
        ),
    ],
)
def test_egress_is_refused_where_it_would_cut_what_all_need(
    host: FakeHost, ansible: Ansible, removed: str, told: str
) -> None:
    path = host.root / "etc/ufw/before.rules"
    path.write_text(path.read_text().replace(removed, ""))
    before = host.state()
    assert told in ansible(rules=[RULE], egress="enforce")["msg"]
    assert host.state() == before
    assert ansible(rules=[RULE])["changed"] is True


def test_egress_is_refused_beside_a_foreign_rule_about_everything(host: FakeHost, ansible: Ansible) -> None:
    text = host.rules(4).read_text()
    own = "\n### tuple ### allow any any 0.0.0.0/0 any 0.0.0.0/0 out\n-A ufw-user-output -j ACCEPT\n"
    host.rules(4).write_text(text.replace("### RULES ###\n", f"### RULES ###\n{own}"))
    before = host.state()
    message = ansible(rules=[RULE], egress="enforce")["msg"]
    assert "user.rules: a foreign rule for everything that leaves the host comes before the plan's" in message
    assert host.state() == before


def test_egress_is_refused_where_packets_do_not_pass_the_chains(host: FakeHost, ansible: Ansible) -> None:
    text = host.table(4).read_text()
    host.table(4).write_text(text.replace("-A OUTPUT -j ufw-before-output\n", ""))
    assert "leave the host over IPv4 do not pass" in ansible(rules=[RULE], egress="enforce")["msg"]
    assert ansible(rules=[RULE])["changed"] is True


def test_without_ipv6_egress_asks_for_none_of_it_but_the_plan_does(host: FakeHost, ansible: Ansible) -> None:
    host.set_defaults(ipv6="no")
    assert ansible(rules=[OUT_RULE], egress="enforce")["changed"] is True
    message = ansible(rules=[{**OUT_RULE, "remotes": ["2001:db8::7"]}], egress="enforce")["msg"]
    assert "2001:db8::7/128 of [safeq6/terminal-server/1] is IPv6" in message


def test_the_documentation_names_the_options_of_a_rule() -> None:
    documented = yaml.safe_load(ufw_rules.DOCUMENTATION)["options"]
    for fragment in (
        _rules.ModuleDocFragment.DOCUMENTATION,
        _egress.ModuleDocFragment.DOCUMENTATION,
        _egress.ModuleDocFragment.ADDITIONS,
        _foreign.ModuleDocFragment.DOCUMENTATION,
        _confirmed.ModuleDocFragment.DOCUMENTATION,
    ):
        for name, option in yaml.safe_load(fragment)["options"].items():
            documented[name] = {**option, **documented.get(name, {})}
    assert {
        name: {k: v for k, v in option.items() if k not in ("description", "suboptions")}
        for name, option in documented.items()
    } == {
        name: {k: v for k, v in option.items() if k not in ("options", "no_log")}
        for name, option in ufw_rules.ARGUMENTS.items()
    }
    suboptions = documented["rules"]["suboptions"]
    assert {name: {k: v for k, v in o.items() if k != "description"} for name, o in suboptions.items()} == RULE_OPTIONS
    from_the_controller = {"confirmed", "rolled_back"}
    assert set(yaml.safe_load(ufw_rules.RETURN)) - from_the_controller == {
        "started",
        "added",
        "removed",
        "covered",
        "rules",
        "running",
        "management",
        "repaired",
        "reasons",
        "foreign",
        "stopped",
        "blocked",
        "turned",
    }
