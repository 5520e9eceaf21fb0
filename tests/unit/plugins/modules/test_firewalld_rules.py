# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module from its arguments to its result, on a folder that stands for the host's root."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._confirm import change
from ansible_collections.printops.firewall.plugins.module_utils._firewalld import permanent
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import Connection
from ansible_collections.printops.firewall.plugins.modules import firewalld_rules
from ansible_collections.printops.firewall.tests.older_ansible import patch_module_args
from ansible_collections.printops.firewall.tests.unit.plugins.module_utils._firewalld.fake_firewalld import (
    FakeFirewalld,
)

RULE = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["443"],
    "remotes": ["10.1.0.0/16", "2001:db8:1::/64"],
    "flows": ["safeq6/management/1"],
}
LINES = [
    "allow in tcp 443 from 10.1.0.0/16 [safeq6/management/1]",
    "allow in tcp 443 from 2001:db8:1::/64 [safeq6/management/1]",
]
MANAGEMENT_LINE = "allow in tcp 2222 from 192.0.2.7/32 [management-connection]"


class Ended(Exception):  # noqa: N818
    """The module ended with this result."""

    def __init__(self, result: dict[str, t.Any], *, failed: bool) -> None:
        super().__init__(result)
        self.result = result
        self.failed = failed


@pytest.fixture(name="daemon")
def daemon_fixture(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> FakeFirewalld:
    daemon = FakeFirewalld(tmp_path)
    real_host = firewalld_rules.Host
    monkeypatch.setattr(firewalld_rules, "Host", lambda **_run: real_host(run=daemon.run, root=daemon.root))
    monkeypatch.setattr(change, "live_connection", lambda: Connection(client="192.0.2.7", port=2222))

    def end(*, failed: bool) -> t.Callable[..., t.NoReturn]:
        def raise_end(_module: object, **result: t.Any) -> t.NoReturn:
            raise Ended(result, failed=failed)

        return raise_end

    monkeypatch.setattr(firewalld_rules.AnsibleModule, "exit_json", end(failed=False))
    monkeypatch.setattr(firewalld_rules.AnsibleModule, "fail_json", end(failed=True))
    return daemon


def run(**arguments: t.Any) -> Ended:
    with patch_module_args(arguments), pytest.raises(Ended) as ended:
        firewalld_rules.main()
    return ended.value


@pytest.mark.usefixtures("daemon")
def test_result_of_first_second_changed_and_absent_run() -> None:
    first = run(rules=[RULE]).result
    assert (first["changed"], first["added"], first["removed"]) == (True, [MANAGEMENT_LINE, *LINES], [])
    assert (first["rules"], first["running"], first["installed"], first["repaired"]) == (1, True, True, False)
    assert first["management"] == ["192.0.2.7/32"]

    second = run(rules=[RULE]).result
    assert (second["changed"], second["added"], second["removed"], second["rules"]) == (False, [], [], 1)

    third = run(rules=[{**RULE, "remotes": ["10.1.0.0/16"]}], management=["192.0.2.0/24"]).result
    assert third["added"] == ["allow in tcp 2222 from 192.0.2.0/24 [management-connection]"]
    assert third["removed"] == [MANAGEMENT_LINE, LINES[1]]

    last = run(state="absent").result
    assert (last["changed"], last["added"], last["rules"], last["management"]) == (True, [], 0, [])
    assert last["removed"] == ["allow in tcp 2222 from 192.0.2.0/24 [management-connection]", LINES[0]]
    assert run(state="absent").result["changed"] is False


def test_diff_and_check_mode(daemon: FakeFirewalld) -> None:
    result = run(rules=[RULE], _ansible_check_mode=True, _ansible_diff=True).result
    assert result["changed"]
    assert result["diff"]["before"] == ""
    assert result["diff"]["after"].splitlines() == [MANAGEMENT_LINE, *LINES]
    assert not (daemon.folder / "policies").exists()


OUT_RULE = {**RULE, "direction": "out", "remotes": ["10.2.0.0/16"]}
OUT_LINE = "allow out tcp 443 to 10.2.0.0/16 [safeq6/management/1]"
CLOSING_LINES = ["drop out everything else to 0.0.0.0/0 [egress]", "drop out everything else to ::/0 [egress]"]


def files_of(daemon: FakeFirewalld) -> dict[pathlib.Path, bytes]:
    return {path: path.read_bytes() for path in daemon.folder.rglob("*") if path.is_file()}


def test_out_rules_have_no_effect_where_egress_is_not_enforced(daemon: FakeFirewalld) -> None:
    result = run(rules=[OUT_RULE]).result
    assert (result["rules"], result["added"]) == (0, [MANAGEMENT_LINE])
    assert not (daemon.folder / "services").exists()
    assert list(daemon.policies) == ["printops-in"]


@pytest.mark.parametrize("version", ["0.9.3", "1.3.3"])
def test_egress_goes_on_and_off(daemon: FakeFirewalld, version: str) -> None:
    daemon.version = version
    run(rules=[RULE, OUT_RULE])
    before = files_of(daemon)
    foreseen = run(rules=[RULE, OUT_RULE], egress="enforce", egress_dns=[], _ansible_check_mode=True).result
    assert files_of(daemon) == before

    on = run(rules=[RULE, OUT_RULE], egress="enforce", egress_dns=[]).result
    assert (on["changed"], on["rules"], on["removed"], on["added"]) == (True, 2, [], foreseen["added"])
    assert [line for line in on["added"] if "egress-" not in line] == [OUT_LINE, *CLOSING_LINES]
    assert daemon.policies["printops-out"].attrib["target"] == {"0": "CONTINUE", "1": "DROP"}[version[0]]
    again = run(rules=[RULE, OUT_RULE], egress="enforce", egress_dns=[]).result
    assert (again["changed"], again["repaired"], again["added"]) == (False, False, [])

    off = run(rules=[RULE, OUT_RULE]).result
    assert (off["changed"], off["added"], off["removed"]) == (True, [], on["added"])
    assert files_of(daemon) == before
    assert list(daemon.policies) == ["printops-in"]


@pytest.mark.parametrize("egress", ["allow", "enforce"])
def test_a_loaded_egress_that_is_not_the_wanted_one_is_repaired(daemon: FakeFirewalld, egress: str) -> None:
    run(rules=[RULE], egress={"allow": "enforce", "enforce": "allow"}[egress])
    other = dict(daemon.policies)
    run(rules=[RULE], egress=egress)
    wanted = set(daemon.policies)
    daemon.policies = other
    result = run(rules=[RULE], egress=egress).result
    assert (result["changed"], result["repaired"]) == (True, True)
    assert set(daemon.policies) == wanted


def test_a_rule_that_the_loaded_egress_lacks_is_repaired(daemon: FakeFirewalld) -> None:
    run(rules=[RULE], egress="enforce")
    policy = daemon.policies["printops-out"]
    policy.remove(policy.findall("rule")[-1])
    assert run(rules=[RULE], egress="enforce").result["repaired"] is True


def test_an_edited_file_is_shown_and_written_anew(daemon: FakeFirewalld) -> None:
    run(rules=[RULE])
    policy = daemon.folder / "policies/printops-in.xml"
    written = policy.read_bytes()
    policy.write_bytes(written.replace(b"</policy>", b"  <masquerade/>\n</policy>"))
    result = run(rules=[RULE]).result
    assert (result["changed"], result["added"], result["removed"]) == (True, [], [])
    assert "policies/printops-in.xml was edited" in result["diff"]["before"]
    assert policy.read_bytes() == written


def test_an_unreadable_file_of_ours_is_written_anew(daemon: FakeFirewalld) -> None:
    run(rules=[RULE])
    policy = daemon.folder / "policies/printops-in.xml"
    policy.write_bytes(policy.read_bytes().replace(b"</policy>", b""))
    assert run(rules=[RULE]).result["added"] == [MANAGEMENT_LINE, *LINES]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rules": [{**RULE, "ports": ["70000"]}]}, r"firewalld_rules: rules\[0\]: '70000' is no port"),
        (
            {"rules": [{**RULE, "remotes": ["10.1.0.1/16"]}]},
            r"firewalld_rules: rules\[0\]: '10.1.0.1/16' is no network",
        ),
        ({"rules": [{**RULE, "flows": ["a b"]}]}, r"firewalld_rules: flows: 'a b' is no flow id"),
        ({"rules": [RULE], "management": ["x"]}, r"firewalld_rules: management: 'x' is no network"),
        ({}, "state is present but all of the following are missing: rules"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(
    daemon: FakeFirewalld, arguments: dict[str, t.Any], message: str
) -> None:
    ended = run(**arguments)
    assert ended.failed
    assert re.match(message, ended.result["msg"])
    assert not (daemon.folder / "policies").exists()


def test_a_host_without_firewalld(daemon: FakeFirewalld) -> None:
    (daemon.root / "usr/sbin/firewalld").unlink()
    daemon.running = False
    ended = run(rules=[RULE])
    assert ended.failed
    assert "firewalld is not installed on this host" in ended.result["msg"]
    foreseen = run(rules=[RULE], _ansible_check_mode=True).result
    assert (foreseen["installed"], foreseen["running"], foreseen["changed"]) == (False, False, True)
    foreseen = run(rules=[RULE], start=True, _ansible_check_mode=True).result
    assert foreseen["turned"].startswith("WILL BE TURNED ON, once installed: default deny")


def test_turning_on_names_what_it_cuts_off_before_it_does(daemon: FakeFirewalld) -> None:
    daemon.running = False
    (daemon.root / "proc/net").mkdir(parents=True)
    (daemon.root / "proc/net/tcp").write_text("sl\n0: 00000000:1E61 00000000:0000 0A 0:0 0:0 0 0 0 1\n")
    told = "WILL BE TURNED ON: default deny; listening and not in the plan, will be cut off: 7777/tcp"
    foreseen = run(rules=[RULE], start=True, _ansible_check_mode=True).result
    assert (foreseen["turned"], foreseen["started"]) == (told, True)
    assert run(rules=[RULE], _ansible_check_mode=True).result["turned"] == ""


@pytest.mark.parametrize(("version", "restarts"), [("0.9.3", 1), ("1.3.3", 1), ("2.3.1", 1)])
@pytest.mark.parametrize("grows", [False, True])
def test_a_running_firewalld_that_enforces_nothing_is_started_again(
    daemon: FakeFirewalld, version: str, restarts: int, grows: bool
) -> None:
    daemon.version = version
    run(rules=[RULE])
    daemon.lost = True
    rules = [RULE, {**RULE, "ports": ["8443"]}] if grows else [RULE]
    foreseen = run(rules=rules, _ansible_check_mode=True).result
    assert (foreseen["changed"], daemon.restarts) == (True, 0)
    result = run(rules=rules).result
    assert (result["changed"], result["repaired"], daemon.restarts) == (True, not grows, restarts)
    assert "THE HOST IS OPEN" in result["reasons"][0]
    again = run(rules=rules).result
    assert (again["changed"], again["reasons"]) == (False, [])


@pytest.mark.parametrize("grows", [False, True])
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\t\tjump filter_IN_policy_printops-in\n", "", "no packet comes to the chain of the policy printops-in"),
        ("tcp dport 443", "tcp dport 444", "the kernel has it, firewalld has not: "),
        ("\t\tct state", "\t\ttcp dport 8081 accept\n\t\tct state", "chain filter_INPUT: tcp dport 8081 accept"),
    ],
)
def test_what_the_kernel_has_otherwise_is_loaded_again(
    daemon: FakeFirewalld, old: str, new: str, reason: str, grows: bool
) -> None:
    run(rules=[RULE])
    reloads = daemon.reloads
    daemon.tampered = lambda table: table.replace(old, new) if daemon.reloads == reloads else table
    rules = [RULE, {**RULE, "ports": ["8443"]}] if grows else [RULE]
    result = run(rules=rules).result
    assert (result["changed"], daemon.reloads, daemon.restarts) == (True, reloads + 1, 0)
    assert reason in "; ".join(result["reasons"])
    assert run(rules=rules).result["changed"] is False


