# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fake Windows hosts for others than tests: C(python -m tests.windows.fake.serve start FOLDER win1=WAY …).

The folder gets C(hosts.json), the variables of an inventory for each host, and for each host a file of its name with
its rules, as they are after every call. C(stop FOLDER) ends it.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t
from collections.abc import Sequence

from ansible.plugins.loader import init_plugin_loader

from ..e2e.hosts import Host, serve
from ..e2e.inventory import ACCOUNT, WAYS, Way
from ..wsman.authentication import publish_accounts
from ..wsman.certificate import make_certificate
from ..wsman.command import Command, Outcome
from .computer import FakeComputer

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
HOSTS, PROCESS, LOG = "hosts.json", "process", "log"
LONGEST_START_SECONDS = 30.0
POLL_SECONDS = 0.1


class RecordedComputer(FakeComputer):
    """A fake host that writes its rules to a file."""

    def __init__(self, file: pathlib.Path) -> None:
        super().__init__()
        self._file = file

    def execute(self, command: Command) -> Outcome:
        outcome = super().execute(command)
        self.record()
        return outcome

    def record(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self.firewall.rules, indent=1), encoding="utf-8")
        fresh.replace(self._file)


def run(folder: pathlib.Path, ways: dict[str, Way]) -> None:
    """Serve until the process is told to end."""
    init_plugin_loader([str(CHECKOUT / ".collections")])
    publish_accounts([ACCOUNT], file=folder / "accounts")
    certificate = make_certificate(folder)
    with contextlib.ExitStack() as stack:
        hosts: dict[str, Host[RecordedComputer]] = {}
        for name, way in ways.items():
            computer = RecordedComputer(folder / f"{name}.json")
            hosts[name] = stack.enter_context(serve([computer], way, certificate))[0]
            computer.firewall.allow_remote_management(hosts[name].server.port)
            computer.record()
        variables = json.dumps({name: host.variables() for name, host in hosts.items()}, indent=1)
        (folder / "fresh").write_text(variables, encoding="utf-8")
        (folder / "fresh").replace(folder / HOSTS)
        signal.pause()


def start(folder: pathlib.Path, words: Sequence[str]) -> None:
    """Begin to serve in a process of its own, in the place of one before, and return when it can be connected to."""
    folder.mkdir(parents=True, exist_ok=True)
    stop(folder)
    with (folder / LOG).open("wb") as log:
        command = [sys.executable, "-m", "tests.windows.fake.serve", "run", str(folder), *words]
        process = subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=log, start_new_session=True)
    (folder / PROCESS).write_text(str(process.pid), encoding="utf-8")
    until = time.monotonic() + LONGEST_START_SECONDS
    while not (folder / HOSTS).exists():
        if process.poll() is not None or time.monotonic() > until:
            sys.exit(f"the fake hosts did not come up:\n{(folder / LOG).read_text(errors='replace')}")
        time.sleep(POLL_SECONDS)


def stop(folder: pathlib.Path) -> None:
    """End what was started; nothing happens where nothing was."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((folder / PROCESS).read_text(encoding="utf-8")), signal.SIGTERM)
    for name in (PROCESS, HOSTS):
        (folder / name).unlink(missing_ok=True)


def main(words: Sequence[str]) -> None:
    known = {str(way): way for way in WAYS}
    try:
        action, folder, *hosts = words
        ways = {name: known[way] for name, way in (host.split("=") for host in hosts)}
    except (ValueError, KeyError):
        sys.exit(f"usage: start|stop FOLDER HOST=WAY …, where WAY is one of {', '.join(known)}")
    actions: dict[str, t.Callable[[], None]] = {
        "run": lambda: run(pathlib.Path(folder), ways),
        "start": lambda: start(pathlib.Path(folder).resolve(), hosts),
        "stop": lambda: stop(pathlib.Path(folder)),
    }
    actions[action]()


if __name__ == "__main__":
    main(sys.argv[1:])
