# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a firewall that is turned on or off."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import EVERYONE, Opening
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, parse_rules
from ansible_collections.printops.firewall.plugins.module_utils._rules.turning import turned_off, turned_on

RULES = parse_rules(
    [
        {"direction": "in", "protocol": "tcp", "ports": ["22", "9100-9110"], "remotes": ["10.0.0.0/8"]},
        {"direction": "out", "protocol": "tcp", "ports": ["7777"], "remotes": ["10.0.0.0/8"]},
    ]
)


def socket(port: int, *addresses: str, protocol: str = "tcp", process: str = "python3") -> dict[str, t.Any]:
    return {"port": port, "protocol": protocol, "process": process, "addresses": addresses or ("0.0.0.0", "::")}


@pytest.mark.parametrize(
    ("listener", "told"),
    [
        (socket(7777), "7777/tcp python3"),
        (socket(9100, protocol="udp"), "9100/udp python3"),
        (socket(7777, "::1", "10.0.0.1"), "7777/tcp python3"),
        (socket(7777, "fe80::1%eth0"), "7777/tcp python3"),
        (socket(7777, process=""), "7777/tcp"),
        (socket(7777, "127.0.0.1", "::1"), ""),
        (socket(22), ""),
        (socket(9105), ""),
        (socket(443), ""),
        (socket(5353, protocol="udp"), ""),
    ],
)
def test_what_a_firewall_cuts_off_is_named(listener: dict[str, t.Any], told: str) -> None:
    others = [
        Opening("web", "tcp", (PortRange(443, 443),), EVERYONE),
        Opening("names", "any", (PortRange(5353, 5353),), EVERYONE),
        Opening("answers", "tcp", (), EVERYONE, (PortRange(20, 20),)),
    ]
    nothing = "WILL BE TURNED ON: default deny; nothing listens that is not in the plan"
    expected = f"WILL BE TURNED ON: default deny; listening and not in the plan, will be cut off: {told}"
    assert turned_on([listener], rules=RULES, others=others, done=False) == (expected if told else nothing)


def test_a_default_that_accepts_cuts_nothing_off() -> None:
    accepts = [Opening("target ACCEPT", "any", (), EVERYONE)]
    assert turned_on([socket(7777)], rules=RULES, others=accepts, done=True) == (
        "TURNED ON: default accept, so that nothing is cut off"
    )


def test_what_is_done_is_told_as_done_and_long_lists_are_cut() -> None:
    several = [socket(7000 + number) for number in range(25)]
    told = turned_on(several, rules=RULES, others=[], done=True, what=" for the domain profile")
    assert told.startswith("TURNED ON for the domain profile: default deny; listening and not in the plan, cut off: 70")
    assert told.endswith("7019/tcp python3 and 5 more")


def test_what_a_firewall_that_is_turned_off_lays_open_is_named() -> None:
    several = [socket(22, process="sshd"), socket(25, "127.0.0.1")]
    assert turned_off(several, done=False) == (
        "WILL BE TURNED OFF, as it was found; listening, and will be open to everyone: 22/tcp sshd"
    )
    assert turned_off(several, done=True).startswith("TURNED OFF, as it was found; listening, and open to everyone: 22")
    assert turned_off([], done=True) == "TURNED OFF, as it was found; nothing listens"
