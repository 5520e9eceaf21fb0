# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A change that the host itself takes back unless it is confirmed in time.

Before anything is changed, a copy of each file as it is is laid beside it, and a shell script that puts the copies
back below C(/var/lib/printops-firewall/PROVIDER). A timer runs the script after some seconds, a unit at the next boot.
The change waits in the folder C(pending) there. Confirming renames it to C(confirmed), the script to C(restoring):
whoever renames first decides, and whoever dies after that is completed by the next one.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import typing as t

from . import files as disk
from .schedule import Moment, Run, Schedule, since_boot, uptime
from .script import (
    boot_unit,
    copy_of,
    restore_script,
)
from .traces import (
    LEFTOVERS,
    MARK,
    HalfDoneError,
    PendingError,
    Snapshot,
    Traces,
)

LOCK_SECONDS = 10.0
GRACE_SECONDS = 8.0


class Pending:
    """The unconfirmed change of one provider, if there is one."""

    def __init__(
        self,
        *,
        provider: str,
        run: Run,
        root: pathlib.Path = pathlib.Path("/"),
        now: t.Callable[[], Moment] = uptime,
    ) -> None:
        self._provider = provider
        self._run = run
        self._now = now
        traces = Traces(provider=provider, root=root)
        self._state = traces.state
        self._folder = traces.pending
        self._restoring = traces.restoring
        self._script = traces.script
        self._memory = traces.memory
        self._outcome = traces.outcome
        self._stuck = traces.stuck
        self._lock = self._memory / f"{provider}.lock"
        self._schedule = Schedule(traces, run=run)

    @contextlib.contextmanager
    def guard(self, *, token: t.Optional[str], seconds: int, snapshot: Snapshot, session: str = "") -> t.Iterator[None]:
        """Arm around a change that puts everything back itself where it fails; nothing without a token.

        C(session) is the connection that the change comes over and must not be confirmed over. Raises
        C(PendingError) with nothing changed where the host cannot be armed, and where the change failed and could
        not put everything back: the timer does then.
        """
        if not token or not seconds:
            yield
            return
        with self._locked():
            self._arm(token=token, seconds=seconds, snapshot=snapshot, session=session)
            try:
                with _marked(token):
                    yield
            except Exception as error:
                whole = all(disk.read(pathlib.Path(path)) == content for path, content in snapshot.files.items())
                if isinstance(error, HalfDoneError) or not whole:
                    raise PendingError(f"{error}; the host takes everything back within {seconds} s") from error
                self._forget(self._folder)
                raise
            self._note_applied()

    def confirm(self, token: str, *, session: str = "") -> t.Tuple[str, str]:
        """Keep the change; C(confirmed) or what else it is (see C(state)), and more words about that.

        A change that was broken off is taken back instead. Raises C(PendingError) where the host is at work.
        """
        broken_off = False
        with self._locked():
            if self.token() == token:
                broken_off = not (self._folder / "applied").exists()
                same = bool(session) and disk.read_text(self._folder / "session") == session
                if same and not broken_off:
                    return "pending", "the connection is not a new one"
                if not broken_off:
                    confirmed = self._state / "confirmed"
                    self._folder.rename(confirmed)
                    disk.sync_folder(self._state)
                    self._remember(f"{token} confirmed")
                    self._forget(confirmed)
        if broken_off:
            self._restore("incomplete")
        return self.state(token)

    def take_back(self, token: str) -> t.Tuple[str, str]:
        """Do now what the timer would do."""
        if self.token() == token or self._restoring.exists():
            self._restore("asked")
        return self.state(token)

    def token(self) -> t.Optional[str]:
        """The token of the change that waits to be confirmed."""
        return disk.read_text(self._folder / "token") or None

    def state(self, token: str) -> t.Tuple[str, str]:
        """C(pending), C(restoring) with what cannot be put back, C(confirmed), C(restored) with why, or C(unknown)."""
        for folder, name in ((self._folder, "pending"), (self._restoring, "restoring")):
            if disk.read_text(folder / "token") == token:
                return name, disk.read_text(self._stuck)
        if disk.read_text(self._state / "confirmed" / "token") == token:
            return "confirmed", ""
        for path in (self._outcome, self._outcome.with_suffix(".told")):
            told, _blank, outcome = disk.read_text(path).partition(" ")
            if told == token:
                state, _blank, detail = outcome.partition(" ")
                return state, detail
        return "unknown", ""

    def changed_at(self) -> t.Optional[float]:
        """When the change that waits came into force, in seconds since the boot; None before that."""
        text = disk.read(self._folder / "applied")
        return None if text is None else float(text or since_boot())

    def seconds_left(self) -> float:
        """Until the change that waits is taken back; 0 or less where that is under way."""
        boot, _blank, until = disk.read_text(self._folder / "until").partition(" ")
        this_boot, now = self._now()
        return float(until) - now if boot == this_boot else 0.0

    def waits(self) -> bool:
        """Whether another run is at work on a change, or one may still be confirmed or taken back by its timer."""
        if not (self._folder / "applied").exists():
            return self._is_locked()
        boot, _blank, until = disk.read_text(self._folder / "until").partition(" ")
        this_boot, now = self._now()
        return boot == this_boot and now < float(until) + GRACE_SECONDS

    def waited_for(self) -> str:
        """What it is that C(waits), for a message."""
        if (self._folder / "applied").exists():
            return "another change has been waiting for its confirmation"
        holder = disk.holder_of(self._lock)
        return f"another change has been under way, or being taken back, by process {holder}"

    def settle(self) -> t.Optional[str]:
        """Complete what a crash, a power cut or a lost controller left behind; returns what was done or had been.

        Must not be called while C(waits), nor with a lock that a firewall's own commands take. Raises C(PendingError)
        where the host does not manage.
        """
        if self._folder.exists() or self._restoring.exists():
            self._restore("settle", self.token())
            self._tell()
            return "an unconfirmed change of an interrupted run was taken back first"
        if self._schedule.is_set() or self._script.exists() or any((self._state / name).exists() for name in LEFTOVERS):
            with self._locked():
                if self._folder.exists():
                    return None
                for name in LEFTOVERS:
                    self._forget(self._state / name)
        _token, _blank, outcome = disk.read_text(self._outcome).partition(" ")
        if outcome.startswith("restored "):
            self._tell()
            return f"the host took an unconfirmed change of an earlier run back ({outcome.partition(' ')[2]})"
        return None

    def _arm(self, *, token: str, seconds: int, snapshot: Snapshot, session: str) -> None:
        if self._folder.exists() or self._restoring.exists():
            raise PendingError(f"another change of {self._provider} is not settled yet; nothing was changed")
        prepared = self._state / "pending.new"
        try:
            boot, now = self._now()
            facts = {"token": token, "session": session, "until": f"{boot} {now + seconds}"}
            self._prepare(prepared, snapshot=snapshot, facts=facts)
            self._schedule.at_boot(boot_unit(state=str(self._state)))
            prepared.rename(self._folder)
            disk.sync_folder(self._state)
            self._schedule.after(seconds, script=self._script, arguments=["timeout", token])
        except OSError as error:
            for folder in (self._folder, prepared):
                self._forget(folder)
            raise PendingError(f"cannot prepare to take the change back: {error}; nothing was changed") from error

    def _note_applied(self) -> None:
        unfinished = self._folder / "applied.new"
        try:
            unfinished.write_text(f"{since_boot()}\n", encoding="ascii")
            unfinished.rename(self._folder / "applied")
        except OSError as error:
            raise PendingError(f"cannot note that all is changed: {error}; the host takes it back") from error

    def _prepare(self, folder: pathlib.Path, *, snapshot: Snapshot, facts: t.Mapping[str, str]) -> None:
        for name in LEFTOVERS:
            self._forget(self._state / name)
        folder.mkdir(mode=0o700, parents=True)
        copies = {path: pathlib.Path(copy_of(path)) for path, content in snapshot.files.items() if content is not None}
        disk.write(folder / "copies", "".join(f"{copy}\n" for copy in copies.values()).encode())
        for path, copy in copies.items():
            disk.write(copy, snapshot.files[path] or b"", like=pathlib.Path(path))
        for parent in {copy.parent for copy in copies.values()}:
            disk.sync_folder(parent)
        script = restore_script(
            provider=self._provider,
            state=str(self._state),
            run=str(self._memory),
            unit=self._schedule.unit,
            unit_folder=str(self._schedule.folder),
            files={path: content is not None for path, content in snapshot.files.items()},
            shared=snapshot.shared or {},
            rewritten=snapshot.rewritten,
            edits=snapshot.edits,
            load=snapshot.load,
        )
        (folder / "kept").mkdir()
        for name, content in snapshot.kept.items():
            disk.write(folder / "kept" / name, content)
        disk.write(self._script, script.encode())
        for name, text in facts.items():
            disk.write(folder / name, f"{text}\n".encode())
        disk.sync_folder(folder)

    def _restore(self, why: str, token: t.Optional[str] = None) -> None:
        """Take back what is being taken back, or the change of C(token), or any."""
        status, out, error = self._run(["/bin/sh", str(self._script), why, *([token] if token else [])])
        if status and (self._folder.exists() or self._restoring.exists()):
            told = disk.read_text(self._stuck) or (error or out).strip()
            raise PendingError(
                f"an unconfirmed change could not be taken back as a whole: {told}; nothing else was changed"
            )

    def _remember(self, outcome: str) -> None:
        with contextlib.suppress(OSError):
            self._memory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._outcome.write_text(f"{outcome}\n", encoding="ascii")

    def _tell(self) -> None:
        with contextlib.suppress(OSError):
            self._outcome.replace(self._outcome.with_suffix(".told"))

    def _forget(self, folder: pathlib.Path) -> None:
        """Remove a folder of ours with the copies that it names, the timer, and the state folder where it is empty."""
        self._schedule.cancel()
        disk.remove(*map(pathlib.Path, (disk.read(folder / "copies") or b"").decode().splitlines()))
        shutil.rmtree(str(folder), ignore_errors=True)
        if self._state.exists() and not (self._folder.exists() or self._restoring.exists()):
            disk.remove(self._script)
            for empty in (self._state, self._state.parent):
                with contextlib.suppress(OSError):
                    empty.rmdir()

    def _is_locked(self) -> bool:
        try:
            with disk.locked(self._lock, seconds=0):
                return False
        except disk.LockedError:
            return True

    @contextlib.contextmanager
    def _locked(self) -> t.Iterator[None]:
        try:
            with disk.locked(self._lock, seconds=LOCK_SECONDS):
                yield
        except disk.LockedError as error:
            raise PendingError(str(error)) from error


@contextlib.contextmanager
def _marked(token: str) -> t.Iterator[None]:
    """Let the programs that are started meanwhile be known as those of the change."""
    os.environ[MARK] = token
    try:
        yield
    finally:
        del os.environ[MARK]
