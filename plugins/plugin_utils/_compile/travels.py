# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a flow needs whose packets go to a broadcast or group address, for no connection tracking knows the answers."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Flow

from .merge import Request
from .resolve import Opening

LIMITED_BROADCAST = NetworkSet.parse(["255.255.255.255"])
ALL_GROUPS = NetworkSet.parse(["224.0.0.0/4", "ff00::/8"])
QUERIERS = NetworkSet.parse(["0.0.0.0/0", "fe80::/10"])
"""Who asks for membership: of IPv6 always a link-local address, of IPv4 any on the link, for switches have 0.0.0.0."""
ALL_SYSTEMS = NetworkSet.parse(["224.0.0.1", "ff02::1"])
ROUTERS = NetworkSet.parse(["224.0.0.2", "224.0.0.22", "ff02::2", "ff02::16"])
"""To whom a member reports that it is one, and that it leaves; besides the group itself."""

_MEMBERSHIP = (Opening("igmp", (), ()),)


class Sides(t.NamedTuple):
    """A flow as it is seen by those who ask, and by those who hear it."""

    asked: Flow
    heard: Flow


def sides(flow: Flow) -> Sides:
    """The flow with its members on both sides, where it has any: they ask and hear, whoever else does."""
    members = flow.travels.members
    if not members:
        return Sides(flow, flow)
    return Sides(
        asked=flow._replace(server=tuple(dict.fromkeys((*flow.server, *members)))),
        heard=flow._replace(client=tuple(dict.fromkeys((*flow.client, *members)))),
    )


def is_to_groups_only(flow: Flow) -> bool:
    return flow.travels.by == ("multicast",)


def asks(
    flow: Flow, *, openings: tuple[Opening, ...], groups: NetworkSet, remotes: NetworkSet, broadcasts: NetworkSet
) -> t.Iterator[Request]:
    """What lets an asker reach C(remotes) however the flow travels, and what lets their answers in.

    C(broadcasts) are the broadcast addresses of the asker's own subnets, as far as they are known.
    """
    by = flow.travels.by
    reached = NetworkSet() if is_to_groups_only(flow) else remotes
    if "broadcast" in by:
        reached |= LIMITED_BROADCAST | broadcasts
    if "multicast" in by:
        reached |= groups
    yield Request("out", openings, reached, flow.id)
    if by != ("unicast",):
        yield from _answers("in", flow, openings, remotes=remotes)


def hears(flow: Flow, *, openings: tuple[Opening, ...], groups: NetworkSet, remotes: NetworkSet) -> t.Iterator[Request]:
    """What lets C(remotes) in however the flow travels, what lets answers to them out, and membership in the groups."""
    by = flow.travels.by
    if not is_to_groups_only(flow):
        yield Request("in", openings, remotes, flow.id)
    if "multicast" in by:
        yield from _limited(Request("in", openings, remotes, flow.id, groups))
        here = _of_families(groups, remotes)
        if here:
            yield from _limited(Request("in", _MEMBERSHIP, QUERIERS, flow.id, _of_families(ALL_SYSTEMS, here) | here))
            yield Request("out", _MEMBERSHIP, _of_families(ROUTERS, here) | here, flow.id)
    if by != ("unicast",):
        yield from _answers("out", flow, openings, remotes=remotes)


def _answers(direction: str, flow: Flow, openings: tuple[Opening, ...], *, remotes: NetworkSet) -> t.Iterator[Request]:
    """Answers come from the port that was asked, of an address of their own; nobody is asked by broadcast over IPv6."""
    of_udp = _from_ports_of(openings)
    answering = remotes - ALL_GROUPS
    if "multicast" not in flow.travels.by:
        answering = NetworkSet(v4=answering.v4)
    if of_udp and answering:
        yield Request(direction, of_udp, answering, flow.id)


@functools.lru_cache(maxsize=4096)
def _from_ports_of(openings: tuple[Opening, ...]) -> tuple[Opening, ...]:
    """What comes from the ports of UDP; the same object each time, by which hosts that ask alike are known."""
    return tuple(Opening("udp", (), (), one.ports) for one in openings if one.protocol == "udp")


def _limited(request: Request) -> t.Iterator[Request]:
    """The request without the families that only one of its ends has; nothing where no family has both."""
    destinations = _of_families(request.destinations or NetworkSet(), request.remotes)
    remotes = _of_families(request.remotes, destinations)
    if destinations:
        yield request._replace(remotes=remotes, destinations=destinations)


def _of_families(networks: NetworkSet, others: NetworkSet) -> NetworkSet:
    return NetworkSet(v4=networks.v4 if others.v4 else (), v6=networks.v6 if others.v6 else ())
