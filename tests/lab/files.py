# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of the files that make a base image into one machine of the lab."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from ipaddress import ip_address

from .topology import CONTROLLER_ADDRESSES, Firewall, Machine, with_prefix

FIREWALL_SERVICES: tuple[Firewall, ...] = ("firewalld", "ufw")

SSHD_CONFIG = """\
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
UseDNS no
MaxStartups 100
MaxSessions 100
"""


def network_unit(*, addresses: Sequence[str]) -> str:
    """A systemd-networkd unit with all addresses, usable at once because duplicates are not looked for."""
    head = (
        "[Match]\nName=host0\n\n"
        "[Network]\nDHCP=no\nIPv6AcceptRA=no\nLLDP=no\nEmitLLDP=no\nConfigureWithoutCarrier=yes\n"
    )
    sections = (f"\n[Address]\nAddress={with_prefix(address=a)}\nDuplicateAddressDetection=none\n" for a in addresses)
    return head + "".join(sections)


def hosts_file(*, machines: Sequence[Machine]) -> str:
    """Text of /etc/hosts: own addresses of the controller and of every machine."""
    named = [("controller", CONTROLLER_ADDRESSES), *((machine.name, machine.addresses[:2]) for machine in machines)]
    lines = [f"{address} {name}" for name, addresses in named for address in addresses]
    return "\n".join(["127.0.0.1 localhost", "::1 localhost", *lines]) + "\n"


def machine_id(*, machine_name: str) -> str:
    """A fixed id: without one, systemd would take the boot for a first one and enable every service."""
    return hashlib.md5(machine_name.encode(), usedforsecurity=False).hexdigest() + "\n"


def masked_services(*, firewall: Firewall) -> tuple[str, ...]:
    """The firewall services that this machine must never start."""
    return tuple(service for service in FIREWALL_SERVICES if service != firewall)


def known_hosts(*, public_keys: dict[str, str], machines: Sequence[Machine]) -> str:
    """Text of a known_hosts file with the name and all addresses of each machine, as planned and in canonical form.

    `public_keys` maps a machine's name to its host key as `ssh-keygen` writes it.
    """
    lines = []
    for machine in machines:
        key_type, key = public_keys[machine.name].split()[:2]
        canonical = (str(ip_address(address)) for address in machine.addresses)
        called = dict.fromkeys((machine.name, *machine.addresses, *canonical))
        lines.append(f"{','.join(called)} {key_type} {key}")
    return "\n".join(lines) + "\n"


def ssh_config(*, private_key: str, known_hosts_file: str, machines: Sequence[Machine]) -> str:
    """Client configuration with which `ssh -F FILE site1` works inside the lab's network."""
    hosts = "".join(f"Host {machine.name}\n  HostName {machine.addresses[0]}\n" for machine in machines)
    return (
        f'{hosts}Host *\n  User root\n  IdentityFile "{private_key}"\n  IdentitiesOnly yes\n'
        f'  UserKnownHostsFile "{known_hosts_file}"\n  StrictHostKeyChecking yes\n'
    )
