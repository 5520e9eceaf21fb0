# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between controller and host, provoked one at a time on a fake host."""

from __future__ import annotations

import pytest

from ..fake.computer import FakeComputer
from ..fake.pending import Change, FakeClock
from ..fake.records import Record, stored
from .hosts import Host, inventory
from .inventory import WAYS, variables
from .life import CHANGE, CONFIRM, READ
from .playbook import Controller
from .rules import apply, play, rules
from .test_apply import GROUP, ports_of

SHORTEST_TIMEOUT = {"confirm_timeout": 10}


def copied(host: Host[FakeComputer]) -> list[Record]:
    return [dict(rule) for rule in host.computer.firewall.rules]


def test_a_wrong_password_is_unreachable_and_says_so(host: Host[FakeComputer], controller: Controller) -> None:
    wrong = "wrong"
    hosts = {"win1": variables(host.way, host.server, host.certificate, password=wrong)}
    run = controller.play(play(apply(rules(1))), {"all": {"hosts": hosts}})
    assert run.stats["win1"]["unreachable"] == 1
    message = run.result("Apply")["msg"]
    assert "credentials" in message or "authenticate" in message, message
    assert host.computer.calls == []


def test_a_host_that_never_confirms_takes_the_change_back(host: Host[FakeComputer], controller: Controller) -> None:
    controller.play(play(apply(rules(2))), inventory([host]))
    before = copied(host)
    host.computer.calls.clear()
    host.computer.scheduler.clock = FakeClock(speed=5)
    host.computer.accidents.deaf_while_pending = True
    run = controller.play(play(apply(rules(3), arguments=SHORTEST_TIMEOUT)), inventory([host]))
    result = run.result("Apply")
    assert result["failed"] is True
    assert result["rolled_back"] is True
    assert "on its old rules" in result["msg"]
    assert host.server.traffic.refused > 0
    assert host.computer.firewall.rules == before
    assert host.computer.modules_called == [READ, CHANGE, CONFIRM]


def test_a_connection_lost_before_the_change_changes_nothing(host: Host[FakeComputer], controller: Controller) -> None:
    before = copied(host)
    host.computer.accidents.lost_before = CHANGE
    run = controller.play(play(apply(rules(2))), inventory([host]))
    assert run.stats["win1"]["unreachable"] + run.stats["win1"]["failures"] == 1
    assert "connection was lost" in run.result("Apply")["msg"]
    assert "Traceback" not in run.result("Apply")["msg"]
    assert host.computer.firewall.rules == before


def test_a_connection_lost_after_the_change_is_confirmed(host: Host[FakeComputer], controller: Controller) -> None:
    host.computer.accidents.lost_after = CHANGE
    run = controller.play(play(apply(rules(2))), inventory([host]))
    assert run.problems == []
    assert run.result("Apply")["changed"] is True
    assert {"9000", "9001"} < ports_of(host)
    assert host.computer.scheduler.waiting() is None


def test_rules_that_change_between_read_and_write_are_read_again(
    host: Host[FakeComputer], controller: Controller
) -> None:
    def somebody_else() -> None:
        host.computer.firewall.rules.append(stored({"name": "printops 000000000000 x", "grouping": GROUP}))

    host.computer.accidents.before[CHANGE] = somebody_else
    run = controller.play(play(apply(rules(2))), inventory([host]))
    assert run.problems == []
    assert host.computer.modules_called == [READ, CHANGE, READ, CHANGE, CONFIRM]
    assert ports_of(host) == {"9000", "9001", str(host.server.port)}


def test_group_policy_that_ignores_local_rules_stops_the_run(host: Host[FakeComputer], controller: Controller) -> None:
    host.computer.firewall.modify_state = "gp_override"
    for profile in host.computer.firewall.profiles.values():
        profile["local_rules_apply"] = False
    run = controller.play(play(apply(rules(1))), inventory([host]))
    assert run.result("Apply")["failed"] is True
    assert "Group Policy" in run.result("Apply")["msg"]
    assert host.computer.modules_called == [READ]


def test_a_stopped_firewall_service_stops_the_run(host: Host[FakeComputer], controller: Controller) -> None:
    host.computer.firewall.services["firewall"] = {"state": "stopped", "start": "disabled"}
    run = controller.play(play(apply(rules(1))), inventory([host]))
    assert run.result("Apply")["failed"] is True
    assert "MpsSvc" in run.result("Apply")["msg"]
    assert host.computer.modules_called == [READ]


def test_duplicates_go_and_a_foreign_rule_of_our_name_stays(host: Host[FakeComputer], controller: Controller) -> None:
    controller.play(play(apply(rules(2))), inventory([host]))
    wanted = copied(host)
    ours = host.computer.firewall.of_group(GROUP)[0]
    foreign = {**ours, "grouping": "of somebody else"}
    host.computer.firewall.rules += [dict(ours), foreign]
    run = controller.play(play(apply(rules(2)), apply(rules(2), name="Again")), inventory([host]))
    assert run.problems == []
    assert run.result("Apply")["changed"] is True
    assert run.result("Again")["changed"] is False

    def by_text(rules: list[Record]) -> list[str]:
        return sorted(map(str, rules))

    assert by_text(host.computer.firewall.rules) == by_text([*wanted, foreign])


@pytest.mark.parametrize("accident", ["lost_before", "lost_after"])
def test_a_connection_lost_while_reading_changes_nothing(
    host: Host[FakeComputer], controller: Controller, accident: str
) -> None:
    before = copied(host)
    setattr(host.computer.accidents, accident, READ)
    run = controller.play(play(apply(rules(1))), inventory([host]))
    assert run.rc != 0
    assert "Traceback" not in run.result("Apply")["msg"]
    assert host.computer.firewall.rules == before


@pytest.mark.parametrize("way", [way for way in WAYS if str(way) in ("winrm-https-basic", "psrp-https-basic")], ids=str)
def test_a_certificate_of_nobody_we_trust_is_unreachable(host: Host[FakeComputer], controller: Controller) -> None:
    trusting = host.variables()
    hosts = {"win1": {key: value for key, value in trusting.items() if not key.endswith(("ca_trust_path", "ca_cert"))}}
    run = controller.play(play(apply(rules(1))), {"all": {"hosts": hosts}})
    assert run.stats["win1"]["unreachable"] == 1
    assert "certificate verify failed" in run.result("Apply")["msg"]
    assert host.server.traffic.plain == 0


class ClockOfReads(FakeClock):
    """Forty seconds pass with each reading of the firewall, however long that takes."""

    def __init__(self, computer: FakeComputer) -> None:
        super().__init__()
        self.computer = computer

    def now(self) -> float:
        return 40.0 * self.computer.modules_called.count(READ)


def test_a_change_of_another_run_is_waited_for(host: Host[FakeComputer], controller: Controller) -> None:
    scheduler = host.computer.scheduler
    scheduler.clock = ClockOfReads(host.computer)
    undone: list[str] = []
    name, until = "another", scheduler.clock.now() + 60
    scheduler.arm(Change(token=name, until=until, undo=lambda: undone.append(name), session=frozenset()))
    run = controller.play(play(apply(rules(1))), inventory([host]))
    assert run.problems == []
    assert undone == [name]
    reads = host.computer.modules_called.count(READ)
    assert reads > 1
    assert host.computer.modules_called[reads:] == [CHANGE, CONFIRM]
    assert any("unconfirmed change of an earlier run" in warning for warning in run.result("Apply")["warnings"])
