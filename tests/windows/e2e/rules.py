# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as a plan has them, in any number, none of which can be merged with another."""

from __future__ import annotations

import ipaddress
import typing as t

Rules = list[dict[str, t.Any]]

FIRST_ADDRESS = ipaddress.ip_address("10.0.0.1")
FIRST_PORT = 9000


def rules(count: int, *, remotes: int = 1, first: int = 0) -> Rules:
    """Numbered from first; each has addresses of its own, with a gap after each."""
    return [
        {
            "direction": "in",
            "protocol": "tcp",
            "ports": [str(FIRST_PORT + number)],
            "remotes": [str(FIRST_ADDRESS + 2 * (number * remotes + remote)) for remote in range(remotes)],
            "flows": [f"safeq6/mfd/{number + 1}"],
        }
        for number in range(first, first + count)
    ]


def apply(given: Rules, *, name: str = "Apply", **options: t.Any) -> dict[str, t.Any]:
    """A task that brings a host to exactly these rules."""
    task = {"rules": given, "management": ["192.0.2.0/24"], **options.pop("arguments", {})}
    return {"name": name, "printops.firewall.windows_defender_rules": task, **options}


def absent(*, name: str = "Remove", **options: t.Any) -> dict[str, t.Any]:
    return {"name": name, "printops.firewall.windows_defender_rules": {"state": "absent"}, **options}


def play(*tasks: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    return [{"hosts": "all", "gather_facts": False, "tasks": list(tasks)}]