def test_what_cannot_be_put_right_is_told_and_not_done_again_for_ever(daemon: FakeFirewalld) -> None:
    run(rules=[RULE])
    daemon.tampered = lambda table: table.replace("\t\tjump filter_IN_policy_printops-in\n", "")
    failed = run(rules=[RULE])
    assert failed.failed
    assert "was started again and does not enforce what was written: no packet comes" in failed.result["msg"]


def test_a_host_without_the_nft_command_is_changed_again_and_again(
    daemon: FakeFirewalld, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = daemon.run

    def without_nft(command: list[str], data: str | None = None, /) -> tuple[int, str, str]:
        if command[0] == "nft":
            raise FileNotFoundError("nft")
        return whole(command, data)

    monkeypatch.setattr(daemon, "run", without_nft)
    for port in ("443", "8443", "9443"):
        assert run(rules=[{**RULE, "ports": [port]}]).result["changed"] is True
        assert run(rules=[{**RULE, "ports": [port]}]).result["changed"] is False
    many = [{**RULE, "ports": [str(port)], "flows": [f"safeq6/mfd/{port}"]} for port in range(2000, 2030)]
    daemon.refusals = ["COMMAND_FAILED"]
    failed = run(rules=many)
    assert failed.failed
    assert "our previous files were put back and loaded" in failed.result["msg"]


WIDE_ZONE = '<zone><interface name="eth0"/><port port="443" protocol="tcp"/></zone>'


def test_what_others_let_in_is_told_in_each_run_and_looked_at_where_something_changed(
    daemon: FakeFirewalld, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    real = permanent.permanent_openings
    monkeypatch.setattr(permanent, "permanent_openings", lambda *a, **k: looks.append(1) or real(*a, **k))
    zone = daemon.folder / "zones/public.xml"
    zone.parent.mkdir(exist_ok=True)
    zone.write_text(WIDE_ZONE)
    told = ["firewalld zone public: port 443/tcp lets everyone reach 443/tcp, wider than the plan"]
    assert [run(rules=[RULE]).result["foreign"] for _turn in range(3)] == [told] * 3
    assert len(looks) == 1
    zone.write_text(WIDE_ZONE.replace("443", "444"))
    assert run(rules=[RULE]).result["foreign"] == []
    zone.write_text(WIDE_ZONE)
    assert run(rules=[RULE]).result["foreign"] == told
    assert run(rules=[{**RULE, "ports": ["80"]}]).result["foreign"] == []
    assert len(looks) == 4
