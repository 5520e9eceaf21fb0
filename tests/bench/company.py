# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A generated company: four servers in its center, and sites of four print servers that share devices and users."""

from __future__ import annotations

import typing as t

MANAGEMENT_SERVERS = 4
SERVERS_PER_SITE = 4
EVERY_SERVER = ("safeq6_spooler_controller", "safeq6_flexispooler_server", "safeq6_terminal_server")
MANAGEMENT_ONLY = ("safeq6_management", "safeq6_workflow_processing_system", "safeq6_end_user_interface")


def inventory(hosts: int) -> dict[str, t.Any]:
    """A static inventory of so many hosts, with a group for each site, in the form that YAML and JSON files have.

    Networks of devices and users are variables of their site's group. Given once for all hosts instead, every host
    would have those of all sites, which makes the output of C(ansible-inventory --list) hosts times sites long.
    """
    sites = [f"site{number:04}" for number in range((hosts - MANAGEMENT_SERVERS) // SERVERS_PER_SITE)]
    if MANAGEMENT_SERVERS + len(sites) * SERVERS_PER_SITE != hosts:
        raise ValueError(f"{hosts} hosts do not make whole sites")
    management = {f"mgmt{number}": {"ansible_host": f"10.0.0.{number + 10}"} for number in range(MANAGEMENT_SERVERS)}
    groups: dict[str, t.Any] = {name: {"hosts": {host: {} for host in management}} for name in MANAGEMENT_ONLY}
    groups["company_center"] = {"hosts": management, "vars": {"printops_networks": _networks()}}
    for number, site in enumerate(sites):
        groups[site] = {
            "hosts": {
                name: {"ansible_host": f"10.{32 + number // 256}.{number % 256}.{server + 10}"}
                for server, name in enumerate(_servers(site))
            },
            "vars": {
                "printops_site": site,
                "printops_cluster": site,
                "printops_networks": _networks(second=number // 256, third=number % 256),
            },
        }
    for component in EVERY_SERVER:
        groups[component] = {"hosts": {name: {} for site in sites for name in _servers(site)}}
    return {"all": {"children": groups}}


def _servers(site: str) -> list[str]:
    return [f"{site}-print{server + 1}" for server in range(SERVERS_PER_SITE)]


def _networks(*, second: int = 0, third: int | None = None) -> dict[str, list[str]]:
    """Networks of unmanaged endpoints: those of one site, or without C(third) those of all sites together."""
    return {
        component: [f"10.{first}.0.0/10" if third is None else f"10.{first + second}.{third}.0/24"]
        for component, first in {"user": 64, "mfd_ricoh": 128, "mfd_hp": 192}.items()
    }
