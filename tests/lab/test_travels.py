# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows whose packets go to a broadcast address or a group, on four real firewalls whose egress is enforced."""

from __future__ import annotations

import contextlib
import ipaddress
import pathlib
import re
import subprocess
import threading
import time
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._drift.report import drift_report
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

from .conftest import Lab, Tell
from .probes.packets import canonical
from .services.machine import ADDRESS as SERVICES
from .topology import machine_named, with_prefix

HOSTS = ("site1", "mgmt1", "site2", "fw2")
FLOOR, OUTSIDER = (canonical(machine_named(name=name).addresses[0]) for name in ("floor", "outsider"))
FLOOR6, OUTSIDER6, SERVICES6 = (
    canonical(machine_named(name=name).addresses[1]) for name in ("floor", "outsider", "services")
)
EVERYBODY = "255.255.255.255"
GROUP, OTHER_GROUP = "239.192.0.10", "239.192.0.99"
GROUP6, OTHER_GROUP6 = "ff15::10", "ff15::99"
DISCOVERY = "safeq6/mfd/3"
BY_BROADCAST = f"""
format: printops.firewall/overlay/1
name: discovery
changes:
  {DISCOVERY}: {{reason: Devices are searched for., travels: {{by: [unicast, broadcast]}}}}
"""
"""The catalogs have no row of SNMP that is sent to many; CUPS, and products like it, search for devices so."""
NEAR_ROAMING = 46655
SNMP, INNER_SNMP = 161, 1161
DEVICE = "Lab Printer"
OURS = ("not_enforced", "missing", "changed", "stale", "disagreement")
SCRIPT = pathlib.Path(__file__).parent / "probes" / "many.py"
PATIENCE_S = 3


