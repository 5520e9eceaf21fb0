# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An enforced egress on four real firewalls: what leaves the host, judged where it arrives."""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import json
import subprocess
import time
import typing as t

import pytest

from .conftest import Lab
from .probes.packets import Probe, canonical, difference, got_through, is_in, listening
from .probes.playbooks import firewall_of
from .topology import machine_named

HOSTS = ("site1", "mgmt1", "site2", "fw2")
ENABLE = {"firewalld": "systemctl enable firewalld", "ufw": "systemctl enable ufw; ufw reload"}
"""At boot; and ufw loads its files once more, because enabling rewrites them after they were loaded."""
FLOOR, FLOOR6 = (canonical(address) for address in machine_named(name="floor").addresses[:2])
PRINTER, PRINTER6 = "198.18.21.20", canonical("2001:db8:21::20")
OUTSIDER, OUTSIDER6 = (canonical(address) for address in machine_named(name="outsider").addresses)
TARGETS = (FLOOR, FLOOR6, PRINTER, PRINTER6, OUTSIDER, OUTSIDER6)
ANSWERING = (FLOOR, OUTSIDER, OUTSIDER6)
"""The targets whose machine answers a question from the address that was asked: it has no other of the family, or this
one is its first."""
UNPLANNED = 7001
PORTS = (67, 123, 161, 443, 514, 547, 5353, 8443, 9100, 9101, UNPLANNED)
DNS = 53
STALL_S = 30

OUT: list[dict[str, t.Any]] = [
    {"protocol": "tcp", "ports": ["9100-9101"], "remotes": [FLOOR, FLOOR6], "flows": ["safeq6/mfd/1"]},
    {
        "protocol": "tcp",
        "ports": ["8443"],
        "remotes": [*(f"198.18.21.{2 * last}" for last in range(5, 20)), "2001:db8:21::/64"],
        "flows": ["safeq6/mfd/2"],
    },
    {"protocol": "udp", "ports": ["161"], "remotes": ["198.18.20.0/24", OUTSIDER6], "flows": ["safeq6/mfd/3"]},
    {"protocol": "icmp", "icmp_types": ["echo-request"], "remotes": [FLOOR, FLOOR6], "flows": ["lrs/required/9"]},
]
EXTRA: list[dict[str, t.Any]] = [{"protocol": "tcp", "ports": ["443"], "remotes": [OUTSIDER, OUTSIDER6]}]
INCOMING = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["9100"],
    "remotes": ["198.18.20.0/24"],
    "flows": ["safeq6/mfd/4"],
}
RULES = [INCOMING, *({"direction": "out", **rule} for rule in OUT)]
BASICS: list[dict[str, t.Any]] = [
    {"protocol": "udp", "ports": ["53", "123"], "remotes": ["0.0.0.0/0", "::/0"]},
    {"protocol": "tcp", "ports": ["53"], "remotes": ["0.0.0.0/0", "::/0"]},
    {"protocol": "udp", "ports": ["67"], "remotes": ["0.0.0.0/0"]},
    {"protocol": "udp", "ports": ["547"], "remotes": ["::/0"]},
]

PING = """
import json, os, socket, struct, sys
def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    return ~((total >> 16) + total & 0xffff) & 0xffff
def answers(target):
    is_6 = ":" in target
    family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if is_6 else (socket.AF_INET, socket.IPPROTO_ICMP)
    number = os.getpid() & 0xffff
    asked = struct.pack("!BBHHH", 128 if is_6 else 8, 0, 0, number, 1)
    if not is_6:
        asked = struct.pack("!BBHHH", 8, 0, checksum(asked), number, 1)
    with socket.socket(family, socket.SOCK_RAW, protocol) as pinger:
        pinger.settimeout(1)
        try:
            pinger.sendto(asked, (target, 0))
            while True:
                answer, sender = pinger.recvfrom(256)
                body = answer if is_6 else answer[20:]
                if sender[0] == target and body[0] == (129 if is_6 else 0) and body[4:6] == asked[4:6]:
                    return True
        except OSError:
            return False
print(json.dumps([target for target in sys.argv[1:] if answers(target)]))
"""

