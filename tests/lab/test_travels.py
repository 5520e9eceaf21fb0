# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows whose packets go to a broadcast address or a group, on four real firewalls whose egress is enforced."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import time
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory

from .conftest import Lab, Tell
from .probes.packets import canonical
from .services.machine import ADDRESS as SERVICES
from .topology import machine_named

HOSTS = ("site1", "mgmt1", "site2", "fw2")
FLOOR, OUTSIDER = (canonical(machine_named(name=name).addresses[0]) for name in ("floor", "outsider"))
EVERYBODY = "255.255.255.255"
GROUP, OTHER_GROUP = "239.192.0.10", "239.192.0.99"
NEAR_ROAMING = 46655
SCRIPT = pathlib.Path(__file__).parent / "probes" / "many.py"
PATIENCE_S = 3


@pytest.fixture(name="host", params=HOSTS)
def host_fixture(lab: Lab, request: pytest.FixtureRequest) -> str:
    """A new machine with the rules of the catalogs' rows that travel so."""
    host = str(request.param)
    lab.call("up", "--with", "services", "fw2")
    lab.reset(host)
    provider = machine_named(name=host).firewall
    given = {"rules": rules_of(host), "egress": "enforce", "start": True}
    result = lab.ansible(host, module=f"printops.firewall.{provider}_rules", arguments=given)
    assert not result["failed"], result
    again = lab.ansible(host, module=f"printops.firewall.{provider}_rules", arguments={**given, "start": False})
    assert not again["changed"], again
    assert not again.get("repaired"), again
    shell(lab, host, f"ip route add {EVERYBODY}/32 dev host0")
    return host


def rules_of(host: str) -> list[dict[str, t.Any]]:
    """What the shipped catalogs come to for a host that runs all components of such rows."""
    both = {
        "printops_features": ["near_job_roaming"],
        "printops_ports": {"near_roaming_multicast_port": str(NEAR_ROAMING)},
        "printops_multicast_groups": {"near_roaming_multicast_group": GROUP},
        "printops_networks": {
            "terminal_professional": [f"{FLOOR}/32"],
            "payment_machine": [f"{FLOOR}/32"],
            "mobile_device": [f"{SERVICES}/32"],
            "shared_folder": [f"{SERVICES}/32"],
        },
    }
    groups = {
        "all": [host, "peer"],
        "safeq5_ors": [host, "peer"],
        "safeq6_management": [host],
        "safeq6_mobile_integration_gateway": [host],
        "safeq6_mobile_print_server": [host],
    }
    addresses = {host: machine_named(name=host).addresses[0], "peer": FLOOR}
    variables = {name: {**both, "printops_addresses": [address]} for name, address in addresses.items()}
    plan = compile_plan(Inventory(groups=groups, variables=variables))
    return t.cast("list[dict[str, t.Any]]", plan["hosts"][host]["rules"])


