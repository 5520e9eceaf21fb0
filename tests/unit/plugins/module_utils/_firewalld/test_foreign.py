# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What foreign zones and policies of firewalld let in, from listings and files, and what only the kernel has."""

from __future__ import annotations

import ipaddress
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._firewalld.containers import (
    Container,
    differences,
    parse_listing,
    parse_xml,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.foreign import foreign_openings
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.kernel import kernel_faults
from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import EVERYONE, Opening
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, Rule

LISTING = """public (active)
  target: default
  icmp-block-inversion: no
  interfaces: host0
  sources:
  services: ssh dhcpv6-client
  ports: 8080/tcp
  protocols:
  rich rules:
\trule family="ipv4" source NOT address="10.0.0.0/8" port port="443" protocol="tcp" accept
trusted
  target: ACCEPT
  interfaces:
  sources: 198.18.31.0/24
  services:
  rich rules:
"""
XML = b"""<?xml version="1.0"?>
<zone target="default">
  <interface name="host0"/>
  <service name="ssh"/>
  <service name="dhcpv6-client"/>
  <port port="8080" protocol="tcp"/>
  <rule family="ipv4"><source address="10.0.0.0/8" invert="True"/><port port="443" protocol="tcp"/><accept/></rule>
</zone>
"""
SERVICES = {
    "ssh": b'<service><port port="22" protocol="tcp"/></service>',
    "web": b'<service><include service="ssh"/><port port="80-81" protocol="tcp"/></service>',
    "dhcpv6-client": b'<service><port port="546" protocol="udp"/><destination ipv6="fe80::/64"/></service>',
}


class Objects:
    def service(self, name: str) -> bytes | None:
        return SERVICES.get(name)

    def ipset(self, name: str) -> bytes | None:
        return b"<ipset><entry>10.7.0.0/16</entry></ipset>" if name == "office" else None


def told(*entries: str, target: str = "default", **more: t.Any) -> list[str]:
    zone = Container("zone", "public", target=target, entries=frozenset(entries))
    world: dict[str, t.Any] = {"zones": {"public": zone}, "policies": {}, "active": {"public": ["host0"]}, **more}
    found = foreign_openings(default_zone="public", objects=Objects(), **world)
    return sorted(f"{one.protocol} {','.join(map(str, one.ports))} {one.who}" for one in found)


def test_a_listing_and_a_file_of_the_same_zone_are_equal() -> None:
    listed = parse_listing(LISTING, kind="zone")
    assert listed["public"] == parse_xml(XML, kind="zone", name="public")
    assert (listed["trusted"].target, listed["trusted"].named("source")) == ("ACCEPT", ["198.18.31.0/24"])


@pytest.mark.parametrize(
    ("entries", "openings"),
    [
        (["service ssh"], ["tcp 22 everyone"]),
        (["service web"], ["tcp 22 everyone", "tcp 80-81 everyone"]),
        (["service dhcpv6-client", "service unknown", "port 1/sctp", "protocol gre"], []),
        (["port 8080/tcp"], ["tcp 8080 everyone"]),
        (['rule family="ipv4" source address="10.0.0.0/8" accept'], ["any  10.0.0.0/8"]),
        (['rule source ipset="office" service name="ssh" accept'], ["tcp 22 10.7.0.0/16"]),
        (['rule family="ipv4" port port="9" protocol="udp" accept'], ["udp 9 everyone (IPv4)"]),
        (['rule family="ipv4" source address="10.0.0.0/8" drop'], []),
        (['rule family="ipv6" icmp-type name="redirect" accept'], []),
        (
            ["port 9/tcp", 'rule family="ipv4" source address="0.0.0.0/0" port port="9" protocol="tcp" reject'],
            ["tcp 9 everyone (IPv6)"],
        ),
        (['rule family="ipv4" source NOT address="128.0.0.0/1" accept'], ["any  0.0.0.0/1"]),
    ],
)
def test_what_a_zone_lets_in(entries: list[str], openings: list[str]) -> None:
    assert told(*entries) == openings


def test_zones_count_where_packets_come_through_them() -> None:
    trusted = Container("zone", "trusted", target="ACCEPT", entries=frozenset(["source 198.18.31.0/24"]))
    assert told(zones={"public": Container("zone", "public"), "trusted": trusted}, active={}) == []
    active = {"trusted": ["198.18.31.0/24"]}
    assert told(zones={"public": Container("zone", "public"), "trusted": trusted}, active=active) == [
        "any  198.18.31.0/24"
    ]
    policy = Container("policy", "p", entries=frozenset(["ingress-zone ANY", "egress-zone HOST", "service ssh"]))
    assert told(policies={"p": policy}) == ["tcp 22 everyone"]
    onward = Container("policy", "p", entries=frozenset(["ingress-zone ANY", "egress-zone public", "service ssh"]))
    assert told(policies={"p": onward}) == []


def test_files_and_daemon_differ_by_what_they_say() -> None:
    files = {"public": Container("zone", "public", entries=frozenset(["service ssh", "interface eth0"]))}
    ban = 'rule family="ipv4" source address="203.0.113.9" reject'
    loaded = {"public": Container("zone", "public", entries=frozenset(["port 8443/tcp", ban]))}
    assert differences(files, loaded) == [
        "zone public has in the files and not loaded: service ssh",
        "zone public has loaded and not in the files: port 8443/tcp",
    ]
    assert differences(files, files) == []


TABLE = """table inet firewalld {
\tchain filter_INPUT {
\t\ttype filter hook input priority filter + 10; policy accept;
\t\tct state { established, related } accept
\t\tct status dnat accept
\t\tiifname "lo" accept
\t}
\tchain filter_INPUT_POLICIES_pre {
\t\tjump filter_IN_policy_printops-in
\t}
\tchain filter_IN_public_allow {
\t\tip6 daddr fe80::/64 udp dport 546 accept
\t\ttcp dport 22 ct state { new, untracked } accept
\t\tmeta l4proto { icmp, ipv6-icmp } accept
\t}
\tchain filter_IN_policy_printops-in_allow {
\t\tip saddr 10.1.0.0/16 tcp dport { 443, 5014-5019 } ct state { new, untracked } accept
\t}
}
"""
OWN = [Rule("in", "tcp", (PortRange(443, 443), PortRange(5014, 5019)), (), (ipaddress.ip_network("10.1.0.0/16"),), ())]
SSH = Opening("firewalld zone public: service ssh", "tcp", (PortRange(22, 22),), EVERYONE)


def faults(table: str) -> list[str]:
    return kernel_faults(table, own=OWN, foreign=[SSH], policy="printops-in", sets=lambda _name: None)


def test_a_kernel_that_has_what_firewalld_has() -> None:
    assert faults(TABLE) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("hook input", "hook output", "THE HOST IS OPEN"),
        ("443, 5014-5019", "443", "firewalld has it, the kernel has not: tcp 5014-5019"),
        ("10.1.0.0/16", "10.1.0.0/24", "firewalld has it, the kernel has not: tcp 443"),
        ("10.1.0.0/16", "10.0.0.0/8", "the kernel has it, firewalld has not: chain filter_IN_policy_printops-in_allow"),
        ("tcp dport 22", "tcp dport 22-23", "the kernel has it, firewalld has not: chain filter_IN_public_allow"),
        (
            "\t\tct status dnat",
            "\t\ttcp dport 8081 counter packets 0 bytes 0 accept\n\t\tct status dnat",
            "the kernel has it, firewalld has not: chain filter_INPUT: tcp dport 8081 accept",
        ),
    ],
)
def test_what_was_changed_in_the_kernel_alone(old: str, new: str, fault: str) -> None:
    assert any(fault in one for one in faults(TABLE.replace(old, new)))
