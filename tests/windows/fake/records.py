# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as the fake firewall keeps them: in the forms that Windows is known to give back, not in those it was given."""

from __future__ import annotations

import functools
import ipaddress
import json
import typing as t

Record = dict[str, t.Any]

ALL_PROFILES = 2147483647
PROFILE_BITS = {"domain": 1, "private": 2, "public": 4}
ANY_PROTOCOL, TCP, UDP = 256, 6, 17
KEYWORDS = {"LocalSubnet", "DNS", "DHCP", "WINS", "DefaultGateway", "Internet", "Intranet"}

EMPTY: Record = {
    "name": "",
    "description": "",
    "enabled": False,
    "direction": "in",
    "action": "allow",
    "protocol": ANY_PROTOCOL,
    "local_ports": "",
    "remote_ports": "",
    "local_addresses": "*",
    "remote_addresses": "*",
    "icmp_types": "",
    "profiles": ALL_PROFILES,
    "application": "",
    "service": "",
    "package": "",
    "interface_types": "All",
    "interfaces": "",
    "edge_traversal": False,
    "edge_traversal_options": 0,
    "local_user_owner": "",
    "local_users": "",
    "remote_users": "",
    "remote_machines": "",
    "secure_flags": 0,
    "grouping": "",
}


def table(records: t.Iterable[Record]) -> str:
    """As the module answers them: a row of column names, then a row for each rule."""
    return json.dumps([list(EMPTY), *([record[name] for name in EMPTY] for record in records)])


class FakeFirewallError(Exception):
    """What the fake firewall refuses, in the words of an error of COM."""


def stored(given: Record) -> Record:
    """Raises C(FakeFirewallError) for a rule that Windows would refuse too."""
    unknown = sorted(set(given) - set(EMPTY))
    if unknown:
        raise FakeFirewallError(f"a rule has no {', '.join(unknown)}")
    record = {**EMPTY, **given}
    for key, empty in EMPTY.items():
        if type(record[key]) is not type(empty):
            raise FakeFirewallError(f"{key} is {record[key]!r}")
    if not record["name"] or "|" in record["name"] + record["description"]:
        raise FakeFirewallError("Value does not fall within the expected range. (name or description)")
    has_ports = record["protocol"] in (TCP, UDP)
    for key in ("local_ports", "remote_ports"):
        if record[key] and not has_ports:
            raise FakeFirewallError(f"Value does not fall within the expected range. ({key} of such a protocol)")
        record[key] = _ports(record[key]) if has_ports else ""
    for key in ("local_addresses", "remote_addresses"):
        record[key] = _addresses(record[key])
    return record


def _ports(text: str) -> str:
    """Back in another order, as nothing promises one."""
    if text in ("", "*"):
        return "*"
    ports = text.split(",")
    for port in ports:
        first, _, last = port.partition("-")
        if not (first.isdigit() and (last or first).isdigit() and 0 < int(first) <= int(last or first) < 65536):
            raise FakeFirewallError(f"Value does not fall within the expected range. (port {port})")
    return ",".join(reversed(ports))


def _addresses(text: str) -> str:
    if text in ("", "*"):
        return "*"
    return ",".join(_address(address) for address in reversed(text.split(",")))


@functools.cache
def _address(text: str) -> str:
    """An IPv4 network comes back with a mask, a single address too; IPv6 with a length."""
    if text in KEYWORDS:
        return text
    try:
        if "-" in text:
            first, last = (ipaddress.ip_address(end) for end in text.split("-"))
            return f"{first}-{last}"
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise FakeFirewallError(f"Value does not fall within the expected range. ({error})") from error
    return network.with_netmask if network.version == 4 else network.with_prefixlen
