# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake's answers in place of modules of other collections, for comparisons."""

from __future__ import annotations

import typing as t

from .firewall import FakeFirewall
from .records import stored

Result = dict[str, t.Any]
PROTOCOLS = {"tcp": 6, "udp": 17, "any": 256}


def win_ping(arguments: Result) -> Result:
    return {"changed": False, "ping": arguments.get("data", "pong")}


def win_firewall_rule(firewall: FakeFirewall, arguments: Result) -> Result:
    """C(community.windows.win_firewall_rule) as far as the benchmark's loop uses it: one rule that is to be there."""
    wanted = stored(
        {
            "name": arguments["name"],
            "enabled": True,
            "protocol": PROTOCOLS[arguments["protocol"]],
            "local_ports": ",".join(map(str, arguments["localport"])),
            "remote_addresses": ",".join(arguments["remoteip"]),
        }
    )
    same = [rule for rule in firewall.rules if rule["name"] == wanted["name"]]
    if same == [wanted]:
        return {"changed": False}
    firewall.rules = [rule for rule in firewall.rules if rule["name"] != wanted["name"]] + [wanted]
    return {"changed": True}
