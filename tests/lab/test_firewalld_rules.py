# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld_rules on real machines with firewalld 0.9, 1.3 and 2.3: over SSH, judged by packets."""

from __future__ import annotations

import json
import subprocess
import typing as t

import pytest

from .conftest import Lab

ADDRESSES = {
    "site2": ("198.18.2.11", "2001:db8:2::11"),
    "mgmt1": ("198.18.0.11", "2001:db8:0::11"),
    "fw2": ("198.18.3.11", "2001:db8:3::11"),
}
CONTROLLER = "198.18.0.1"
RICOH, RICOH6 = "198.18.21.20", "2001:db8:21::20"
USER, USER6 = "198.18.31.10", "2001:db8:31::10"
KONICA, XEROX = "198.18.21.30", "198.18.21.40"

PRINTING = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["9100", "5014-5016"],
    "remotes": ["198.18.21.0/27", "2001:db8:21::20"],
    "flows": ["safeq6/mfd/1", "safeq6/mfd/2"],
}
QUERIES = {
    "direction": "in",
    "protocol": "udp",
    "ports": ["161"],
    "remotes": [
        *("198.18.21.20", "198.18.21.40", "198.18.21.50", "198.18.21.60", "198.18.22.20", "198.18.22.30"),
        "2001:db8:21::20",
    ],
    "flows": ["safeq6/mfd/3"],
}
MANY = [
    {
        "direction": "in",
        "protocol": "tcp",
        "ports": [str(7000 + 2 * number)],
        "remotes": [f"198.18.40.{number}"],
        "flows": ["safeq6/mfd/4"],
    }
    for number in range(1, 26)
]
"""More than firewalld is given without a reload."""
ECHO = {
    "direction": "in",
    "protocol": "icmp",
    "icmp_types": ["echo-request"],
    "remotes": [USER],
    "flows": ["lrs/required/9"],
}

LISTENER = """
import socketserver, threading
class Tcp(socketserver.TCPServer):
    allow_reuse_address, address_family = True, socketserver.socket.AF_INET6
class Udp(socketserver.UDPServer):
    address_family = socketserver.socket.AF_INET6
class Hello(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"x")
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.request[1].sendto(b"x", self.client_address)
servers = [Tcp(("::", port), Hello) for port in (9100, 5014, 5016, 5017)]
servers += [Udp(("::", port), Echo) for port in (161, 162)]
for server in servers:
    threading.Thread(target=server.serve_forever).start()
print("ready", flush=True)
"""

PROBE = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def answers(probe):
    kind, source, target, port = probe
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as connection:
        connection.settimeout(1)
        connection.bind((source, 0))
        try:
            connection.connect((target, port))
            if kind == "udp":
                connection.send(b"?")
            return connection.recv(1) == b"x"
        except OSError:
            return False
with ThreadPoolExecutor(20) as pool:
    print(json.dumps(list(pool.map(answers, json.loads(sys.argv[1])))))
"""


KNOCK = """
import select, socket, sys, time
tried, answered, deadline = 0, 0, time.monotonic() + 120
print("ready")
while time.monotonic() < deadline and not select.select([sys.stdin], [], [], 0)[0]:
    tried += 1
    try:
        with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=0.05):
            answered += 1
    except OSError:
        pass
