# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""firewalld on the host: its files, its lock, and what its daemon is and has."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import pathlib
import re
import time
import typing as t

from .daemon import (
    Daemon,
    FirewalldError,
    Loaded,
)
from .look import Look, SeenRight, begin_look
from .objects import (
    OUT_POLICY,
    OUT_POLICY_FILE,
    POLICY,
    PREFIX,
    is_ours,
)
from .record import Record
from .rescue import Rescue, Run

OWN_KINDS = ("policies", "services", "ipsets")
ALL_KINDS = (*OWN_KINDS, "zones")
LOCK_SECONDS = 60.0
WORD_SECONDS = 60.0

Files = t.Mapping[str, bytes]


class Host:
    """One host's firewalld, whose files lie below C(root)."""

    def __init__(self, *, run: Run, root: pathlib.Path = pathlib.Path("/")) -> None:
        self.run = self._run = run
        self.root = self._root = root
        self.folder = root / "etc/firewalld"
        self.daemon = Daemon(run=run, socket=root / "run/dbus/system_bus_socket")
        self.rescue = Rescue(run=run, flag=root / "run/printops-firewalld.rescue")
        self.record = Record(root / "run/printops-firewalld.loaded")
        self.seen_right = SeenRight(root / "run/printops-firewalld.kernel")

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

    def loaded(self) -> Loaded:
        """What the daemon is and has; raises C(FirewalldError)."""
        return self.begin().loaded()

    def wait_for_word(self) -> str:
        """The daemon's state once it has loaded its files or given up, at most C(WORD_SECONDS) after it was started.

        Its unit is started before that, from 2.4 on even before it has its name on the bus.
        """
        deadline = time.monotonic() + WORD_SECONDS
        while True:
            state = self.daemon.begin_state()()[0]
            if state not in ("stopped", "INIT") or time.monotonic() >= deadline:
                return state
            if state == "stopped" and not self._is_unit_active():
                return state
            time.sleep(0.1)

    def _is_unit_active(self) -> bool:
        status, out, _error = self.run(["systemctl", "is-active", "firewalld.service"])
        return not status or out.strip() in ("activating", "reloading")

    def begin(self) -> Inquiry:
        """Ask the daemon what it is and has, in the background."""
        return Inquiry(self)

    def look(self) -> Look:
        """What the kernel holds of firewalld; raises C(FirewalldError) where it does not tell."""
        return begin_look(self.run, uses_iptables=self.uses_iptables())()

    def configuration(self) -> str:
        """The text of firewalld.conf; empty where there is none."""
        path = self.folder / "firewalld.conf"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def takes_ipsets(self, *, version: str) -> bool:
        """Whether ipsets are safe to use with the daemon of this version, or the installed one where it is empty.

        Before 1.0 and with the iptables backend, firewalld fails, and stands open, on every rule that names an ipset
        where the C(ipset) command or its kernel module is missing.
        """
        return self.knows_sessions(version=version) and not self.uses_iptables()

    def uses_iptables(self) -> bool:
        """Whether firewalld.conf has it use iptables in the place of nftables."""
        return bool(re.search(r"(?m)^\s*FirewallBackend\s*=\s*iptables", self.configuration()))

    def knows_sessions(self, *, version: str) -> bool:
        """Whether established output is accepted before the policies are asked, which it is since 1.0."""
        return int((version or self._installed_version()).split(".")[0]) >= 1

    @functools.lru_cache(maxsize=1)  # noqa: B019 - there is one host in a process
    def _installed_version(self) -> str:
        status, version, error = self._run(["firewall-offline-cmd", "--version"])
        if status:
            raise FirewalldError(f"firewall-offline-cmd does not tell its version: {error.strip()}")
        return version


class Inquiry:
    """Questions to the daemon that were asked all at once, each waited for where its answer is first needed."""

    def __init__(self, host: Host) -> None:
        self._record = host.record
        self._state = host.daemon.begin_state()
        self._incoming = host.daemon.begin_policy(POLICY)
        # The mark of the other policy tells of one that is loaded without its file.
        restricted = (host.folder / OUT_POLICY_FILE).exists()
        self._outgoing = host.daemon.begin_policy(OUT_POLICY) if restricted else None
        self.look = begin_look(host.run, uses_iptables=host.uses_iptables())

    def version(self) -> str:
        """Of the daemon; empty where there is none. Raises C(FirewalldError)."""
        return self._state()[1]

    def loaded(self) -> Loaded:
        """Raises C(FirewalldError)."""
        state, version = self._state()
        incoming = self._incoming(state)
        outgoing = self._outgoing(state) if self._outgoing else None
        out_rules = None if outgoing is None else frozenset(outgoing.get("rich_rules", []))
        if incoming is None:
            return Loaded(state, version, None, frozenset(), out_rules)
        description = " ".join(incoming.get("description", []))
        found = Loaded(state, version, description, frozenset(incoming.get("rich_rules", [])), out_rules)
        return found._replace(stands_for=self._record.read(found.fingerprint()))


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
