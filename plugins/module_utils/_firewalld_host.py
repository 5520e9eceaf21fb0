# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""firewalld on the host: its files, its daemon over D-Bus, and the change of one for the other."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import os
import pathlib
import re
import threading
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._firewalld import (
    OUT_POLICY,
    OUT_POLICY_FILE,
    POLICY,
    POLICY_FILE,
    PREFIX,
    Objects,
    is_ours,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld_record import Record
from ansible_collections.printops.firewall.plugins.module_utils._firewalld_rescue import FIREWALLD_TABLES, Rescue, Run

OWN_KINDS = ("policies", "services", "ipsets")
ALL_KINDS = (*OWN_KINDS, "zones")
LOCK_SECONDS = 60.0
DBUS_SECONDS = 120
_BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_DAEMON = ("org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1")
_DECISIVE = (POLICY_FILE, OUT_POLICY_FILE)
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')

Files = t.Mapping[str, bytes]
Answer = t.Tuple[int, str, str]
"""Exit status, output and error output of a command."""


class FirewalldError(Exception):
    """The host could not do it; the message names the object and says what would be right."""


@dataclass(frozen=True)
class Loaded:
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


class Host:
    """One host's firewalld, whose files lie below C(root)."""

    def __init__(self, *, run: Run, root: pathlib.Path = pathlib.Path("/")) -> None:
        self.run = self._run = run
        self.root = self._root = root
        self.folder = root / "etc/firewalld"
        self.rescue = Rescue(run=run, flag=root / "run/printops-firewalld.rescue")
        self.record = Record(root / "run/printops-firewalld.loaded")

    def installed(self) -> bool:
        return any((self._root / place / "firewalld").exists() for place in ("usr/sbin", "usr/bin", "sbin"))

    @contextlib.contextmanager
    def lock(self, *, seconds: float = LOCK_SECONDS) -> t.Iterator[None]:
        """Hold the lock that all runs of this module on the host share.

        Raises C(FirewalldError) naming the holder when it is not free within C(seconds).
        """
        path = self._root / "run/printops-firewalld.lock"
        deadline = time.monotonic() + seconds
        with path.open("a+", encoding="ascii") as lock:
            while not _try_lock(lock.fileno()):
                if time.monotonic() >= deadline:
                    lock.seek(0)
                    holder = lock.read().strip() or "unknown"
                    raise FirewalldError(
                        f"{path} has been held for {seconds:.0f} s by process {holder}; try again later"
                    )
                time.sleep(0.1)
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            yield

    def files(self, *, kinds: t.Iterable[str] = ALL_KINDS) -> dict[str, bytes]:
        """All files of the kinds, foreign ones too: path below the folder to content."""
        return {
            f"{kind}/{path.name}": path.read_bytes() for kind in kinds for path in (self.folder / kind).glob("*.xml")
        }

    def own_files(self) -> dict[str, bytes]:
        """The files that bear our prefix; raises C(FirewalldError) for one that bears it without our mark."""
        found: dict[str, bytes] = {}
        for kind in OWN_KINDS:
            for path in (self.folder / kind).glob(f"{PREFIX}*.xml"):
                found[f"{kind}/{path.name}"] = path.read_bytes()
                if not is_ours(found[f"{kind}/{path.name}"]):
                    raise FirewalldError(
                        f"{path} has the prefix {PREFIX!r} of our objects but is not ours: rename or remove it"
                    )
        return found

    def shipped(self) -> set[str]:
        """Paths of the objects that firewalld brings itself, such as C(services/ssh.xml)."""
        vendor = self._root / "usr/lib/firewalld"
        return {f"{kind}/{path.name}" for kind in ALL_KINDS for path in (vendor / kind).glob("*.xml")}

    def replace(self, *, before: Files, after: Files) -> None:
        """Make our files C(after), given that they are C(before).

        What the policies need comes before them and what they no longer need goes after them, so that for each
        direction one rename alone decides, whenever this is interrupted. Output is restricted last, and freed first.
        """
        changed = [path for path in after if before.get(path) != after[path]]
        gone = set(before) - set(after)
        for path in sorted(set(changed) - set(_DECISIVE)):
            self._write(path, content=after[path])
        self._sync_folders(changed)
        if OUT_POLICY_FILE in gone:
            (self.folder / OUT_POLICY_FILE).unlink()
        for path in _DECISIVE:
            if path in changed:
                self._write(path, content=after[path])
        for path in sorted(gone - {OUT_POLICY_FILE}, key=lambda name: name != POLICY_FILE):
            (self.folder / path).unlink()
        self._sync_folders((*changed, POLICY_FILE))

    def _sync_folders(self, paths: t.Iterable[str]) -> None:
        for folder in {(self.folder / path).parent for path in paths}:
            if folder.exists():
                for unfinished in folder.glob(f".{PREFIX}*.unfinished"):
                    unfinished.unlink()
                _sync_folder(folder)

    def _write(self, name: str, *, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(mode=0o755, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        with unfinished.open("wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    def loaded(self) -> Loaded:
        """Ask the daemon; two short D-Bus calls at the same time, and a third where there is a policy for output."""
        policy = self._begin_policy(POLICY)
        status, out, error = self._busctl("call", *_DAEMON, f"{_BUS[0]}.Properties", "GetAll", "s", _DAEMON[0])
        if status:
            if self._daemon_on_bus():
                raise FirewalldError(f"firewalld does not tell its state: {error.strip()}")
            return Loaded("stopped", "", None, frozenset())
        properties = parse_settings(out)
        state, version = properties["state"][0], properties["version"][0]
        incoming = self._policy(POLICY, state=state, answer=policy())
        if incoming is None:
            return Loaded(state, version, None, frozenset(), self._out_rules(state=state))
        description, rich_rules = incoming.get("description", []), incoming.get("rich_rules", [])
        found = Loaded(state, version, " ".join(description), frozenset(rich_rules), self._out_rules(state=state))
        return dataclasses.replace(found, stands_for=self.record.read(found.fingerprint()))

    def _begin_policy(self, name: str) -> t.Callable[[], Answer]:
        """Ask for a policy in the background; the returned function waits for the answer."""
        answers: list[Answer] = []

        def ask() -> None:
            with contextlib.suppress(OSError):
                answers.append(self._ask_policy(name))

        thread = threading.Thread(target=ask)
        thread.start()

        def answer() -> Answer:
            thread.join()
            return answers[0] if answers else self._ask_policy(name)

        return answer

    def _ask_policy(self, name: str) -> Answer:
        return self._busctl("call", *_DAEMON, f"{_DAEMON[0]}.policy", "getPolicySettings", "s", name)

    def _policy(self, name: str, *, state: str, answer: Answer) -> dict[str, list[str]] | None:
        status, out, error = answer
        if status and state == "RUNNING" and "INVALID_POLICY" not in error:
            raise FirewalldError(f"firewalld does not tell what policy {name} is: {error.strip()}")
        return None if status else parse_settings(out)

    def _out_rules(self, *, state: str) -> frozenset[str] | None:
        """Asked for only where its file is there: the mark of the other policy tells of one that is loaded without."""
        if not (self.folder / OUT_POLICY_FILE).exists():
            return None
        outgoing = self._policy(OUT_POLICY, state=state, answer=self._ask_policy(OUT_POLICY))
        return None if outgoing is None else frozenset(outgoing.get("rich_rules", []))

    def _daemon_on_bus(self) -> bool:
        if not (self._root / "run/dbus/system_bus_socket").exists():
            return False
        status, out, error = self._busctl("call", *_BUS, "NameHasOwner", "s", _DAEMON[0])
        if status:
            raise FirewalldError(f"whether firewalld runs cannot be told, busctl says: {error.strip()}")
        return out.split() == ["b", "true"]

    def takes_ipsets(self, *, loaded: Loaded) -> bool:
        """Whether ipsets are safe to use.

        Before 1.0 and with the iptables backend, firewalld fails, and stands open, on every rule that names an ipset
        where the C(ipset) command or its kernel module is missing.
        """
        configuration = self.folder / "firewalld.conf"
        text = configuration.read_text(encoding="utf-8") if configuration.exists() else ""
        return self.knows_sessions(loaded=loaded) and not re.search(r"(?m)^\s*FirewallBackend\s*=\s*iptables", text)

    def knows_sessions(self, *, loaded: Loaded) -> bool:
        """Whether established output is accepted before the policies are asked, which it is since 1.0."""
        version = loaded.version or self._installed_version()
        return int(version.split(".")[0]) >= 1

    @functools.lru_cache(maxsize=None)  # noqa: B019 - there is one host in a process
    def _installed_version(self) -> str:
        status, version, error = self._run(["firewall-offline-cmd", "--version"])
        if status:
            raise FirewalldError(f"firewall-offline-cmd does not tell its version: {error.strip()}")
        return version

    def check(self, *, running: bool) -> str | None:
        """What firewalld itself finds wrong in all the files on disk; None where it finds nothing."""
        if running:
            status, out, error = self._busctl("call", *_DAEMON, _DAEMON[0], "checkPermanentConfig")
        else:
            status, out, error = self._run(["firewall-offline-cmd", "--check-config"])
        return (error or out).strip() if status else None

    def start(self) -> str | None:
        """Start the daemon, with connection tracking loaded first so that it knows the sessions there are.

        Returns what is said against it, None where nothing.
        """
        with contextlib.suppress(OSError):
            self._run(["modprobe", "nf_conntrack"])
        died = self._left_rules()
        status, out, error = self._run(["systemctl", "start", "firewalld.service"])
        if died and not status:
            return self.load()
        return (error or out).strip() if status else None

    def _left_rules(self) -> bool:
        """Whether a daemon has died and its rules are still in force: before 2.0, they outlive the next start."""
        try:
            return any(self._run(["nft", "list", "table", "inet", table])[0] == 0 for table in FIREWALLD_TABLES)
        except OSError:
            return False

    def stop(self) -> None:
        """Stop the daemon, whose rules go with it."""
        self._run(["systemctl", "stop", "firewalld.service"])

    def load(self) -> str | None:
        """Have the daemon load the files; returns what it says against it, None where nothing."""
        status, out, error = self._busctl("call", *_DAEMON, _DAEMON[0], "reload")
        return (error or out).strip() if status else None

    def set_rules(self, policy: str, rich_rules: t.Sequence[str]) -> bool:
        """Have the daemon go over to these rules in a policy, without a reload; whether it says that it did."""
        words = [policy, "1", "rich_rules", "as", str(len(rich_rules)), *rich_rules]
        status, _out, _error = self._busctl(
            "call", *_DAEMON, f"{_DAEMON[0]}.policy", "setPolicySettings", "sa{sv}", *words
        )
        return status == 0

    def ask(self, interface: str, *call: str) -> str:
        """What the daemon answers to a call of one of its interfaces; raises C(FirewalldError)."""
        status, out, error = self._busctl("call", *_DAEMON, f"{_DAEMON[0]}{interface}", *call)
        if status:
            raise FirewalldError(f"firewalld does not answer {' '.join(call)}: {error.strip()}")
        return out

    def _busctl(self, *arguments: str) -> tuple[int, str, str]:
        command = ["busctl", "--system", "--auto-start=no", f"--timeout={DBUS_SECONDS}", *arguments]
        status, out, error = self._run(command)
        return status, out, _COLOR.sub("", error)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync_folder(folder: pathlib.Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def parse_settings(text: str) -> dict[str, list[str]]:
    """The entries of the C(a{sv}) that C(busctl) printed whose values are one string or a list of strings."""
    tokens = [(string, bare) for string, bare in _TOKEN.findall(text)]
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
