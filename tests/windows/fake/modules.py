# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake's answers in place of the three modules, by the contract that their documentation tells."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable

from .firewall import FakeFirewall
from .pending import Change, Endpoint, FakeScheduler
from .records import FakeFirewallError, table

Result = dict[str, t.Any]
Connections = Callable[[], frozenset[Endpoint]]
RESTORE_FILES = {
    "restore.ps1",
    "Firewall.psm1",
    "FirewallChange.psm1",
    "FirewallPending.psm1",
}


class FakeModules:
    """Of one host. Every answer has changed; a failure has failed and msg too."""

    def __init__(self, firewall: FakeFirewall, scheduler: FakeScheduler, connections: Connections) -> None:
        self._firewall = firewall
        self._scheduler = scheduler
        self._connections = connections

    def state(self, arguments: Result, *, check_mode: bool) -> Result:
        del check_mode
        pending = self._scheduler.told(arguments["token"])
        firewall, group = self._firewall, arguments["group"]
        running = firewall.running
        others = [
            rule
            for rule in firewall.rules
            if rule["grouping"] != group and rule["enabled"] and (arguments["outgoing"] or rule["direction"] == "in")
        ]
        return {
            "changed": False,
            "rules": table(firewall.of_group(group) if running else []),
            "others": table(others if running else []),
            "policy": {
                "local_policy_modify_state": firewall.modify_state if running else "unknown",
                "policy_rules": firewall.policy_rules,
                "profiles": {name: {**one, "set_by": {}} for name, one in firewall.profiles.items()} if running else {},
                "local_profiles": firewall.profiles if running else {},
                "stored": firewall.stored,
                "current_profiles": firewall.current_profiles if running else [],
            },
            "service": firewall.services,
            "products": firewall.products,
            "connections": [
                {"local_port": local_port, "remote_address": address, "remote_port": port}
                for local_port, address, port in sorted(self._connections())
                if local_port in arguments["management_ports"]
            ],
            "pending": pending,
            "state_id": firewall.state_id(group),
            "found": firewall.found,
            "administrator": True,
            "domain": firewall.domain if arguments["outgoing"] else {"member": None, "name": "", "controllers": []},
            "listeners": firewall.listeners if arguments["listeners"] else [],
        }

    def change(self, arguments: Result, *, check_mode: bool) -> Result:
        waiting = self._scheduler.waiting()
        answer = {"changed": False, "stale": False, "done": 0, "pending": False, "undone": False, "repaired": ""}
        if problem := self._refusal(arguments, waiting):
            return {**answer, "failed": True, "msg": f"windows_defender_change: {problem}"}
        if arguments["state_id"] != self._firewall.state_id(arguments["group"]):
            return {**answer, "stale": True}
        operations = [json.loads(line) for line in arguments["operations"].split("\n") if line]
        if check_mode:
            return {**answer, "changed": bool(operations)}
        before = self._firewall.snapshot()
        for number, operation in enumerate(operations, start=1):
            try:
                self._firewall.operate(operation, group=arguments["group"])
            except (FakeFirewallError, KeyError, TypeError) as error:
                self._firewall.restore(before)
                told = f"windows_defender_change: operation {number} ({operation.get('do')}): {error}"
                return {**answer, "failed": True, "msg": told, "undone": True}
        seconds = arguments["confirm_timeout"]
        if seconds:
            self._arm(arguments, lambda: self._firewall.restore(before))
        done = len(operations)
        return {**answer, "changed": bool(done), "done": done, "pending": bool(seconds)}

    def pending(self, arguments: Result, *, check_mode: bool) -> Result:
        before = self._scheduler.told(arguments["token"])
        token = before["token"]
        if token and not check_mode and arguments["want"] == "confirmed":
            self._scheduler.confirm(token, connections=self._connections())
        elif token and not check_mode and arguments["want"] == "restored":
            self._scheduler.take_back(token)
        after = self._scheduler.told(arguments["token"])
        return {**after, "changed": before["state"] != after["state"]}

    def _refusal(self, arguments: Result, waiting: Change | None) -> str:
        if waiting is not None:
            return f"another change ({waiting.token}) waits to be confirmed"
        if not arguments["confirm_timeout"]:
            return ""
        if not arguments["token"]:
            return "confirm_timeout needs a token"
        files = arguments["restore_files"]
        if set(files) != RESTORE_FILES or not all(files.values()):
            return f"restore_files are {', '.join(sorted(files)) or 'none'}, not {', '.join(sorted(RESTORE_FILES))}"
        return ""

    def _arm(self, arguments: Result, undo: Callable[[], None]) -> None:
        until = self._scheduler.clock.now() + arguments["confirm_timeout"]
        session = frozenset(
            (one["local_port"], one["remote_address"], one["remote_port"]) for one in arguments["session"]
        )
        self._scheduler.arm(Change(token=arguments["token"], until=until, undo=undo, session=session))
