# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machines of the lab and the plan of their addresses.

One flat link: every address is on-link for every machine, so no router is needed. The third group of an
IPv4 address and the third group of an IPv6 address are the same decimal number, and name the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .commands import LabError

IPV4_PREFIX_LENGTH = 15
IPV6_PREFIX_LENGTH = 32

Firewall = Literal["firewalld", "ufw", "none"]
ImageKind = Literal["base", "services"]


@dataclass(frozen=True)
class Machine:
    """One host: the Debian suite it runs, the firewall it can use, its addresses (own address of each family first)."""

    name: str
    suite: str
    firewall: Firewall
    addresses: tuple[str, ...]
    on_request: bool = False
    image: ImageKind = "base"


def both_families(*, network: int, host: int) -> tuple[str, str]:
    """IPv4 and IPv6 address with the same digits, such as 198.18.21.20 and 2001:db8:21::20."""
    return f"198.18.{network}.{host}", f"2001:db8:{network}::{host}"


def with_prefix(*, address: str) -> str:
    """The address with the prefix length that makes the whole lab on-link."""
    return f"{address}/{IPV6_PREFIX_LENGTH if ':' in address else IPV4_PREFIX_LENGTH}"


MFD_HOSTS = {"mfd_ricoh": 20, "mfd_konica_minolta": 30, "mfd_xerox": 40, "mfd_hp": 50, "terminal_professional": 60}
MFD_NETWORKS = {"brno": 21, "prague": 22}
USER_HOSTS = (10, 11)
USER_NETWORKS = {"brno": 31, "prague": 32}


def floor_addresses() -> tuple[str, ...]:
    """The machine's own addresses, then those of all devices and workstations that it plays."""
    addresses = list(both_families(network=20, host=11))
    for network in MFD_NETWORKS.values():
        for host in MFD_HOSTS.values():
            addresses += both_families(network=network, host=host)
    for network in USER_NETWORKS.values():
        for host in USER_HOSTS:
            addresses += both_families(network=network, host=host)
    return tuple(addresses)


CONTROLLER_ADDRESSES = ("198.18.0.1", "2001:db8:0::1")

MACHINES = (
    Machine(name="mgmt1", suite="bookworm", firewall="firewalld", addresses=both_families(network=0, host=11)),
    Machine(name="site1", suite="trixie", firewall="ufw", addresses=both_families(network=1, host=11)),
    Machine(name="site2", suite="bullseye", firewall="firewalld", addresses=both_families(network=2, host=11)),
    Machine(name="floor", suite="bookworm", firewall="none", addresses=floor_addresses()),
    Machine(name="outsider", suite="bookworm", firewall="none", addresses=("198.19.66.66", "2001:db8:66::66")),
    Machine(
        name="fw2", suite="trixie", firewall="firewalld", addresses=both_families(network=3, host=11), on_request=True
    ),
    Machine(
        name="services",
        suite="bookworm",
        firewall="none",
        addresses=both_families(network=9, host=11),
        on_request=True,
        image="services",
    ),
)


def machine_named(*, name: str) -> Machine:
    for machine in MACHINES:
        if machine.name == name:
            return machine
    raise LabError(f"no machine {name!r} in the lab; there are {', '.join(m.name for m in MACHINES)}")


def select_machines(*, only: Sequence[str], extra: Sequence[str]) -> tuple[Machine, ...]:
    """The machines to raise, in the order of MACHINES.

    `only` names them all; empty means every machine that is not raised on request alone. `extra` adds to either.
    """
    wanted = {machine_named(name=name).name for name in (*only, *extra)}
    if not only:
        wanted |= {machine.name for machine in MACHINES if not machine.on_request}
    return tuple(machine for machine in MACHINES if machine.name in wanted)
