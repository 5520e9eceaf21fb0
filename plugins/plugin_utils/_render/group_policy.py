# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Rules of Windows Defender Firewall in the words of the cmdlet New-NetFirewallRule, which writes Group Policies."""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import (
    ANY,
    EVERY_PROFILE,
    ICMP4,
    ICMP6,
    IGMP,
    TCP,
    UDP,
    Record,
    profile_names,
)

_DIRECTIONS = {"in": "Inbound", "out": "Outbound"}
_PROTOCOLS = {TCP: "TCP", UDP: "UDP", ICMP4: "ICMPv4", ICMP6: "ICMPv6", IGMP: str(IGMP)}


def parameters(record: Record) -> dict[str, t.Any]:
    """The parameters for a rule of ours; C(Name) is unique in a policy, and another one for any other rule."""
    given: dict[str, t.Any] = {
        "DisplayName": record.name,
        "Description": record.description,
        "Group": record.grouping,
        "Enabled": "True",
        "Direction": _DIRECTIONS[record.direction],
        "Action": "Allow",
        "Profile": "Any" if record.profiles == EVERY_PROFILE else _profiles(record),
        "Protocol": _PROTOCOLS[record.protocol],
        **_lists(record),
    }
    digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
    return {"Name": f"printops-{digest[:24]}", **given}


def _profiles(record: Record) -> str:
    return ",".join(name.capitalize() for name in profile_names(record.profiles))


def _lists(record: Record) -> dict[str, list[str]]:
    """What is limited; a type of ICMP without its code means all of them, as C(8:*) does elsewhere."""
    limits = {
        "LocalPort": record.local_ports,
        "RemotePort": record.remote_ports,
        "RemoteAddress": record.remote_addresses,
        "IcmpType": record.icmp_types.replace(":*", ""),
    }
    return {name: text.split(",") for name, text in limits.items() if text not in ("", ANY)}
