# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook drift over an estate with a Windows host, which is a fake."""

from __future__ import annotations

import json
import pathlib

import pytest

from ..fake.computer import FakeComputer
from .hosts import Host
from .inventory import PSRP
from .life import READ
from .playbook import CHECKOUT, Controller
from .test_site import SITE, estate

DRIFT = CHECKOUT / "playbooks" / "drift.yml"

pytestmark = pytest.mark.parametrize("way", [PSRP], ids=str)


def test_a_host_is_read_once_and_held_against_the_plan(
    host: Host[FakeComputer], controller: Controller, tmp_path: pathlib.Path
) -> None:
    inventory = estate(host)
    assert controller.play(SITE, inventory).rc == 0
    host.computer.calls.clear()
    host.computer.firewall.listeners = [
        {"protocol": "tcp", "port": 8080, "addresses": ["0.0.0.0"], "process": "httpd"},
        {"protocol": "tcp", "port": host.server.port, "addresses": ["::"], "process": "System"},
    ]
    report = tmp_path / "drift.json"
    done = controller.play(DRIFT, inventory, "--become", "-e", f"printops_drift_file={report}")
    assert host.computer.modules_called == [READ]
    assert done.rc == 2
    told = json.loads(report.read_text(encoding="utf-8"))
    part = told["hosts"]["win1"]
    assert (part["provider"], part["reached"]) == ("windows_defender", True)
    kinds = {finding["kind"] for finding in part["findings"]}
    assert "undocumented_listener" in kinds
    assert not kinds & {"missing", "changed", "stale", "pending", "not_enforced", "disagreement"}
    assert "httpd (8080/tcp)" in done.output
