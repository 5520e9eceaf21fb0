# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The inventory read as hosts that run components, where they are, and the networks of everything else."""

from __future__ import annotations

import ipaddress
import socket
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import (
    DECISION_VARIABLES,
    ENFORCEMENT_VARIABLES,
    check_known,
    choice,
    mapping,
    text_list,
    truth,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.enforcement import Enforcement

from .decisions import (
    DecisionNames,
    Decisions,
    read_decisions,
)
from .decisions_file import with_decisions_file
from .enforcement import read_enforcement
from .facts import ADDRESS_FACTS, UNCLEAR, reaches_nobody
from .groups import NearMiss, near_misses

PROVIDERS = ("auto", "firewalld", "ufw", "windows_defender", "none")

Variables = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class SiteNetworks:
    """Networks of unmanaged endpoints of one component; C(site) is None where they serve every site."""

    component: str
    site: str | None
    networks: NetworkSet


@dataclass(frozen=True, eq=False)
class Host:
    """A host of the inventory that runs at least one component, C(components) as catalog and component name."""

    name: str
    components: frozenset[tuple[str, str]]
    addresses: NetworkSet
    address_texts: tuple[str, ...]
    site: str | None
    cluster: str | None
    provider: str
    enforcement: Enforcement
    networks: tuple[SiteNetworks, ...]
    decisions: Decisions


@dataclass(frozen=True, eq=False)
class Estate:
    """All hosts by name, in order of their names, and the groups whose hosts may have been meant."""

    hosts: dict[str, Host]
    near_misses: tuple[NearMiss, ...] = ()


@dataclass(frozen=True)
class Inventory:
    """The inventory as Ansible has it: members of each group, and the variables of each host, templated."""

    groups: t.Mapping[str, t.Sequence[str]]
    variables: t.Mapping[str, Variables]


def read_estate(
    inventory: Inventory, *, catalogs: t.Sequence[Catalog], not_selected: t.Sequence[Catalog] = ()
) -> Estate:
    """Read the whole inventory; raises C(EstateError) or C(DecisionError) at the first thing that is wrong.

    C(not_selected) are catalogs whose components groups may have been meant for.
    """
    memberships = _memberships(inventory.groups, catalogs=catalogs)
    reader = _HostReader(catalogs=catalogs)
    return Estate(
        hosts={
            name: reader.read(name, inventory.variables[name], components=memberships[name])
            for name in sorted(memberships)
        },
        near_misses=near_misses(
            inventory.groups,
            components={catalog.name: catalog.components for catalog in (*catalogs, *not_selected)},
        ),
    )


def _memberships(
    groups: t.Mapping[str, t.Sequence[str]], *, catalogs: t.Sequence[Catalog]
) -> dict[str, set[tuple[str, str]]]:
    members: dict[str, set[tuple[str, str]]] = {}
    components = {catalog.name: catalog.components for catalog in catalogs}
    for group, hosts in groups.items():
        meant = [name for name in components if group.startswith(f"{name}_")]
        if not meant:
            continue
        found = [name for name in meant if group.removeprefix(f"{name}_") in components[name]]
        if not found:
            catalog = max(meant, key=len)
            component = group.removeprefix(f"{catalog}_")
            raise EstateError(
                f"group {group}: the catalog {catalog} has no component {component!r}; "
                f"{closest(component, components[catalog])}"
            )
        if len(found) > 1:
            raise EstateError(
                f"group {group} is a component of the catalogs {' and '.join(found)}; rename it in one of them"
            )
        for host in hosts:
            members.setdefault(host, set()).add((found[0], group.removeprefix(f"{found[0]}_")))
    return members


class _HostReader:
    """Reads one host after another; equal values of different hosts are read once."""

    def __init__(self, *, catalogs: t.Sequence[Catalog]) -> None:
        self._names = DecisionNames.of(catalogs)
        self._components = frozenset(name for catalog in catalogs for name in catalog.components)
        self._kinds = {
            (catalog.name, component.name): component.kind
            for catalog in catalogs
            for component in catalog.components.values()
        }
        self._decisions: dict[str, Decisions] = {}
        self._enforcements: dict[str, Enforcement] = {}
        self._networks: dict[str, tuple[SiteNetworks, ...]] = {}
        self._memberships: dict[frozenset[tuple[str, str]], frozenset[tuple[str, str]]] = {}

    def read(self, name: str, variables: Variables, *, components: t.Iterable[tuple[str, str]]) -> Host:
        check_known(variables, host=name, error=EstateError)
        addresses, texts = read_addresses(variables, host=name)
        membership = frozenset(components)
        is_managed = any(self._kinds[component] in ("server", "client") for component in membership)
        return Host(
            name=name,
            components=self._memberships.setdefault(membership, membership),
            addresses=addresses,
            address_texts=texts,
            site=_label(variables, "printops_site", host=name),
            cluster=_label(variables, "printops_cluster", host=name),
            provider=choice(
                variables.get("printops_provider", "auto" if is_managed else "none"),
                PROVIDERS,
                place=f"host {name}: printops_provider",
                error=EstateError,
            ),
            enforcement=self._read_enforcement(variables, host=name),
            networks=self._read_networks(variables, host=name),
            decisions=self._read_decisions(variables, host=name),
        )

    def _read_decisions(self, variables: Variables, *, host: str) -> Decisions:
        answered = with_decisions_file(variables, host=host)
        given = {key: answered[key] for key in DECISION_VARIABLES if key in answered}
        fingerprint = repr(given)
        if fingerprint not in self._decisions:
            self._decisions[fingerprint] = read_decisions(given, host=host, names=self._names)
        return self._decisions[fingerprint]

    def _read_enforcement(self, variables: Variables, *, host: str) -> Enforcement:
        given = {key: variables[key] for key in ENFORCEMENT_VARIABLES if key in variables}
        fingerprint = repr(given)
        if fingerprint not in self._enforcements:
            self._enforcements[fingerprint] = read_enforcement(given, host=host)
        return self._enforcements[fingerprint]

    def _read_networks(self, variables: Variables, *, host: str) -> tuple[SiteNetworks, ...]:
        given = variables.get("printops_networks", {})
        fingerprint = repr(given)
        if fingerprint not in self._networks:
            self._networks[fingerprint] = tuple(self._parse_networks(given, host=host))
        return self._networks[fingerprint]

    def _parse_networks(self, given: object, *, host: str) -> t.Iterator[SiteNetworks]:
        place = f"host {host}: printops_networks"
        for component, by_site in sorted(mapping(given, place=place, error=EstateError).items()):
            if component not in self._components:
                raise EstateError(
                    f"{place} names {component!r}, which no selected catalog has; "
                    f"{closest(component, self._components)}"
                )
            if isinstance(by_site, t.Mapping):
                for site, networks in sorted(mapping(by_site, place=f"{place}.{component}", error=EstateError).items()):
                    yield SiteNetworks(component, site, _network_set(networks, place=f"{place}.{component}.{site}"))
            else:
                yield SiteNetworks(component, None, _network_set(by_site, place=f"{place}.{component}"))


def _network_set(value: object, *, place: str) -> NetworkSet:
    texts = text_list(value, place=place, error=EstateError)
    try:
        return NetworkSet.parse(texts)
    except ValueError as error:
        raise EstateError(f"{place}: {error}; give networks such as 10.1.20.0/24 or 2001:db8::/64") from error


def _label(variables: Variables, name: str, *, host: str) -> str | None:
    value = variables.get(name)
    if value is None or (isinstance(value, str) and value):
        return value
    raise EstateError(f"host {host}: {name} is {value!r}; it must be a name")


def read_addresses(variables: Variables, *, host: str) -> tuple[NetworkSet, tuple[str, ...]]:
    """The host's own addresses: C(printops_addresses), else C(ansible_host), else its facts.

    Raises C(EstateError) where none of them gives an address.
    """
    given = variables.get("printops_addresses")
    if given is not None:
        texts = text_list(given, place=f"host {host}: printops_addresses", error=EstateError)
        source = "printops_addresses"
    else:
        texts, source = _default_addresses(variables, host=host)
    if not texts:
        raise EstateError(
            f"host {host} has no address: set printops_addresses (a list), or ansible_host to an address, "
            f"or gather its facts, or set printops_resolve_names to have its name resolved{_hint(variables)}"
        )
    try:
        addresses = {ipaddress.ip_address(text) for text in texts}
        for address in addresses:
            if reason := reaches_nobody(address):
                raise ValueError(f"{address} is {reason}, by which nobody else reaches the host")
        ordered = tuple(map(str, sorted(addresses, key=lambda address: (address.version, int(address)))))
        return NetworkSet.parse(ordered), ordered
    except ValueError as error:
        raise EstateError(f"host {host}: {source}: {error}; give single addresses such as 10.1.20.7") from error


def _default_addresses(variables: Variables, *, host: str) -> tuple[list[str], str]:
    connection_host = str(variables.get("ansible_host", host))
    if _is_address(connection_host) and _reachable([connection_host]):
        return [connection_host], "ansible_host"
    facts = variables.get("ansible_facts") or {}
    if facts.get(UNCLEAR):
        raise EstateError(
            f"host {host} has several IPv6 addresses of one network ({', '.join(facts[UNCLEAR])}), some of which it "
            "may give up again; set printops_addresses to those that stay"
        )
    from_facts = _reachable(address for name in ADDRESS_FACTS for address in facts.get(name) or ())
    if from_facts:
        return from_facts, "its facts"
    place = f"host {host}: printops_resolve_names"
    if truth(variables.get("printops_resolve_names", False), place=place, error=EstateError):
        return _reachable(_resolve(connection_host, host=host)), f"the addresses of {connection_host}"
    return [], "ansible_host"


def _hint(variables: Variables) -> str:
    text = str(variables.get("ansible_host", ""))
    reason = reaches_nobody(ipaddress.ip_address(text.partition("%")[0])) if _is_address(text) else ""
    return f" (ansible_host is {text}, {reason})" if reason else ""


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return False


def _reachable(addresses: t.Iterable[str]) -> list[str]:
    """Without those by which nobody else reaches the host; what is no address is left for the reader to tell."""
    return [
        one
        for one in addresses
        if not _is_address(one) or not reaches_nobody(ipaddress.ip_address(one.partition("%")[0]))
    ]


def _resolve(name: str, *, host: str) -> list[str]:
    try:
        return sorted({str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
    except (OSError, ValueError) as error:
        raise EstateError(f"host {host}: the name {name} cannot be resolved: {error}") from error
