# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Flows by which others reach a host on what other flows admit too, exact over unions of networks and ports."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import flow_sort_key

from ..flows import Compiled
from ..merge import Request, Wanted, is_narrow, segments
from .model import Finding


def find_overlaps(compiled: Compiled) -> t.Iterator[Finding]:
    """A finding for each flow and the flows it shares openings with, over all hosts where it is so.

    C(redundant): the others together ask for all that the flow asks for, so that refusing it closes
    nothing. C(overlap): they share a part.
    """
    hosts_of: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for one in compiled.alike:
        for key in _shared_openings(one.requests) if one.shares_ports else ():
            hosts_of.setdefault(key, []).extend(one.hosts)
    for (kind, flow, others), hosts in sorted(hosts_of.items(), key=lambda item: _order(item[0])):
        detail = (
            "all that the first flow asks for, the others ask for too: refusing it alone would close nothing"
            if kind == "redundant"
            else "the first flow shares ports and networks with the others"
        )
        yield Finding(kind, "info", tuple(sorted(hosts)), (flow, *others), detail)


def _order(key: tuple[str, str, tuple[str, ...]]) -> tuple[t.Any, ...]:
    kind, flow, others = key
    return kind, flow_sort_key(flow), tuple(map(flow_sort_key, others))


def _shared_openings(requests: t.Sequence[Request]) -> t.Iterator[tuple[str, str, tuple[str, ...]]]:
    wanted: dict[str, Wanted] = {}
    left_alone: set[str] = set()
    for request in requests:
        if request.direction == "in":
            for opening in request.openings:
                if is_narrow(request, opening):
                    left_alone.add(request.flow)
                else:
                    _add(wanted.setdefault(opening.protocol, {}), request, opening.ports or (PortRange(0, 0),))
    partners: dict[str, set[str]] = {}
    for by_port in wanted.values():
        for sharing in segments(by_port).values():
            if len(sharing) == 1:
                left_alone.add(sharing[0].flow)
            else:
                _compare(sharing, partners, left_alone)
    for flow, others in partners.items():
        if others:
            kind = "overlap" if flow in left_alone else "redundant"
            yield kind, flow, tuple(sorted(others, key=flow_sort_key))


def _add(by_port: Wanted, request: Request, ports: t.Iterable[PortRange]) -> None:
    for port in ports:
        by_port.setdefault(port, []).append(request)


def _compare(sharing: list[Request], partners: dict[str, set[str]], left_alone: set[str]) -> None:
    by_flow: dict[str, NetworkSet] = {}
    for request in sharing:
        by_flow[request.flow] = by_flow.get(request.flow, NetworkSet()) | request.remotes
    for flow, remotes in by_flow.items():
        others = {other: networks for other, networks in by_flow.items() if other != flow and remotes & networks}
        partners.setdefault(flow, set()).update(others)
        if remotes - NetworkSet().union(*others.values()):
            left_alone.add(flow)
