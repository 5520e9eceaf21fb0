# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Listening sockets held against the ports that the components of a host will listen on."""

from __future__ import annotations

import fnmatch
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.jmx import LOCAL, beside_jmx, is_loopback_only

from ..model import Outcome, Status
from .model import Case, count, few

Listener = t.Mapping[str, t.Any]
Holder = t.Mapping[str, t.Any]

_BROUGHT = {
    "database_pgsql": {"postgres"},
    "database_mssql": {"sqlservr", "sqlbrowser"},
    "etcd": {"etcd"},
    "terminal_server_etcd": {"etcd"},
    "shared_folder": {"smbd", "system"},
}
"""Programs of other makers that are the component, on the component's own ports."""

_TOO_COMMON = {"management", "spooler", "user", "printer"}
"""Names of components that other products use as well."""

_KERNEL = "System"
"""What Windows calls the holder of a port that its HTTP service has."""


def decide_ports_free(case: Case) -> Outcome:
    wanted = case.questions["listened"]
    if case.problem:
        return case.unknown(case.problem)
    if not wanted:
        return case.outcome(
            Status.NOT_APPLICABLE, "No component listens here.", reason="the plan has no listening component here"
        )
    taken, own, unnamed = [], [], []
    for listener in case.probe["listeners"]:
        asker = next((one for one in wanted if covers(one, listener)), None)
        if asker is None:
            continue
        text = f"{name_of(listener)}, wanted by {', '.join(asker['components'])} [{asker['flows'][0]}]"
        if listener["holders"] and all(is_product(one, asker, case=case) for one in listener["holders"]):
            own.append(text)
        elif listener["holders"] or case.probe.get("as_root", True):
            taken.append(text)
        else:
            unnamed.append(text)
    ports = ", ".join(f"{one['ports']}/{one['protocol']}" for one in wanted)
    if taken:
        return case.outcome(Status.FAIL, few(taken), *taken, remedy=f"If it is the product: {_programs(case)}.")
    if unnamed:
        return case.unknown("the task did not run as root, so nobody tells who holds these ports", *unnamed)
    held = f" {count(len(own), 'port')} of them held by the product itself." if own else ""
    summary = f"{count(sum(_size(one) for one in wanted), 'port')} of the components free or their own.{held}"
    return case.outcome(Status.PASS, summary, f"nobody else listens on {ports}", *own)


def decide_jmx_localhost(case: Case) -> Outcome:
    """What the operator has opened by a rule may listen to others."""
    if case.problem:
        return case.unknown(case.problem)
    documented = [one for one in case.questions["listened"] if one["is_jmx"]]
    exposed, meant, inside = [], [], []
    for listener in case.probe["listeners"]:
        askers = [one for one in documented if covers(one, listener)]
        if listener["protocol"] != "tcp" or not (askers or listener["jmx"]):
            continue
        if is_loopback_only(listener):
            inside.append(name_of(listener))
        elif any(one["is_opened"] for one in askers):
            meant.append(f"{name_of(listener)}; the plan opens it")
        else:
            exposed.append(name_of(listener))
    beside = beside_jmx(
        case.probe["listeners"],
        is_jmx=lambda one: bool(one["jmx"] or any(covers(asker, one) for asker in documented)),
        is_documented=lambda one: any(covers(asker, one) for asker in case.questions["listened"]),
    )
    for one in beside:
        if one.is_local:
            inside.append(f"{name_of(one.listener)}, which {LOCAL}")
        else:
            exposed.append(
                f"{name_of(one.listener)} beside JMX on {one.jmx['port']}/tcp, as its RMI port is, "
                "random unless it is set"
            )
    if exposed:
        return case.outcome(Status.FAIL, few(exposed), *exposed, *meant, *inside)
    ports = "".join(f"listeners on {one['ports']}/tcp, " for one in documented)
    summary = "JMX and RMI only on loopback." if inside else "Nothing listens for JMX or RMI."
    if meant:
        summary = f"JMX and RMI only on loopback and where the plan opens it: {few(meant)}"
    return case.outcome(Status.PASS, summary, f"looked for {ports}Java programs started for JMX", *inside, *meant)


def covers(asker: t.Mapping[str, t.Any], listener: Listener) -> bool:
    ports = PortRange.parse(asker["ports"])
    return asker["protocol"] == listener["protocol"] and ports.first <= listener["port"] <= ports.last


def _size(asker: t.Mapping[str, t.Any]) -> int:
    ports = PortRange.parse(asker["ports"])
    return ports.last - ports.first + 1


def name_of(listener: Listener) -> str:
    who = " and ".join(_holder_name(one) for one in listener["holders"]) or "an unknown process"
    return f"{listener['port']}/{listener['protocol']} on {', '.join(listener['addresses'])} is held by {who}"


def _holder_name(holder: Holder) -> str:
    program = holder["program"] or (
        "Windows itself; netsh http show servicestate tells for whom" if holder["name"] == _KERNEL else ""
    )
    return f"{holder['name'] or 'a process'} (pid {holder['pid']}{f', {program}' if program else ''})"


def is_product(holder: Holder, asker: t.Mapping[str, t.Any], *, case: Case) -> bool:
    """By the operator's patterns, else by a folder or program that is named as a catalog or a component of the host."""
    names = [str(holder["name"]).lower(), str(holder["program"]).lower()]
    if any(fnmatch.fnmatchcase(name, pattern.lower()) for name in names if name for pattern in case.texts("programs")):
        return True
    parts = [part for name in names for part in re.split(r"[\\/]", name) if part]
    stems = {re.sub(r"[^a-z0-9]", "", part.removesuffix(".exe")) for part in parts}
    if any(stems & _BROUGHT.get(component, set()) for component in asker["components"]):
        return True
    tokens = {token for part in parts for token in re.split(r"[^a-z0-9]+", part)}
    catalogs, components = _product_words(case.questions["listened"])
    return bool(tokens & catalogs or stems & components)


def _product_words(listened: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[set[str], set[str]]:
    """Words that a path of the product has, and names that a folder or program of it has as a whole."""
    names = {flow.partition("/")[0] for one in listened for flow in one["flows"]}
    components = {component for one in listened for component in one["components"]} - _TOO_COMMON
    squeezed = {component.replace("_", "") for component in components}
    return names | {name.rstrip("0123456789") for name in names}, {name for name in squeezed if len(name) > 3}


def _programs(case: Case) -> str:
    known = ", ".join(case.texts("programs")) or "nothing"
    return f"name its program in preinstall_network_programs, which has {known}"
