# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What else a process listens on that takes JMX: an RMI port nobody set, and Java's management by its own host."""

from __future__ import annotations

import ipaddress
import typing as t

RISKS = frozenset(("jmx", "rmi"))
"""Of flows whose port gives control to whom it lets in."""

LOCAL = "takes only management by its own host there"

Listener = t.Mapping[str, t.Any]


class Beside(t.NamedTuple):
    """A listener off loopback of a process that takes JMX on C(jmx), where no row documents it.

    C(is_local): Java opened it for its own host and drops other callers. Else it is, or may be, the RMI port.
    """

    listener: Listener
    jmx: Listener
    is_local: bool


def beside_jmx(
    listeners: t.Sequence[Listener],
    *,
    is_jmx: t.Callable[[Listener], bool],
    is_documented: t.Callable[[Listener], bool],
) -> list[Beside]:
    """What to know of the ports that the system gave to processes which take JMX, over TCP.

    Java itself tells C(local_management). Where it does not, the one wildcard socket that OpenJDK always opens is taken
    for it, if the ports for JMX, or the RMI port beside them, leave no other meaning.
    """
    by_process: dict[int, list[Listener]] = {}
    for listener in listeners:
        if listener["protocol"] == "tcp":
            for pid in _pids(listener):
                by_process.setdefault(pid, []).append(listener)
    found: dict[int, Beside] = {}
    for own in by_process.values():
        doors = [one for one in own if is_jmx(one)]
        if doors:
            others = [one for one in own if one not in doors and one.get("ephemeral") and not is_documented(one)]
            for one in _beside(doors, [one for one in others if not is_loopback_only(one)]):
                found.setdefault(one.listener["port"], one)
    return list(found.values())


def _beside(doors: t.Sequence[Listener], others: t.Sequence[Listener]) -> t.Iterator[Beside]:
    told = [one for one in others if one.get("local_management")]
    has_its_rmi_port = len(doors) > 1
    stays_inside = all(is_loopback_only(one) for one in doors)
    guessed = others if not told and len(others) == 1 and (has_its_rmi_port or stays_inside) else []
    for one in others:
        is_local = one in told or one in guessed
        if is_local or not has_its_rmi_port:
            yield Beside(one, doors[0], is_local)


def _pids(listener: Listener) -> t.Iterable[int]:
    return listener.get("pids") or [one["pid"] for one in listener.get("holders", ())]


def is_loopback_only(listener: Listener) -> bool:
    """Whether only its own host reaches it."""
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in listener["addresses"])
