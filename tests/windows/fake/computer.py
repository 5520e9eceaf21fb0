# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake Windows host behind the server of the tests: it reads what Ansible sends, and answers for the module."""

from __future__ import annotations

import json
import threading
import typing as t
from collections.abc import Callable
from dataclasses import dataclass, field

from ..wsman.ansible_input import ModuleCall, parse_module_call
from ..wsman.command import Command, ConnectionLostError, Outcome, Peer
from . import rivals
from .arguments import FakeArgumentError, validated
from .firewall import FakeFirewall
from .modules import FakeModules
from .pending import Endpoint, FakeScheduler

OURS = "printops.firewall."
Result = dict[str, t.Any]


@dataclass(frozen=True)
class Call:
    """A module that was run: the last part of its name, and the connection it came over."""

    module: str
    check_mode: bool
    peer: Peer


@dataclass
class Accidents:
    """What is to go wrong, each once: the connection before or after a module of this name was carried out."""

    lost_before: str = ""
    lost_after: str = ""
    deaf_while_pending: bool = False
    before: dict[str, Callable[[], None]] = field(default_factory=dict)


class FakeComputer:
    """One fake host. Tests set its firewall and its accidents, and read its calls."""

    def __init__(self) -> None:
        self.firewall = FakeFirewall()
        self.scheduler = FakeScheduler()
        self.accidents = Accidents()
        self.calls: list[Call] = []
        self._peers: set[Peer] = set()
        self._lock = threading.RLock()
        self._modules = FakeModules(self.firewall, self.scheduler, self._connections)

    @property
    def modules_called(self) -> list[str]:
        return [call.module for call in self.calls]

    def admits(self, peer: Peer) -> bool:
        with self._lock:
            if self.accidents.deaf_while_pending and self.scheduler.waiting():
                return False
            self._peers.add(peer)
            return True

    def left(self, peer: Peer) -> None:
        with self._lock:
            self._peers.discard(peer)

    def execute(self, command: Command) -> Outcome:
        call = parse_module_call(command.stdin)
        name = call.module.rpartition(".")[2]
        with self._lock:
            if self.accidents.lost_before == name:
                self.accidents.lost_before = ""
                raise ConnectionLostError
            self.accidents.before.pop(name, lambda: None)()
            self.calls.append(Call(name, check_mode=call.check_mode, peer=command.peer))
            result = self._answer(call, name)
            if self.accidents.lost_after == name:
                self.accidents.lost_after = ""
                raise ConnectionLostError
        return Outcome(rc=1 if result.get("failed") else 0, stdout=json.dumps(result) + "\r\n")

    def _connections(self) -> frozenset[Endpoint]:
        return frozenset((peer.local_port, peer.address, peer.port) for peer in self._peers)

    def _answer(self, call: ModuleCall, name: str) -> Result:
        if call.module == "ansible.windows.win_ping":
            return rivals.win_ping(call.arguments)
        if call.module == "community.windows.win_firewall_rule":
            return rivals.win_firewall_rule(self.firewall, call.arguments)
        answers = {
            "windows_defender_info": self._modules.state,
            "windows_defender_change": self._modules.change,
            "windows_defender_pending": self._modules.pending,
        }
        if not call.module.startswith(OURS) or name not in answers:
            return {"failed": True, "msg": f"the fake knows no module {call.module}"}
        try:
            arguments = validated(name, call.arguments)
        except FakeArgumentError as error:
            return {"failed": True, "msg": str(error), "invocation": {"module_args": {}}}
        return {**answers[name](arguments, check_mode=call.check_mode), "invocation": {"module_args": {}}}
