# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Listening sockets held against the rows of the documents and the rules of the plan."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import Opening
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, Rule
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.jmx import (
    LOCAL,
    RISKS,
    beside_jmx,
    is_loopback_only,
)

from .model import Drift


@dataclass(frozen=True)
class Documented:
    """Ports of a protocol on a host, and the flow that documents them."""

    protocol: str
    ports: PortRange
    flow: str
    is_jmx: bool

    def covers(self, listener: t.Mapping[str, t.Any]) -> bool:
        return self.protocol == listener["protocol"] and self.ports.first <= listener["port"] <= self.ports.last


def listener_findings(
    plan: Plan, host: str, *, state: t.Mapping[str, t.Any], rules: t.Sequence[Rule], foreign: t.Sequence[Opening]
) -> t.Iterator[Drift]:
    """Exposed JMX first, then what listens and should not, then what should listen and does not."""
    documented = list(_documented(plan, host))
    exposed = [one for one in state["listeners"] if not is_loopback_only(one)]
    management = ("tcp", state["management_port"])
    for listener in exposed:
        jmx = _jmx_flows(listener, documented)
        if jmx or listener.get("jmx"):
            where = ", ".join(listener["addresses"])
            yield Drift("jmx_exposed", f"{_name(listener)} listens on {where}; JMX belongs on loopback only", jmx)
    beside = beside_jmx(
        state["listeners"],
        is_jmx=lambda one: bool(_jmx_flows(one, documented) or one.get("jmx")),
        is_documented=lambda one: any(row.covers(one) for row in documented) or _is_in(one, rules),
    )
    for one in beside:
        what = f"{_name(one.listener)} listens on {', '.join(one.listener['addresses'])}"
        flows = _jmx_flows(one.jmx, documented)
        if one.is_local:
            yield Drift("jmx_local", f"{what}: Java {LOCAL}", flows)
        else:
            yield Drift(
                "jmx_exposed",
                f"{what} beside JMX on {one.jmx['port']}/tcp, as its RMI port does, which is random unless it is set; "
                "JMX belongs on loopback only",
                flows,
            )
    told = [one.listener for one in beside]
    for listener in exposed:
        is_known = (
            any(one.covers(listener) for one in documented)
            or _is_in(listener, rules)
            or listener.get("jmx")
            or listener in told
        )
        if not is_known and (listener["protocol"], listener["port"]) != management:
            where = ", ".join(listener["addresses"])
            yield Drift(
                "undocumented_listener",
                f"{_name(listener)} listens on {where}, and no row documents it; {_reach(listener, foreign)}",
            )
    for rule in rules:
        for port in rule.ports:
            at_all = [one for one in state["listeners"] if _covers(rule.protocol, port, one)]
            if not any(one in exposed for one in at_all):
                only = f", but {_name(at_all[0])} on loopback" if at_all else ""
                yield Drift("not_listening", f"{port}/{rule.protocol}: nothing listens{only}", rule.flows)


def _documented(plan: Plan, host: str) -> t.Iterator[Documented]:
    """The ports of all rows whose server's side is on the host, opened or not."""
    part = plan["hosts"][host]
    for flow_id, flow in plan["flows"].items():
        catalog = flow_id.partition("/")[0]
        if not any(f"{catalog}_{component}" in part["components"] for component in flow["to"]):
            continue
        for text in [*flow["ports"], *part.get("decided_ports", {}).get(flow_id, ())]:
            ports, _slash, protocol = text.partition("/")
            if protocol in ("tcp", "udp"):
                is_jmx = bool(RISKS.intersection(flow.get("risks", ())))
                yield Documented(protocol, PortRange.parse(ports), flow_id, is_jmx)


def _jmx_flows(listener: t.Mapping[str, t.Any], documented: t.Iterable[Documented]) -> tuple[str, ...]:
    return tuple(one.flow for one in documented if one.is_jmx and one.covers(listener))


def _name(listener: t.Mapping[str, t.Any]) -> str:
    return f"{listener['process'] or 'a process'} ({listener['port']}/{listener['protocol']})"


def _is_in(listener: t.Mapping[str, t.Any], rules: t.Iterable[Rule]) -> bool:
    return any(_covers(rule.protocol, port, listener) for rule in rules for port in rule.ports)


def _covers(protocol: str, port: PortRange, listener: t.Mapping[str, t.Any]) -> bool:
    return protocol == listener["protocol"] and port.first <= listener["port"] <= port.last


def _reach(listener: t.Mapping[str, t.Any], foreign: t.Iterable[Opening]) -> str:
    who = [
        opening.who
        for opening in foreign
        if opening.protocol in ("any", listener["protocol"])
        and (not opening.ports or any(port.first <= listener["port"] <= port.last for port in opening.ports))
    ]
    return f"the firewall lets {' and '.join(dict.fromkeys(who))} reach it" if who else "no rule lets anybody reach it"