@pytest.fixture(name="host", params=HOSTS)
def host_fixture(lab: Lab, request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> str:
    """A new machine with the rules of the catalogs' rows that travel so."""
    host = str(request.param)
    lab.call("up", "--with", "services", "fw2")
    lab.reset(host)
    provider = machine_named(name=host).firewall
    given = {"rules": plan_of(host, tmp_path)["hosts"][host]["rules"], "egress": "enforce", "start": True}
    result = lab.ansible(host, module=f"printops.firewall.{provider}_rules", arguments=given)
    assert not result["failed"], result
    again = lab.ansible(host, module=f"printops.firewall.{provider}_rules", arguments={**given, "start": False})
    assert not again["changed"], again
    assert not again.get("repaired"), again
    shell(lab, host, f"ip route add {EVERYBODY}/32 dev host0")
    return host


def plan_of(host: str, folder: pathlib.Path) -> Plan:
    """What the shipped catalogs come to for a host that runs all components of such rows."""
    overlay = folder / "discovery.yml"
    overlay.write_text(BY_BROADCAST, encoding="utf-8")
    both = {
        "printops_catalogs": ["safeq5", "safeq6", str(overlay)],
        "printops_features": ["near_job_roaming"],
        "printops_ports": {"near_roaming_multicast_port": str(NEAR_ROAMING), "mfd_snmp_port": str(SNMP)},
        "printops_multicast_groups": {"near_roaming_multicast_group": [GROUP, GROUP6]},
        "printops_egress": "enforce",
        "printops_networks": {
            "terminal_professional": [f"{FLOOR}/32"],
            "payment_machine": [f"{FLOOR}/32"],
            "mobile_device": [f"{SERVICES}/32", f"{SERVICES6}/128"],
            "shared_folder": [f"{SERVICES}/32"],
            "mfd_konica_minolta": [f"{SERVICES}/32"],
        },
    }
    groups = {
        "all": [host, "peer"],
        "safeq5_ors": [host, "peer"],
        "safeq6_management": [host],
        "safeq6_mobile_integration_gateway": [host],
        "safeq6_mobile_print_server": [host],
        "safeq6_terminal_server": [host],
    }
    own = [with_prefix(address=address) for address in machine_named(name=host).addresses]
    addresses = {host: own, "peer": [FLOOR, FLOOR6]}
    variables = {name: {**both, "printops_addresses": given} for name, given in addresses.items()}
    return compile_plan(Inventory(groups=groups, variables=variables))


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


def test_rows_that_travel_to_many(lab: Lab, host: str, tell: Tell, tmp_path: pathlib.Path) -> None:
    told = [f"\n{host}, {machine_named(name=host).firewall}"]
    for row in (
        answers_to_a_broadcast,
        answers_of_the_host,
        a_group_and_its_querier,
        answers_to_a_group,
        netbios_names,
        snmp_discovery,
        multicast_dns,
    ):
        told += [f"  {line}" for line in row(lab, host)]
    tell("\n".join(told))
    the_rules_are_known(lab, host, plan_of(host, tmp_path))


def the_rules_are_known(lab: Lab, host: str, plan: Plan) -> None:
    """Drift finds nothing, neither before nor after a removal that leaves nothing."""
    firewall = machine_named(name=host).firewall
    state = lab.ansible(host, module="printops.firewall.firewall_state_info", arguments={"provider": firewall})
    told = [one for one in drift_report(plan, answers={host: state})["hosts"][host]["findings"] if one["kind"] in OURS]
    assert told == []
    module = f"printops.firewall.{firewall}_rules"
    removed = lab.ansible(host, module=module, arguments={"state": "absent", "as_found": True})
    assert (removed["failed"], removed["changed"]) == (False, True), removed
    left = shell(lab, host, "grep -rlE 'printops|7072696e746f70' /etc/firewalld /etc/ufw || true")
    assert left == ""


def answers_to_a_broadcast(lab: Lab, host: str) -> t.Iterator[str]:
    """safeq5/server-to-printer/5."""
    with going_on(lab, "floor", "answer", 64099, 64099), going_on(lab, "outsider", "answer", 64099, 64099) as outside:
        answers = many(lab, host, "ask", EVERYBODY, 64099)
        assert [line.split()[0] for line in answers] == [FLOOR], answers
        assert outside() == [canonical(machine_named(name=host).addresses[0])]
    yield f"64099 asked by broadcast: the answer of {FLOOR} came in, that of {OUTSIDER} did not"
    with going_on(lab, "floor", "answer", 64099, 64099):
        assert [line.split()[0] for line in many(lab, host, "ask", own_subnet(host), 64099)] == [FLOOR]
    yield f"64099 asked of the broadcast address of its own subnet, {own_subnet(host)}: the answer came in"
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
    with going_on(lab, host, "hear", NEAR_ROAMING, GROUP, OTHER_GROUP, GROUP6, OTHER_GROUP6) as heard:
        for sender, addresses in (("floor", (FLOOR, FLOOR6)), ("outsider", (OUTSIDER, OUTSIDER6))):
            for group in (GROUP, OTHER_GROUP, GROUP6, OTHER_GROUP6):
                many(lab, sender, "send", group, NEAR_ROAMING, addresses[":" in group])
        reports = many(lab, "floor", "query", PATIENCE_S)
        assert f"{own} {GROUP}" in reports, reports
        link = re.findall(r"fe80:\S+(?=/)", shell(lab, host, "ip -6 -o address show dev host0 scope link"))
        reports6 = many(lab, "floor", "query6", PATIENCE_S)
        assert f"{link[0]} {GROUP6}" in reports6, reports6
        assert sorted(heard()) == [f"{GROUP} {FLOOR}", f"{GROUP6} {FLOOR6}"]
    yield f"group {GROUP}: heard from {FLOOR}, not from {OUTSIDER}, nor of {OTHER_GROUP}; the querier had its report"
    yield f"group {GROUP6}: heard from {FLOOR6}, not from {OUTSIDER6}, nor of {OTHER_GROUP6}; MLD was reported"


def answers_to_a_group(lab: Lab, host: str) -> t.Iterator[str]:
    """safeq5/inter-server/8, over both families and in both directions."""
    for group, floor, outsider, own in (
        (GROUP, FLOOR, OUTSIDER, machine_named(name=host).addresses[0]),
        (GROUP6, FLOOR6, OUTSIDER6, machine_named(name=host).addresses[1]),
    ):
        right, wrong = (("answer", NEAR_ROAMING, port, group, floor) for port in (NEAR_ROAMING, NEAR_ROAMING + 1))
        outside = ("answer", NEAR_ROAMING, NEAR_ROAMING, group, outsider)
        with going_on(lab, "floor", *right), going_on(lab, "outsider", *outside) as heard:
            assert [line.split()[0] for line in many(lab, host, "ask", group, NEAR_ROAMING)] == [floor]
            assert heard() != []
        with going_on(lab, "floor", *wrong) as heard:
            assert many(lab, host, "ask", group, NEAR_ROAMING) == []
            assert heard() != []
        with going_on(lab, host, "answer", NEAR_ROAMING, NEAR_ROAMING, group, canonical(own)) as heard:
            assert f"{canonical(own)} {NEAR_ROAMING}" in many(lab, "floor", "ask", group, NEAR_ROAMING, floor)
            assert many(lab, "outsider", "ask", group, NEAR_ROAMING, outsider) == []
            assert set(heard()) == {floor}
        yield f"group {group} asked: the answer of {floor} came in, not that of {outsider}, nor from another port"
        yield f"group {group} asked of the host: its answer to {floor} left, {outsider} was not heard"


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
    said = run_inside(lab, host, look.replace(EVERYBODY, own_subnet(host)))
    assert wanted in said, said
    yield f"nmblookup by broadcast, of {EVERYBODY} and of {own_subnet(host)}, found LABSHARE at {SERVICES}"


def snmp_discovery(lab: Lab, host: str) -> t.Iterator[str]:
    """safeq6/mfd/3 with an overlay, with CUPS' search for devices and net-snmp as a device.

    A relay answers for net-snmp, which sends from the address that was asked: for a broadcast its system refuses.
    """
    printer = "1.3.6.1.2.1.25.3.2.1"
    conf = (
        f"rocommunity public\\nagentaddress udp:127.0.0.1:{INNER_SNMP}\\n"
        f"override {printer}.2.1 object_id 1.3.6.1.2.1.25.3.1.5\\n"
        f'override {printer}.3.1 octet_str "{DEVICE}"\\n'
        f'override 1.3.6.1.4.1.2699.1.2.1.3.1.1.4.1.1 octet_str "socket://{SERVICES}"\\n'
    )
    start = f"""
    printf '{conf}' >/tmp/snmpd.conf
    systemctl stop lab-snmpd 2>/dev/null || true; systemctl reset-failed lab-snmpd 2>/dev/null || true
    systemd-run --quiet --unit=lab-snmpd snmpd -f -LS0-6d -C -c /tmp/snmpd.conf
    """
    shell(lab, "services", start)
    search = "timeout 60 /usr/lib/cups/backend/snmp 2>/dev/null"
    with going_on(lab, "services", "relay", SNMP, INNER_SNMP) as heard:
        deadline = time.monotonic() + 40
        found = ""
        while DEVICE not in found and time.monotonic() < deadline:
            found = run_inside(lab, host, search)
        assert DEVICE in found, found
        assert {*heard()} == {canonical(machine_named(name=host).addresses[0])}
    yield f"CUPS' search over SNMP, asked of {own_subnet(host)}, found {DEVICE} at {SERVICES}"


def own_subnet(host: str) -> str:
    own = with_prefix(address=canonical(machine_named(name=host).addresses[0]))
    return str(ipaddress.ip_interface(own).network.broadcast_address)


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
    daemon = subprocess.Popen(lab.inside(host, announce), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert daemon.stderr is not None
        for line in daemon.stderr:
            if "successfully established" in line:
                break
        threading.Thread(target=daemon.stderr.read, daemon=True).start()
        shell(lab, "services", "systemctl restart avahi-daemon.service")
        browse = "timeout 15 avahi-browse --resolve --parsable --terminate _ipp._tcp || true"
        found = ""
        deadline = time.monotonic() + 90
        while (
            own not in found and time.monotonic() < deadline
        ):  # a daemon that is just starting has nothing to tell yet
            found = shell(lab, "services", browse)
        assert f"protected.local;{own};631" in found, found
    finally:
        daemon.terminate()
        daemon.wait()
    yield f"avahi-browse at {SERVICES} asked, and the host's avahi-daemon answered"


HELPED = """
table ip helped {
    ct helper names { type "netbios-ns" protocol udp; }
    chain leaving { type filter hook output priority 0; udp dport { 137, 64099 } ct helper set "names"; }
    chain coming { type filter hook input priority 0; iifname "host0" meta l4proto udp ct state new drop; }
}
"""


def test_the_helpers_of_the_kernel_know_fewer_answers_than_rows_need(lab: Lab, tell: Tell) -> None:
    """Why there is no rule of ours with a helper: docs/catalog_format.md."""
    lab.reset("mgmt1")
    shell(lab, "mgmt1", f"ip route add {EVERYBODY}/32 dev host0; printf '%s' '{HELPED}' | nft -f -")
    answered: dict[tuple[str, int], bool] = {}
    for port in (137, 64099):
        with going_on(lab, "floor", "answer", port, port) as heard:
            for asked in (own_subnet("mgmt1"), EVERYBODY):
                answered[asked, port] = many(lab, "mgmt1", "ask", asked, port) != []
            assert len(heard()) == 2
    tell("\n".join(f"helper netbios-ns, {asked} asked on {port}: {one}" for (asked, port), one in answered.items()))
    assert [asked for asked, is_answered in answered.items() if is_answered] == [(own_subnet("mgmt1"), 137)]
