# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The plan as probes: what must get through between the hosts that take part, and a choice of what must not."""

from __future__ import annotations

import ipaddress
import random
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.rules import IndexedRule

from .admission import Admission, holds
from .model import CATCHER, Partaker, Probe

WIDEST_TRIED = 16
"""Of a wider range only the first and the last port are tried."""

Choice = t.Literal["sample", "all", "none"]
CHOICES: tuple[Choice, ...] = ("sample", "all", "none")


def doors_of(plan: Plan, host: str) -> list[dict[str, t.Any]]:
    """The ports on which a listener may stand in, each with C(protocol), C(port), C(addresses) and C(groups)."""
    if host not in plan["hosts"]:
        return []
    addresses = list(plan["hosts"][host]["addresses"])
    ports: dict[tuple[str, int], set[str]] = {("tcp", CATCHER): set(), ("udp", CATCHER): set()}
    for rule in Admission(plan).rules(host, direction="in"):
        if rule.protocol in ("tcp", "udp") and not rule.source_ports:
            for port in tried_ports(rule):
                ports.setdefault((rule.protocol, port), set()).update(_groups(rule))
    return [
        {"protocol": protocol, "port": port, "addresses": addresses, "groups": sorted(groups)}
        for (protocol, port), groups in sorted(ports.items())
    ]


def allowed_probes(plan: Plan, partakers: t.Sequence[Partaker]) -> list[Probe]:
    """A probe for each planned flow from an address of one planned host to an address of another, of one family."""
    admission = Admission(plan)
    found: dict[Probe, None] = {}
    planned = [one for one in partakers if one.is_planned]
    for to in planned:
        for rule in admission.rules(to.name, direction="in"):
            for sender in planned:
                if sender is not to:
                    found.update(dict.fromkeys(_of_rule(admission, rule, sender=sender, to=to)))
    return list(found)


def _of_rule(admission: Admission, rule: IndexedRule, *, sender: Partaker, to: Partaker) -> t.Iterator[Probe]:
    for source in sender.addresses:
        if not holds(rule.remotes, source):
            continue
        for destination in _destinations(rule, to=to, source=source):
            for port, source_port in _ports(rule):
                out_port = port if rule.source_ports == () else None
                if rule.source_ports or admission.lets_out(
                    sender.name, destination=destination, protocol=rule.protocol, port=out_port
                ):
                    yield Probe(
                        expected="allowed",
                        host=sender.name,
                        source=source,
                        to=to.name,
                        destination=destination,
                        protocol=rule.protocol,
                        port=port,
                        flows=admission.flows(to.name, rule, source_port or port),
                        source_port=source_port,
                        is_heard_only=bool(rule.source_ports or rule.destinations),
                    )


def refused_probes(plan: Plan, partakers: t.Sequence[Partaker], *, choice: Choice, seed: str) -> list[Probe]:
    """What no rule lets in, to ports that the plan opens to others, that something holds, and one that nobody opens.

    C(sample) takes one source for each address and port, the same for the same C(seed).
    """
    if choice == "none":
        return []
    admission, chance = Admission(plan), random.Random(seed)  # noqa: S311
    found: list[Probe] = []
    for to in partakers:
        if not to.is_planned or plan["hosts"][to.name]["provider"] == "none":
            continue
        for protocol, port, flows in _targets(admission, to):
            for destination in to.addresses:
                candidates = [
                    [
                        Probe("refused", sender.name, source, to.name, destination, protocol, port, flows)
                        for source in sender.addresses
                        if _is_same_family(source, destination)
                        and not _is_allowed(admission, sender.name, source, to.name, destination, protocol, port)
                    ]
                    for sender in partakers
                    if sender is not to
                ]
                some = [of_host for of_host in candidates if of_host]
                if some and choice == "sample":
                    some = [[chance.choice(chance.choice(some))]]
                found += [probe for of_host in some for probe in of_host]
    return found


def _is_allowed(
    admission: Admission, host: str, source: str, to: str, destination: str, protocol: str, port: int
) -> bool:
    return admission.lets_in(to, source=source, protocol=protocol, port=port) and admission.lets_out(
        host, destination=destination, protocol=protocol, port=port
    )


def _targets(admission: Admission, to: Partaker) -> t.Iterator[tuple[str, int, tuple[str, ...]]]:
    """Protocol, port and flows; the port that nobody opens first."""
    opened: dict[tuple[str, int], list[str]] = {}
    for rule in admission.rules(to.name, direction="in"):
        if rule.protocol in ("tcp", "udp") and not rule.is_narrow:
            for port in tried_ports(rule):
                opened.setdefault((rule.protocol, port), []).extend(admission.flows(to.name, rule, port))
    for key in sorted(
        {("tcp", CATCHER), ("udp", CATCHER), *to.doors, *opened}, key=lambda one: (one[1] != CATCHER, one)
    ):
        yield (*key, tuple(dict.fromkeys(opened.get(key, ()))))


def tried_ports(rule: IndexedRule) -> tuple[int, ...]:
    """All ports of a rule, but of a wide range the first and the last."""
    return tuple(dict.fromkeys(port for ports in rule.ports for port in _tried(ports)))


def _tried(ports: PortRange) -> t.Iterable[int]:
    is_wide = ports.last - ports.first >= WIDEST_TRIED
    return (ports.first, ports.last) if is_wide else range(ports.first, ports.last + 1)


def _ports(rule: IndexedRule) -> t.Iterator[tuple[int | None, int | None]]:
    """The port that a probe goes to, and the one it must come from."""
    if rule.source_ports:
        yield from ((CATCHER, port) for ports in rule.source_ports for port in _tried(ports))
    elif rule.protocol == "icmp":
        yield None, None
    elif rule.protocol != "igmp":
        yield from ((port, None) for port in tried_ports(rule))


def _destinations(rule: IndexedRule, *, to: Partaker, source: str) -> t.Iterator[str]:
    """Addresses of the host, or the groups of a rule that is about them."""
    yield from (one for one in (_groups(rule) if rule.destinations else to.addresses) if _is_same_family(one, source))


def _groups(rule: IndexedRule) -> list[str]:
    return [cidr.partition("/")[0] for cidr in rule.destinations.cidrs() if ipaddress.ip_network(cidr).is_multicast]


def _is_same_family(one: str, other: str) -> bool:
    return (":" in one) == (":" in other)
