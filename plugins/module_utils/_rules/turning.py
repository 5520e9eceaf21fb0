# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a firewall that is turned on cuts off, and one that is turned off lays open, in words."""

from __future__ import annotations

import ipaddress
import typing as t

from .openings import Opening
from .rules import PortRange, Rule

Listener = t.Mapping[str, t.Any]
"""A socket that listens: C(protocol), C(port), C(addresses) and C(process)."""
_LISTED = 20


def turned_on(
    listeners: t.Iterable[Listener], *, rules: t.Sequence[Rule], others: t.Sequence[Opening], done: bool, what: str = ""
) -> str:
    """The sentence for it: C(others) let in besides C(rules), C(what) was off, C(done) tells whether it is on now."""
    verb = "TURNED ON" if done else "WILL BE TURNED ON"
    if any(one.protocol == "any" and not (one.ports or one.source_ports) and one.who == "everyone" for one in others):
        return f"{verb}{what}: default accept, so that nothing is cut off"
    cut_off = [one for one in _exposed(listeners) if not (_is_ruled(one, rules) or _is_open(one, others))]
    if not cut_off:
        return f"{verb}{what}: default deny; nothing listens that is not in the plan"
    will_be = "" if done else "will be "
    return f"{verb}{what}: default deny; listening and not in the plan, {will_be}cut off: {_named(cut_off)}"


def turned_off(listeners: t.Iterable[Listener], *, done: bool, what: str = "") -> str:
    """The sentence for a firewall that is left off, as it was found."""
    verb = "TURNED OFF" if done else "WILL BE TURNED OFF"
    exposed = _exposed(listeners)
    if not exposed:
        return f"{verb}{what}, as it was found; nothing listens"
    will_be = "" if done else "will be "
    return f"{verb}{what}, as it was found; listening, and {will_be}open to everyone: {_named(exposed)}"


def _exposed(listeners: t.Iterable[Listener]) -> list[Listener]:
    return [
        one
        for one in listeners
        if not all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in one["addresses"])
    ]


def _is_ruled(listener: Listener, rules: t.Iterable[Rule]) -> bool:
    return any(
        rule.direction == "in" and rule.protocol == listener["protocol"] and _is_among(listener, rule.ports)
        for rule in rules
    )


def _is_open(listener: Listener, openings: t.Iterable[Opening]) -> bool:
    return any(
        one.protocol in ("any", listener["protocol"]) and not one.source_ports and _is_among(listener, one.ports)
        for one in openings
    )


def _is_among(listener: Listener, ports: t.Sequence[PortRange]) -> bool:
    return not ports or any(port.first <= listener["port"] <= port.last for port in ports)


def _named(listeners: t.Sequence[Listener]) -> str:
    names = [f"{one['port']}/{one['protocol']} {one['process']}".strip() for one in listeners]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