print(tried, answered)
"""


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
        host,
        module="printops.firewall.firewalld_rules",
        arguments={"rules": list(rules), **arguments},
        options=options,
    )


def start_firewalld(lab: Lab, host: str) -> None:
    assert lab.enter(host, ["systemctl", "start", "firewalld"]).returncode == 0
    assert state(lab, host) == "running"


def state(lab: Lab, host: str) -> str:
    done = lab.enter(host, ["firewall-cmd", "--state"])
    return (done.stdout + done.stderr).strip()


def own_files(lab: Lab, host: str) -> list[str]:
    return lab.enter(host, ["find", "/etc/firewalld", "-name", "*printops-*"]).stdout.split()


def accepted(lab: Lab, host: str) -> set[str]:
    """What of a fixed set of knocks from the floor was answered, such as C(tcp 9100 ricoh)."""
    ipv4, ipv6 = ADDRESSES[host]
    probes = {
        f"{kind} {port} {source}": (kind, source, ipv6 if ":" in source else ipv4, port)
        for kind, ports in (("tcp", (9100, 5014, 5016, 5017)), ("udp", (161, 162)))
        for port in ports
        for source in (RICOH, RICOH6, USER, USER6, KONICA, XEROX)
    }
    done = lab.enter("floor", ["python3", "-c", PROBE, json.dumps(list(probes.values()))])
    assert done.returncode == 0, done.stderr
    return {name for name, answered in zip(probes, json.loads(done.stdout), strict=True) if answered}


PRINTING_ACCEPTS = {f"tcp {port} {source}" for port in (9100, 5014, 5016) for source in (RICOH, KONICA, RICOH6)}
QUERIES_ACCEPT = {f"udp 161 {source}" for source in (RICOH, XEROX, RICOH6)}


def test_from_a_stopped_firewalld_to_packets(lab: Lab, host: str) -> None:
    foreseen = apply(lab, host, PRINTING, QUERIES, ECHO, options=["--check"])
    assert (foreseen["changed"], foreseen["running"]) == (True, False)
    assert own_files(lab, host) == []

    first = apply(lab, host, PRINTING, QUERIES, ECHO)
    assert (first["changed"], first["running"], first["rules"]) == (True, False, 3)
    assert first["management"] == [f"{CONTROLLER}/32"]
    assert first["added"] == foreseen["added"]

    start_firewalld(lab, host)
    assert accepted(lab, host) == PRINTING_ACCEPTS | QUERIES_ACCEPT
    second = apply(lab, host, PRINTING, QUERIES, ECHO)
    assert (second["changed"], second["repaired"], second["running"], second["added"]) == (False, False, True, [])

    said = lab.enter(host, ["firewall-cmd", "--verbose", "--info-policy=printops-in"]).stdout
    assert "echo-request from 198.18.31.10/32 for lrs/required/9" in said
    service = next(word for word in said.replace('"', " ").split() if word.startswith("printops-safeq6-mfd-tcp"))
    said = lab.enter(host, ["firewall-cmd", "--verbose", f"--info-service={service}"]).stdout
    assert "Flows: safeq6/mfd/1-2;" in said
    assert "ports: 9100/tcp 5014-5016/tcp" in said or "ports: 5014-5016/tcp 9100/tcp" in said


def test_changes_and_removal_on_a_running_firewalld(lab: Lab, host: str) -> None:
    apply(lab, host, PRINTING)
    start_firewalld(lab, host)
    public = lab.enter(host, ["cat", "/etc/firewalld/zones/public.xml"]).stdout

    more = apply(lab, host, PRINTING, QUERIES)
    assert (more["changed"], more["removed"], len(more["added"])) == (True, [], len(QUERIES["remotes"]))
    assert accepted(lab, host) == PRINTING_ACCEPTS | QUERIES_ACCEPT

    less = apply(lab, host, QUERIES)
    assert (less["changed"], less["added"], len(less["removed"])) == (True, [], len(PRINTING["remotes"]))
    assert accepted(lab, host) == QUERIES_ACCEPT

    gone = lab.ansible(
        host, module="printops.firewall.firewalld_rules", arguments={"state": "absent", "confirm_timeout": 0}
    )
    assert (gone["changed"], gone["running"]) == (True, True)
    assert accepted(lab, host) == set()
    assert own_files(lab, host) == []
    assert state(lab, host) == "running"
    assert lab.enter(host, ["cat", "/etc/firewalld/zones/public.xml"]).stdout == public


def test_what_was_lost_at_run_time_is_loaded_again(lab: Lab, host: str) -> None:
    apply(lab, host, PRINTING)
    start_firewalld(lab, host)
    rule = f'rule family="ipv4" source address="{USER}" port port="5017" protocol="tcp" accept'
    assert lab.enter(host, ["firewall-cmd", "--policy=printops-in", f"--add-rich-rule={rule}"]).returncode == 0
    assert f"tcp 5017 {USER}" in accepted(lab, host)
    repaired = apply(lab, host, PRINTING)
    assert (repaired["changed"], repaired["repaired"], repaired["added"]) == (True, True, [])
    assert accepted(lab, host) == PRINTING_ACCEPTS


def test_a_fault_in_a_foreign_zone_is_found_before_anything_is_written(lab: Lab, host: str) -> None:
    apply(lab, host, PRINTING)
    start_firewalld(lab, host)
    files = own_files(lab, host)
    zone = '<zone><rule family="ipv4"><service name="no-such-service"/><accept/></rule></zone>'
    lab.enter(host, ["sh", "-c", "cat >/etc/firewalld/zones/broken.xml"], input=zone)
    failed = apply(lab, host, PRINTING, QUERIES)
    assert failed["failed"]
    assert "zones/broken.xml: a rule names service 'no-such-service', which does not exist" in failed["msg"]
    assert own_files(lab, host) == files
    assert state(lab, host) == "running"
    assert accepted(lab, host) == PRINTING_ACCEPTS


def test_a_reload_that_fails_for_a_hidden_fault_leaves_the_host_closed(lab: Lab, host: str) -> None:
    """A direct rule that only the kernel refuses: firewalld's own check finds nothing, and its reload fails."""
    apply(lab, host, PRINTING)
    start_firewalld(lab, host)
    files = own_files(lab, host)
    rule = '<rule ipv="ipv4" table="filter" chain="INPUT" priority="0">-p tcp --no-such 3 -j ACCEPT</rule>'
    lab.enter(host, ["sh", "-c", "cat >/etc/firewalld/direct.xml"], input=f"<direct>{rule}</direct>")

    failed = apply(lab, host, PRINTING, QUERIES, *MANY)
    assert failed["failed"]
    assert "refused to load its configuration" in failed["msg"]
    assert "table inet printops_rescue enforces what was loaded before" in failed["msg"]
    assert "\x1b" not in failed["msg"]
    assert own_files(lab, host) == files
    assert state(lab, host) == "not running"
    assert accepted(lab, host) == PRINTING_ACCEPTS

    lab.enter(host, ["rm", "/etc/firewalld/direct.xml"])
    start_firewalld(lab, host)
    repaired = apply(lab, host, PRINTING, QUERIES, *MANY)
    assert (repaired["failed"], repaired["changed"]) == (False, True)
    assert state(lab, host) == "running"
    assert accepted(lab, host) == PRINTING_ACCEPTS | QUERIES_ACCEPT
    assert "printops_rescue" not in lab.enter(host, ["nft", "list", "tables"]).stdout
    assert not apply(lab, host, PRINTING, QUERIES, *MANY)["changed"]


def test_a_change_never_opens_the_host_while_it_is_loaded(lab: Lab, host: str) -> None:
    """New connections to a port that nothing opens, all through two changes."""
    apply(lab, host, PRINTING)
    start_firewalld(lab, host)
    knock = ["python3", "-u", "-c", KNOCK, ADDRESSES[host][0], "5017"]
    knocking = lab.start("floor", knock, stdin=subprocess.PIPE)
    assert knocking.stdout is not None
    assert knocking.stdout.readline() == "ready\n"
    apply(lab, host, PRINTING, QUERIES)
    apply(lab, host, QUERIES)
    changed_while_knocking = knocking.poll() is None
    tried, answered = map(int, knocking.communicate(timeout=60)[0].split())
    assert changed_while_knocking
    assert tried > 20
    assert answered == 0
