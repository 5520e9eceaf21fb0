# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ufw_rules and its role on real machines with ufw 0.36 and 0.36.2: over SSH, judged by packets."""

from __future__ import annotations

import json
import os
import pathlib
import sys
import typing as t

import pytest

from .conftest import Lab

ADDRESSES = {
    "site1": ("198.18.1.11", "2001:db8:1::11"),
    "site2": ("198.18.2.11", "2001:db8:2::11"),
    "mgmt1": ("198.18.0.11", "2001:db8:0::11"),
}
CONTROLLER = "198.18.0.1"
RICOH, RICOH6 = "198.18.21.20", "2001:db8:21::20"
KONICA = "198.18.21.30"
USER, USER6 = "198.18.31.10", "2001:db8:31::10"

PRINTING = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["9100", "5014-5016"],
    "remotes": ["198.18.21.0/27", RICOH6],
    "flows": ["safeq6/mfd/1", "safeq6/mfd/2"],
}
WORKSTATIONS = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["5017"],
    "remotes": [USER, USER6],
    "flows": ["safeq6/payment/1"],
}
PRINTING_ACCEPTS = {f"{port} {source}" for port in (9100, 5014, 5016) for source in (RICOH, KONICA, RICOH6)}
WORKSTATIONS_ACCEPT = {f"5017 {source}" for source in (USER, USER6)}

LISTENER = """
import socketserver, threading
class Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address, address_family, request_queue_size = True, socketserver.socket.AF_INET6, 128
class Hello(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"x")
for port in (9100, 5014, 5016, 5017, 5018):
    threading.Thread(target=Tcp(("::", port), Hello).serve_forever).start()
print("ready", flush=True)
"""

PROBE = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def answers(probe):
    source, target, port = probe
    try:
        with socket.create_connection((target, port), 1, (source, 0)) as connection:
            return connection.recv(1) == b"x"
    except OSError:
        return False
with ThreadPoolExecutor(25) as pool:
    print(json.dumps(list(pool.map(answers, json.loads(sys.argv[1])))))
"""

STREAM = """
import json, os, socket, sys, threading, time
source, target, stop = sys.argv[1:]
counts = {"allowed": 0, "allowed_failed": 0, "denied": 0, "denied_accepted": 0}
lock = threading.Lock()
def knock(kind, port, timeout):
    while not os.path.exists(stop):
        try:
            with socket.create_connection((target, port), timeout, (source, 0)) as connection:
                accepted = connection.recv(1) == b"x"
        except OSError:
            accepted = False
        with lock:
            counts[kind] += 1
            counts["allowed_failed"] += kind == "allowed" and not accepted
            counts["denied_accepted"] += kind == "denied" and accepted
        if kind == "allowed":
            time.sleep(0.005)
threads = [threading.Thread(target=knock, args=("allowed", 9100, 3)) for _ in range(2)]
threads += [threading.Thread(target=knock, args=("denied", 5018, 0.05)) for _ in range(20)]
for thread in threads:
    thread.start()
print("started", flush=True)
for thread in threads:
    thread.join()
