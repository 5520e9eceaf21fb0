# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The commands of a rendered folder: the rule module of the collection, run by a person on the host itself.

A change waits to be confirmed from a new session, and the host takes it back otherwise, as it does in a run of Ansible.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import pathlib
import signal
import sys
import time
import typing as t
import uuid

from ansible_collections.printops.firewall.plugins.module_utils._confirm.pending import Pending
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import PendingError
from ansible_collections.printops.firewall.plugins.module_utils._host.leftovers import Leftovers, LeftoversError
from ansible_collections.printops.firewall.plugins.module_utils._host.provider import (
    choose_provider,
    installed_and_active,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import live_connection

from .folder import Folder, OfflineError
from .module import AnsibleModule, Call

MODULES = "ansible_collections.printops.firewall.plugins.modules"
COMMANDS = {
    "apply": "Make the firewall of this host accept what rules.txt says.",
    "confirm": "Keep the change that waits on this host. Run it from a new session.",
    "remove": "Take everything of printops.firewall off this host, and leave it as it was found.",
}
DEFAULT_TIMEOUT = 180
SHORTEST_TIMEOUT = 10
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.5
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main(command: str, *, folder: str, words: t.Optional[t.Sequence[str]] = None) -> int:
    """The exit status: 0 where all is as asked, 1 where it is not."""
    options = _parser(command).parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        t.cast("t.Any", stream).reconfigure(errors="backslashreplace")
    os.environ["PATH"] = PATH
    os.umask(0o022)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        if os.geteuid() != 0:
            raise OfflineError("it must run as root; nothing was changed")
        offline = Offline(Folder.read(pathlib.Path(folder)), any_address=command == "confirm" or options.any_address)
        if command == "confirm":
            offline.confirm()
        else:
            offline.change(command, seconds=options.confirm_timeout, check=options.check)
    except (OfflineError, PendingError, LeftoversError, OSError, ValueError) as error:
        _warn(f"{command}: {error}")
        return 1
    except KeyboardInterrupt:
        _warn(f"{command}: interrupted; a change that is not confirmed is taken back by the host")
        return 1
    return 0


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=command, description=COMMANDS[command])
    if command != "confirm":
        parser.add_argument("--check", action="store_true", help="show what would change, and change nothing")
        parser.add_argument(
            "--confirm-timeout",
            type=_seconds,
            default=DEFAULT_TIMEOUT,
            metavar="SECONDS",
            help="the host takes the change back unless it is confirmed in this time; 0 keeps it at once "
            f"(default: {DEFAULT_TIMEOUT})",
        )
        parser.add_argument("--any-address", action="store_true", help="even if the host has no address of the plan")
    return parser


def _seconds(text: str) -> int:
    if not text.isdigit() or 0 < int(text) < SHORTEST_TIMEOUT:
        raise argparse.ArgumentTypeError(f"{text!r}: give at least {SHORTEST_TIMEOUT} seconds, or 0")
    return int(text)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _warn(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class Offline:
    """The commands, for one folder on its host."""

    def __init__(self, folder: Folder, *, any_address: bool) -> None:
        if not any_address:
            folder.check_address()
        self._folder = folder
        self._provider = folder.provider
        self._tools = AnsibleModule(argument_spec={})
        self._pending = Pending(provider=self._provider, run=self._tools.run_command)
        self._leftovers = Leftovers(run=self._run_in_c)

    def change(self, kind: str, *, seconds: int, check: bool) -> None:
        """Apply or remove; returns when that is kept. Raises C(OfflineError) and others where it is not."""
        if kind == "apply":
            installed, active = installed_and_active(self._tools)
            choose_provider(self._provider, installed=installed, active=active)
            arguments = self._folder.arguments
        elif self._provider in self._leftovers.providers():
            arguments = {"state": "absent", "as_found": True}
        else:
            _say(f"There is nothing of printops.firewall in {self._provider}.")
            return
        token = f"{kind}-{uuid.uuid4().hex}"
        seconds = 0 if check else seconds
        result = self._call({**arguments, "confirm_timeout": seconds, "confirm_token": token}, check=check)
        if check:
            _say("Nothing was changed." if result["changed"] else "Nothing would change.")
            return
        if result.get("pending"):
            self._wait(kind, token=token, seconds=seconds)
            return
        self._finish(kind)
        _say("Changed." if result["changed"] else "Nothing to change.")

    def confirm(self) -> None:
        """Keep the change that waits; raises C(OfflineError) where none does, or where it was not kept."""
        token = self._pending.token()
        if token is None:
            raise OfflineError(
                f"no change of {self._provider} waits: it was confirmed or taken back; see 'apply --check'"
            )
        kind = token.partition("-")[0]
        if kind not in COMMANDS:
            raise OfflineError("the change that waits was made by a run of Ansible, which confirms it itself")
        state, detail = self._pending.confirm(token, session=str(live_connection() or ""))
        if state == "pending":
            raise OfflineError(f"{detail}: open a new session to this host, and confirm there")
        if state != "confirmed":
            raise OfflineError(f"too late: {self._outcome(state, detail)}")
        self._finish(kind)
        _say("Confirmed.")

    def _call(self, arguments: t.Mapping[str, t.Any], *, check: bool) -> t.Mapping[str, t.Any]:
        module = importlib.import_module(f"{MODULES}.{self._provider}_rules")
        call = Call(arguments=arguments, check_mode=check)
        result = call.of(module.main)
        for text in call.warnings:
            _warn(f"WARNING {text}")
        if result.get("failed"):
            raise OfflineError(str(result["msg"]))
        diff = result["diff"]
        headers = f"before: {diff['before_header']}", f"after: {diff['after_header']}"
        for line in difflib.unified_diff(
            diff["before"].splitlines(), diff["after"].splitlines(), *headers, lineterm=""
        ):
            _say(line)
        for word, what in (("started", "starts"), ("stopped", "stops")):
            if result[word]:
                _say(f"{self._provider} {what}.")
        return result

    def _wait(self, kind: str, *, token: str, seconds: int) -> None:
        _say(
            f"\nThe firewall is changed. It is taken back in {seconds} s unless you open a NEW session to this host "
            f"and run\n\n    {self._folder.path}/confirm\n\n"
            "A session that is open already goes on whatever the rules are, and proves nothing."
        )
        until = time.monotonic() + seconds + PATIENCE_SECONDS
        state = detail = ""
        while time.monotonic() < until:
            state, detail = self._pending.state(token)
            if state in ("confirmed", "restored", "unknown"):
                break
            time.sleep(POLL_SECONDS)
        removed = kind == "remove" and state == "unknown" and not self._leftovers.paths()
        if state != "confirmed" and not removed:
            raise OfflineError(f"the change was not confirmed: {self._outcome(state, detail)}")
        _say("Confirmed.")

    def _outcome(self, state: str, detail: str) -> str:
        if state == "restored":
            return f"this host took it back, and is on its old rules ({detail})"
        return f"this host says {state!r} of it {detail}".rstrip()

    def _finish(self, kind: str) -> None:
        """What must not be done before a change is kept; doing it again does nothing."""
        if kind == "remove":
            if self._leftovers.paths():
                self._leftovers.remove()
        elif self._folder.arguments["start"]:
            status, _out, error = self._run_in_c(["systemctl", "--quiet", "enable", f"{self._provider}.service"])
            if status:
                raise OfflineError(f"the rules are kept, but {self._provider} does not start at boot: {error.strip()}")

    def _run_in_c(self, command: t.List[str]) -> t.Tuple[int, str, str]:
        return self._tools.run_command(command, environ_update={"LC_ALL": "C"})
