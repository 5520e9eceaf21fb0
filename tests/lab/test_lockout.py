# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that cut off their own controller, over real SSH: the host is back on its old rules in time, every time."""

from __future__ import annotations

import contextlib
import difflib
import os
import pathlib
import signal
import subprocess
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import Lab
from .probes.confirmed import Run, leftovers, provider_of, spawn, states, wait_until_applied, watching

HOSTS = ("site2", "mgmt1", "fw2", "site1")
DAEMONS = HOSTS[:3]
TIMEOUT_S = 12
MOST_S = TIMEOUT_S + 5
CONTROLLER = "198.18.0.1"
NEAR = "198.18.0.0/28"

PRINTING = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["9100", "5014-5016"],
    "remotes": ["198.18.21.0/27", "2001:db8:21::20"],
    "flows": ["safeq6/mfd/1", "safeq6/mfd/2"],
}
WORKSTATIONS = {**PRINTING, "ports": ["5017"], "remotes": ["198.18.31.0/24"], "flows": ["safeq6/payment/1"]}
KEPT: dict[str, t.Any] = {"rules": [PRINTING], "management": ["198.18.0.0/28", "2001:db8::/64"]}
CUTS: dict[str, t.Any] = {"rules": [WORKSTATIONS], "keep_connection": False, "confirm_timeout": TIMEOUT_S}


