# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that cut off their own controller, over real SSH: the host is back on its old rules in time, every time."""

from __future__ import annotations

import contextlib
import difflib
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import Lab, Tell
from .probes.confirmed import Run, leftovers, provider_of, spawn, states, wait_until_applied, watching

HOSTS = ("site2", "mgmt1", "fw2", "site1")
DAEMONS = HOSTS[:3]
TIMEOUT_S = 10
MOST_S = TIMEOUT_S + 5
CONTROLLER = {0: "198.18.0.1/32", 1: "2001:db8::1/128"}
BASTION = "198.18.20.11"
NEAR = "198.18.0.0/28"
OPERATOR = "janitor"
MAKE_OPERATOR = f"""
useradd --create-home --shell /bin/sh {OPERATOR}
install -D -o {OPERATOR} /root/.ssh/authorized_keys /home/{OPERATOR}/.ssh/authorized_keys
echo '{OPERATOR} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{OPERATOR}
"""
ENDURE_WATCHERS = """
sshd -T | grep -q persourcepenalties || exit 0
echo 'PerSourcePenalties no' > /etc/ssh/sshd_config.d/watchers.conf
systemctl reload ssh
"""
"""The sshd of Debian 13 shuts those out who knock ten times a second, as the watcher of these tests does."""

UNTIL_TAKEN_BACK = """
for turn in $(seq 300); do
    [ -e /var/lib/printops-firewall/$provider/restore ] || exit 0
    sleep 0.1
done
exit 1
"""

PRINTING = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["9100", "5014-5016"],
    "remotes": ["198.18.21.0/27", "2001:db8:21::20"],
    "flows": ["safeq6/mfd/1", "safeq6/mfd/2"],
}
WORKSTATIONS = {**PRINTING, "ports": ["5017"], "remotes": ["198.18.31.0/24"], "flows": ["safeq6/payment/1"]}
KEPT: dict[str, t.Any] = {"rules": [PRINTING], "management": [NEAR, "2001:db8::/64"]}
CUTS: dict[str, t.Any] = {"rules": [WORKSTATIONS], "keep_connection": False, "confirm_timeout": TIMEOUT_S}


