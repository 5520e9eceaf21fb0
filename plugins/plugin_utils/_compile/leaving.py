# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What may leave a host of the plan, for assertions about it."""

from __future__ import annotations

import dataclasses
import functools
import operator
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import egress_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, cut_ports
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Host

from .merge import PlannedRule


def not_as_asserted(
    host: Host, rules: t.Iterable[PlannedRule], *, to: NetworkSet, protocol: str, ports: PortRange, allowed: bool
) -> str:
    """What is wrong where a host is asserted to reach all of C(to) on all of the ports, or none of it on any."""
    is_enforced = host.enforcement.egress == "enforce"
    reached = _reached(host, rules, protocol=protocol, ports=ports, on_all=allowed) if is_enforced else to
    if allowed and not to <= reached:
        return f"{host.name} lets nothing out to {few((to - reached).cidrs())}"
    if not allowed and to & reached:
        why = "" if is_enforced else ", for its printops_egress is allow"
        return f"{host.name} lets it out to {few((to & reached).cidrs())}{why}"
    return ""


def _reached(
    host: Host, rules: t.Iterable[PlannedRule], *, protocol: str, ports: PortRange, on_all: bool
) -> NetworkSet:
    egress = egress_of(dataclasses.asdict(host.enforcement), rules=(), management=())
    let_out = [(one.ports, one.remotes) for one in rules if (one.direction, one.protocol) == ("out", protocol)]
    let_out += [
        (one.ports, NetworkSet.parse(map(str, one.remotes)))
        for one in (egress.rules if egress else ())
        if one.protocol == protocol
    ]
    by_port = [
        NetworkSet().union(
            *(
                remotes
                for numbers, remotes in let_out
                if not numbers or any(one.first <= piece.first <= one.last for one in numbers)
            )
        )
        for piece in cut_ports([ports], at=[number for numbers, _remotes in let_out for number in numbers])
    ]
    return functools.reduce(operator.and_ if on_all else operator.or_, by_port)
