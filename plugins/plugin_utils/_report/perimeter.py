# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What crosses a border as aerleon's policy and definitions, for the firewalls that it writes rules for."""

from __future__ import annotations

import hashlib
import re
import typing as t

import yaml

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from .request import Crossing

TARGETS: dict[str, str] = {
    "arista_tp": "perimeter mixed",
    "cisco": "perimeter mixed",
    "cisconx": "perimeter mixed",
    "ciscoxr": "perimeter mixed",
    "juniper": "perimeter mixed",
    "openconfig": "mixed",
}
"""Targets of aerleon that the policy names; whoever needs another one puts it into the header.

Not nftables, whose generator in aerleon 1.18.0 ends with TypeError at any term that has types of ICMP.
"""
_ICMP = {4: "icmp", 6: "icmpv6"}
Raw = dict[str, t.Any]


def perimeter_files(found: t.Iterable[Crossing]) -> dict[str, bytes]:
    """The policy, and the networks and services that it names: what is to add and to keep."""
    terms, networks, services = _terms([one for one in found if one.action != "remove"])
    return {
        "perimeter.pol.yaml": _yaml({"filters": [policy_filter(terms)]}),
        "perimeter_networks.yaml": _yaml({"networks": networks}),
        "perimeter_services.yaml": _yaml({"services": services}),
    }


def policy_filter(terms: list[Raw]) -> Raw:
    """The filter of the terms for all targets."""
    return {
        "header": {"comment": "Print firewalls, what crosses a border of zones", "targets": TARGETS},
        "terms": [*terms, {"name": "deny-the-rest", "action": "deny"}],
    }


def _terms(found: list[Crossing]) -> tuple[list[Raw], Raw, Raw]:
    terms: list[Raw] = []
    networks: Raw = {}
    services: Raw = {}
    for one in found:
        for version in (4, 6):
            sources, destinations = (_of(version, side) for side in (one.sources, one.destinations))
            # A term of both families is written into lines that let in neither, or too much, by some generators.
            if not (sources and destinations):
                continue
            term: Raw = {
                "name": f"p{one.change_id}-{version}",
                "comment": _comment(one),
                "protocol": _ICMP[version] if one.protocol == "icmp" else one.protocol,
                "source-address": _network(sources, networks),
                "destination-address": _network(destinations, networks),
                "action": "accept",
            }
            if one.icmp_types:
                term["icmp-type"] = " ".join(one.icmp_types)
            for key, ports in (("source-port", one.source_ports), ("destination-port", one.ports)):
                if ports:
                    term[key] = _service(one.protocol, ports, services)
            terms.append(term)
    return terms, networks, services


def _comment(one: Crossing) -> str:
    """Rows and zones without a sign that could end a comment: aerleon passes quotes on as they are."""
    text = f"{compact_flows(one.flows)} from {one.source_zone} to {one.destination_zone}"
    return re.sub(r"[^A-Za-z0-9 ,./_-]+", " ", text)[:200].strip()


def _of(version: int, networks: NetworkSet) -> NetworkSet:
    return NetworkSet(v4=networks.v4) if version == 4 else NetworkSet(v6=networks.v6)


def _network(networks: NetworkSet, known: Raw) -> str:
    name = f"NET_{_digest(networks.cidrs())}"
    known[name] = {"values": [{"address": cidr} for cidr in networks.cidrs()]}
    return name


def _service(protocol: str, ports: tuple[PortRange, ...], known: Raw) -> str:
    texts = [str(port) for port in ports]
    name = f"SVC_{_digest([protocol, *texts])}"
    known[name] = [{"protocol": protocol, "port": text} for text in texts]
    return name


def _digest(parts: t.Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10].upper()


def _yaml(document: Raw) -> bytes:
    text = yaml.safe_dump(document, sort_keys=False, width=120)
    return f"---\n{text}".encode()
