# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What firewalld files say: our own objects back as rules, and faults of a whole configuration.

Apart from the rendering so that a run that changes nothing imports no XML parser.
"""

from __future__ import annotations

import ipaddress
import typing as t
from xml.etree import ElementTree

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import closing_line
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import (
    MANAGEMENT_FLOW,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    ICMP_TYPES,
    Network,
    PortRange,
    Rule,
    RuleError,
    expand_flows,
    parse_network,
)

from .objects import (
    ANY,
    OUT_POLICY_FILE,
    POLICY_FILE,
    normalize,
)
from .rich import (
    FAMILIES,
    LOCAL_END,
    MEMBERSHIP_PROTOCOLS,
    REMOTE_END,
)

POLICY_NAME_LIMIT = 17
IPSET_NAME_LIMIT = 31
_VERSIONS = {family: version for version, family in FAMILIES.items()}


class UnreadableError(ValueError):
    """A file that is not what we write; the message names it."""


def _parse(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314 - only root can write these files


def _parse_or_none(content: bytes) -> ElementTree.Element | None:
    try:
        return _parse(content)
    except ElementTree.ParseError:
        return None


def parse_objects(files: t.Mapping[str, bytes]) -> tuple[Rule, ...]:
    """The rules that C(render) made C(files) of, in its normal form, management first; none without a policy.

    What every enforced egress accepts, and the management replies in it, are no rules of the plan and not among them.
    Raises C(UnreadableError) where a file was changed into something that we never write.
    """
    management, incoming = _policy_rules(files, path=POLICY_FILE, direction="in")
    _replies, outgoing = _policy_rules(files, path=OUT_POLICY_FILE, direction="out")
    return normalize(management) + normalize(incoming) + normalize(outgoing, direction="out")


def lines(files: t.Mapping[str, bytes]) -> list[str]:
    """What C(files) say, for a diff; raises C(UnreadableError)."""
    closing = [closing_line(version) for version in FAMILIES] if OUT_POLICY_FILE in files else []
    return [line for rule in parse_objects(files) for line in rule.lines()] + closing


def _policy_rules(files: t.Mapping[str, bytes], *, path: str, direction: str) -> tuple[list[Rule], list[Rule]]:
    """The management rules of a policy, and its other rules."""
    management: list[Rule] = []
    rules: list[Rule] = []
    if path not in files:
        return management, rules
    policy_path = path
    try:
        policy = _parse(files[policy_path])
        asked = _flows_of_echoes(policy.findtext("description") or "", direction=direction)
        for element in policy.findall("rule"):
            version = _VERSIONS[element.attrib["family"]]
            service, port, echo = element.find("service"), element.find("port"), element.find("icmp-type")
            remotes = _remotes(element.find(REMOTE_END[direction]), version=version, files=files)
            local = element.find(LOCAL_END[direction])
            destinations = () if local is None else (parse_network(local.attrib["address"]),)
            if service is not None:
                path = f"services/{service.attrib['name']}.xml"
                rule = _service_rule(_parse(files[path]), remotes=remotes, direction=direction)
                rules.append(rule._replace(destinations=destinations))
            elif port is not None:
                ports = (PortRange.parse(port.attrib["port"]),)
                management.append(Rule("in", port.attrib["protocol"], ports, (), remotes, (MANAGEMENT_FLOW,)))
            elif echo is not None and echo.attrib["name"] in ICMP_TYPES:
                types = (echo.attrib["name"],)
                place = _place(element.find(REMOTE_END[direction]), version=version)
                askers = asked.get((types[0], place)) or [()]
                rules += [Rule(direction, "icmp", (), types, remotes, flows) for flows in askers]
            path = policy_path
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise UnreadableError(f"{path}: {type(error).__name__} {error}") from error
    return management, rules


def entries(ipset: str, *, files: t.Mapping[str, bytes]) -> tuple[Network, ...]:
    """The networks of an ipset; raises C(UnreadableError)."""
    try:
        return _entries(ipset, files=files)
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise UnreadableError(f"ipsets/{ipset}.xml: {error}") from error


def service_rule(content: bytes) -> Rule:
    """The rule, for nobody, that a service file of ours was made of; raises C(UnreadableError)."""
    try:
        return _service_rule(_parse(content), remotes=(), direction="in")
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise UnreadableError(str(error)) from error


def _remotes(source: ElementTree.Element | None, *, version: int, files: t.Mapping[str, bytes]) -> tuple[Network, ...]:
    if source is None:
        return (ANY[version],)
    if "ipset" in source.attrib:
        return _entries(source.attrib["ipset"], files=files)
    return (parse_network(source.attrib["address"]),)


def _entries(ipset: str, *, files: t.Mapping[str, bytes]) -> tuple[Network, ...]:
    root = _parse(files[f"ipsets/{ipset}.xml"])
    return tuple(parse_network(entry.text or "") for entry in root.findall("entry"))


def _service_rule(service: ElementTree.Element, *, remotes: tuple[Network, ...], direction: str) -> Rule:
    flows = expand_flows((service.findtext("description") or "").partition("Flows: ")[2].partition(";")[0])
    elements = [(one, service.findall(one)) for one in ("port", "source-port")]
    ports, source_ports = (tuple(PortRange.parse(one.attrib["port"]) for one in found) for _name, found in elements)
    protocols = [one.attrib["protocol"] for _name, found in elements for one in found]
    if protocols:
        return Rule(direction, protocols[0], ports, (), remotes, flows, source_ports)
    protocol = service.find("protocol")
    if protocol is None or protocol.attrib["value"] not in MEMBERSHIP_PROTOCOLS.values():
        raise RuleError("the service has no port")
    return Rule(direction, "igmp", (), (), remotes, flows)


def _place(source: ElementTree.Element | None, *, version: int) -> str:
    """A remote as the sentence about pings names it."""
    if source is None:
        return str(ANY[version])
    return source.attrib.get("ipset") or source.attrib["address"]


def _flows_of_echoes(description: str, *, direction: str) -> dict[tuple[str, str], list[tuple[str, ...]]]:
    """Who asks for pings from where: a rule of firewalld has no place for it, and the description of a policy has."""
    preposition = " from " if direction == "in" else " to "
    found: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for sentence in description.split("; "):
        icmp_types, is_echo, rest = sentence.partition(preposition)
        if is_echo:
            places, _for, flows = rest.partition(" for ")
            for name in icmp_types.split(","):
                for place in places.split(","):
                    found.setdefault((name, place), []).append(expand_flows(flows))
    return found


def config_faults(files: t.Mapping[str, bytes], *, shipped: t.Collection[str]) -> list[str]:
    """What would make firewalld fail, and so stand open, if it loaded C(files); empty when it is sound.

    C(files) is the whole of C(/etc/firewalld) below C(policies), C(services), C(ipsets) and C(zones); C(shipped)
    are the paths of the objects that firewalld brings itself, such as C(services/ssh.xml).
    """
    faults: list[str] = []
    roots: dict[str, ElementTree.Element] = {}
    for path, content in sorted(files.items()):
        root = _parse_or_none(content)
        if root is None:
            faults.append(f"{path} is no XML")
        else:
            roots[path] = root
    known = {*roots, *shipped}
    families = {path: _set_family(root) for path, root in roots.items() if path.startswith("ipsets/")}
    for path, root in roots.items():
        kind, name = path[: -len(".xml")].split("/", 1)
        if kind == "ipsets":
            faults += [f"{path}: {fault}" for fault in _set_faults(name, root=root)]
        if kind in ("policies", "zones"):
            faults += [f"{path}: {fault}" for fault in _reference_faults(root, known=known, families=families)]
        if kind == "policies" and len(name) > POLICY_NAME_LIMIT:
            faults.append(f"{path}: the name of a policy has at most {POLICY_NAME_LIMIT} characters")
        if kind == "policies" and f"zones/{name}.xml" in known:
            faults.append(f"{path}: a zone has the same name")
    return faults


def _set_family(root: ElementTree.Element) -> str:
    options = {option.get("name"): option.get("value") for option in root.findall("option")}
    return "ipv6" if options.get("family") == "inet6" else "ipv4"


def _set_faults(name: str, *, root: ElementTree.Element) -> t.Iterator[str]:
    if len(name) > IPSET_NAME_LIMIT:
        yield f"the name of an ipset has at most {IPSET_NAME_LIMIT} characters"
    if root.get("type") not in ("hash:ip", "hash:net"):
        return
    version = _VERSIONS[_set_family(root)]
    networks: list[t.Any] = []
    for entry in root.findall("entry"):
        first, dash, last = (entry.text or "").strip().partition("-")
        try:
            if dash:
                ends = ipaddress.ip_address(first), ipaddress.ip_address(last)
                networks += ipaddress.summarize_address_range(*t.cast("t.Any", ends))
            else:
                networks.append(ipaddress.ip_network(first, strict=False))
        except (ValueError, TypeError) as error:
            yield f"entry {entry.text!r}: {error}"
    if any(network.version != version for network in networks):
        yield f"an entry is not of the family of the ipset, {FAMILIES[version]}"
        return
    networks.sort()
    for left, right in zip(networks, networks[1:]):
        if left.overlaps(right):
            yield f"entries {left} and {right} overlap"


def _reference_faults(
    root: ElementTree.Element, *, known: t.Collection[str], families: t.Mapping[str, str]
) -> t.Iterator[str]:
    for service in root.findall("rule/service"):
        if f"services/{service.get('name')}.xml" not in known:
            yield f"a rule names service {service.get('name')!r}, which does not exist"
    for source in root.findall("source"):
        if source.get("ipset") and f"ipsets/{source.get('ipset')}.xml" not in known:
            yield f"a source names ipset {source.get('ipset')!r}, which does not exist"
    for rule in root.findall("rule"):
        for source in (*rule.findall("source"), *rule.findall("destination")):
            path = f"ipsets/{source.get('ipset')}.xml"
            if source.get("ipset") and path not in known:
                yield f"a rule names ipset {source.get('ipset')!r}, which does not exist"
            elif path in families and rule.get("family", families[path]) != families[path]:
                yield f"a rule for {rule.get('family')} names ipset {source.get('ipset')!r}, which is {families[path]}"
            elif source.get("address") and not _is_family(source.get("address", ""), family=rule.get("family")):
                family = rule.get("family")
                yield f"a rule has {source.tag} {source.get('address')!r}, which is not of its family {family}"


def _is_family(address: str, *, family: str | None) -> bool:
    try:
        return FAMILIES[ipaddress.ip_network(address, strict=False).version] == family
    except ValueError:
        return False