@pytest.fixture(scope="module", name="hosts")
def hosts_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Machines with their firewall on, also at boot, and the old plan confirmed."""
    lab.reset(*HOSTS)
    apply(lab, tmp_path_factory.mktemp("first"), start=True)
    for host in HOSTS:
        assert lab.enter(host, ["systemctl", "--quiet", "enable", "--now", provider_of(host)]).returncode == 0
        if provider_of(host) == "ufw":
            assert lab.enter(host, ["ufw", "reload"]).returncode == 0, "enabling rewrites the files that it has loaded"
    return HOSTS


def apply(lab: Lab, folder: pathlib.Path, *names: str, **arguments: t.Any) -> dict[str, t.Any]:
    """A run of the old plan, which must succeed."""
    results = Run(lab, folder, names or HOSTS, **KEPT, **arguments).results()
    for host, result in results.items():
        assert not result.get("failed"), (host, result)
        assert result.get("confirmed", False) is result["changed"], (host, result)
    return results


def keep_open(lab: Lab, host: str, socket: pathlib.Path) -> subprocess.Popen[str]:
    """A connection to the host that others may use, however closed it is to new ones."""
    config = str(lab.ssh_config)
    master = spawn(["ssh", "-F", config, "-N", "-o", "ControlMaster=yes", "-o", f"ControlPath={socket}", host])
    for _turn in range(100):
        if socket.exists():
            return master
        time.sleep(0.1)
    raise AssertionError(f"no connection to {host}")


def difference(before: list[str], after: list[str]) -> list[str]:
    return list(difflib.unified_diff(before, after, n=0, lineterm=""))


def judge(
    lab: Lab,
    *,
    name: str,
    results: t.Mapping[str, t.Any],
    healed: t.Mapping[str, float],
    before: t.Mapping[str, list[str]],
    reason: str,
    most_s: float = MOST_S,
) -> None:
    """Every host told of the reason, has its old rules on disk and loaded, keeps nothing of the change, and healed."""
    figures = ", ".join(f"{host} {seconds:.1f} s" for host, seconds in healed.items())
    print(f"\n{name}: no new connection for {figures}; the bound is {most_s} s")
    for host, result in results.items():
        assert (result["failed"], result["rolled_back"], result["confirmed"]) == (True, True, False), (host, result)
        assert "so the host took them back and is on its old rules" in result["msg"], (host, result)
        assert f" {reason}: " in result["msg"], (host, result)
    after = states(lab, list(before))
    for host in before:
        changed = difference(before[host], after[host])
        assert not changed, f"{host}:\n" + "\n".join(changed)
    assert leftovers(lab, list(before)) == {}
    for host, seconds in healed.items():
        assert 1 < seconds <= most_s, (host, seconds)


@pytest.mark.parametrize(
    ("name", "family", "management"),
    [
        ("SSH dropped", 0, []),
        ("SSH from another network only", 0, ["198.18.77.0/24", "2001:db8:77::/64"]),
        pytest.param("IPv6 only broken", 1, ["198.18.0.0/28"], marks=pytest.mark.trial),
    ],
)
def test_a_plan_that_cuts_the_controller_off(
    lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path, name: str, family: int, management: list[str]
) -> None:
    apply(lab, tmp_path / "old")
    before = states(lab, hosts)
    with watching(hosts, family=family) as healed:
        results = Run(lab, tmp_path / "cut", hosts, family=family, management=management, **CUTS).results()
    judge(lab, name=name, results=results, healed=healed, before=before, reason="timeout")
    again = apply(lab, tmp_path / "good")
    assert not any(result["changed"] for result in again.values())


@pytest.mark.usefixtures("hosts")
@pytest.mark.trial
def test_a_daemon_that_dies_in_the_window(lab: Lab, tmp_path: pathlib.Path) -> None:
    apply(lab, tmp_path / "old", *DAEMONS)
    before = states(lab, DAEMONS)

    def kill(host: str) -> None:
        wait_until_applied(lab, host)
        done = lab.enter(host, ["systemctl", "kill", "--signal=KILL", "firewalld.service"])
        assert done.returncode == 0, done.stderr

    with watching(DAEMONS) as healed, ThreadPoolExecutor(len(DAEMONS)) as pool:
        run = Run(lab, tmp_path / "cut", DAEMONS, **CUTS)
        list(pool.map(kill, DAEMONS))
        results = run.results()
    judge(lab, name="daemon killed", results=results, healed=healed, before=before, reason="timeout")
    assert not any(result["changed"] for result in apply(lab, tmp_path / "good", *DAEMONS).values())


@pytest.mark.trial
def test_a_reboot_in_the_window(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    """Half of the machines lose their power, half reboot in order; neither waits for the timer."""
    apply(lab, tmp_path / "old")
    before = states(lab, hosts)
    with watching(hosts) as healed:
        run = Run(lab, tmp_path / "cut", hosts, **{**CUTS, "confirm_timeout": 90})
        for host in hosts:
            wait_until_applied(lab, host)
        for host in ("site2", "fw2"):
            lab.enter(host, ["systemctl", "reboot"])
        lab.call("power-cycle", "mgmt1", "site1")
        results = run.results()
    judge(lab, name="reboot", results=results, healed=healed, before=before, reason="boot", most_s=30)
    assert not any(result["changed"] for result in apply(lab, tmp_path / "good").values())


@pytest.mark.trial
def test_a_controller_that_dies_in_the_window(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    """The host heals alone, and the next run says so."""
    apply(lab, tmp_path / "old")
    before = states(lab, hosts)
    with watching(hosts) as healed:
        run = Run(lab, tmp_path / "cut", hosts, **CUTS)
        for host in hosts:
            wait_until_applied(lab, host)
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait()
        for host in hosts:
            done = lab.enter(
                host,
                ["sh", "-c", "for i in $(seq 300); do [ -e /var/lib/printops-firewall ] || exit 0; sleep 0.1; done"],
            )
            assert done.returncode == 0
    judge(lab, name="controller killed", results={}, healed=healed, before=before, reason="timeout")
    for result in apply(lab, tmp_path / "good").values():
        assert any("the host took an unconfirmed change of an earlier run back" in text for text in result["warnings"])
    for result in apply(lab, tmp_path / "better").values():
        assert "warnings" not in result


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pipelining off", {"environment": {"ANSIBLE_PIPELINING": "false"}}),
        ("no kept connections", {"ssh": "-o ControlMaster=no"}),
        ("become", {"play": {"become": True, "become_method": "su"}}),
        ("serial", {"play": {"serial": 1, "strategy": "linear"}}),
        ("free of the SSH environment", {"environment": {"ANSIBLE_SSH_PIPELINING": "true"}, "family": 1}),
    ],
)
@pytest.mark.trial
def test_ways_to_connect(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path, name: str, options: t.Any) -> None:
    own = f"{CONTROLLER}/32" if "family" not in options else "2001:db8::1/128"
    for turn, rules in enumerate(([PRINTING, WORKSTATIONS], [PRINTING])):
        results = Run(lab, tmp_path / str(turn), hosts, rules=rules, confirm_timeout=30, **options).results()
        for host, result in results.items():
            assert not result.get("failed"), (name, host, result)
            assert (result["changed"], result["confirmed"], result["pending"]) == (True, True, False), (
                name,
                host,
                result,
            )
            assert result["management"] == [own], (name, host)
    assert leftovers(lab, hosts) == {}


@pytest.mark.trial
def test_through_a_bastion(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    """The host sees the bastion: its address is kept, and its loss is what a host must heal from."""
    bastion = "198.18.20.11"
    ssh = "-o ControlMaster=auto -o ControlPersist=60s -o ProxyJump=floor"
    apart = {"ANSIBLE_SSH_CONTROL_PATH_DIR": str(tmp_path / "c")}
    kept: dict[str, t.Any] = {"rules": [PRINTING], "management": [NEAR], "confirm_timeout": 30}
    results = Run(lab, tmp_path / "good", hosts, ssh=ssh, environment=apart, **kept).results()
    for host, result in results.items():
        assert (result["confirmed"], result["management"]) == (True, [f"{bastion}/32", NEAR]), (host, result)
    before = states(lab, hosts)
    results = Run(lab, tmp_path / "cut", hosts, ssh=ssh, environment=apart, management=[NEAR], **CUTS).results()
    for host, result in results.items():
        assert result["rolled_back"] is True, (host, result)
        assert any(f"lets {bastion}, which this run comes from, reach port 22" in text for text in result["warnings"])
    assert states(lab, hosts) == before


@pytest.mark.trial
def test_what_others_write_in_the_window_stays(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    apply(lab, tmp_path / "old")
    for host in hosts:
        for command in ("iptables", "ip6tables"):
            steps = ("-N f2b-test", "-A f2b-test -p tcp --dport 1 -j RETURN", "-I INPUT -j f2b-test")
            for step in steps:
                assert lab.enter(host, [command, *step.split()]).returncode == 0
    before = states(lab, hosts)
    run = Run(lab, tmp_path / "cut", hosts, **CUTS)
    for host in hosts:
        wait_until_applied(lab, host)
        command = "ufw allow 8443/tcp" if provider_of(host) == "ufw" else "firewall-cmd --permanent --add-port=8443/tcp"
        done = lab.enter(host, ["sh", "-c", command])
        assert done.returncode == 0, done.stderr
    for host, result in run.results().items():
        assert result["rolled_back"], (host, result)
    for host in hosts:
        undo = (
            "ufw status | grep -q 8443/tcp && ufw delete allow 8443/tcp"
            if provider_of(host) == "ufw"
            else "firewall-cmd --permanent --remove-port=8443/tcp && rm -f /etc/firewalld/zones/public.xml.old && "
            "firewall-cmd --reload"
        )
        done = lab.enter(host, ["sh", "-c", undo])
        assert done.returncode == 0, (host, done.stdout, done.stderr)
        chains = lab.enter(host, ["sh", "-c", "iptables-save; ip6tables-save"]).stdout
        flushed_by_firewalld_itself = host == "site2"
        assert chains.count("-A f2b-test -p tcp -m tcp --dport 1 -j RETURN") == (
            0 if flushed_by_firewalld_itself else 2
        ), host
    after = states(lab, hosts)
    for host in hosts:
        assert [line for line in after[host] if ".xml" not in line] == [
            line for line in before[host] if ".xml" not in line
        ], host


@pytest.mark.trial
def test_a_second_run_at_the_same_time_waits(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    """It waits until the first is taken back, says so, and does its own."""
    apply(lab, tmp_path / "old")
    with contextlib.ExitStack() as masters:
        sockets = {host: tmp_path / f"{host}.socket" for host in hosts}
        for host, socket in sockets.items():
            masters.callback(keep_open(lab, host, socket).terminate)
        cut = Run(lab, tmp_path / "cut", hosts, **CUTS)
        for host in hosts:
            wait_until_applied(lab, host)
        ssh = f"-o ControlMaster=no -o ControlPath={tmp_path}/%n.socket"
        rules = [PRINTING, WORKSTATIONS]
        second = Run(lab, tmp_path / "second", hosts, ssh=ssh, family=None, **{**KEPT, "rules": rules})
        assert all(result["rolled_back"] for result in cut.results().values())
        for host, result in second.results().items():
            assert not result.get("failed"), (host, result)
            assert result["confirmed"], (host, result)
            assert len(result["added"]) == 1, (host, result)
    assert leftovers(lab, hosts) == {}


@pytest.mark.trial
def test_a_first_start_that_cuts_the_controller_off(lab: Lab, tmp_path: pathlib.Path) -> None:
    """A firewall that was off is off again, and stays so at boot."""
    lab.reset(*HOSTS)
    for host in HOSTS:
        lab.enter(host, ["systemctl", "is-system-running", "--wait"])
    before = states(lab, HOSTS)
    with watching(HOSTS) as healed:
        results = Run(lab, tmp_path / "cut", HOSTS, start=True, **CUTS).results()
    judge(lab, name="first start", results=results, healed=healed, before=before, reason="timeout")
    for host in HOSTS:
        assert lab.enter(host, ["systemctl", "is-enabled", "--quiet", provider_of(host)]).returncode == (
            0 if "enabled" in before[host] else 1
        )
    assert all(result["started"] for result in apply(lab, tmp_path / "good", start=True).values())