print(json.dumps(counts))
"""

ADMINISTRATOR = (
    "ufw allow 8443/tcp comment 'ünï'",
    "ufw deny log from 203.0.113.0/24",
    "ufw limit 2222/tcp",
    "ufw route allow from 10.9.0.0/16",
    "ufw insert 1 deny proto tcp from 198.18.21.30 to any port 9100",
)


@pytest.fixture(name="host", params=ADDRESSES)
def host_fixture(lab: Lab, request: pytest.FixtureRequest) -> t.Iterator[str]:
    """A new machine with something listening on each port that the tests knock on."""
    lab.reset(request.param)
    listener = lab.start(request.param, ["python3", "-c", LISTENER])
    assert listener.stdout is not None
    assert listener.stdout.readline() == "ready\n"
    yield request.param
    listener.terminate()
    listener.wait()


def apply(lab: Lab, host: str, *rules: dict[str, t.Any], options: t.Sequence[str] = (), **arguments: t.Any) -> t.Any:
    return lab.ansible(
        host, module="printops.firewall.ufw_rules", arguments={"rules": list(rules), **arguments}, options=options
    )


def shell(lab: Lab, host: str, *commands: str) -> str:
    done = lab.enter(host, ["sh", "-ec", "\n".join(commands)])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def enable(lab: Lab, host: str) -> None:
    """Enable ufw and load the files once more: enabling rewrites them after they were loaded."""
    shell(lab, host, "ufw --force enable", "ufw reload")


def files(lab: Lab, host: str) -> list[str]:
    return [shell(lab, host, f"cat /etc/ufw/{name}") for name in ("user.rules", "user6.rules")]


def kernel(lab: Lab, host: str) -> list[str]:
    """The filter tables without their packet counts and the time of day."""
    text = shell(lab, host, "iptables-save -t filter", "ip6tables-save -t filter")
    return [line.split(" [")[0] for line in text.splitlines() if not line.startswith("#")]


def accepted(lab: Lab, host: str) -> set[str]:
    """What of a fixed set of knocks from the floor was answered, such as C(9100 198.18.21.20)."""
    ipv4, ipv6 = ADDRESSES[host]
    probes = {
        f"{port} {source}": (source, ipv6 if ":" in source else ipv4, port)
        for port in (9100, 5014, 5016, 5017, 5018)
        for source in (RICOH, RICOH6, KONICA, USER, USER6)
    }
    done = lab.enter("floor", ["python3", "-c", PROBE, json.dumps(list(probes.values()))])
    assert done.returncode == 0, done.stderr
    return {name for name, answered in zip(probes, json.loads(done.stdout), strict=True) if answered}


def test_from_an_inactive_ufw_to_packets(lab: Lab, host: str) -> None:
    before = files(lab, host)
    foreseen = apply(lab, host, PRINTING, options=["--check"])
    assert (foreseen["changed"], foreseen["running"]) == (True, False)
    assert files(lab, host) == before

    first = apply(lab, host, PRINTING)
    assert (first["changed"], first["running"], first["rules"]) == (True, False, 1)
    assert first["management"] == [f"{CONTROLLER}/32"]
    assert first["added"] == foreseen["added"]

    enable(lab, host)
    assert accepted(lab, host) == PRINTING_ACCEPTS
    second = apply(lab, host, PRINTING)
    assert (second["changed"], second["repaired"], second["running"], second["added"]) == (False, False, True, [])
    status = shell(lab, host, "ufw status")
    assert "# printops:safeq6/mfd/1-2" in status
    assert "# printops:management-connection" in status


def test_changes_and_removal_on_a_running_ufw(lab: Lab, host: str) -> None:
    shell(lab, host, "ufw allow from 198.18.0.1 to any port 22 proto tcp")
    enable(lab, host)
    before, table = files(lab, host), kernel(lab, host)

    first = apply(lab, host, PRINTING, management=["198.18.0.0/28"])
    assert first["changed"]
    assert accepted(lab, host) == PRINTING_ACCEPTS
    more = apply(lab, host, PRINTING, WORKSTATIONS, management=["198.18.0.0/28"])
    assert (more["removed"], len(more["added"])) == ([], 2)
    assert accepted(lab, host) == PRINTING_ACCEPTS | WORKSTATIONS_ACCEPT
    less = apply(lab, host, WORKSTATIONS, management=["198.18.0.0/28"])
    assert (less["added"], len(less["removed"])) == ([], 2)
    assert accepted(lab, host) == WORKSTATIONS_ACCEPT

    gone = lab.ansible(host, module="printops.firewall.ufw_rules", arguments={"state": "absent", "confirm_timeout": 0})
    assert (gone["changed"], gone["running"], len(gone["removed"])) == (True, True, 3)
    assert accepted(lab, host) == set()
    assert (files(lab, host), kernel(lab, host)) == (before, table)


def test_rules_of_an_administrator_win_and_stay(lab: Lab, host: str) -> None:
    shell(lab, host, *ADMINISTRATOR, "ufw allow from 198.18.0.1 to any port 22 proto tcp")
    enable(lab, host)
    before = files(lab, host)
    applied = apply(lab, host, PRINTING)
    assert applied["running"]
    assert accepted(lab, host) == PRINTING_ACCEPTS - {f"9100 {KONICA}"}
    ours = files(lab, host)

    shell(lab, host, "ufw allow 7777/tcp", "ufw insert 1 deny from 203.0.113.77", "ufw deny out 25/tcp")
    assert apply(lab, host, PRINTING)["added"] == []
    shell(lab, host, "ufw delete allow 7777/tcp", "ufw delete deny from 203.0.113.77", "ufw delete deny out 25/tcp")
    assert files(lab, host) == ours
    assert apply(lab, host, PRINTING)["changed"] is False

    lab.ansible(host, module="printops.firewall.ufw_rules", arguments={"state": "absent", "confirm_timeout": 0})
    assert files(lab, host) == before


def test_what_is_loaded_is_what_ufw_itself_loads(lab: Lab, host: str) -> None:
    """And chains of others are left alone."""
    shell(lab, host, *ADMINISTRATOR, "ufw logging medium", "ufw allow 22/tcp")
    enable(lab, host)
    others = ("f2b-sshd", "DOCKER-USER")
    for command in ("iptables", "ip6tables"):
        shell(
            lab, host, *(f"{command} -N {chain}; {command} -A {chain} -p tcp --dport 1 -j RETURN" for chain in others)
        )
        shell(lab, host, f"{command} -I INPUT -p tcp --dport 22 -j f2b-sshd", f"{command} -A FORWARD -j DOCKER-USER")
    apply(lab, host, PRINTING, WORKSTATIONS)
    ours = kernel(lab, host)
    for chain in others:
        assert f"-A {chain} -p tcp -m tcp --dport 1 -j RETURN" in ours
    assert "-A INPUT -p tcp -m tcp --dport 22 -j f2b-sshd" in ours
    shell(lab, host, "ufw reload")
    assert sorted(kernel(lab, host)) == sorted(ours)
    chains = ("ufw-user-input", "ufw6-user-input", "ufw-logging-deny", "ufw-before-logging-input")
    for chain in chains:
        of_chain = [line for line in ours if line.startswith(f"-A {chain} ")]
        assert of_chain == [line for line in kernel(lab, host) if line.startswith(f"-A {chain} ")]


@pytest.mark.parametrize("host", ["site1"], indirect=True)
@pytest.mark.parametrize(
    "fault",
    ["iptables -D ufw-user-input 2", "ip6tables -F ufw6-user-input", f"iptables -I ufw-user-input -s {USER} -j ACCEPT"],
)
def test_what_was_changed_in_the_kernel_alone_is_loaded_again(lab: Lab, host: str, fault: str) -> None:
    apply(lab, host, PRINTING)
    enable(lab, host)
    right = kernel(lab, host)
    shell(lab, host, fault)
    assert accepted(lab, host) != PRINTING_ACCEPTS
    foreseen = apply(lab, host, PRINTING, options=["--check"])
    repaired = apply(lab, host, PRINTING)
    for result in (foreseen, repaired):
        assert (result["changed"], result["repaired"], result["added"], result["removed"]) == (True, True, [], [])
    assert kernel(lab, host) == right
    assert accepted(lab, host) == PRINTING_ACCEPTS
    assert apply(lab, host, PRINTING)["changed"] is False


@pytest.mark.parametrize("host", ["site1"], indirect=True)
def test_a_line_that_iptables_refuses_is_found_before_anything_is_written(lab: Lab, host: str) -> None:
    apply(lab, host, PRINTING)
    enable(lab, host)
    shell(lab, host, r"sed -i 's/^### RULES ###$/&\n-A ufw-user-input --no-such-option/' /etc/ufw/user.rules")
    before = files(lab, host), kernel(lab, host)
    failed = apply(lab, host, WORKSTATIONS)
    assert failed["failed"]
    assert "ufw_rules: iptables-restore refuses /etc/ufw/user.rules" in failed["msg"]
    assert (files(lab, host), kernel(lab, host)) == before


def test_no_connection_fails_and_none_leaks_while_rules_change(lab: Lab, host: str) -> None:
    apply(lab, host, PRINTING)
    enable(lab, host)
    stop = "/run/stream-stop"
    shell(lab, "floor", f"rm -f {stop}")
    stream = lab.start("floor", ["python3", "-c", STREAM, RICOH, ADDRESSES[host][0], stop])
    assert stream.stdout is not None
    assert stream.stdout.readline() == "started\n"
    try:
        changes = [
            apply(lab, host, PRINTING, *([WORKSTATIONS] if turn % 2 else []))["changed"] for turn in range(1, 11)
        ]
    finally:
        shell(lab, "floor", f"touch {stop}")
        counts = json.loads(stream.communicate()[0])
    assert changes == [True] * 10
    assert counts["allowed"] > 500
    assert counts["denied"] > 500
    assert (counts["allowed_failed"], counts["denied_accepted"]) == (0, 0)


def play(lab: Lab, tmp_path: pathlib.Path, *options: str, **variables: t.Any) -> tuple[int, str, t.Any]:
    """Run the role on site1 in a new connection: exit status, what was printed, and C(firewall_result)."""
    outcome = tmp_path / "result.json"
    outcome.unlink(missing_ok=True)
    copy = {"content": "{{ firewall_result | default({}) | to_json }}", "dest": str(outcome), "mode": "0600"}
    tasks = [
        {"ansible.builtin.include_role": {"name": "printops.firewall.ufw"}, "vars": variables},
        {"ansible.builtin.copy": copy, "delegate_to": "localhost", "check_mode": False, "changed_when": False},
    ]
    book = tmp_path / "book.yml"
    book.write_text(json.dumps([{"hosts": "site1", "gather_facts": False, "tasks": tasks}]))
    done = lab.run(
        [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "-i", "site1,", str(book), *options],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(pathlib.Path(__file__).parents[2] / ".collections"),
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_PYTHON_INTERPRETER": "auto_silent",
            "ANSIBLE_SSH_ARGS": f"-F {lab.ssh_config} -o ControlMaster=auto -o ControlPersist=10s",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(tmp_path / "control"),
        },
    )
    return done.returncode, done.stdout + done.stderr, json.loads(outcome.read_text()) if outcome.exists() else None


def test_the_role_from_nothing_to_packets(lab: Lab, tmp_path: pathlib.Path) -> None:
    lab.reset("site1")
    listener = lab.start("site1", ["python3", "-c", LISTENER])
    assert listener.stdout is not None
    assert listener.stdout.readline() == "ready\n"

    status, said, result = play(lab, tmp_path, "--check", firewall_plan={"rules": [PRINTING]})
    assert status == 0, said
    assert (result["changed"], result["running"], result["started"]) == (True, False, True)
    assert "inactive" in shell(lab, "site1", "ufw status")

    status, said, result = play(lab, tmp_path, firewall_plan={"rules": [PRINTING]})
    assert status == 0, said
    assert (result["changed"], result["running"], len(result["added"])) == (True, True, 3)
    assert accepted(lab, "site1") == PRINTING_ACCEPTS
    assert "enabled" in shell(lab, "site1", "systemctl is-enabled ufw")

    status, said, result = play(lab, tmp_path, firewall_plan={"rules": [PRINTING]})
    assert status == 0, said
    assert "changed=0 " in said
    assert (result["changed"], result["running"]) == (False, True)
    listener.terminate()
    listener.wait()


def test_the_role_on_a_host_that_lacks_ufw(lab: Lab, tmp_path: pathlib.Path) -> None:
    lab.reset("site1")
    shell(lab, "site1", "mv /etc/ufw /etc/ufw.away")
    status, said, _result = play(lab, tmp_path, "--check", firewall_plan={"rules": [PRINTING]})
    assert status == 0, said
    assert "ufw is not installed on site1 yet, so its rules cannot be compared in check mode" in said
    status, said, _result = play(lab, tmp_path, firewall_plan={"rules": [PRINTING]})
    assert status != 0
    assert "ufw is not installed on site1. Install it, or set firewall_install to true." in said


def test_the_role_refuses_to_run_beside_firewalld(lab: Lab, tmp_path: pathlib.Path) -> None:
    lab.reset("site1")
    shell(lab, "site1", "systemctl unmask firewalld", "firewall-offline-cmd --set-default-zone=trusted")
    shell(lab, "site1", "systemctl start firewalld")
    before = files(lab, "site1")
    status, said, _result = play(lab, tmp_path, firewall_plan={"rules": [PRINTING]})
    assert status != 0
    assert "firewalld is active on site1, and two firewalls on one host contradict each other" in said
    assert files(lab, "site1") == before
