# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said where the firewall of a Windows host is turned on or off."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._windows.state import State
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.turning import turning, turns
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import (
    PORT,
    answer,
    look,
    rule,
)

OFF = "policy__profiles__domain__enabled", "policy__local_profiles__domain__enabled"
ACCEPTS = "policy__profiles__domain__default_inbound", "policy__local_profiles__domain__default_inbound"
LISTENERS: list[dict[str, t.Any]] = [
    {"protocol": "tcp", "port": port, "addresses": ["0.0.0.0"], "process": process}
    for port, process in ((443, "web"), (PORT, "system"), (7777, "agent"), (49700, "lsass"))
]


def said(host: dict[str, t.Any], *, done: bool = False, **options: t.Any) -> str:
    plan, state = look(rule(), host=host, **options), State.of(host)
    if not turns(plan, state):
        return ""
    return turning(plan, state, listeners=LISTENERS, ports={PORT}, done=done)


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        (dict.fromkeys(OFF, False), {"start": True}),
        (dict.fromkeys(ACCEPTS, "allow"), {"default_inbound": "block"}),
    ],
)
def test_what_is_cut_off_is_named(changes: dict[str, t.Any], options: dict[str, t.Any]) -> None:
    told = "for the domain profile: default deny; listening and not in the plan, {}cut off: 7777/tcp agent"
    assert said(answer(**changes), **options) == f"WILL BE TURNED ON {told.format('will be ')}"
    assert said(answer(**changes), done=True, **options) == f"TURNED ON {told.format('')}"


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({}, {"start": True}),
        (dict.fromkeys(OFF, False), {}),
        ({**dict.fromkeys(OFF, False), **dict.fromkeys(ACCEPTS, "allow")}, {"start": True}),
        ({name.replace("domain", "public"): False for name in OFF}, {"start": True}),
    ],
)
def test_nothing_is_said_where_no_network_of_the_host_is_filtered_more(
    changes: dict[str, t.Any], options: dict[str, t.Any]
) -> None:
    assert said(answer(**changes), **options) == ""


def test_what_is_laid_open_is_named() -> None:
    host = answer(found={"domain": {"enabled": False, "default_inbound": "block"}})
    told = said(host, state="absent", as_found=True)
    assert told.startswith("WILL BE TURNED OFF for the domain profile, as it was found; listening, and will be open")
    assert told.endswith(f"443/tcp web, {PORT}/tcp system, 7777/tcp agent")
