# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty fake Windows hosts of 300 rules: calls a host, and what the controller itself spends on one.

The hosts are a fake behind a real WS-Management server, so the names that end in C(-own) say how many seconds of
processor time the controller needs for a host beyond as many trivial calls over the same connections, beside the bar
that is set for it. The names that end in C(-calls) count calls in the place of seconds.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import subprocess
import tempfile
import typing as t
from collections.abc import Callable, Collection, Iterator

from ansible.plugins.loader import init_plugin_loader

from ..windows.e2e.hosts import Host, inventory, serve
from ..windows.e2e.inventory import ACCOUNT, WINRM
from ..windows.e2e.playbook import Controller
from ..windows.e2e.rules import apply, play, rules
from ..windows.fake.computer import FakeComputer
from ..windows.wsman.authentication import publish_accounts
from ..windows.wsman.certificate import make_certificate
from .measure import BenchError, Comparison, alternate
from .place import CHECKOUT, program

HOSTS, RULES = 20, 300
CHANGED_CALLS, UNCHANGED_CALLS = 2, 1
BAR_SECONDS = 0.05
BAR = "the bar of 50 ms"
LOOP = "loop of community.windows.win_firewall_rule"
KINDS = ("apply", "unchanged")
NAMES = tuple(f"{kind}-windows-{HOSTS}x{RULES}-{what}" for kind in KINDS for what in ("calls", "own"))

Task = dict[str, t.Any]
OURS = apply(rules(RULES), arguments={"confirm_timeout": 0})
PING: Task = {"ansible.windows.win_ping": {}}
NOWHERE = {**play(OURS)[0], "hosts": "all:!all"}
"""Beside the pings, so that reading the playbook takes both sides the same time, and nothing goes to a worker."""


def compare(names: Collection[str], *, runs: int) -> list[Comparison]:
    if not set(NAMES) & set(names):
        return []
    init_plugin_loader([str(CHECKOUT / ".collections")])
    with Bench.opened() as bench:
        return [_compare(bench, name, runs=runs) for name in NAMES if name in names]


def _compare(bench: Bench, name: str, *, runs: int) -> Comparison:
    prepare = bench.forget if name.startswith("apply") else bench.bring_about
    calls = CHANGED_CALLS if name.startswith("apply") else UNCHANGED_CALLS
    if name.endswith("-own"):
        return alternate(
            name, rival=BAR, runs=runs, ours=lambda: bench.own_seconds(prepare, calls=calls), rivals=lambda: BAR_SECONDS
        )
    return alternate(
        name,
        rival=LOOP,
        runs=runs,
        ours=lambda: bench.calls_of([OURS], bench.hosts, prepare),
        rivals=lambda: bench.loop_calls,
    )


def loop() -> Task:
    """The usual way: a task for each rule."""
    module = {
        "name": "{{ item.flows | first }}",
        "enabled": True,
        "state": "present",
        "action": "allow",
        "direction": "in",
        "protocol": "tcp",
        "localport": "{{ item.ports }}",
        "remoteip": "{{ item.remotes }}",
    }
    label = {"label": "a rule"}
    return {"community.windows.win_firewall_rule": module, "loop": rules(RULES), "loop_control": label}


class Bench:
    """Open hosts, and ansible-playbook to be run against them."""

    def __init__(self, hosts: list[Host[FakeComputer]], folder: pathlib.Path) -> None:
        self.hosts = hosts
        self._controller = Controller(folder)
        self._folder = folder

    @classmethod
    @contextlib.contextmanager
    def opened(cls) -> Iterator[t.Self]:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            publish_accounts([ACCOUNT], file=folder / "accounts")
            certificate = make_certificate(folder)
            with serve([FakeComputer() for _ in range(HOSTS)], WINRM, certificate) as hosts:
                yield cls(hosts, folder)

    def forget(self) -> None:
        for host in self.hosts:
            host.computer.firewall.rules.clear()

    def bring_about(self) -> None:
        self._processor_seconds(play(OURS), self.hosts)

    @functools.cached_property
    def loop_calls(self) -> float:
        """Of the usual way for one host. Counted once: it is the same every time, and takes long."""
        return self.calls_of([loop()], self.hosts[:1], self.forget)

    def own_seconds(self, prepare: Callable[[], None], *, calls: int) -> float:
        """Processor seconds of the controller for a host, without those of as many pings over one connection."""
        prepare()
        ours = self._processor_seconds(play(OURS), self.hosts)
        pings = self._processor_seconds([*play(PING | {"loop": list(range(calls))}), NOWHERE], self.hosts)
        return (ours - pings) / len(self.hosts)

    def calls_of(self, tasks: list[Task], hosts: list[Host[FakeComputer]], prepare: Callable[[], None]) -> float:
        """Calls a host."""
        prepare()
        for host in hosts:
            host.computer.calls.clear()
        self._processor_seconds(play(*tasks), hosts)
        counts = {len(host.computer.calls) for host in hosts}
        if len(counts) != 1:
            raise BenchError(f"hosts were called differently often: {sorted(counts)}")
        return float(counts.pop())

    def _processor_seconds(self, playbook: list[Task], hosts: list[Host[FakeComputer]]) -> float:
        """Of ansible-playbook and its workers; what the server of the tests needs is not among them."""
        files = self._controller.written(inventory=inventory(hosts), playbook=playbook)
        command = [program("ansible-playbook"), "-i", *map(str, files)]
        output = self._folder / "output"
        with output.open("wb") as stream:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._controller.environment(),
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            _pid, status, usage = os.wait4(process.pid, 0)
        if status:
            raise BenchError(f"{' '.join(command)}: status {status}\n{output.read_text(errors='replace')[-2000:]}")
        return usage.ru_utime + usage.ru_stime
