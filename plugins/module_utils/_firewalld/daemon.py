# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The daemon of firewalld, asked and told over D-Bus."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import pathlib
import re
import threading
import typing as t

from .objects import Objects
from .rescue import Run

DBUS_SECONDS = 120
_BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_DAEMON = ("org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')

Answer = t.Tuple[int, str, str]
"""Exit status, output and error output of a command."""


class FirewalldError(Exception):
    """The host could not do it; the message names the object and says what would be right."""


class Loaded(t.NamedTuple):
    """What the daemon is and has: of our policy the description and the rich rules; None where it has none.

    C(out_rules) are the rich rules of our policy for output; None where it has none, or where there is no file of it.
    C(state) is C(stopped) and C(version) empty where there is no daemon. C(stands_for) is the mark of the objects that
    the rules enforce though they are not literally theirs, since a change without a reload.
    """

    state: str
    version: str
    description: str | None
    rich_rules: frozenset[str]
    out_rules: frozenset[str] | None = None
    stands_for: str | None = None

    @property
    def running(self) -> bool:
        """Whether there is a daemon at all, in whatever state."""
        return self.state != "stopped"

    def holds(self, desired: Objects | None) -> bool:
        """Whether the daemon enforces exactly C(desired); None stands for no policy of ours."""
        if self.state != "RUNNING":
            return False
        if desired is None:
            return self.description is None and self.out_rules is None
        if self.description is None or not self.same_output(desired):
            return False
        marked = desired.content_mark in self.description and self.has_rules(desired.rich_rules)
        return marked or self.stands_for == desired.content_mark

    def has_rules(self, rich_rules: t.Iterable[str]) -> bool:
        """Whether these are the rules for input, in whatever order of rules and words."""
        return _unordered(self.rich_rules) == _unordered(rich_rules)

    def same_output(self, desired: Objects) -> bool:
        """Whether the rules for output are the desired ones."""
        return _unordered(self.out_rules) == _unordered(desired.out_rules)

    def fingerprint(self) -> str:
        """Stands for the rules for input and the files that were loaded last."""
        forms = sorted(sorted(words) for words in _unordered(self.rich_rules) or ())
        return hashlib.sha256(repr((self.description, forms)).encode()).hexdigest()


def _unordered(rich_rules: t.Iterable[str] | None) -> set[frozenset[str]] | None:
    return None if rich_rules is None else {frozenset(rule.split()) for rule in rich_rules}


class Daemon:
    """One host's daemon, asked through C(busctl); C(socket) is that of the system bus.

    What begins with C(begin_) asks in the background, and returns a function that waits for the answer.
    """

    def __init__(self, *, run: Run, socket: pathlib.Path) -> None:
        self._run = run
        self._socket = socket

    def begin_state(self) -> t.Callable[[], tuple[str, str]]:
        """For its state and version; C(stopped) and nothing where there is no daemon. Raises C(FirewalldError)."""
        wait = self._begin(*_DAEMON, f"{_BUS[0]}.Properties", "GetAll", "s", _DAEMON[0])

        @functools.lru_cache(maxsize=None)
        def state_and_version() -> tuple[str, str]:
            status, out, error = wait()
            if not status:
                properties = parse_settings(out)
                return properties["state"][0], properties["version"][0]
            if self._is_on_bus():
                raise FirewalldError(f"firewalld does not tell its state: {error.strip()}")
            return "stopped", ""

        return state_and_version

    def begin_policy(self, name: str) -> t.Callable[[str], dict[str, list[str]] | None]:
        """For the settings of a policy, given the daemon's state; None where it has none. Raises C(FirewalldError)."""
        wait = self._begin(*_DAEMON, f"{_DAEMON[0]}.policy", "getPolicySettings", "s", name)

        def settings(state: str) -> dict[str, list[str]] | None:
            status, out, error = wait()
            if status and state == "RUNNING" and "INVALID_POLICY" not in error:
                raise FirewalldError(f"firewalld does not tell what policy {name} is: {error.strip()}")
            return None if status else parse_settings(out)

        return settings

    def begin_active_zones(self) -> t.Callable[[], dict[str, list[str]]]:
        """For each zone's interfaces and sources; none where it does not tell."""
        wait = self._begin(*_DAEMON, f"{_DAEMON[0]}.zone", "getActiveZones")

        def active_zones() -> dict[str, list[str]]:
            status, out, _error = wait()
            return {} if status else parse_active_zones(out)

        return active_zones

    def _begin(self, *arguments: str) -> t.Callable[[], Answer]:
        answers: list[Answer] = []

        def ask() -> None:
            with contextlib.suppress(OSError):
                answers.append(self._call(*arguments))

        thread = threading.Thread(target=ask)
        thread.start()

        def answer() -> Answer:
            thread.join()
            return answers[0] if answers else self._call(*arguments)

        return answer

    def _is_on_bus(self) -> bool:
        if not self._socket.exists():
            return False
        status, out, error = self._call(*_BUS, "NameHasOwner", "s", _DAEMON[0])
        if status:
            raise FirewalldError(f"whether firewalld runs cannot be told, busctl says: {error.strip()}")
        return out.split() == ["b", "true"]

    def check(self) -> str | None:
        """What it finds wrong in all the files on disk; None where it finds nothing."""
        return self._fault("checkPermanentConfig")

    def load(self) -> str | None:
        """Have it load the files; returns what it says against it, None where nothing."""
        return self._fault("reload")

    def _fault(self, method: str) -> str | None:
        status, out, error = self._call(*_DAEMON, _DAEMON[0], method)
        return (error or out).strip() if status else None

    def set_rules(self, policy: str, rich_rules: t.Sequence[str]) -> bool:
        """Have it go over to these rules in a policy, without a reload; whether it says that it did."""
        words = [policy, "1", "rich_rules", "as", str(len(rich_rules)), *rich_rules]
        status, _out, _error = self._call(*_DAEMON, f"{_DAEMON[0]}.policy", "setPolicySettings", "sa{sv}", *words)
        return status == 0

    def ask(self, interface: str, *call: str) -> str:
        """What it answers to a call of one of its interfaces; raises C(FirewalldError)."""
        status, out, error = self._call(*_DAEMON, f"{_DAEMON[0]}{interface}", *call)
        if status:
            raise FirewalldError(f"firewalld does not answer {' '.join(call)}: {error.strip()}")
        return out

    def _call(self, *arguments: str) -> Answer:
        command = ["busctl", "--system", "--auto-start=no", f"--timeout={DBUS_SECONDS}", "call", *arguments]
        status, out, error = self._run(command)
        return status, out, _COLOR.sub("", error)


def parse_settings(text: str) -> dict[str, list[str]]:
    """The entries of the C(a{sv}) that C(busctl) printed whose values are one string or a list of strings."""
    tokens = _TOKEN.findall(text)
    settings: dict[str, list[str]] = {}
    for index in range(len(tokens) - 2):
        key, (_no_string, signature) = tokens[index][0], tokens[index + 1]
        if key and signature == "s":
            settings[key] = [_unescape(tokens[index + 2][0])]
        elif key and signature == "as":
            count = int(tokens[index + 2][1])
            settings[key] = [_unescape(string) for string, _bare in tokens[index + 3 : index + 3 + count]]
    return settings


def _unescape(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text)


def parse_active_zones(text: str) -> dict[str, list[str]]:
    """What C(busctl) prints: C(a{sa{sas}} 1 "public" 1 "interfaces" 2 "eth0" "eth1")."""
    tokens = iter(_TOKEN.findall(text.partition(" ")[2]))
    found: dict[str, list[str]] = {}
    for _zone in range(int(next(tokens, ("", "0"))[1])):
        name = next(tokens)[0]
        found[name] = []
        for _kind in range(int(next(tokens)[1])):
            next(tokens)
            found[name] += [next(tokens)[0] for _one in range(int(next(tokens)[1]))]
    return found