def shell(lab: Lab, host: str, command: str) -> str:
    done = lab.enter(host, ["sh", "-ec", command])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def many(lab: Lab, host: str, *words: object) -> list[str]:
    """The lines that the script prints on the machine."""
    done = lab.enter(host, ["python3", "-c", SCRIPT.read_text(encoding="utf-8"), *map(str, words)])
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@contextlib.contextmanager
def going_on(lab: Lab, host: str, *words: object) -> t.Iterator[t.Callable[[], list[str]]]:
    """The script on the machine; the call ends it, and gives the lines that it printed."""
    command = ["python3", "-c", SCRIPT.read_text(encoding="utf-8"), *map(str, words)]
    with lab.start(host, command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        def end() -> list[str]:
            time.sleep(0.5)
            return process.communicate()[0].splitlines()

        yield end
        if process.poll() is None:
            process.stdin.close()


def run_inside(lab: Lab, host: str, script: str) -> str:
    done = subprocess.run(lab.inside(host, script), check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_rows_that_travel_to_many(lab: Lab, host: str, tell: Tell) -> None:
    told = [f"\n{host}, {machine_named(name=host).firewall}"]
    for row in (answers_to_a_broadcast, answers_of_the_host, a_group_and_its_querier, netbios_names, multicast_dns):
        told += [f"  {line}" for line in row(lab, host)]
    tell("\n".join(told))


def answers_to_a_broadcast(lab: Lab, host: str) -> t.Iterator[str]:
    """safeq5/server-to-printer/5."""
    with going_on(lab, "floor", "answer", 64099, 64099), going_on(lab, "outsider", "answer", 64099, 64099) as outside:
        answers = many(lab, host, "ask", EVERYBODY, 64099)
        assert [line.split()[0] for line in answers] == [FLOOR], answers
        assert outside() == [canonical(machine_named(name=host).addresses[0])]
    yield f"64099 asked by broadcast: the answer of {FLOOR} came in, that of {OUTSIDER} did not"
    with going_on(lab, "floor", "answer", 64099, 64098) as heard:
        assert many(lab, host, "ask", EVERYBODY, 64099) == []
        assert heard() != []
    yield "64099 asked by broadcast: an answer from port 64098 did not come in"


def answers_of_the_host(lab: Lab, host: str) -> t.Iterator[str]:
    """safeq6/management/5."""
    own = canonical(machine_named(name=host).addresses[0])
    shell(lab, "floor", f"ip route replace {EVERYBODY}/32 dev host0 src {FLOOR}")
    shell(lab, "outsider", f"ip route replace {EVERYBODY}/32 dev host0")
    with going_on(lab, host, "answer", 64099, 64099) as heard:
        assert f"{own} 64099" in many(lab, "floor", "ask", EVERYBODY, 64099)
        assert many(lab, "outsider", "ask", EVERYBODY, 64099) == []
        assert set(heard()) == {FLOOR}
    yield f"64099 asked of the host: its answer to {FLOOR} left, {OUTSIDER} was not heard"
    with going_on(lab, host, "answer", 64099, 64098) as heard:
        assert many(lab, "floor", "ask", EVERYBODY, 64099) == []
        assert heard() != []
    yield "64099 asked of the host: an answer from port 64098 did not leave"


def a_group_and_its_querier(lab: Lab, host: str) -> t.Iterator[str]:
    """safeq5/inter-server/8."""
    own = canonical(machine_named(name=host).addresses[0])
    with going_on(lab, host, "hear", NEAR_ROAMING, GROUP, OTHER_GROUP) as heard:
        for sender in ("floor", "outsider"):
            for group in (GROUP, OTHER_GROUP):
                many(lab, sender, "send", group, NEAR_ROAMING)
        reports = many(lab, "floor", "query", PATIENCE_S)
        assert f"{own} {GROUP}" in reports, reports
        assert heard() == [f"{GROUP} {FLOOR}"]
    yield f"group {GROUP}: heard from {FLOOR}, not from {OUTSIDER}, nor of {OTHER_GROUP}; the querier had its report"


def netbios_names(lab: Lab, host: str) -> t.Iterator[str]:
    """safeq6/others/13, with Samba's nmblookup and nmbd."""
    conf = "[global]\\nnetbios name = LABSHARE\\nworkgroup = LAB\\nserver role = standalone server\\n"
    start = f"""
    printf '{conf}' >/tmp/nmb.conf; mkdir -p /run/samba /var/log/samba
    systemctl stop lab-nmbd 2>/dev/null || true; systemctl reset-failed lab-nmbd 2>/dev/null || true
    systemd-run --quiet --unit=lab-nmbd nmbd --foreground --no-process-group --configfile=/tmp/nmb.conf
    """
    shell(lab, "services", start)
    look = f"nmblookup --configfile=/tmp/nmb.conf --broadcast={EVERYBODY} LABSHARE"
    wanted = f"{SERVICES} LABSHARE<00>"
    deadline = time.monotonic() + 20
    said = ""
    while wanted not in said and time.monotonic() < deadline:
        said = run_inside(lab, host, look)
    assert wanted in said, said
    yield f"nmblookup by broadcast found LABSHARE at {SERVICES}"


def multicast_dns(lab: Lab, host: str) -> t.Iterator[str]:
    """safeq6/others/7, with two avahi-daemons and avahi-browse."""
    service = (
        "<service-group><name>Protected</name><service><type>_ipp._tcp</type><port>631</port></service></service-group>"
    )
    announce = f"""
    mount -t tmpfs none /run; mkdir -p /run/avahi-daemon
    mount -t tmpfs none /etc/avahi/services; printf '%s' '{service}' >/etc/avahi/services/ipp.service
    printf '[server]\\nhost-name=protected\\nuse-ipv6=no\\nenable-dbus=no\\nallow-interfaces=host0\\n' >/run/avahi.conf
    exec avahi-daemon --no-chroot --no-drop-root --no-rlimits --file=/run/avahi.conf
    """
    own = canonical(machine_named(name=host).addresses[0])
    shell(lab, "services", "systemctl start dbus avahi-daemon.service")
    daemon = subprocess.Popen(lab.inside(host, announce), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(PATIENCE_S)
        shell(lab, "services", "systemctl restart avahi-daemon.service")
        browse = "timeout 15 avahi-browse --resolve --parsable --terminate _ipp._tcp || true"
        found = ""
        for _turn in range(4):  # a daemon that is just starting has nothing to tell yet
            found = found or shell(lab, "services", browse)
        assert f"protected.local;{own};631" in found, found
    finally:
        daemon.terminate()
        daemon.wait()
    yield f"avahi-browse at {SERVICES} asked, and the host's avahi-daemon answered"
