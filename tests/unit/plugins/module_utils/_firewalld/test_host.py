# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files, lock and daemon of a host, in a folder that stands for its root."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._firewalld.daemon import (
    FirewalldError,
    parse_active_zones,
    parse_settings,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.ensure import Outcome, ensure
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.host import Host
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.objects import (
    OUT_POLICY_FILE,
    POLICY_FILE,
    Objects,
    render,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.read import config_faults
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import Egress
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
from ansible_collections.printops.firewall.tests.unit.plugins.module_utils._firewalld.fake_firewalld import (
    FOREIGN_ZONE,
    FakeFirewalld,
)


@pytest.fixture(name="daemon")
def daemon_fixture(tmp_path: pathlib.Path) -> FakeFirewalld:
    return FakeFirewalld(tmp_path)


@pytest.fixture(name="host")
def host_fixture(daemon: FakeFirewalld) -> Host:
    return Host(run=daemon.run, root=daemon.root)


def objects_for(*ports: str, remotes: int = 1) -> Objects:
    raw = {
        "direction": "in",
        "protocol": "tcp",
        "remotes": [f"10.{second}.0.0/17" for second in range(remotes)],
        "flows": ["safeq6/management/1"],
    }
    return render(rules=parse_rules([{**raw, "ports": [port]} for port in ports]), management=())


MANY = [str(port) for port in range(2000, 2030)]
"""Ports of so many rules that firewalld must reload."""


def apply(host: Host, desired: Objects | None, *, check_mode: bool = False) -> Outcome:
    return ensure(host=host, loaded=host.loaded(), look=host.look, desired=desired, check_mode=check_mode)


def on_disk(daemon: FakeFirewalld) -> dict[str, bytes]:
    return {
        str(path.relative_to(daemon.folder)): path.read_bytes() for path in daemon.folder.rglob("*") if path.is_file()
    }


def test_first_apply_writes_loads_and_keeps_the_foreign_zone(daemon: FakeFirewalld, host: Host) -> None:
    desired = objects_for("443", remotes=9)
    outcome = apply(host, desired)
    assert (outcome.before, outcome.files_differ, outcome.repaired, outcome.running) == ({}, True, False, True)
    assert on_disk(daemon) == {**desired.files, "zones/public.xml": FOREIGN_ZONE.encode()}
    assert daemon.reloads == 1
    assert {path.stat().st_mode & 0o777 for path in daemon.folder.rglob("printops-*")} == {0o644}


def test_second_apply_writes_nothing_and_reloads_nothing(daemon: FakeFirewalld, host: Host) -> None:
    apply(host, objects_for("443"))
    times = {path: path.stat().st_mtime_ns for path in daemon.folder.rglob("*")}
    outcome = apply(host, objects_for("443"))
    assert not outcome.files_differ
    assert not outcome.repaired
    assert daemon.reloads == 1
    assert times == {path: path.stat().st_mtime_ns for path in daemon.folder.rglob("*")}


def test_a_change_removes_what_is_no_longer_wanted(daemon: FakeFirewalld, host: Host) -> None:
    apply(host, objects_for("443", "80", remotes=9))
    apply(host, objects_for("443"))
    assert on_disk(daemon).keys() == {*objects_for("443").files, "zones/public.xml"}


def test_absent_leaves_only_what_was_there_before(daemon: FakeFirewalld, host: Host) -> None:
    before = on_disk(daemon)
    apply(host, objects_for("443", remotes=9))
    outcome = apply(host, None)
    assert outcome.files_differ
    assert on_disk(daemon) == before
    assert daemon.policy is None
    assert not apply(host, None).files_differ


def test_check_mode_touches_nothing(daemon: FakeFirewalld, host: Host) -> None:
    before = on_disk(daemon)
    assert apply(host, objects_for("443"), check_mode=True).files_differ
    assert on_disk(daemon) == before
    assert daemon.reloads == 0


def test_a_stopped_daemon_gets_files_only(daemon: FakeFirewalld, host: Host) -> None:
    daemon.running = False
    outcome = apply(host, objects_for("443"))
    assert outcome.files_differ
    assert not outcome.running
    assert daemon.reloads == 0
    assert POLICY_FILE in on_disk(daemon)
    assert not apply(host, objects_for("443")).files_differ


@pytest.mark.parametrize("loss", ["failed", "reloaded without", "other rules"])
def test_a_loaded_state_that_is_not_ours_is_repaired(daemon: FakeFirewalld, host: Host, loss: str) -> None:
    apply(host, objects_for("443"))
    if loss == "failed":
        daemon.state = "FAILED"
    elif loss == "reloaded without":
        daemon.policy = None
    else:
        daemon.policy.remove(daemon.policy.find("rule"))
    outcome = apply(host, objects_for("443"))
    assert outcome.repaired
    assert not outcome.files_differ
    assert daemon.reloads == 2
    assert host.loaded().holds(objects_for("443"))


@pytest.mark.parametrize("refusal", ["INVALID_SERVICE: x", "lose"])
def test_a_refused_reload_puts_the_previous_files_back(daemon: FakeFirewalld, host: Host, refusal: str) -> None:
    apply(host, objects_for("443"))
    before = on_disk(daemon)
    daemon.refusals = [refusal]
    with pytest.raises(FirewalldError, match="our previous files were put back and loaded"):
        apply(host, objects_for(*MANY, remotes=9))
    assert on_disk(daemon) == before
    assert host.loaded().holds(objects_for("443"))
    assert daemon.kernel[-1] == "delete table inet printops_rescue"
    assert not host.rescue.in_force()


def test_what_was_enforced_goes_on_until_firewalld_loads_again(daemon: FakeFirewalld, host: Host) -> None:
    apply(host, objects_for("443"))
    daemon.refusals = ["COMMAND_FAILED", "COMMAND_FAILED"]
    with pytest.raises(FirewalldError, match="table inet printops_rescue enforces what was loaded before"):
        apply(host, objects_for(*MANY))
    script = next(said for said in daemon.kernel if "table inet printops_rescue {" in said)
    assert [said.split()[-1] for said in daemon.kernel[-2:]] == ["firewalld", "firewalld_policy_drop"]
    assert not daemon.running
    assert not apply(host, objects_for("443")).running
    daemon.running = True
    assert script.startswith("-f -\nadd table inet printops_rescue\ndelete table inet printops_rescue\n")
    assert "\ntable inet printops_rescue {\n" in script
    assert "flags owner" not in script
    assert host.rescue.in_force()
    assert apply(host, objects_for("443")).repaired
    assert daemon.kernel[-1] == "delete table inet printops_rescue"
    assert not host.rescue.in_force()
    assert not apply(host, objects_for("443")).repaired


def test_it_is_said_loudly_when_even_the_previous_files_do_not_load(daemon: FakeFirewalld, host: Host) -> None:
    daemon.state = "FAILED"
    daemon.refusals = ["COMMAND_FAILED"] * 3
    with pytest.raises(FirewalldError, match=r"firewalld is FAILED .*THE HOST MAY BE OPEN"):
        apply(host, objects_for("443"))
    assert on_disk(daemon).keys() == {"zones/public.xml"}


@pytest.mark.parametrize("running", [True, False])
def test_what_firewalld_finds_wrong_is_not_loaded(daemon: FakeFirewalld, host: Host, *, running: bool) -> None:
    before = on_disk(daemon)
    daemon.check_fault, daemon.running = "INVALID_ZONE: public", running
    with pytest.raises(FirewalldError, match="INVALID_ZONE: public"):
        apply(host, objects_for("443"))
    assert on_disk(daemon) == before
    assert daemon.reloads == 0


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_fault_of_a_foreign_file_stops_it_before_anything(
    daemon: FakeFirewalld, host: Host, *, check_mode: bool
) -> None:
    (daemon.folder / "zones/work.xml").write_text('<zone><rule><service name="nope"/><accept/></rule></zone>')
    before = on_disk(daemon)
    with pytest.raises(FirewalldError, match=r"zones/work\.xml: a rule names service 'nope', which does not exist"):
        apply(host, objects_for("443"), check_mode=check_mode)
    assert on_disk(daemon) == before


def test_a_foreign_file_with_our_prefix_is_an_error(daemon: FakeFirewalld, host: Host) -> None:
    (daemon.folder / "services").mkdir()
    (daemon.folder / "services/printops-mine.xml").write_text("<service/>")
    with pytest.raises(FirewalldError, match=r"services/printops-mine\.xml has the prefix 'printops-'"):
        apply(host, objects_for("443"))


@pytest.mark.parametrize("crash_at", range(9))
def test_whenever_it_is_interrupted_the_policy_on_disk_is_whole(
    daemon: FakeFirewalld, host: Host, monkeypatch: pytest.MonkeyPatch, crash_at: int
) -> None:
    """Either the old or the new policy is there, with all that it names, and the next run finishes the work."""
    old, new = objects_for("443", remotes=9), objects_for("80", "81", remotes=8)
    apply(host, old)
    steps = iter(range(100))

    def crash() -> None:
        if next(steps) == crash_at:
            raise KeyboardInterrupt

    for function in ("replace", "unlink"):
        original = getattr(pathlib.Path, function)
        monkeypatch.setattr(pathlib.Path, function, lambda *given, _original=original: (crash(), _original(*given))[1])
    try:
        apply(host, new)
        interrupted = False
    except KeyboardInterrupt:
        interrupted = True
    files = on_disk(daemon)
    state = old if files[POLICY_FILE] == old.files[POLICY_FILE] else new
    assert state.files.items() <= files.items()
    assert interrupted == (crash_at < 8)
    monkeypatch.undo()
    apply(host, new)
    assert on_disk(daemon).keys() == {*new.files, "zones/public.xml"}


def with_egress(*ports: str, remotes: int) -> Objects:
    raw = {"protocol": "tcp", "ports": list(ports), "remotes": [f"10.{second}.0.0/17" for second in range(remotes)]}
    rules = parse_rules([{**raw, "direction": way, "flows": [f"a/b/{len(way)}"]} for way in ("in", "out")])
    return render(rules=rules, management=(), egress=Egress(rules, ()))


def without_egress(*ports: str, remotes: int) -> Objects:
    return objects_for(*ports, remotes=remotes)


@pytest.mark.parametrize(
    ("first", "second"),
    [(with_egress, with_egress), (without_egress, with_egress), (with_egress, without_egress)],
)
@pytest.mark.parametrize("crash_at", range(13))
def test_whenever_it_is_interrupted_each_direction_is_the_old_or_the_new_one(
    daemon: FakeFirewalld,
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
    first: t.Callable[..., Objects],
    second: t.Callable[..., Objects],
    crash_at: int,
) -> None:
    old, new = first("443", remotes=9), second("80", remotes=8)
    apply(host, old)
    steps = iter(range(100))

    def crash() -> None:
        if next(steps) == crash_at:
            raise KeyboardInterrupt

    for function in ("replace", "unlink"):
        original = getattr(pathlib.Path, function)
        monkeypatch.setattr(pathlib.Path, function, lambda *given, _original=original: (crash(), _original(*given))[1])
    with contextlib.suppress(KeyboardInterrupt):
        apply(host, new)
    files = on_disk(daemon)
    for path in (POLICY_FILE, OUT_POLICY_FILE):
        assert files.get(path) in (old.files.get(path), new.files.get(path))
    read = {path: content for path, content in files.items() if path.endswith(".xml")}
    assert config_faults(read, shipped={"services/ssh.xml"}) == []
    if OUT_POLICY_FILE in files and files[OUT_POLICY_FILE] == new.files.get(OUT_POLICY_FILE):
        assert files[POLICY_FILE] == new.files[POLICY_FILE]
    monkeypatch.undo()
    apply(host, new)
    assert on_disk(daemon).keys() == {*new.files, "zones/public.xml"}
    assert host.loaded().holds(new)


def test_the_lock_names_its_holder(daemon: FakeFirewalld, host: Host) -> None:
    with (
        host.lock(),
        pytest.raises(FirewalldError, match=rf"held for 0 s by process {os.getpid()}"),
        host.lock(seconds=0.2),
    ):
        pytest.fail("the lock was given twice")
    with (daemon.root / "run/printops-firewalld.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("version", "running", "configuration", "expected"),
    [
        ("0.9.3", True, "FirewallBackend=nftables\n", False),
        ("0.9.3", False, "FirewallBackend=nftables\n", False),
        ("1.3.3", True, "FirewallBackend=nftables\n", True),
        ("2.3.1", False, "# nothing\n", True),
        ("2.3.1", True, "# x\nFirewallBackend=iptables\n", False),
    ],
)
def test_ipsets_are_used_where_they_cannot_fail(
    tmp_path: pathlib.Path, version: str, *, running: bool, configuration: str, expected: bool
) -> None:
    daemon = FakeFirewalld(tmp_path, running=running, version=version)
    (daemon.folder / "firewalld.conf").write_text(configuration)
    host = Host(run=daemon.run, root=daemon.root)
    assert host.takes_ipsets(version=host.begin().version()) is expected


def test_settings_as_busctl_prints_them() -> None:
    text = r'a{sv} 4 "short" s "a \"b\" \\ c" "rich_rules" as 2 "rule x=\"1\"" "y" "services" as 0 "priority" i -100'
    assert parse_settings(text) == {"short": ['a "b" \\ c'], "rich_rules": ['rule x="1"', "y"], "services": []}


def test_a_daemon_that_does_not_answer_is_not_taken_for_a_stopped_one(daemon: FakeFirewalld) -> None:
    def run(command: list[str], _data: str | None = None, /) -> tuple[int, str, str]:
        return (1, "", "Call failed: Connection timed out") if "GetAll" in command else daemon.run(command)

    with pytest.raises(FirewalldError, match="does not tell its state: Call failed: Connection timed out"):
        Host(run=run, root=daemon.root).loaded()


def test_active_zones_as_busctl_prints_them() -> None:
    text = 'a{sa{sas}} 2 "public" 1 "interfaces" 2 "eth0" "eth1" "trusted" 1 "sources" 1 "10.0.0.0/8"\n'
    assert parse_active_zones(text) == {"public": ["eth0", "eth1"], "trusted": ["10.0.0.0/8"]}
    assert parse_active_zones("a{sa{sas}} 0\n") == {}
