# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How firewalld comes from the rich rules that it has loaded to others that accept the same as the wanted ones.

firewalld knows new services and ipsets only after a reload, so what comes is said with addresses and ports, and the
loaded rules are in the end other texts than those of the files, with the same meaning.
"""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    Network,
    PortRange,
    RuleError,
    parse_network,
)

from .containers import (
    canonical_rule,
    elements_of,
    verdict_of,
)
from .objects import ANY
from .rich import FAMILIES, RichRule, address

MOST_CHANGES = 20
MOST_RULES = 2000
MOST_ATOMS = 20000
_VERSIONS = {family: version for version, family in FAMILIES.items()}
EVERY_NUMBER = PortRange(0, 0)
FROM = "from"
_UNDERSTOOD = {"rule", "source", "destination", "service", "port", "source-port", "protocol", "icmp-type", "accept"}


class UnclearError(ValueError):
    """What a rule accepts cannot be told."""


class Definitions(t.Protocol):
    """What services and ipsets mean; both raise C(UnclearError) for one that is not known."""

    def ports(self, service: str) -> t.Sequence[t.Tuple[str, PortRange]]:
        """Protocols and ports of a service."""

    def networks(self, ipset: str) -> t.Sequence[Network]:
        """The entries of an ipset."""


class Atom(t.NamedTuple):
    """Packets that a rule accepts.

    C(what) is a protocol, C(udp from) where the ports are those that packets come from, or C(icmp) and a type of it;
    what has no ports has C(EVERY_NUMBER). C(destination) is None for all addresses of the host.
    """

    network: Network
    what: str
    ports: PortRange
    destination: t.Optional[Network] = None

    def covers(self, other: Atom) -> bool:
        return (
            self.what == other.what
            and self.network.version == other.network.version
            and self.ports.covers(other.ports)
            and other.network.subnet_of(t.cast("t.Any", self.network))
            and self.destination in (None, other.destination)
        )

    def overlaps(self, other: Atom) -> bool:
        """Whether some packet may be of both."""
        same_ports = self.ports.overlaps(other.ports)
        return (
            self.network.version == other.network.version
            and (same_ports if self.what == other.what else _are_ends_of_one_protocol(self.what, other.what))
            and other.network.overlaps(t.cast("t.Any", self.network))
        )

    def text(self) -> str:
        protocol, _blank, more = self.what.partition(" ")
        element: t.Any = ("port", (("port", str(self.ports)), ("protocol", protocol)))
        if more == FROM:
            element = ("source-port", element[1])
        elif more:
            element = ("icmp-type", (("name", more),))
        elif self.ports == EVERY_NUMBER:
            element = ("protocol", (("value", protocol),))
        local = address(self.destination) if self.destination else None
        return RichRule(self.network.version, address(self.network), element, local=local).text()


def _are_ends_of_one_protocol(one: str, other: str) -> bool:
    return FROM in one.split() + other.split() and one.split()[0] == other.split()[0]


class Steps(t.NamedTuple):
    """Lists of all rich rules, to be loaded one after the other, each by one call; empty where nothing need change.

    All but the last accept exactly what was accepted before. C(changes) is how many rules come or go.
    """

    lists: t.List[t.List[str]]
    changes: int


def small_steps(loaded: t.Iterable[str], desired: t.Iterable[str], *, definitions: Definitions) -> t.Optional[Steps]:
    """The steps from the C(loaded) rich rules to the C(desired); None where that is no small change.

    What both accept is accepted all the time: nothing of it is in a rule that goes before one that has it is there.
    Raises C(UnclearError) where a rule is not one of ours.
    """
    here, wanted = _by_form(loaded), _by_form(desired)
    if max(len(here), len(wanted)) > MOST_RULES:
        return None
    names = {name for text in here.values() for name in _names(text)}
    atoms = {text: atoms_of(text, definitions) for text in {*here.values(), *wanted.values()}}
    if sum(map(len, atoms.values())) > MOST_ATOMS:
        return None
    wanted_cover = Cover(atom for text in wanted.values() for atom in atoms[text])
    gone = [
        text for form, text in here.items() if form not in wanted and not all(map(wanted_cover.covers, atoms[text]))
    ]
    kept = [text for text in here.values() if text not in gone]
    here_cover = Cover(atom for text in here.values() for atom in atoms[text])
    kept_cover = Cover(atom for text in kept for atom in atoms[text])
    lost = [atom for text in gone for atom in atoms[text]]
    before: t.List[str] = []
    coming: t.List[str] = []
    for form, text in wanted.items():
        lacking = [] if form in here else [atom for atom in atoms[text] if not kept_cover.covers(atom)]
        touched = [atom for atom in atoms[text] if any(atom.overlaps(other) for other in lost)] if lacking else []
        if lacking and not touched and _names(text) <= names:
            coming.append(text)
            continue
        for atom in lacking:
            if here_cover.covers(atom):
                before.append(atom.text())
            elif atom in touched:
                return None
            else:
                coming.append(atom.text())
    before, coming = list(dict.fromkeys(before)), list(dict.fromkeys(coming))
    changes = len(before) + len(coming) + len(gone)
    if changes > MOST_CHANGES:
        return None
    lists = [[*here.values(), *before]] if before else []
    if gone or coming:
        lists.append([*kept, *before, *coming])
    return Steps(lists, changes)


def _by_form(texts: t.Iterable[str]) -> t.Dict[str, str]:
    return {canonical_rule(text): text for text in sorted(texts)}


def _names(text: str) -> t.Set[t.Tuple[str, str]]:
    """The services and ipsets that a rule names."""
    elements = dict(elements_of(text))
    names = {("service", elements["service"]["name"])} if "service" in elements else set()
    source = elements.get("source", {})
    return names | ({("ipset", source["ipset"])} if "ipset" in source else set())


def atoms_of(text: str, definitions: Definitions) -> t.List[Atom]:
    """What a rich rule of ours accepts; raises C(UnclearError) for another one."""
    elements = dict(elements_of(text))
    try:
        if (
            verdict_of(text) != "accept"
            or not elements.keys() <= _UNDERSTOOD
            or any("NOT" in one for one in elements.values())
        ):
            raise UnclearError(text)
        networks = _networks(elements.get("source", {}), family=elements["rule"]["family"], definitions=definitions)
        if "icmp-type" in elements:
            kinds: t.Sequence[t.Tuple[str, PortRange]] = [(f"icmp {elements['icmp-type']['name']}", EVERY_NUMBER)]
        elif "service" in elements:
            kinds = definitions.ports(elements["service"]["name"])
        elif "protocol" in elements:
            kinds = [(elements["protocol"]["value"], EVERY_NUMBER)]
        elif "source-port" in elements:
            source = elements["source-port"]
            kinds = [(f"{source['protocol']} {FROM}", PortRange.parse(source["port"]))]
        else:
            kinds = [(elements["port"]["protocol"], PortRange.parse(elements["port"]["port"]))]
        destination = parse_network(elements["destination"]["address"]) if "destination" in elements else None
    except (KeyError, RuleError) as error:
        raise UnclearError(f"{text}: {error}") from error
    return [Atom(network, what, ports, destination) for network in networks for what, ports in kinds]


def _networks(source: t.Mapping[str, str], *, family: str, definitions: Definitions) -> t.Sequence[Network]:
    if "ipset" in source:
        return definitions.networks(source["ipset"])
    return [parse_network(source["address"])] if source else [ANY[_VERSIONS[family]]]


class Cover:
    """Whether one of many atoms has all of another one."""

    def __init__(self, atoms: t.Iterable[Atom]) -> None:
        self._atoms = set(atoms)
        self._by_kind: t.Dict[t.Tuple[int, str], t.List[Atom]] = {}
        for atom in self._atoms:
            self._by_kind.setdefault((atom.network.version, atom.what), []).append(atom)

    def covers(self, atom: Atom) -> bool:
        if atom in self._atoms:
            return True
        return any(other.covers(atom) for other in self._by_kind.get((atom.network.version, atom.what), ()))
