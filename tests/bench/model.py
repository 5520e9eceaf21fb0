# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One model for both compilers: H hosts, 40 terms each, from 20 roles of 10 addresses to 200 services.

Term t of host h lets role (h+t) mod 20 reach service (13h+3t) mod 200. No randomness. The rows of a vendor's document
hold for every host that runs a component, so ours has one for each of the 400 pairs of role and service, and the hosts
are in groups; aerleon has a policy for each host.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

TERMS = 40
ROLES = 20
ADDRESSES_PER_ROLE = 10
SERVICES = 200
FIRST_PORT = 5000

Allow = tuple[int, str, int]


def role_addresses(role: int) -> list[str]:
    return [f"10.{role}.0.{address + 1}" for address in range(ADDRESSES_PER_ROLE)]


def host_address(host: int) -> str:
    return f"10.200.{host // 250}.{host % 250 + 1}"


def terms(host: int) -> Iterator[tuple[int, int]]:
    """Role and service of each term of a host."""
    for term in range(TERMS):
        yield (host + term) % ROLES, (13 * host + 3 * term) % SERVICES


def allows(hosts: int) -> set[Allow]:
    """Everything that the model lets through: host, source address and port."""
    return {
        (host, address, FIRST_PORT + service)
        for host in range(hosts)
        for role, service in terms(host)
        for address in role_addresses(role)
    }


def catalog_data() -> dict[str, t.Any]:
    """The model as a catalog: a row for each service that a role may reach, whoever offers it."""
    return _catalog([(_service_component(role, service), role, service) for role, service in _offers(ROLES * SERVICES)])


def inventory_groups(hosts: int) -> dict[str, list[str]]:
    """Each host in the groups of the services that it offers."""
    groups: dict[str, list[str]] = {f"bench_{_service_component(*offer)}": [] for offer in _offers(hosts)}
    for host in range(hosts):
        for role, service in terms(host):
            groups[f"bench_{_service_component(role, service)}"].append(f"h{host}")
    return groups


def catalog_data_of_rows(hosts: int) -> dict[str, t.Any]:
    """The same with a component for each host and a row for each of its terms, so that no two hosts share a row."""
    return _catalog([(f"host{host}", role, service) for host in range(hosts) for role, service in terms(host)])


def inventory_groups_of_rows(hosts: int) -> dict[str, list[str]]:
    return {f"bench_host{host}": [f"h{host}"] for host in range(hosts)}


def _offers(hosts: int) -> list[tuple[int, int]]:
    return sorted({term for host in range(hosts) for term in terms(host)})


def _service_component(role: int, service: int) -> str:
    return f"service{service}_for_role{role}"


def _catalog(rows: list[tuple[str, int, int]]) -> dict[str, t.Any]:
    kinds = {f"role{role}": "client" for role in range(ROLES)} | {server: "server" for server, _role, _service in rows}
    return {
        "format": "printops.firewall/catalog/1",
        "name": "bench",
        "product": "benchmark",
        "document": {"title": "Model of the benchmark"},
        "sections": {"model": {"title": "Model", "rows": len(rows)}},
        "components": {
            name: {"kind": kind, "printed": [], "description": "of the benchmark"} for name, kind in kinds.items()
        },
        "flows": [
            {
                "id": f"bench/model/{row}",
                "purpose": "of the benchmark",
                "client": [f"role{role}"],
                "server": [server],
                "unsecured": [{"protocol": "tcp", "ports": [str(FIRST_PORT + service)]}],
            }
            for row, (server, role, service) in enumerate(rows, start=1)
        ],
    }


def inventory_variables(hosts: int) -> dict[str, dict[str, t.Any]]:
    networks = {f"role{role}": role_addresses(role) for role in range(ROLES)}
    return {f"h{host}": {"ansible_host": host_address(host), "printops_networks": networks} for host in range(hosts)}


def aerleon_definitions(hosts: int) -> dict[str, t.Any]:
    networks = {f"ROLE{role}": role_addresses(role) for role in range(ROLES)}
    networks |= {f"HOST{host}": [host_address(host)] for host in range(hosts)}
    return {
        "networks": {
            name: {"values": [{"address": f"{address}/32"} for address in addresses]}
            for name, addresses in networks.items()
        },
        "services": {
            f"SVC{service}": [{"protocol": "tcp", "port": FIRST_PORT + service}] for service in range(SERVICES)
        },
    }


def aerleon_policies(hosts: int) -> list[t.Any]:
    """The model as aerleon's policies: a file for each host, a term for each term."""
    return [
        {
            "filename": f"host{host}",
            "filters": [
                {
                    "header": {"targets": {"nftables": "inet input"}, "comment": f"host {host}"},
                    "terms": [
                        {
                            "name": f"term-{number}",
                            "comment": f"row {number}",
                            "source-address": f"ROLE{role}",
                            "destination-address": f"HOST{host}",
                            "destination-port": f"SVC{service}",
                            "protocol": "tcp",
                            "action": "accept",
                        }
                        for number, (role, service) in enumerate(terms(host))
                    ],
                }
            ],
        }
        for host in range(hosts)
    ]