@pytest.fixture(scope="module", name="hosts")
def hosts_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Machines with their firewall on, also at boot, and the old plan confirmed."""
    lab.reset(*HOSTS)
    on_all(lab, MAKE_OPERATOR)
    on_all(lab, ENDURE_WATCHERS)
    apply(lab, tmp_path_factory.mktemp("first"), start=True)
    on_all(lab, "systemctl --quiet enable --now $provider")
    assert shell(lab, "site1", "ufw reload") == "Firewall reloaded\n", "enabling rewrites the files that it has loaded"
    return HOSTS


def shell(lab: Lab, host: str, command: str) -> str:
    """Run a command on a machine, which must succeed; C($provider) is its firewall."""
    done = lab.enter(host, ["env", f"provider={provider_of(host)}", "sh", "-ec", command])
    assert done.returncode == 0, (host, command, done.stdout, done.stderr)
    return done.stdout


def on_all(lab: Lab, command: str, *, hosts: t.Sequence[str] = HOSTS) -> None:
    with ThreadPoolExecutor(len(hosts)) as pool:
        list(pool.map(lambda host: shell(lab, host, command), hosts))


def apply(lab: Lab, folder: pathlib.Path, *names: str, **arguments: t.Any) -> dict[str, t.Any]:
    """A run of the old plan, which must succeed."""
    results = Run(lab, folder, names or HOSTS, **{**KEPT, **arguments}).results()
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


def loaded_states(lab: Lab) -> dict[str, list[str]]:
    """States as a reload makes them: rules that came without one have other words, with the same meaning."""
    on_all(lab, "firewall-cmd --quiet --reload", hosts=DAEMONS)
    return states(lab, HOSTS)


def difference(before: list[str], after: list[str]) -> list[str]:
    return list(difflib.unified_diff(before, after, n=0, lineterm=""))


def judge(
    lab: Lab,
    tell: Tell,
    *,
    name: str,
    results: t.Mapping[str, t.Any],
    healed: t.Mapping[str, float],
    before: t.Mapping[str, list[str]],
    reason: str,
    most_s: float = MOST_S,
    forgiven: re.Pattern[str] | None = None,
) -> None:
    """Every host told of the reason, has its old rules on disk and loaded, keeps nothing of the change, and healed."""
    figures = ", ".join(f"{host} {seconds:.1f} s" for host, seconds in healed.items())
    tell(f"{name}: no new connection for {figures}; the bound is {most_s} s")
    for host, result in results.items():
        assert (result["failed"], result["rolled_back"], result["confirmed"]) == (True, True, False), (host, result)
        assert "so the host took them back and is on its old rules" in result["msg"], (host, result)
        assert f" {reason}: " in result["msg"], (host, result)
    after = states(lab, list(before))
    for host in before:
        changed = difference(before[host], [line for line in after[host] if not forgiven or not forgiven.match(line)])
        assert not changed, f"{host}:\n" + "\n".join(changed)
    assert leftovers(lab, list(before)) == {}
    for host, seconds in healed.items():
        assert 1 < seconds <= most_s, (host, seconds)


@pytest.mark.parametrize(
    ("name", "family", "management"),
    [
        ("SSH dropped", 0, []),
        ("SSH from another network only", 0, ["198.18.77.0/24", "2001:db8:77::/64"]),
        ("IPv6 only broken", 1, ["198.18.0.0/28"]),
    ],
)
def test_a_plan_that_cuts_the_controller_off(
    lab: Lab, tell: Tell, hosts: tuple[str, ...], tmp_path: pathlib.Path, name: str, family: int, management: list[str]
) -> None:
    apply(lab, tmp_path / "old")
    before = loaded_states(lab)
    with watching(hosts, family=family) as healed:
        results = Run(lab, tmp_path / "cut", hosts, family=family, management=management, **CUTS).results()
    judge(lab, tell, name=name, results=results, healed=healed, before=before, reason="timeout")
    again = apply(lab, tmp_path / "good")
    assert not any(result["changed"] for result in again.values())


@pytest.mark.usefixtures("hosts")
def test_a_daemon_that_dies_in_the_window(lab: Lab, tell: Tell, tmp_path: pathlib.Path) -> None:
    apply(lab, tmp_path / "old", *DAEMONS)
    before = states(lab, DAEMONS)

    def kill(host: str) -> None:
        wait_until_applied(lab, host)
        shell(lab, host, "systemctl kill --signal=KILL firewalld.service")

    with watching(DAEMONS) as healed, ThreadPoolExecutor(len(DAEMONS)) as pool:
        run = Run(lab, tmp_path / "cut", DAEMONS, **CUTS)
        list(pool.map(kill, DAEMONS))
        results = run.results()
    judge(lab, tell, name="daemon killed", results=results, healed=healed, before=before, reason="timeout")
    assert not any(result["changed"] for result in apply(lab, tmp_path / "good", *DAEMONS).values())


def test_a_reboot_in_the_window(lab: Lab, tell: Tell, hosts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    """Half of the machines lose their power, half reboot in order; neither waits for the timer."""
    apply(lab, tmp_path / "old")
    before = loaded_states(lab)
    with watching(hosts) as healed:
        run = Run(lab, tmp_path / "cut", hosts, **{**CUTS, "confirm_timeout": 90})
        for host in hosts:
            wait_until_applied(lab, host)
        for host in ("site2", "fw2"):
            lab.enter(host, ["systemctl", "reboot"])
        lab.call("power-cycle", "mgmt1", "site1")
        results = run.results()
    judge(lab, tell, name="reboot", results=results, healed=healed, before=before, reason="boot", most_s=30)
    assert not any(result["changed"] for result in apply(lab, tmp_path / "good").values())


def test_a_controller_that_dies_in_the_window(
    lab: Lab, tell: Tell, hosts: tuple[str, ...], tmp_path: pathlib.Path
) -> None:
    """The host heals alone, and the next run says so."""
    apply(lab, tmp_path / "old")
    before = loaded_states(lab)
    with watching(hosts) as healed:
        run = Run(lab, tmp_path / "cut", hosts, **CUTS)
        with ThreadPoolExecutor(len(hosts)) as pool:
            list(pool.map(lambda host: wait_until_applied(lab, host), hosts))
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait()
        on_all(lab, UNTIL_TAKEN_BACK)
    judge(lab, tell, name="controller killed", results={}, healed=healed, before=before, reason="timeout")
    for result in apply(lab, tmp_path / "good").values():
        assert any("the host took an unconfirmed change of an earlier run back" in text for text in result["warnings"])
    for result in apply(lab, tmp_path / "better").values():
        assert "warnings" not in result


WAYS: dict[str, dict[str, t.Any]] = {
    "no pipelining": {"environment": {"ANSIBLE_PIPELINING": "false"}},
    "no kept connections": {"ssh": "-o ControlMaster=no"},
    "one host after the other": {"play": {"serial": 1, "strategy": "linear"}},
    "sudo": {"variables": {"ansible_user": OPERATOR}, "play": {"become": True}},
    "sudo, no pipelining": {
        "variables": {"ansible_user": OPERATOR},
        "play": {"become": True},
        "environment": {"ANSIBLE_PIPELINING": "false"},
    },
    "IPv6 and sudo": {"variables": {"ansible_user": OPERATOR}, "play": {"become": True}, "family": 1},
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_connect(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path, way: str) -> None:
    """The address that the run comes from is found and kept, and the change confirmed, however it comes in."""
    options = WAYS[way]
    apply(lab, tmp_path / "old")
    changed = Run(lab, tmp_path / "way", hosts, rules=[PRINTING, WORKSTATIONS], confirm_timeout=30, **options)
    for host, result in changed.results().items():
        assert not result.get("failed"), (host, result)
        assert (result["changed"], result["confirmed"], result["pending"]) == (True, True, False), (host, result)
        assert result["management"] == [CONTROLLER[options.get("family", 0)]], host
    apply(lab, tmp_path / "both families again", family=options.get("family", 0))
    assert leftovers(lab, hosts) == {}


@pytest.mark.usefixtures("hosts")
def test_the_way_in_is_not_behind_an_ipset(lab: Lab, tmp_path: pathlib.Path) -> None:
    """Newer versions of firewalld fill their ipsets only after they have said that they run."""
    many = [f"198.18.{number}.0/28" for number in range(100, 112)]
    rules = [{**PRINTING, "remotes": many}]
    results = Run(lab, tmp_path / "many", DAEMONS, rules=rules, management=[NEAR, *many]).results()
    for host in DAEMONS:
        assert results[host].get("confirmed"), (host, results[host])
        listing = shell(lab, host, "nft list table inet firewalld").splitlines()
        ways_in = [line for line in listing if "dport 22 " in line]
        assert any(f"saddr {NEAR} " in line for line in ways_in), (host, ways_in)
        assert not any("@" in line for line in ways_in), (host, ways_in)
        assert host == "site2" or any("saddr @printops-" in line for line in listing), "no ipset: this proves nothing"
    apply(lab, tmp_path / "old", *DAEMONS)


def test_through_a_bastion(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    """The host sees the bastion: its address is kept, and its loss is what a host must heal from."""
    apply(lab, tmp_path / "old", management=[NEAR, f"{BASTION}/32"])
    sockets = pathlib.Path(tempfile.mkdtemp(prefix="lab-"))
    ssh = f"-o ControlMaster=auto -o ControlPersist=60s -o ControlPath={sockets}/%C -o ProxyJump=floor"
    results = Run(lab, tmp_path / "good", hosts, ssh=ssh, rules=[PRINTING], management=[NEAR]).results()
    for host, result in results.items():
        assert not result.get("failed"), (host, result)
        assert result["management"] == [f"{BASTION}/32", NEAR], (host, result)
    before = loaded_states(lab)
    results = Run(lab, tmp_path / "cut", hosts, ssh=ssh, management=[NEAR], **CUTS).results()
    for host, result in results.items():
        assert result["rolled_back"] is True, (host, result)
        assert any(f"lets {BASTION}, which this run comes from, reach port 22" in text for text in result["warnings"])
    assert states(lab, hosts) == before


FOREIGN = """
for iptables in iptables ip6tables; do
    $iptables -N f2b-test && $iptables -A f2b-test -p tcp --dport 1 -j RETURN && $iptables -I INPUT -j f2b-test
