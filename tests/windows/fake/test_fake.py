# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake is as awkward as Windows is known to be; a fake that is too kind would hide mistakes."""

from __future__ import annotations

import typing as t

import pytest

from .arguments import FakeArgumentError, validated
from .firewall import FakeFirewall
from .modules import RESTORE_FILES, FakeModules
from .pending import Endpoint, FakeClock, FakeScheduler
from .records import FakeFirewallError, stored

GROUP = "printops.firewall"
OLD, NEW = (5985, "192.0.2.1", 50000), (5985, "192.0.2.1", 50001)
ELSEWHERE = (5985, "192.0.2.2", 50001)
CHANGE: dict[str, t.Any] = {
    "group": GROUP,
    "operations": '{"do": "add", "rule": {"name": "one", "grouping": "printops.firewall"}}',
    "token": "t",
    "confirm_timeout": 60,
    "session": [{"local_port": OLD[0], "remote_address": OLD[1], "remote_port": OLD[2]}],
    "restore_files": dict.fromkeys(RESTORE_FILES, "text"),
}


class Fake:
    """The parts of a fake host, with a clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.firewall = FakeFirewall()
        self.clock = StillClock()
        self.scheduler = FakeScheduler(self.clock)
        self.connections: frozenset[Endpoint] = frozenset({OLD})
        self.modules = FakeModules(self.firewall, self.scheduler, lambda: self.connections)

    def change(self, **more: t.Any) -> dict[str, t.Any]:
        return self.modules.change({**CHANGE, "state_id": self.firewall.state_id(GROUP), **more}, check_mode=False)

    def confirm(self) -> str:
        answer = self.modules.pending({"token": "t", "want": "confirmed"}, check_mode=False)
        return str(answer["state"])

    def names(self) -> list[str]:
        return [rule["name"] for rule in self.firewall.of_group(GROUP)]


class StillClock(FakeClock):
    seconds = 0.0

    def now(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    ("given", "back"),
    [
        ("10.0.0.0/24", "10.0.0.0/255.255.255.0"),
        ("10.0.0.5", "10.0.0.5/255.255.255.255"),
        ("10.0.0.5,2001:db8::/32", "2001:db8::/32,10.0.0.5/255.255.255.255"),
        ("2001:db8::5", "2001:db8::5/128"),
        ("10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"),
        ("LocalSubnet", "LocalSubnet"),
        ("", "*"),
    ],
)
def test_addresses_come_back_in_another_form(given: str, back: str) -> None:
    assert stored({"name": "x", "remote_addresses": given})["remote_addresses"] == back


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a|b"},
        {"remote_addresses": "10.0.0.1/24"},
        {"remote_addresses": "example.com"},
        {"protocol": 6, "local_ports": "80-70"},
        {"protocol": 6, "local_ports": "0"},
        {"protocol": 1, "local_ports": "80"},
        {"enabled": 1},
        {"nonsense": "x"},
    ],
)
def test_what_windows_refuses_is_refused(wrong: dict[str, t.Any]) -> None:
    with pytest.raises(FakeFirewallError):
        stored({"name": "x", **wrong})


def test_a_failing_operation_undoes_those_before() -> None:
    fake = Fake()
    answer = fake.change(operations=CHANGE["operations"] + '\n{"do": "remove", "name": "nobody\'s"}')
    assert (answer["failed"], answer["undone"], fake.names()) == (True, True, [])
    assert "operation 2 (remove)" in answer["msg"]
    assert fake.scheduler.waiting() is None


def test_another_state_is_stale_and_a_waiting_change_is_in_the_way() -> None:
    fake = Fake()
    assert fake.change(state_id="another")["stale"] is True
    assert fake.change()["pending"] is True
    another = "u"
    assert "waits to be confirmed" in fake.change(token=another)["msg"]
    assert fake.names() == ["one"]


@pytest.mark.parametrize("lacking", [{"token": None}, {"restore_files": {}}])
def test_a_change_that_could_not_be_taken_back_is_refused(lacking: dict[str, t.Any]) -> None:
    fake = Fake()
    assert fake.change(**lacking)["failed"] is True
    assert fake.names() == []


def test_only_a_new_connection_from_there_confirms() -> None:
    fake = Fake()
    fake.change()
    assert fake.confirm() == "pending"
    fake.connections = frozenset({OLD, ELSEWHERE})
    assert fake.confirm() == "pending"
    fake.connections = frozenset({OLD, NEW})
    assert fake.confirm() == "confirmed"
    fake.clock.seconds = 61
    assert fake.names() == ["one"]
    assert fake.scheduler.waiting() is None


def test_what_nobody_confirms_is_taken_back_in_time() -> None:
    fake = Fake()
    fake.change()
    fake.clock.seconds = 59
    assert fake.scheduler.told(None)["state"] == "pending"
    fake.clock.seconds = 60
    fake.connections = frozenset({NEW})
    assert fake.confirm() == "restored"
    assert fake.names() == []
    assert fake.scheduler.told(None)["state"] == "none"


def test_arguments_are_held_to_the_documentation() -> None:
    assert validated("windows_defender_pending", {})["want"] == "status"
    for wrong in ({"want": "nonsense"}, {"nonsense": 1}):
        with pytest.raises(FakeArgumentError, match="nonsense"):
            validated("windows_defender_pending", wrong)
