# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our modules executed by PowerShell 7 on Linux, started by Ansible's own wrappers, over both connection plugins.

What touches Windows is the stand-in. So nothing here says anything of COM, of Windows or of Windows PowerShell 5.1.
"""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ..fake.firewall import FakeFirewall
from ..wsman.certificate import Certificate
from .collection import copy_with_standin
from .hosts import Host, inventory, serve
from .inventory import WINRM, Way
from .life import CALLS, CHANGE, CONFIRM, LAST_PORT, READ, die, live
from .playbook import Controller
from .powershell import PowerShellComputer
from .rules import apply, play, rules

pytestmark = pytest.mark.pwsh

GROUP = "printops.firewall"
LONGEST_SECONDS = 900.0
Rules = list[dict[str, t.Any]]


@pytest.fixture(name="controller")
def controller_fixture(tmp_path: pathlib.Path) -> Controller:
    return Controller(tmp_path, copy_with_standin(tmp_path), LONGEST_SECONDS)


@pytest.fixture(name="standin_state")
def standin_state_fixture() -> dict[str, t.Any]:
    """What the stand-in begins with; a test may change it before it asks for the host."""
    return {"rules": []}


@pytest.fixture(name="real")
def real_fixture(
    way: Way, certificate: Certificate, tmp_path: pathlib.Path, standin_state: dict[str, t.Any]
) -> t.Iterator[Host[PowerShellComputer]]:
    """A host that runs PowerShell, and has the rule that Windows has for the port of its server."""
    computer = PowerShellComputer(folder=tmp_path / "host", state=standin_state)
    with serve([computer], way, certificate) as hosts:
        computer.write({**standin_state, "rules": windows_rules(hosts[0].server.port)})
        yield hosts[0]


def windows_rules(port: int) -> Rules:
    firewall = FakeFirewall()
    firewall.allow_remote_management(port)
    return firewall.rules


def ours(host: Host[PowerShellComputer]) -> Rules:
    return [rule for rule in host.computer.state()["rules"] if rule["grouping"] == GROUP]


def test_life_of_the_rules_of_a_host(real: Host[PowerShellComputer], controller: Controller) -> None:
    live(controller, inventory([real]))
    assert real.computer.modules_called == [call for calls in CALLS.values() for call in calls]
    assert {rule["local_ports"] for rule in ours(real)} == {LAST_PORT, str(real.server.port)}
    assert real.computer.state().get("task") is None
    die(controller, inventory([real]))
    assert real.computer.state()["rules"] == windows_rules(real.server.port)


@pytest.mark.parametrize("way", [WINRM], ids=str)
def test_a_host_that_never_confirms_takes_the_change_back(
    real: Host[PowerShellComputer], controller: Controller
) -> None:
    controller.play(play(apply(rules(1))), inventory([real]))
    before = ours(real)
    assert before
    real.computer.modules_called.clear()
    real.computer.deaf_while_armed = True
    run = controller.play(play(apply(rules(2), arguments={"confirm_timeout": 10})), inventory([real]))
    assert run.result("Apply")["failed"] is True
    assert run.result("Apply")["rolled_back"] is True, run.result("Apply")["msg"]
    assert real.server.traffic.refused > 0
    assert real.computer.modules_called == [READ, CHANGE, CONFIRM]
    assert ours(real) == before


@pytest.mark.parametrize("way", [WINRM], ids=str)
@pytest.mark.parametrize("standin_state", [{"fail": {"Add-PrintopsRule": 2}}])
def test_a_change_that_fails_is_undone(real: Host[PowerShellComputer], controller: Controller) -> None:
    run = controller.play(play(apply(rules(3))), inventory([real]))
    result = run.result("Apply")
    assert result["failed"] is True
    assert "told to fail at Add-PrintopsRule" in result["msg"]
    assert ours(real) == []
    assert real.computer.state().get("task") is None


@pytest.mark.parametrize("way", [WINRM], ids=str)
def test_arguments_are_held_to_the_specification(real: Host[PowerShellComputer], controller: Controller) -> None:
    task = {"name": "Read", "printops.firewall.windows_defender_info": {"gruop": "x"}}
    run = controller.play(play(task), inventory([real]))
    assert run.result("Read")["failed"] is True
    assert "gruop" in run.result("Read")["msg"]
