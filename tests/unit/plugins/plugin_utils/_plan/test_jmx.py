# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the sockets beside JMX is Java's own, and which may be an RMI port that nobody set."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._plan.jmx import beside_jmx

EVERYWHERE, INSIDE = "0.0.0.0", "127.0.0.1"
JMX, RMI = 9898, 9000
OTHER_PROCESS = 7


def listens(port: int, on: str = EVERYWHERE, *, pid: int = 900, **more: t.Any) -> dict[str, t.Any]:
    told = {"protocol": "tcp", "port": port, "addresses": [on], "pids": [pid], "ephemeral": port > 32767}
    return {**told, **more}


def local(port: int) -> dict[str, t.Any]:
    return listens(port, local_management=True)


@pytest.mark.parametrize(
    ("listeners", "expected"),
    [
        ([listens(JMX, INSIDE), listens(40001, INSIDE), local(40002)], {40002: True}),
        ([listens(JMX), listens(40001), local(40002)], {40001: False, 40002: True}),
        ([listens(JMX, INSIDE), listens(40001), local(40002)], {40001: False, 40002: True}),
        ([listens(JMX, INSIDE), listens(RMI, INSIDE), listens(40001), local(40002)], {40002: True}),
        ([listens(JMX, INSIDE), listens(40002)], {40002: True}),
        ([listens(JMX, INSIDE), listens(40001), listens(40002)], {40001: False, 40002: False}),
        ([listens(JMX), listens(40001), listens(40002)], {40001: False, 40002: False}),
        ([listens(JMX), listens(40001)], {40001: False}),
        ([listens(JMX), listens(RMI), listens(40002)], {40002: True}),
        ([listens(JMX), listens(RMI), listens(40001), listens(40002)], {}),
        ([listens(JMX, INSIDE), listens(8005), listens(40002, pid=OTHER_PROCESS)], {}),
        ([listens(JMX, INSIDE), listens(50001)], {}),
        ([listens(JMX, INSIDE), {**listens(40001), "protocol": "udp"}], {}),
        ([listens(8080), listens(40001)], {}),
        ([], {}),
    ],
)
def test_what_listens_beside_jmx(listeners: list[dict[str, t.Any]], expected: dict[int, bool]) -> None:
    holders = [
        {**{key: one[key] for key in one if key != "pids"}, "holders": [{"pid": one["pids"][0]}]} for one in listeners
    ]
    for given in (listeners, holders):
        found = beside_jmx(
            given, is_jmx=lambda one: one["port"] in (JMX, RMI), is_documented=lambda one: one["port"] == 50001
        )
        assert {one.listener["port"]: one.is_local for one in found} == expected
        assert all(one.jmx["port"] == JMX for one in found)
