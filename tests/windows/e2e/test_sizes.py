# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments and results of the size of the largest rule sets, and many hosts at once."""

from __future__ import annotations

import json

from ..fake.computer import FakeComputer
from ..fake.records import stored, table
from ..wsman.certificate import Certificate
from .hosts import Host, inventory, serve
from .inventory import PSRP, WINRM
from .life import CHANGE, CONFIRM, READ
from .playbook import Controller
from .rules import apply, play, rules
from .test_apply import GROUP, ports_of

RULES, ADDRESSES = 300, 1_000
HOSTS = 20


def test_arguments_and_results_of_300_rules_of_1000_addresses_travel(
    host: Host[FakeComputer], controller: Controller
) -> None:
    records = [
        {
            "name": f"printops {number} žluťoučký",
            "protocol": 6,
            "local_ports": ",".join(rule["ports"]),
            "remote_addresses": ",".join(rule["remotes"]),
            "grouping": GROUP,
        }
        for number, rule in enumerate(rules(RULES, remotes=ADDRESSES))
    ]
    arguments = {
        "group": GROUP,
        "state_id": host.computer.firewall.state_id(GROUP),
        "operations": "\n".join(json.dumps({"do": "add", "rule": record}) for record in records),
    }
    run = controller.play(
        play(
            {"name": "Change", f"{GROUP}.{CHANGE}": arguments},
            {"name": "Read", f"{GROUP}.{READ}": {"group": GROUP}},
        ),
        inventory([host]),
    )
    assert run.problems == []
    assert host.computer.firewall.of_group(GROUP) == [stored(record) for record in records]
    assert run.result("Read")["rules"] == table(host.computer.firewall.of_group(GROUP))


def test_twenty_hosts_of_300_rules_in_one_run(certificate: Certificate, controller: Controller) -> None:
    half = HOSTS // 2
    with (
        serve([FakeComputer() for _ in range(half)], WINRM, certificate) as over_winrm,
        serve([FakeComputer() for _ in range(half)], PSRP, certificate) as over_psrp,
    ):
        hosts = [*over_winrm, *over_psrp]
        run = controller.play(play(apply(rules(RULES)), apply(rules(RULES), name="Again")), inventory(hosts))
        assert run.problems == []
        for number, host in enumerate(hosts, start=1):
            assert host.computer.modules_called == [READ, CHANGE, CONFIRM, READ]
            assert len(ports_of(host)) == RULES + 1
            assert [run.result(name, f"win{number}")["changed"] for name in ("Apply", "Again")] == [True, False]
