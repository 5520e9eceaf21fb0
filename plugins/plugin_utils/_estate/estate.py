# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The inventory read as hosts that run components, where they are, and the networks of everything else."""

from __future__ import annotations

import functools
import ipaddress
import socket
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import (
    CombinedError,
    EstateError,
    Mistakes,
    PrintopsError,
    closest,
    each_of,
)
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
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import (
    networks as read_networks,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.enforcement import Enforcement

from .decisions import (
    DecisionNames,
    Decisions,
    read_answers,
    read_decisions,
)
from .decisions_file import with_decisions_file
from .enforcement import read_enforcement
from .facts import ADDRESS_FACTS, UNCLEAR, reaches_nobody
from .groups import NearMiss, near_misses

T = t.TypeVar("T")
PROVIDERS = ("auto", "firewalld", "ufw", "windows_defender", "none")

_FEWEST_WITH_BROADCAST = 31
"""From this prefix on, a subnet has no broadcast address."""

Variables = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class SiteNetworks:
    """Networks of unmanaged endpoints of one component; C(site) is None where they serve every site."""

    component: str
    site: str | None
    networks: NetworkSet


@dataclass(frozen=True, eq=False)
class Host:
    """A host of the inventory that runs at least one component, C(components) as catalog and component name.

    C(broadcasts) are the broadcast addresses of its own subnets, where the inventory tells their prefixes.
    """

    name: str
    components: frozenset[tuple[str, str]]
    addresses: NetworkSet
    address_texts: tuple[str, ...]
    broadcasts: NetworkSet
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

    @property
    def views(self) -> list[tuple[SiteNetworks, ...]]:
        """The networks that hosts see; what several see is there once, for it is the same object."""
        return list({id(host.networks): host.networks for host in self.hosts.values()}.values())


@dataclass(frozen=True)
class Inventory:
    """The inventory as Ansible has it: members of each group, and the variables of each host, templated.

    C(mistakes) say of which variables no value could be read.
    """

    groups: t.Mapping[str, t.Sequence[str]]
    variables: t.Mapping[str, Variables]
    mistakes: tuple[PrintopsError, ...] = ()


def read_estate(
    inventory: Inventory, *, catalogs: t.Sequence[Catalog], not_selected: t.Sequence[Catalog] = ()
) -> Estate:
    """Read the whole inventory; raises C(EstateError) or C(DecisionError) for each thing that is wrong.

    C(not_selected) are catalogs whose components groups may have been meant for.
    """
    mistakes = Mistakes()
    memberships = _memberships(inventory.groups, catalogs=catalogs, mistakes=mistakes)
    reader = _HostReader(catalogs=catalogs)
    hosts = {
        name: mistakes.attempt(reader.read, name, inventory.variables[name], components=memberships[name])
        for name in sorted(memberships)
    }
    mistakes.tell()
    return Estate(
        hosts=hosts,
        near_misses=near_misses(
            inventory.groups,
            components={catalog.name: catalog.components for catalog in (*catalogs, *not_selected)},
        ),
    )


def _memberships(
    groups: t.Mapping[str, t.Sequence[str]], *, catalogs: t.Sequence[Catalog], mistakes: Mistakes
) -> dict[str, set[tuple[str, str]]]:
    members: dict[str, set[tuple[str, str]]] = {}
    components = {catalog.name: catalog.components for catalog in catalogs}
    for group, hosts in groups.items():
        with mistakes:
            catalog = _catalog_of(group, components)
            for host in hosts if catalog else ():
                members.setdefault(host, set()).add((catalog, group.removeprefix(f"{catalog}_")))
    return members


def _catalog_of(group: str, components: t.Mapping[str, t.Collection[str]]) -> str:
    """The catalog whose component the group is; empty for a group that is none of ours."""
    meant = [name for name in components if group.startswith(f"{name}_")]
    found = [name for name in meant if group.removeprefix(f"{name}_") in components[name]]
    if len(found) > 1:
        raise EstateError(
            f"group {group} is a component of the catalogs {' and '.join(found)}; rename it in one of them"
        )
    if meant and not found:
        catalog = max(meant, key=len)
        component = group.removeprefix(f"{catalog}_")
        raise EstateError(
            f"group {group}: the catalog {catalog} has no component {component!r}; "
            f"{closest(component, components[catalog])}"
        )
    return found[0] if found else ""


class _Shared(t.Generic[T]):
    """Reads a value that many hosts have once, and what is wrong with it too."""

    def __init__(self, read: t.Callable[..., T]) -> None:
        self._read = read
        self._known: dict[str, T] = {}
        self._wrong: dict[str, list[str]] = {}

    def read(self, value: object, *, host: str) -> T:
        fingerprint = repr(value)
        if fingerprint in self._known:
            return self._known[fingerprint]
        place = f"host {host}"
        if fingerprint not in self._wrong:
            try:
                return self._known.setdefault(fingerprint, self._read(value, host=host))
            except PrintopsError as error:
                self._wrong[fingerprint] = [str(one).removeprefix(place) for one in each_of(error)]
        raise CombinedError([EstateError(f"{place}{text}") for text in self._wrong[fingerprint]])


class _HostReader:
    """Reads one host after another; equal values of different hosts are read once."""

    def __init__(self, *, catalogs: t.Sequence[Catalog]) -> None:
        self._catalogs = tuple(catalog.name for catalog in catalogs)
        self._names = DecisionNames.of(catalogs)
        self._components = frozenset(name for catalog in catalogs for name in catalog.components)
        self._kinds = {
            (catalog.name, component.name): component.kind
            for catalog in catalogs
            for component in catalog.components.values()
        }
        self._decisions = _Shared(functools.partial(read_decisions, names=self._names))
        self._checked: set[str] = set()
        self._enforcements = _Shared(read_enforcement)
        self._networks = _Shared(lambda given, *, host: tuple(self._parse_networks(given, host=host)))
        self._memberships: dict[frozenset[tuple[str, str]], frozenset[tuple[str, str]]] = {}

    def read(self, name: str, variables: Variables, *, components: t.Iterable[tuple[str, str]]) -> Host:
        """The host; raises each C(EstateError) or C(DecisionError) that its variables deserve."""
        membership = frozenset(components)
        is_managed = any(self._kinds[component] in ("server", "client") for component in membership)
        mistakes = Mistakes()
        mistakes.attempt(check_known, variables, host=name, error=EstateError)
        nothing = (NetworkSet(), (), NetworkSet())
        addresses, texts, broadcasts = mistakes.attempt(read_addresses, variables, host=name) or nothing
        host = Host(
            name=name,
            components=self._memberships.setdefault(membership, membership),
            addresses=addresses,
            address_texts=texts,
            broadcasts=broadcasts,
            site=mistakes.attempt(_label, variables, "printops_site", host=name),
            cluster=mistakes.attempt(_label, variables, "printops_cluster", host=name),
            provider=mistakes.attempt(
                choice,
                variables.get("printops_provider", "auto" if is_managed else "none"),
                PROVIDERS,
                place=f"host {name}: printops_provider",
                error=EstateError,
            ),
            enforcement=mistakes.attempt(self._read_enforcement, variables, host=name),
            networks=mistakes.attempt(self._networks.read, variables.get("printops_networks", {}), host=name),
            decisions=mistakes.attempt(self._read_decisions, variables, host=name),
        )
        mistakes.tell()
        return host

    def _read_decisions(self, variables: Variables, *, host: str) -> Decisions:
        answered = with_decisions_file(variables, host=host, check=self._check_answers)
        given = {key: answered[key] for key in DECISION_VARIABLES if key in answered}
        return self._decisions.read(given, host=host)

    def _check_answers(self, answers: Variables, *, place: str) -> None:
        if place not in self._checked:
            read_answers(answers, place=place, names=self._names)
            self._checked.add(place)

    def _read_enforcement(self, variables: Variables, *, host: str) -> Enforcement:
        return self._enforcements.read(
            {key: variables[key] for key in ENFORCEMENT_VARIABLES if key in variables}, host=host
        )

    def _parse_networks(self, given: object, *, host: str) -> t.Iterator[SiteNetworks]:
        place = f"host {host}: printops_networks"
        mistakes = Mistakes()
        for component, by_site in sorted(mapping(given, place=place, error=EstateError).items()):
            with mistakes:
                if component not in self._components:
                    raise EstateError(
                        f"{place} names {component!r}, which no selected catalog has; "
                        f"{closest(component.removeprefix(self._prefix(component)), self._components)}"
                    )
                here = f"{place}.{component}"
                if not isinstance(by_site, t.Mapping):
                    yield SiteNetworks(component, None, read_networks(by_site, place=here, error=EstateError))
                    continue
                for site, given_here in sorted(mapping(by_site, place=here, error=EstateError).items()):
                    with mistakes:
                        yield SiteNetworks(
                            component, site, read_networks(given_here, place=f"{here}.{site}", error=EstateError)
                        )
        mistakes.tell()

    def _prefix(self, name: str) -> str:
        """The catalog's name that stands before the component's, as it does in the name of a group."""
        return max((f"{one}_" for one in self._catalogs if name.startswith(f"{one}_")), key=len, default="")


def _label(variables: Variables, name: str, *, host: str) -> str | None:
    value = variables.get(name)
    if value is None or (isinstance(value, str) and value):
        return value
    raise EstateError(f"host {host}: {name} is {value!r}; it must be a name")


def read_addresses(variables: Variables, *, host: str) -> tuple[NetworkSet, tuple[str, ...], NetworkSet]:
    """The host's own addresses: C(printops_addresses), else C(ansible_host), else its facts; and those of broadcasts.

    Only C(printops_addresses) may have prefixes. Raises C(EstateError) where none of them gives an address.
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
        addresses = {ipaddress.ip_address(text.partition("/")[0]) for text in texts}
        for address in addresses:
            if reason := reaches_nobody(address):
                raise ValueError(f"{address} is {reason}, by which nobody else reaches the host")
        ordered = tuple(map(str, sorted(addresses, key=lambda address: (address.version, int(address)))))
        return NetworkSet.parse(ordered), ordered, NetworkSet.parse(_broadcasts(texts))
    except ValueError as error:
        advice = "give single addresses such as 10.1.20.7, or 10.1.20.7/24 with the prefix of its subnet"
        raise EstateError(f"host {host}: {source}: {error}; {advice}") from error


def _broadcasts(texts: t.Iterable[str]) -> t.Iterator[str]:
    """Of the subnets of addresses that have a prefix; raises C(ValueError) for an address of the subnet itself."""
    for text in texts:
        if "/" in text:
            one = ipaddress.ip_interface(text)
            if one.version == 4 and one.network.prefixlen < _FEWEST_WITH_BROADCAST:
                if one.ip in (one.network.network_address, one.network.broadcast_address):
                    raise ValueError(f"{text} is the subnet {one.network} or its broadcast address, and no host's")
                yield str(one.network.broadcast_address)


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
