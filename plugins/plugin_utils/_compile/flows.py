# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Compile catalogs, estate and decisions into what every host must accept and may open, and why not the rest."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass, field

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import NEVER_OPENED, Catalog, Flow
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Estate, Host

from .ends import Ends
from .merge import Merger, PlannedRule, Request
from .resolve import Question, Resolution, Resolver
from .travels import asks, hears, sides


@dataclass(frozen=True)
class OpenInput:
    """A question about a flow, and the hosts it must be answered for."""

    flow: str
    question: Question
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Skipped:
    """A flow that comes to nothing in this estate, and why."""

    flow: str
    why: str
    unnamed: tuple[str, ...] = ()
    """Components at one end, none of which has a host or a network, where hosts of ours are at the other."""


@dataclass(frozen=True)
class Alike:
    """Hosts in order of their names, whose requests differ from C(requests) in nothing but addresses.

    C(shares_ports) tells whether flows want to be let in on the same port.
    """

    hosts: tuple[str, ...]
    requests: t.Sequence[Request]
    shares_ports: bool


@dataclass(frozen=True)
class Compiled:
    """Every flow of every catalog is in C(rules) of some host, in C(open_inputs) or in C(skipped).

    Every host is in one of C(alike).
    """

    rules: dict[str, tuple[PlannedRule, ...]]
    requests: dict[str, list[Request]]
    alike: tuple[Alike, ...]
    open_inputs: tuple[OpenInput, ...]
    skipped: tuple[Skipped, ...]


@dataclass
class _Outcome:
    opened: bool = False
    questions: dict[Question, set[str]] = field(default_factory=dict)
    declined: list[str] = field(default_factory=list)
    unnamed: tuple[str, ...] = ()


def compile_rules(catalogs: t.Sequence[Catalog], estate: Estate) -> Compiled:
    """Compile everything; pure, and the same for the same input."""
    requests: dict[str, list[Request]] = {name: [] for name in estate.hosts}
    open_inputs: list[OpenInput] = []
    skipped: list[Skipped] = []
    for catalog in catalogs:
        compiler = _CatalogCompiler(catalog, estate, requests=requests)
        for flow in catalog.flows:
            outcome = compiler.compile(flow)
            open_inputs.extend(
                OpenInput(flow.id, question, tuple(sorted(hosts))) for question, hosts in outcome.questions.items()
            )
            if not outcome.opened and not outcome.questions:
                skipped.append(Skipped(flow.id, "; ".join(dict.fromkeys(outcome.declined)), outcome.unnamed))
    merger = Merger()
    merged = {name: merger.merge(wanted) for name, wanted in requests.items()}
    alike: dict[int, list[str]] = {}
    for name, one in merged.items():
        alike.setdefault(one.kind, []).append(name)
    return Compiled(
        rules={name: one.rules for name, one in merged.items()},
        requests=requests,
        alike=tuple(
            Alike(tuple(sorted(names)), requests[names[0]], merged[names[0]].shared) for names in alike.values()
        ),
        open_inputs=tuple(open_inputs),
        skipped=tuple(skipped),
    )


class _CatalogCompiler:
    def __init__(self, catalog: Catalog, estate: Estate, *, requests: dict[str, list[Request]]) -> None:
        self._ends = Ends(catalog, estate)
        self._resolver = Resolver(catalog)
        self._requests = requests

    def compile(self, flow: Flow) -> _Outcome:
        outcome = _Outcome()
        reason = self._impossible(flow)
        if reason:
            outcome.declined.append(reason)
            outcome.unnamed = self._unnamed(flow)
            return outcome
        asked, heard = sides(flow)
        clients = self._ends.hosts(heard.client)
        servers = self._ends.hosts(asked.server)
        self._request_incoming(heard, servers, outcome, peers={client.name for client in clients})
        for client in clients:
            if flow.id in client.decisions.refuse:
                outcome.declined.append("refused by printops_refuse")
                continue
            wishes = functools.partial(asks, broadcasts=client.broadcasts)
            for decisions, remotes in self._ends.remote_servers(asked, local=client):
                resolution = self._resolver.resolve(flow, decisions or client.decisions)
                self._request(wishes, flow, client, remotes, resolution, outcome, tells=decisions is None)
        if not outcome.opened and not outcome.questions and not outcome.declined:
            outcome.declined.append(self._unmet(flow, clients=clients, servers=servers))
        return outcome

    def _request_incoming(
        self, flow: Flow, servers: t.Sequence[Host], outcome: _Outcome, *, peers: t.AbstractSet[str]
    ) -> None:
        """Servers in the same situation share their requests, but for those that are clients too."""
        shared: dict[int, list[Request]] = {}
        for server in servers:
            situation = self._ends.situations[server.name]
            if situation in shared and server.name not in peers:
                self._requests[server.name].extend(shared[situation])
                continue
            resolution = self._resolver.resolve(flow, server.decisions)
            remotes = self._ends.remotes(flow.client, flow=flow, local=server)
            made = self._request(hears, flow, server, remotes, resolution, outcome)
            if server.name not in peers and not resolution.questions:
                shared[situation] = made

    def _impossible(self, flow: Flow) -> str:
        if flow.treatment in NEVER_OPENED:
            return flow.because
        if flow.scope == "host":
            return "it stays on one host, over the loopback interface"
        if not flow.client:
            return "the document names no client for it"
        asked, heard = sides(flow)
        for components in (flow.client, flow.server):
            if not self._ends.exist(components):
                return f"no host or network for {' or '.join(components)}"
        if not self._ends.hosts(heard.client) and not self._ends.hosts(asked.server):
            return "no host of the inventory is at either end"
        return ""

    def _unnamed(self, flow: Flow) -> tuple[str, ...]:
        if flow.treatment == "open" and flow.scope != "host":
            for components, others in ((flow.client, flow.server), (flow.server, flow.client)):
                if components and not self._ends.exist(components) and self._ends.hosts(others):
                    return components
        return ()

    def _request(
        self,
        wishes: t.Callable[..., t.Iterator[Request]],
        flow: Flow,
        local: Host,
        remotes: NetworkSet,
        resolution: Resolution,
        outcome: _Outcome,
        *,
        tells: bool = True,
    ) -> list[Request]:
        """Add what the flow asks for on the host, and return it; C(tells) whether the host's answers would count."""
        if not remotes:
            return []
        for question in resolution.questions if tells else ():
            outcome.questions.setdefault(question, set()).add(local.name)
        if resolution.declined:
            outcome.declined.append(resolution.declined)
        if not resolution.openings:
            return []
        made = list(wishes(flow, openings=resolution.openings, groups=resolution.groups, remotes=remotes))
        outcome.opened = outcome.opened or bool(made)
        self._requests[local.name].extend(made)
        return made

    def _unmet(self, flow: Flow, *, clients: tuple[Host, ...], servers: tuple[Host, ...]) -> str:
        both = sorted({host.name for host in clients} & {host.name for host in servers})
        if both:
            return f"client and server are the same host ({few(both)}) and no other is in reach"
        if flow.scope == "any":
            return "the hosts at one end have no network of the other in their printops_networks"
        return f"no client and server share a {flow.scope}"