SESSION = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as session:
    print("ready", flush=True)
    for line in sys.stdin:
        session.sendall(b"?")
        print("answered" if session.recv(1) == b"?" else "ended", flush=True)
"""


@pytest.fixture(name="host", params=HOSTS)
def host_fixture(lab: Lab, request: pytest.FixtureRequest) -> t.Iterator[str]:
    """A new machine whose firewall does not run yet, and listeners wherever it may want to go."""
    lab.reset(request.param)
    with contextlib.ExitStack() as stack:
        for machine in ("floor", "outsider"):
            stack.enter_context(listening(lab, machine, tcp=[*PORTS, DNS], udp=[*PORTS, DNS]))
        yield str(request.param)


def apply(lab: Lab, host: str, egress: str, *options: str, **arguments: t.Any) -> dict[str, t.Any]:
    provider = machine_named(name=host).firewall
    given = {"rules": RULES, "egress": egress, "egress_extra": EXTRA, "start": True, **arguments}
    result = lab.ansible(host, module=f"printops.firewall.{provider}_rules", arguments=given, options=options)
    assert not result["failed"], result
    assert result.get("confirmed", True) or options, result
    return t.cast("dict[str, t.Any]", result)


def shell(lab: Lab, host: str, command: str) -> str:
    done = lab.enter(host, ["sh", "-ec", command])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def probes_of(host: str, *, ports: t.Iterable[int] = (*PORTS, DNS)) -> list[Probe]:
    own = [canonical(address) for address in machine_named(name=host).addresses]
    return [
        Probe(protocol, source, target, port)
        for source, target in itertools.product(own, TARGETS)
        if (":" in source) == (":" in target)
        for protocol, port in itertools.product(("tcp", "udp"), ports)
        if protocol == "tcp" or target in ANSWERING
    ]


def lets_out(probe: Probe, rules: t.Iterable[dict[str, t.Any]]) -> bool:
    target = ipaddress.ip_address(probe.target)
    return any(
        probe.protocol == rule["protocol"]
        and is_in(probe.port, rule["ports"])
        and any(target in ipaddress.ip_network(remote) for remote in rule["remotes"])
        for rule in rules
    )


def assert_only_the_plan_leaves(lab: Lab, host: str) -> None:
    shell(lab, host, "ip neigh flush all; ip -6 neigh flush all")
    probes = probes_of(host)
    expected = {probe for probe in probes if lets_out(probe, [*OUT[:3], *EXTRA, *BASICS])}
    seen = got_through(lab, {host: probes}, expected=expected)
    assert difference(expected=expected, seen=seen) == ""
    assert pinged(lab, host, FLOOR, FLOOR6, PRINTER, OUTSIDER) == {FLOOR, FLOOR6}


def assert_everything_leaves(lab: Lab, host: str) -> None:
    probes = probes_of(host)
    assert difference(expected=set(probes), seen=got_through(lab, {host: probes}, expected=set(probes))) == ""
    assert pinged(lab, host, *TARGETS) == set(TARGETS)


def pinged(lab: Lab, host: str, *targets: str) -> set[str]:
    done = lab.enter(host, ["python3", "-c", PING, *targets])
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def rules_and_files(lab: Lab, host: str) -> list[str]:
    """In sorted lines: firewalld 2 loads the rules of a policy in any order."""
    return sorted("".join(firewall_of(lab, host)).splitlines())


@contextlib.contextmanager
def session(lab: Lab, host: str, target: str, port: int) -> t.Iterator[t.Callable[[], str]]:
    """A long connection from the machine; each call sends a byte and tells what became of it."""
    with lab.start(host, ["python3", "-c", SESSION, target, str(port)], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        def ask() -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        yield ask
        process.stdin.close()


def test_on_and_off_and_across_a_power_cut(lab: Lab, host: str) -> None:
    apply(lab, host, "allow")
    shell(lab, host, ENABLE[machine_named(name=host).firewall])
    before = rules_and_files(lab, host)
    assert_everything_leaves(lab, host)

    own = canonical(machine_named(name=host).addresses[0])
    with (
        listening(lab, host, tcp=[9100]),
        session(lab, host, FLOOR, UNPLANNED) as out,
        session(lab, host, OUTSIDER6, UNPLANNED) as out6,
        session(lab, "floor", own, 9100) as into,
    ):
        foreseen = apply(lab, host, "enforce", "--check")
        assert rules_and_files(lab, host) == before
        enforced = apply(lab, host, "enforce")
        assert (enforced["changed"], enforced["rules"], enforced["confirmed"]) == (True, 5, True)
        assert enforced["added"] == foreseen["added"]
        assert enforced["removed"] == []
        assert "drop out everything else to ::/0 [egress]" in enforced["added"]
        assert [out(), out6(), into()] == ["answered"] * 3
        assert_only_the_plan_leaves(lab, host)
        again = apply(lab, host, "enforce")
        assert (again["changed"], again["repaired"], again["added"]) == (False, False, [])

        allowed = apply(lab, host, "allow")
        assert (allowed["changed"], sorted(allowed["removed"])) == (True, sorted(enforced["added"]))
        assert rules_and_files(lab, host) == before
        assert [out(), out6(), into()] == ["answered"] * 3
        assert_everything_leaves(lab, host)

    apply(lab, host, "enforce")
    lab.call("power-cycle", host)
    assert_only_the_plan_leaves(lab, host)
    assert apply(lab, host, "enforce")["changed"] is False


def test_a_first_start_with_egress_does_not_stall_the_run(lab: Lab, host: str) -> None:
    started = time.monotonic()
    first = apply(lab, host, "enforce")
    assert (first["changed"], first["started"], first["confirmed"]) == (True, True, True)
    assert time.monotonic() - started < STALL_S
    assert_only_the_plan_leaves(lab, host)
    provider = machine_named(name=host).firewall
    unconfirmed = {"state": "absent", "confirm_timeout": 0}
    gone = lab.ansible(host, module=f"printops.firewall.{provider}_rules", arguments=unconfirmed)
    assert gone["changed"], gone
    assert_everything_leaves(lab, host)


def test_networks_of_dns_and_time_are_narrowed(lab: Lab, host: str) -> None:
    apply(lab, host, "enforce", egress_dns=[FLOOR, OUTSIDER6], egress_time=[])
    probes = probes_of(host, ports=(DNS, 123))
    expected = {probe for probe in probes if probe.port == DNS and probe.target in (FLOOR, OUTSIDER6)}
    assert difference(expected=expected, seen=got_through(lab, {host: probes}, expected=expected)) == ""


ADMINISTRATOR = {
    "ufw": f"ufw allow out {UNPLANNED}/tcp; ufw deny out to {FLOOR} port 9101 proto tcp",
    "firewalld": "; ".join(
        [
            "firewall-cmd -q --permanent --new-policy office",
            "firewall-cmd -q --permanent --policy office --add-ingress-zone HOST",
            "firewall-cmd -q --permanent --policy office --add-egress-zone ANY",
            f"firewall-cmd -q --permanent --policy office --add-port {UNPLANNED}/tcp",
            "firewall-cmd -q --permanent --policy office --add-rich-rule "
            f"'rule family=ipv4 destination address={FLOOR} port port=9101 protocol=tcp drop'",
            "firewall-cmd -q --reload",
        ]
    ),
}


def test_what_an_administrator_lets_out_or_keeps_in_is_respected(lab: Lab, host: str) -> None:
    apply(lab, host, "enforce")
    shell(lab, host, ADMINISTRATOR[machine_named(name=host).firewall])
    apply(lab, host, "enforce")
    probes = [probe for probe in probes_of(host, ports=(9100, 9101, UNPLANNED)) if probe.protocol == "tcp"]
    expected = {probe for probe in probes if lets_out(probe, OUT[:2]) or probe.port == UNPLANNED}
    expected -= {probe for probe in probes if (probe.target, probe.port) == (FLOOR, 9101)}
    assert difference(expected=expected, seen=got_through(lab, {host: probes}, expected=expected)) == ""
