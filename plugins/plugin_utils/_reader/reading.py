# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The channels that the print of a row comes to, where it leaves nothing open; else what has to be asked."""

from __future__ import annotations

import re
import typing as t

from .base import BaseRow
from .cells import PortCell, read_ports, read_protocols
from .changes import CellChange
from .model import PORT_ROLES, Row

Raw = dict[str, t.Any]
KEYS = {"unsecured": "unsecured", "secured": "secured", "port": "unsecured"}
"""Column of ports to the key of a flow."""

_ENCRYPTED = re.compile(r"\b(?:ssl|tls|https|ldaps|ipps|ftps|secured?|encrypted)\b", re.IGNORECASE)


def channels_of(row: Row) -> tuple[dict[str, list[Raw]], list[str]]:
    """Channels of a row by key of a flow, and why they are not all; nothing is guessed."""
    problems: list[str] = []
    named = read_protocols(row.cell("protocol"))
    if named.question:
        problems.append(named.question)
    channels: dict[str, list[Raw]] = {}
    for role in PORT_ROLES:
        cell = read_ports(row.cell(role))
        if cell.question:
            problems.append(cell.question)
            continue
        protocols = cell.protocols or named.protocols
        if cell.ports and not protocols:
            problems.append("no protocol is printed; is it TCP or UDP?")
        if len(cell.protocols) > 1 and len(cell.ports) > 1:
            problems.append(f"{row.cell(role)!r}: which port goes with which protocol?")
            continue
        if cell.ports and protocols and "icmp" not in protocols:
            ports = list(map(str, cell.ports))
            channels.setdefault(KEYS[role], []).extend({"protocol": one, "ports": ports} for one in protocols)
    if named.protocols == ("icmp",) and not channels and not problems:
        channels["unsecured"] = [{"protocol": "icmp", "icmp_types": ["echo-request"]}]
    if not channels and not problems:
        problems.append("no port is printed; which is it?")
    if row.cell("port") and _ENCRYPTED.search(" ".join(row.cells.values())):
        problems.append("the row names encryption and has one column of ports; which of them are encrypted?")
    return channels, problems


def channels_after(known: BaseRow, changes: t.Iterable[CellChange]) -> dict[str, list[Raw]] | None:
    """A flow's channels with changed ports or protocols in them, none where a column of ports lost its own.

    C(None) where the old reading was no plain one.
    """
    after: dict[str, list[Raw]] = {}
    for change in changes:
        if change.column in PORT_ROLES:
            key = KEYS[change.column]
            new = _with_ports(known, change, after.get(key) or known.raw.get(key, []))
        elif change.column == "protocol":
            key = "unsecured"
            new = _with_protocol(known, change, after)
        else:
            return None
        if new is None:
            return None
        after[key] = new
    left = {key: after.get(key, known.raw.get(key)) for key in ("unsecured", "secured")}
    return after if any(left.values()) else None


def _with_ports(known: BaseRow, change: CellChange, channels: t.Sequence[Raw]) -> list[Raw] | None:
    """One channel that had exactly the printed ports gets the new ones."""
    old, new = read_ports(change.old), read_ports(change.new)
    if new == PortCell() and change.column != "port":
        return []
    if new.question or old.question or not new.ports or not old.ports or new.protocols:
        return None
    if change.column == "port" and "secured" in known.raw:
        return None
    if len(channels) != 1 or "decision" in channels[0] or channels[0].get("ports") != list(map(str, old.ports)):
        return None
    return [{**channels[0], "ports": list(map(str, new.ports))}]


def _with_protocol(known: BaseRow, change: CellChange, after: t.Mapping[str, list[Raw]]) -> list[Raw] | None:
    """One channel of the printed protocol gets the new one."""
    old, new = read_protocols(change.old), read_protocols(change.new)
    channels = after.get("unsecured") or known.raw.get("unsecured", [])
    plain = len(channels) == 1 and "ports" in channels[0] and old.protocols == (channels[0]["protocol"],)
    if new.question or not new.protocols or "icmp" in new.protocols or not plain or "secured" in known.raw:
        return None
    return [{**channels[0], "protocol": protocol} for protocol in new.protocols]
