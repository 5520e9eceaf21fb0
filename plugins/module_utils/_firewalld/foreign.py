# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an administrator's own zones and policies of firewalld let in."""

from __future__ import annotations

import ipaddress
import typing as t
from xml.etree import ElementTree

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import (
    ANYONE,
    EVERYONE,
    Denial,
    Opening,
    after_denials,
    without,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Network, PortRange, RuleError

from .containers import (
    Container,
    elements_of,
    verdict_of,
)

Numbers = t.Tuple[PortRange, ...]
Ports = t.Tuple[t.Tuple[str, Numbers, Numbers], ...]
"""A protocol, its ports, and the ports that packets come from; none are all of them."""

_VERSIONS = {"ipv4": 4, "ipv6": 6}


class Objects(t.Protocol):
    """Where services and ipsets of a name are found; None where there is none."""

    def service(self, name: str) -> t.Optional[bytes]:
        """The XML of a service."""

    def ipset(self, name: str) -> t.Optional[bytes]:
        """The XML of an ipset."""


def foreign_openings(
    *,
    zones: t.Mapping[str, Container],
    policies: t.Mapping[str, Container],
    active: t.Mapping[str, t.Collection[str]],
    default_zone: str,
    objects: Objects,
) -> t.List[Opening]:
    """What the zones that packets come through accept, and the policies from them to this host.

    C(active) maps each zone with interfaces or sources to them, such as C({"public": ["eth0"]}).
    """
    found: t.List[Opening] = []
    sources = {name: _zone_sources(zones.get(name), bound=active.get(name, ()), objects=objects) for name in zones}
    sources[default_zone] = EVERYONE
    for name, zone in sorted(zones.items()):
        bound = [one for one in active.get(name, ()) if one != "lo"]
        if bound or name == default_zone:
            found += _openings_of(zone, sources=sources[name], objects=objects)
    for _name, policy in sorted(policies.items()):
        ingress, egress = policy.named("ingress-zone"), policy.named("egress-zone")
        if "HOST" not in egress or not ingress:
            continue
        networks = EVERYONE if "ANY" in ingress else tuple(net for name in ingress for net in sources.get(name, ()))
        found += _openings_of(policy, sources=networks, objects=objects)
    return found


def denials_of(zone: Container, *, objects: Objects) -> t.Iterator[t.Tuple[str, Denial]]:
    """What the rich rules of a zone refuse, each with its words."""
    for rule in zone.rich_rules:
        _priority, verdicts = _rich_verdicts(rule, container=zone, sources=EVERYONE, objects=objects)
        yield from ((rule, one) for one in verdicts if isinstance(one, Denial))


def bound_sources(zone: Container, *, bound: t.Iterable[str], objects: Objects) -> t.Tuple[Network, ...]:
    """The addresses whose packets come through a zone because of their source, and not of an interface."""
    networks: t.List[Network] = []
    for entry in dict.fromkeys([*zone.named("source"), *bound]):
        found = ipset_entries(objects.ipset(entry[6:])) if entry.startswith("ipset:") else _networks(entry)
        networks += found or ()
    return tuple(networks)


def _zone_sources(zone: t.Optional[Container], *, bound: t.Collection[str], objects: Objects) -> t.Tuple[Network, ...]:
    """Whose packets come through a zone: everyone's where it has an interface or a source that is no address."""
    entries = [*(zone.named("source") if zone else ()), *bound]
    networks: t.List[Network] = []
    for entry in dict.fromkeys(entries):
        found = ipset_entries(objects.ipset(entry[6:])) if entry.startswith("ipset:") else _networks(entry)
        if found is None:
            return EVERYONE
        networks += found
    return tuple(networks)


def _networks(text: str) -> t.Optional[t.List[Network]]:
    try:
        return [ipaddress.ip_network(text, strict=False)]
    except ValueError:
        return None


def ipset_entries(content: t.Optional[bytes]) -> t.Optional[t.List[Network]]:
    if content is None:
        return None
    networks: t.List[Network] = []
    for entry in ElementTree.fromstring(content).findall("entry"):  # noqa: S314 - only root can write these files
        found = _networks((entry.text or "").strip())
        if found is None:
            return None
        networks += found
    return networks


def _openings_of(container: Container, *, sources: t.Tuple[Network, ...], objects: Objects) -> t.Iterator[Opening]:
    """Openings, each without the sources that a rich rule of the container keeps out before."""
    denials: t.List[Denial] = []
    openings: t.List[t.Tuple[int, Opening]] = []
    for rule in container.rich_rules:
        priority, verdicts = _rich_verdicts(rule, container=container, sources=sources, objects=objects)
        denials += [one for one in verdicts if isinstance(one, Denial) and priority <= 0]
        openings += [(priority, one) for one in verdicts if isinstance(one, Opening)]
    plain: t.List[t.Tuple[str, Ports]] = [
        *((f"service {name}", _service_ports(name, objects=objects)) for name in container.named("service")),
        *((f"port {text}", _port_of(text)) for text in container.named("port")),
        *((f"source-port {text}", _source_port_of(text)) for text in container.named("source-port")),
        *((f"protocol {name}", ((name, (), ()),)) for name in container.named("protocol") if name in ("tcp", "udp")),
    ]
    if container.target == "ACCEPT":
        plain.append(("target ACCEPT", (("any", (), ()),)))
    for entry, ports in plain:
        name = f"firewalld {container.title}: {entry}"
        openings += [
            (0, Opening(name, protocol, numbers, sources, of_source)) for protocol, numbers, of_source in ports
        ]
    for priority, opening in openings:
        left = after_denials(opening, denials if priority >= 0 else ())
        if left.sources:
            yield left


def _rich_verdicts(
    text: str, *, container: Container, sources: t.Tuple[Network, ...], objects: Objects
) -> t.Tuple[int, t.List[t.Union[Opening, Denial]]]:
    verdict = verdict_of(text)
    elements = dict(elements_of(text))
    rule = elements.get("rule", {})
    if not verdict or elements.keys() & {"icmp-type", "icmp-block", "masquerade", "forward-port"}:
        return 0, []
    networks = _rich_sources(elements, family=rule.get("family"), sources=sources, objects=objects)
    ports = _rich_ports(elements, objects=objects)
    verdicts: t.List[t.Union[Opening, Denial]] = []
    for protocol, numbers, of_source in ports:
        if verdict == "accept":
            verdicts.append(Opening(f"firewalld {container.title}: {text}", protocol, numbers, networks, of_source))
        elif of_source:
            continue
        elif "destination" not in elements and "limit" not in elements and "mac" not in elements.get("source", {}):
            verdicts.append(Denial(protocol, numbers, networks))
    return int(rule.get("priority", "0")), verdicts


def _rich_ports(elements: t.Mapping[str, t.Mapping[str, str]], *, objects: Objects) -> Ports:
    if "service" in elements:
        return _service_ports(elements["service"].get("name", ""), objects=objects)
    if "port" in elements:
        return _port_of(f"{elements['port'].get('port')}/{elements['port'].get('protocol')}")
    if "source-port" in elements:
        return _source_port_of(f"{elements['source-port'].get('port')}/{elements['source-port'].get('protocol')}")
    if "protocol" in elements:
        name = elements["protocol"].get("value", "")
        return ((name, (), ()),) if name in ("tcp", "udp") else ()
    return (("any", (), ()),)


def _rich_sources(
    elements: t.Mapping[str, t.Mapping[str, str]],
    *,
    family: t.Optional[str],
    sources: t.Tuple[Network, ...],
    objects: Objects,
) -> t.Tuple[Network, ...]:
    """The sources of the zone that the rule is about; all of them where it names none, or a hardware address."""
    everyone = (ANYONE[_VERSIONS[family]],) if family else EVERYONE
    source = elements.get("source", {})
    named: t.Optional[t.List[Network]] = None
    if "address" in source:
        named = _networks(source["address"])
    elif "ipset" in source:
        named = ipset_entries(objects.ipset(source["ipset"]))
    if named is None:
        named = list(everyone)
    elif "NOT" in source:
        named = list(without(everyone, named))
    return without(named, without(EVERYONE, sources))


def _service_ports(name: str, *, objects: Objects, depth: int = 3) -> Ports:
    """What a service stands for, with what it includes; nothing where its addresses are no host's own."""
    content = objects.service(name)
    if content is None:
        return ()
    root = ElementTree.fromstring(content)  # noqa: S314 - only root can write these files
    destination = root.find("destination")
    if destination is not None and all(map(_is_group, destination.attrib.values())):
        return ()
    found: t.List[t.Tuple[str, Numbers, Numbers]] = []
    for element in root.findall("port"):
        found += _port_of(f"{element.get('port')}/{element.get('protocol')}")
    found += [(str(one.get("value")), (), ()) for one in root.findall("protocol") if one.get("value") in ("tcp", "udp")]
    for element in root.findall("source-port"):
        found += _source_port_of(f"{element.get('port')}/{element.get('protocol')}")
    for element in root.findall("include") if depth else ():
        found += _service_ports(element.get("service", ""), objects=objects, depth=depth - 1)
    return tuple(found)


def _is_group(text: str) -> bool:
    networks = _networks(text)
    return bool(networks) and all(network.is_multicast or network.is_link_local for network in networks or ())


def _port_of(text: str) -> Ports:
    """C(8080/tcp) or C(/tcp) for all ports; nothing for protocols without connections, such as SCTP."""
    ports, _slash, protocol = text.partition("/")
    if protocol not in ("tcp", "udp"):
        return ()
    try:
        return ((protocol, (PortRange.parse(ports),) if ports and ports != "None" else (), ()),)
    except RuleError:
        return ()


def _source_port_of(text: str) -> Ports:
    return tuple((protocol, (), numbers) for protocol, numbers, _none in _port_of(text))
