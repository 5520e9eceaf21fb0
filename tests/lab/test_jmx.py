# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real JVM with JMX on a host: three sockets, of which only the right ones are called exposed."""

from __future__ import annotations

import contextlib
import subprocess
import time
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._drift.report import drift_report
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.areas import decide_area
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import Outcome, Status
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.network.questions import questions_of

from .conftest import Lab, Tell
from .probes.packets import canonical
from .topology import machine_named

HOSTS = {"mgmt1": "firewalld", "site1": "ufw"}
JMX, RMI, REGISTRY = 19898, 9000, 1099
NAME = "rmiregistry ("
NAMED = {"printops_networks": {"jconsole": ["10.2.0.0/24"]}}
ASKED = {
    "components": ["safeq5_cml"],
    "programs": [],
    "latency_ms": 100,
    "jobs_per_hour": 3600.0,
    "job_kb": [40, 60],
    "link_kbit": 1000.0,
    "clock_s": 1.0,
    "may_be_closed": [],
    "throughput_port": 0,
}
HANDSHAKE = """
import socket, sys
for port in sys.argv[2:]:
    try:
        with socket.create_connection((sys.argv[1], int(port)), timeout=5) as asker:
            asker.sendall(b"JRMI\\0\\2K")
            if asker.recv(1) == b"N":
                print(port)
    except OSError:
        pass
"""
OPTION = "-J-Dcom.sun.management.jmxremote"
LOOPBACK = f"{OPTION}.host=127.0.0.1"
STARTED_S = 60.0


@pytest.fixture(name="host", params=HOSTS, scope="module")
def host_fixture(lab: Lab, request: pytest.FixtureRequest) -> str:
    """A new machine; C(services) has the JVM."""
    lab.call("up", "--with", "services")
    lab.reset(str(request.param))
    return str(request.param)


@contextlib.contextmanager
def java(lab: Lab, host: str, *options: str, sockets: int) -> t.Iterator[dict[int, str]]:
    """Java's own registry, with JMX, among the processes of the host: its ports, and where they are bound."""
    start = f"""
    mount -t proc proc /proc; mount -t tmpfs none /tmp
    exec rmiregistry {OPTION}.port={JMX} {OPTION}.authenticate=false {OPTION}.ssl=false {" ".join(options)} {REGISTRY}
    """
    command = lab.inside(host, start, with_processes=True)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as started:
        try:
            deadline = time.monotonic() + STARTED_S
            bound: dict[int, str] = {}
            while len(bound) < sockets and time.monotonic() < deadline:
                bound = sockets_of_java(lab, host)
            assert len(bound) == sockets, bound
            yield bound
        finally:
            lab.enter(host, ["sh", "-c", "kill -KILL $(pidof rmiregistry)"])
            started.wait()


def sockets_of_java(lab: Lab, host: str) -> dict[int, str]:
    lines = lab.enter(host, ["ss", "-Hlntp"]).stdout.splitlines()
    places = [line.split()[3].rpartition(":") for line in lines if "rmiregistry" in line]
    return {int(port): address for address, _colon, port in places}


class Judged(t.NamedTuple):
    """Java's ports by what drift says of them, what counts of it, and what the check before an installation says."""

    ports: dict[str, set[int]]
    counting: set[str]
    checked: Outcome


def judged(lab: Lab, host: str) -> Judged:
    plan = compile_plan(
        Inventory(groups={"safeq5_cml": [host]}, variables={host: {"printops_addresses": [address_of(host)], **NAMED}})
    )
    state = lab.ansible(host, module="printops.firewall.firewall_state_info", arguments={"provider": HOSTS[host]})
    told = [one for one in drift_report(plan, answers={host: state})["hosts"][host]["findings"] if NAME in one["what"]]
    ports: dict[str, set[int]] = {}
    for one in told:
        ports.setdefault(one["kind"], set()).add(int(one["what"].partition("(")[2].partition("/")[0]))
    probe = lab.ansible(host, module="printops.firewall.network_probe_info", arguments={"samples": 1})
    none: dict[str, t.Any] = dict.fromkeys(("refused", "members", "devices", "member_ports", "device_ports"), ())
    asked = {**ASKED, "questions": questions_of(plan, host, **none).as_json()}
    observed = {"platform": "linux", "network_probe_info": probe, "at": "", "clocks": {}, "throughput": {}}
    outcomes = decide_area("network", observed=observed, asked=asked, host=host)
    (outcome,) = (one for one in outcomes if one.item.endswith("/jmx_localhost"))
    return Judged(ports, {one["kind"] for one in told if one["severity"] == "drift"}, outcome)


def address_of(host: str) -> str:
    return canonical(machine_named(name=host).addresses[0])


def answering(lab: Lab, host: str, ports: t.Iterable[int]) -> set[int]:
    """Those of the ports of the host that speak RMI with another machine, which Java's own for the host does not."""
    done = lab.enter("floor", ["python3", "-c", HANDSHAKE, address_of(host), *map(str, ports)])
    assert done.returncode == 0, done.stderr
    return {int(line) for line in done.stdout.split()}


@pytest.mark.parametrize("hidden", [[], ["-J-XX:-UsePerfData"]], ids=["tells", "hidden"])
def test_jmx_on_loopback_is_not_exposed_by_the_socket_that_java_keeps_for_its_own_host(
    lab: Lab, host: str, hidden: list[str], tell: Tell
) -> None:
    with java(lab, host, LOOPBACK, *hidden, sockets=4) as bound:
        (wildcard,) = (port for port, address in bound.items() if "127.0.0.1" not in address and port != REGISTRY)
        assert answering(lab, host, bound) == {REGISTRY}
        found = judged(lab, host)
    assert found.ports == {"jmx_local": {wildcard}, "undocumented_listener": {REGISTRY}}
    assert found.counting == {"undocumented_listener"}
    assert found.checked.status is Status.PASS, found.checked
    tell(f"{host}{', told nothing by Java' if hidden else ''}: JMX on loopback, {wildcard}/tcp on all: not exposed")


def test_jmx_off_loopback_is_exposed_with_its_random_rmi_port(lab: Lab, host: str, tell: Tell) -> None:
    with java(lab, host, sockets=4) as bound:
        open_to_others = answering(lab, host, bound)
        (rmi,) = open_to_others - {REGISTRY, JMX}
        (own,) = bound.keys() - open_to_others
        found = judged(lab, host)
    assert found.ports == {"jmx_exposed": {JMX, rmi}, "jmx_local": {own}, "undocumented_listener": {REGISTRY}}
    seen = " ".join(one.seen for one in found.checked.evidence)
    assert found.checked.status is Status.FAIL
    assert f"{rmi}/tcp on" in found.checked.summary
    assert f"{own}/tcp" not in found.checked.summary
    assert f"{own}/tcp" in seen
    tell(f"{host}: JMX on all addresses: {JMX}/tcp and its random RMI port {rmi}/tcp exposed, {own}/tcp not")


def test_an_rmi_port_that_is_set_leaves_nothing_to_guess(lab: Lab, host: str) -> None:
    with java(lab, host, f"{OPTION}.rmi.port={RMI}", "-J-XX:-UsePerfData", sockets=4) as bound:
        (own,) = bound.keys() - {REGISTRY, JMX, RMI}
        found = judged(lab, host)
    assert found.ports == {"jmx_exposed": {JMX, RMI}, "jmx_local": {own}, "undocumented_listener": {REGISTRY}}
