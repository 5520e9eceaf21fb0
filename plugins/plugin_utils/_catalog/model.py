# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A catalog as values."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange

Scope = t.Literal["any", "site", "cluster", "host"]
Treatment = t.Literal["open", "opt_in", "not_ip", "obsolete", "unanswered"]
Kind = t.Literal["server", "device", "client", "external"]
Way = t.Literal["unicast", "broadcast", "multicast"]


NEVER_OPENED: frozenset[Treatment] = frozenset(("not_ip", "obsolete", "unanswered"))
"""Treatments that no decision of the operator opens."""


class Channel(t.NamedTuple):
    """One protocol and its ports; C(decision) names the entry of C(printops_ports) that gives or replaces them."""

    protocol: str
    ports: tuple[PortRange, ...] = ()
    icmp_types: tuple[str, ...] = ()
    decision: str | None = None


@dataclass(frozen=True)
class Component:
    """Who can be an end of a flow; C(part_of) holds all more general components, the component itself included."""

    name: str
    kind: Kind
    printed: tuple[str, ...]
    description: str
    part_of: frozenset[str]
    addresses: tuple[str, ...] = ()
    same_role_as: str | None = None


@dataclass(frozen=True)
class Decision:
    """A port, or a multicast group, that only the operator can tell."""

    name: str
    description: str
    sets: t.Literal["port", "multicast_group"] = "port"
    suggested: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    why: str = ""


class Travels(t.NamedTuple):
    """How the packets of a flow go to those who hear them.

    What goes to C(groups), or to those that the C(decision) names, is heard by the server's side and by C(members), who
    ask and answer too.
    """

    by: tuple[Way, ...] = ("unicast",)
    groups: tuple[str, ...] = ()
    decision: str | None = None
    members: tuple[str, ...] = ()


class Flow(t.NamedTuple):
    """One row of the document: what the cells print, and the reading that the program uses.

    One of the C(features) must be in use, where there are any. C(rmi_twin) is the row of the RMI port on which a
    console goes on from this row's JMX port.
    C(changed) tells which overlay changed the reading and why; it is empty where none did. C(requirement) is
    C(mandatory), C(recommended) or C(optional) where the document says so.
    """

    id: str
    as_printed: tuple[tuple[str, str], ...]
    purpose: str
    client: tuple[str, ...]
    server: tuple[str, ...]
    scope: Scope
    features: tuple[str, ...]
    unsecured: tuple[Channel, ...]
    secured: tuple[Channel, ...]
    secured_twin: str | None
    rmi_twin: str | None
    treatment: Treatment
    because: str
    risks: tuple[str, ...]
    travels: Travels
    changed: str
    requirement: str = ""


@dataclass(frozen=True)
class Catalog:
    """One product's port document."""

    name: str
    product: str
    aliases: tuple[str, ...]
    document: str
    sections: dict[str, str]
    sha256: str
    components: dict[str, Component]
    decisions: dict[str, Decision]
    features: dict[str, str]
    flows: tuple[Flow, ...]
    raw: dict[str, t.Any]
    files: tuple[tuple[str, str], ...] = ()
    """Name and SHA-256 of the catalog's file, then of each overlay over it."""


@functools.cache
def flow_sort_key(flow_id: str) -> tuple[str, str, int]:
    """What orders flow ids as a person would: row 2 before row 10."""
    catalog, section, row = flow_id.split("/")
    return catalog, section, int(row)
