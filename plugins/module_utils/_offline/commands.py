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
import stat
import time
import typing as t
import uuid

from ansible_collections.printops.firewall.plugins.module_utils._confirm import files as disk
from ansible_collections.printops.firewall.plugins.module_utils._confirm.pending import Pending
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import (
    STATE_FOLDER,
    PendingError,
    Traces,
)
from ansible_collections.printops.firewall.plugins.module_utils._host.addresses import own_addresses
from ansible_collections.printops.firewall.plugins.module_utils._host.leftovers import Leftovers, LeftoversError
from ansible_collections.printops.firewall.plugins.module_utils._host.provider import (
    choose_provider,
    installed_and_active,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import live_connection, ways_in

from .folder import Folder, OfflineError
from .module import AnsibleModule, Call
from .session import doubt
from .voice import Voice

MODULES = "ansible_collections.printops.firewall.plugins.modules"
COMMANDS = {
    "apply": "Make the firewall of this host accept what rules.txt says.",
    "confirm": "Keep the change that waits on this host. Run it from a new session.",
    "remove": "Take everything of printops.firewall off this host, and leave it as it was found.",
}
STATUSES = "Exit status: 0 where all is as asked, 1 where it is not, 2 for wrong arguments."
DEFAULT_TIMEOUT = 180
SHORTEST_TIMEOUT = 10
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.5
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main(command: str, *, folder: str, words: t.Optional[t.Sequence[str]] = None) -> int:
    """The exit status: 0 where all is as asked, 1 where it is not, 2 for wrong arguments."""
    options = _parser(command).parse_args(words)
    voice = Voice()
    os.environ["PATH"] = PATH
    os.umask(0o022)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    offline = None
    try:
        if os.geteuid() != 0:
            raise OfflineError("it must run as root; nothing was changed")
        read = Folder.read(pathlib.Path(folder))
        offline = Offline(read, voice=voice, any_address=command == "confirm" or options.any_address)
        if command == "confirm":
            offline.confirm(unproven=options.unproven)
        else:
            offline.change(command, seconds=options.confirm_timeout, check=options.check)
    except KeyboardInterrupt:
        voice.warn(f"{command}: interrupted; {offline.standing() if offline else 'nothing was changed'}")
        return 1
    except (OfflineError, PendingError, LeftoversError, OSError, ValueError) as error:
        voice.warn(f"{command}: {error}")
        return 1
    if voice.is_broken:
        voice.warn(f"{command}: what was asked for is done, and could not be written to the output")
        return 1
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> t.NoReturn:
        self.exit(2, f"{self.prog}: {message}; see ./{self.prog} --help. Nothing was changed\n")


def _parser(command: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=command, description=COMMANDS[command], epilog=STATUSES)
    if command == "confirm":
        parser.add_argument(
            "--unproven", action="store_true", help="even if this session does not prove that a new one gets in"
        )
    else:
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
    if not (text.isascii() and text.isdigit()) or 0 < int(text) < SHORTEST_TIMEOUT:
        raise argparse.ArgumentTypeError(f"{text!r}: give at least {SHORTEST_TIMEOUT} seconds, or 0")
    return int(text)


class Offline:
    """The commands, for one folder on its host."""

    def __init__(self, folder: Folder, *, voice: Voice, any_address: bool) -> None:
        if not any_address:
            folder.check_address(own_addresses())
        self._folder = folder
        self._voice = voice
        self._provider = folder.provider
        self._tools = AnsibleModule(argument_spec={})
        self._traces = Traces(provider=self._provider)
        self._pending = Pending(provider=self._provider, run=self._tools.run_command)
        self._leftovers = Leftovers(run=self._run_in_c)
        self._unguarded = False

    def change(self, kind: str, *, seconds: int, check: bool) -> None:
        """Apply or remove; returns when that is kept. Raises C(OfflineError) and others where it is not."""
        waiting = self._waiting()
        if waiting and not check:
            raise OfflineError(f"{waiting}. Nothing was changed now")
        arguments = self._arguments(kind)
        foreseen = self._foreseen(arguments) if arguments else {"changed": False, "diff": None}
        if not check and (foreseen["changed"] or self._traces.exist()):
            self._carry_out(kind, arguments or {}, foreseen=foreseen, seconds=seconds)
            return
        if not check and arguments:
            self._finish(kind)
        self._tell_changes(foreseen)
        if not arguments:
            self._voice.say(f"There is nothing of printops.firewall in {self._provider}.")
        elif check:
            self._voice.say("Nothing was changed." if foreseen["changed"] else "Nothing would change.")
        else:
            self._voice.say("Nothing to change.")
        if waiting:
            raise OfflineError(waiting)

    def confirm(self, *, unproven: bool) -> None:
        """Keep the change that waits; raises C(OfflineError) where none does, or where it was not kept."""
        token = self._pending.token()
        if token is None:
            raise OfflineError(
                f"no change of {self._provider} waits: it was confirmed or taken back; see 'apply --check'"
            )
        kind = token.partition("-")[0]
        if kind not in COMMANDS:
            raise OfflineError("the change that waits was made by a run of Ansible, which confirms it itself")
        changed_at = self._pending.changed_at()
        if changed_at is None and self._pending.waits():
            raise OfflineError(
                "the change is still under way, and no session can prove anything yet; run confirm again"
            )
        said = "" if unproven or changed_at is None else doubt(changed_at=changed_at, own_addresses=own_addresses)
        if said:
            raise OfflineError(
                f"{said}: open a new session to this host and run confirm there. "
                f"{self._time_left()}; --unproven keeps it all the same"
            )
        with _uninterrupted():
            state, detail = self._pending.confirm(token, session="" if unproven else str(live_connection() or ""))
            if state == "pending":
                raise OfflineError(f"{detail}: open a new session to this host, and run confirm there")
            if state != "confirmed":
                raise OfflineError(f"too late: {self._outcome(state, detail)}")
            self._finish(kind)
        self._voice.say("Confirmed.")

    def standing(self) -> str:
        """What holds now, for somebody who interrupted."""
        if self._traces.are_of_a_change():
            return f"the change is not confirmed: {self._time_left()}"
        return "what was changed stays" if self._unguarded else "nothing was changed"

    def _waiting(self) -> str:
        """What is to be known of a change that is not settled yet; empty where there is none to wait for."""
        if disk.read_text(self._traces.stuck):
            return f"a change is being taken back: {disk.read_text(self._traces.stuck)}"
        token = self._pending.token()
        if token is None or not self._pending.waits():
            return ""
        kind = token.partition("-")[0]
        if self._pending.changed_at() is None:
            return f"another change of {self._provider} is under way on this host"
        if kind not in COMMANDS:
            return f"a change that a run of Ansible made waits for its confirmation: {self._time_left()}"
        return f"what {kind} changed is not confirmed: {self._time_left()}"

    def _time_left(self) -> str:
        left = max(0, round(self._pending.seconds_left()))
        clock = time.strftime("%H:%M:%S", time.localtime(time.time() + left))
        return f"it is taken back at {clock}, in {left} s, unless {self._folder.path}/confirm is run in a new session"

    def _arguments(self, kind: str) -> t.Optional[t.Dict[str, t.Any]]:
        """Those of the module; None where there is nothing to remove."""
        if kind == "remove":
            there = self._provider in self._leftovers.providers()
            return {"state": "absent", "as_found": True} if there else None
        installed, active = installed_and_active(self._tools)
        choose_provider(self._provider, installed=installed, active=active)
        if self._provider not in installed:
            raise OfflineError(
                f"{self._provider} is not installed on this host, or its service is masked; install the package, or "
                f"run 'systemctl unmask {self._provider}'. Nothing was changed"
            )
        _expect_own_state_folder()
        return dict(self._folder.arguments)

    def _foreseen(self, arguments: t.Dict[str, t.Any]) -> t.Mapping[str, t.Any]:
        """What the change would be; C(arguments) get the networks that must not lose their way in."""
        foreseen = self._call(arguments, check=True)
        lost = ways_in(foreseen["removed"])
        if arguments.get("state") != "absent" and lost and live_connection() is None:
            arguments["management"] = [*arguments["management"], *lost]
            foreseen = self._call(arguments, check=True)
            self._voice.warn(
                f"WARNING this is no SSH session, as far as can be seen, so {', '.join(lost)}, which an earlier apply "
                "came from, keeps its way to the SSH port"
            )
        return foreseen

    def _carry_out(
        self, kind: str, arguments: t.Mapping[str, t.Any], *, foreseen: t.Mapping[str, t.Any], seconds: int
    ) -> None:
        if foreseen.get("started"):
            self._voice.warn(
                f"WARNING {self._provider} was off until now, and knows no session that is open: those that none of "
                "its rules lets in stand still from now on"
            )
        token = f"{kind}-{uuid.uuid4().hex}"
        self._unguarded = not seconds
        with _uninterrupted():
            result = self._call({**arguments, "confirm_timeout": seconds, "confirm_token": token}, check=False)
            if not result.get("pending"):
                self._finish(kind)
        if result.get("pending"):
            self._wait(kind, token=token, result=result)
            return
        self._tell_changes(result)
        self._voice.say("Changed." if result["changed"] else "Nothing to change.")

    def _call(self, arguments: t.Mapping[str, t.Any], *, check: bool) -> t.Mapping[str, t.Any]:
        module = importlib.import_module(f"{MODULES}.{self._provider}_rules")
        call = Call(arguments=arguments, check_mode=check)
        result = call.of(module.main)
        for text in call.warnings:
            self._voice.warn_once(f"WARNING {text}")
        if result.get("failed"):
            raise OfflineError(str(result["msg"]))
        return result

    def _tell_changes(self, result: t.Mapping[str, t.Any]) -> None:
        diff = result["diff"]
        if not diff:
            return
        headers = f"before: {diff['before_header']}", f"after: {diff['after_header']}"
        for line in difflib.unified_diff(
            diff["before"].splitlines(), diff["after"].splitlines(), *headers, lineterm=""
        ):
            self._voice.say(line)
        for word, what in (("started", "starts"), ("stopped", "stops")):
            if result[word]:
                self._voice.say(f"{self._provider} {what}.")

    def _wait(self, kind: str, *, token: str, result: t.Mapping[str, t.Any]) -> None:
        open_already = "proves nothing" if result["started"] else "goes on whatever the rules are, and proves nothing"
        self._voice.say_everywhere(
            f"The firewall is changed: {self._time_left()}.\nA session that is open already {open_already}.\n"
        )
        self._tell_changes(result)
        until = time.monotonic() + self._pending.seconds_left() + PATIENCE_SECONDS
        state = detail = ""
        while time.monotonic() < until:
            state, detail = self._pending.state(token)
            if state in ("confirmed", "restored", "unknown") or (state == "restoring" and detail):
                break
            time.sleep(POLL_SECONDS)
        removed = kind == "remove" and state == "unknown" and not self._leftovers.paths()
        if state != "confirmed" and not removed:
            raise OfflineError(f"the change was not confirmed: {self._outcome(state, detail)}")
        with _uninterrupted():
            self._finish(kind)
        self._voice.say("Confirmed.")

    def _outcome(self, state: str, detail: str) -> str:
        if state == "restored":
            return f"this host took it back, and is on its old rules ({detail})"
        if state == "restoring" and detail:
            return f"this host takes it back: {detail}"
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


class _uninterrupted:  # noqa: N801
    """Ctrl-C does nothing meanwhile, to the programs that are started neither."""

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGINT, signal.SIG_IGN)

    def __exit__(self, *_error: object) -> None:
        signal.signal(signal.SIGINT, self._before)


def _expect_own_state_folder(root: pathlib.Path = pathlib.Path("/")) -> None:
    path = root / STATE_FOLDER
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != 0 or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise OfflineError(
            f"{path}, where the way back is kept, is no folder that only root can write; move it away. "
            "Nothing was changed"
        )
