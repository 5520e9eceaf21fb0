# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the operator chose: read from C(printops_*) variables, checked against the catalogs."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, RuleError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DecisionError, Mistakes, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import A_GROUP, is_group
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import choice, mapping, text_list, truth
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import NEVER_OPENED, Catalog

Security = t.Literal["documented", "secured", "secured_only"]
T = t.TypeVar("T")
SECURITY: tuple[Security, ...] = ("documented", "secured", "secured_only")


@dataclass(frozen=True)
class Decisions:
    """The choices that hold on one host; C(features) tells of each that was answered whether it is in use."""

    security: Security = "documented"
    features: t.Mapping[str, bool] = field(default_factory=dict)
    ports: t.Mapping[str, tuple[PortRange, ...]] = field(default_factory=dict)
    accept: frozenset[str] = frozenset()
    refuse: frozenset[str] = frozenset()
    groups: t.Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class DecisionNames:
    """Everything that a decision can name, over all selected catalogs."""

    features: frozenset[str]
    ports: t.Mapping[str, tuple[str, ...]]
    """Name to the ports that can be chosen; empty where any can."""
    groups: frozenset[str]
    flows: frozenset[str]
    never_opened: t.Mapping[str, str]
    """Flow to the reason."""

    @classmethod
    def of(cls, catalogs: t.Iterable[Catalog]) -> DecisionNames:
        """Collect the names of several catalogs."""
        selected = tuple(catalogs)
        return cls(
            features=frozenset(name for catalog in selected for name in catalog.features),
            ports={
                one.name: one.choices
                for catalog in selected
                for one in catalog.decisions.values()
                if one.sets == "port"
            },
            groups=_that_set("multicast_group", selected),
            flows=frozenset(flow.id for catalog in selected for flow in catalog.flows),
            never_opened={
                flow.id: flow.because
                for catalog in selected
                for flow in catalog.flows
                if flow.treatment in NEVER_OPENED
            },
        )


def read_decisions(variables: t.Mapping[str, t.Any], *, host: str, names: DecisionNames) -> Decisions:
    """Read one host's decisions; raises C(DecisionError) that names the host, the variable and the entry."""
    return read_answers(variables, place=f"host {host}: printops_", names=names)


def read_answers(variables: t.Mapping[str, t.Any], *, place: str, names: DecisionNames) -> Decisions:
    """Read decisions from anywhere; each C(DecisionError) begins with C(place) and the rest of a variable's name."""
    mistakes = Mistakes()

    def read(reader: t.Callable[..., T], name: str, known: object, default: object = None) -> T:
        return mistakes.attempt(reader, variables.get(f"printops_{name}", default), known, place=f"{place}{name}")

    decisions = Decisions(
        security=read(_security, "security", SECURITY, "documented"),
        features=read(_features, "features", names.features),
        ports=read(_ports, "ports", names.ports),
        accept=read(_known, "accept", names.flows),
        refuse=read(_known, "refuse", names.flows),
        groups=read(_groups, "multicast_groups", names.groups),
    )
    mistakes.tell()
    for flow in sorted(decisions.accept & decisions.refuse):
        with mistakes:
            raise DecisionError(f"{place}accept and {place}refuse both name {flow}; keep it in one")
    for flow in sorted(decisions.accept & names.never_opened.keys()):
        with mistakes:
            raise DecisionError(
                f"{place}accept names {flow}, which nothing can open: {names.never_opened[flow]}; leave it out"
            )
    mistakes.tell()
    return decisions


def _security(value: object, known: tuple[Security, ...], *, place: str) -> Security:
    return t.cast("Security", choice(value, known, place=place, error=DecisionError))


def _features(value: object, known: frozenset[str], *, place: str) -> dict[str, bool]:
    """A list answers for all: those that it names are in use. A mapping answers for those that it names."""
    if value is None:
        return {}
    if isinstance(value, (list, tuple)):
        used = _known(value, known, place=place)
        return {name: name in used for name in sorted(known)}
    answers = mapping(
        value, place=place, error=DecisionError, shape="a list of features in use, or a mapping to true or false"
    )
    mistakes = Mistakes()
    mistakes.attempt(_known, list(answers), known, place=place)
    found = {
        name: mistakes.attempt(truth, answer, place=f"{place}.{name}", error=DecisionError)
        for name, answer in answers.items()
        if answer is not None
    }
    mistakes.tell()
    return found


def _known(value: object, known: frozenset[str], *, place: str) -> frozenset[str]:
    names = text_list([] if value is None else value, place=place, error=DecisionError)
    mistakes = Mistakes()
    for name in dict.fromkeys(names):
        if name not in known:
            with mistakes:
                raise DecisionError(f"{place} names {name!r}, which no selected catalog has; {closest(name, known)}")
    mistakes.tell()
    return frozenset(names)


def _that_set(what: str, catalogs: t.Iterable[Catalog]) -> frozenset[str]:
    return frozenset(one.name for catalog in catalogs for one in catalog.decisions.values() if one.sets == what)


def _ports(value: object, known: t.Mapping[str, tuple[str, ...]], *, place: str) -> dict[str, tuple[PortRange, ...]]:
    def read(given: object, name: str) -> tuple[PortRange, ...]:
        return _chosen(given, known[name], place=f"{place}.{name}")

    return _asked_for(value, known, read, place=place)


def _chosen(value: object, choices: tuple[str, ...], *, place: str) -> tuple[PortRange, ...]:
    ports = read_ports(value, place=place)
    others = [port for port in ports if choices and str(port) not in choices]
    if others:
        raise DecisionError(f"{place} is {value!r}; the document leaves a choice of {', '.join(choices)}")
    return ports


def _groups(value: object, known: frozenset[str], *, place: str) -> dict[str, tuple[str, ...]]:
    """A multicast group, or a list of them, for each name."""

    def read(given: object, name: str) -> tuple[str, ...]:
        groups = tuple(given) if isinstance(given, (list, tuple)) else (given,)
        wrong = next((one for one in groups if not (isinstance(one, str) and is_group(one))), None)
        if wrong is not None or not groups:
            raise DecisionError(
                f"{place}.{name} is {given!r}, which is no multicast group; {A_GROUP}, or a list of them"
            )
        return tuple(sorted(groups))

    return _asked_for(value, known, read, place=place)


def _asked_for(
    value: object, known: t.Collection[str], read: t.Callable[[object, str], T], *, place: str
) -> dict[str, T]:
    """What C(read) makes of each value that is there, by name."""
    mistakes = Mistakes()
    found = {}
    for name, given in mapping({} if value is None else value, place=place, error=DecisionError).items():
        with mistakes:
            if name not in known:
                raise DecisionError(
                    f"{place} names {name!r}, which no selected catalog asks for; {closest(name, known)}"
                )
            if given is not None:
                found[name] = read(given, name)
    mistakes.tell()
    return found


def read_ports(value: object, *, place: str) -> tuple[PortRange, ...]:
    """Read C(443), C("5000-5100"), C("21, 5000-5100") or a list of such; raises C(DecisionError)."""
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    found: list[PortRange] = []
    for item in items:
        if isinstance(item, bool) or not isinstance(item, (int, str)):
            raise DecisionError(f"{place} is {value!r}; give a port, a range such as '5000-5100', or a list of them")
        try:
            found.extend(PortRange.parse(part.strip()) for part in str(item).split(","))
        except RuleError as error:
            raise DecisionError(f"{place} is {value!r}: {error}") from error
    if not found:
        raise DecisionError(f"{place} is empty; give at least one port, or leave the key out")
    return tuple(sorted(set(found)))