done
nft add table inet netavark_test
nft add chain inet netavark_test published '{ type nat hook prerouting priority -100; }'
nft add rule inet netavark_test published tcp dport 8088 dnat ip to 127.0.0.1:80
"""
ADMINISTRATOR = """
case $provider in
    ufw) ufw allow 8443/tcp;;
    *) firewall-cmd --permanent --add-port=8443/tcp;;
esac
"""
SEEN = """
case $provider in
    ufw) ufw status;;
    *) firewall-cmd --permanent --list-ports; firewall-cmd --list-ports;;
esac
nft list table inet netavark_test
iptables-save; ip6tables-save
"""
UNDO = """
case $provider in
    ufw) ufw delete allow 8443/tcp;;
    *) firewall-cmd --permanent --remove-port=8443/tcp; rm -f /etc/firewalld/zones/public.xml.old;
       firewall-cmd --reload;;
esac
"""
FLUSH_FOREIGN_THEMSELVES = ("site2", "mgmt1")
"""firewalld before 2.0 flushes all of iptables at each reload."""


def test_what_others_write_in_the_window_stays(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    """A chain as of fail2ban, a table as of podman, and what an administrator does while the change waits."""
    apply(lab, tmp_path / "old")
    before = loaded_states(lab)
    on_all(lab, FOREIGN)
    run = Run(lab, tmp_path / "cut", hosts, **CUTS)

    def interfere(host: str) -> None:
        wait_until_applied(lab, host)
        shell(lab, host, ADMINISTRATOR)

    with ThreadPoolExecutor(len(hosts)) as pool:
        list(pool.map(interfere, hosts))
    for host, result in run.results().items():
        assert result["rolled_back"], (host, result)
    for host in hosts:
        seen = shell(lab, host, f"{{ {SEEN} }} 2>&1 || true")
        assert seen.count("8443/tcp") == 2, (host, seen)
        assert "tcp dport 8088 dnat ip to 127.0.0.1:80" in seen, (host, seen)
        chains = seen.count("-A f2b-test -p tcp -m tcp --dport 1 -j RETURN")
        assert chains == (0 if host in FLUSH_FOREIGN_THEMSELVES else 2), (host, seen)
        shell(lab, host, UNDO)
    after = states(lab, hosts)
    for host in hosts:
        ours = [line for line in after[host] if not any(word in line for word in (".xml", "f2b-test", "netavark"))]
        assert ours == [line for line in before[host] if ".xml" not in line], host


def test_a_second_run_at_the_same_time_waits(lab: Lab, hosts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    """It waits until the first is taken back, says so, and does its own."""
    apply(lab, tmp_path / "old")
    with contextlib.ExitStack() as masters:
        sockets = {host: tmp_path / f"{host}.socket" for host in hosts}
        for host, socket in sockets.items():
            masters.callback(keep_open(lab, host, socket).terminate)
        cut = Run(lab, tmp_path / "cut", hosts, **CUTS)
        with ThreadPoolExecutor(len(hosts)) as pool:
            list(pool.map(lambda host: wait_until_applied(lab, host), hosts))
        ssh = f"-o ControlMaster=no -o ControlPath={tmp_path}/%n.socket"
        rules = [PRINTING, WORKSTATIONS]
        second = Run(lab, tmp_path / "second", hosts, ssh=ssh, family=None, **{**KEPT, "rules": rules})
        assert all(result["rolled_back"] for result in cut.results().values())
        for host, result in second.results().items():
            assert not result.get("failed"), (host, result)
            assert result["confirmed"], (host, result)
            assert len(result["added"]) == 1, (host, result)
            assert any("unconfirmed change of an" in text for text in result["warnings"]), (host, result)
    assert leftovers(lab, hosts) == {}


HOOK = re.compile(r"-A (INPUT|FORWARD|OUTPUT) -j ufw6?-")
"""What ufw leaves of itself when it is switched off: its chains are there, and empty."""


def test_a_first_start_that_cuts_the_controller_off(lab: Lab, tell: Tell, tmp_path: pathlib.Path) -> None:
    """A firewall that was off is off again, and stays so at boot."""
    lab.reset(*HOSTS)
    on_all(lab, ENDURE_WATCHERS)
    on_all(lab, "systemctl is-system-running --wait || true")
    before = states(lab, HOSTS)
    with watching(HOSTS) as healed:
        results = Run(lab, tmp_path / "cut", HOSTS, start=True, **CUTS).results()
    judge(lab, tell, name="first start", results=results, healed=healed, before=before, reason="timeout", forgiven=HOOK)
    for host in HOSTS:
        assert lab.enter(host, ["systemctl", "is-enabled", "--quiet", provider_of(host)]).returncode == (
            0 if "enabled" in before[host] else 1
        )
    assert all(result["started"] for result in apply(lab, tmp_path / "good", start=True).values())
