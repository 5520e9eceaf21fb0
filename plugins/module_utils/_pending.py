# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A change that the host itself takes back unless it is confirmed in time.

Before anything is changed, the files as they are and a shell script that puts them back are written below
C(/var/lib/printops-firewall/PROVIDER/pending). A timer runs the script after some seconds, a unit at the next boot.
Confirming renames the folder away, and so does the script before it acts: whoever renames first decides.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shlex
import shutil
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._pending_script import boot_unit, restore_script

STATE_FOLDER = "var/lib/printops-firewall"
UNIT_FOLDER = "etc/systemd/system"
POLL_SECONDS = 0.2

Run = t.Callable[[t.List[str]], t.Tuple[int, str, str]]


class PendingError(Exception):
    """The host cannot promise to take a change back; nothing was changed."""


@dataclass(frozen=True)
class Snapshot:
    """What was before: absolute paths to contents (None where there was no file), and shell lines that load them."""

    files: t.Mapping[str, t.Optional[bytes]]
    load: t.Sequence[str]


class Pending:
    """The unconfirmed change of one provider, if there is one."""

    def __init__(self, *, provider: str, run: Run, root: pathlib.Path = pathlib.Path("/")) -> None:
        self._provider = provider
        self._run = run
        self._root = root
        self._state = root / STATE_FOLDER / provider
        self._folder = self._state / "pending"
        self._unit = f"printops-firewall-restore-{provider}"

    def arm(self, *, token: str, seconds: int, snapshot: Snapshot) -> None:
        """Have the host put C(snapshot) back after C(seconds), or at its next boot; raises C(PendingError)."""
        prepared = self._state / "pending.new"
        try:
            self._prepare(prepared, token=token, snapshot=snapshot)
            self._write_boot_unit()
            prepared.rename(self._folder)
            _sync_folder(self._state)
            self._start_timer(seconds)
        except OSError as error:
            self.disarm()
            raise PendingError(f"cannot prepare to take the change back: {error}; nothing was changed") from error

    def confirm(self, token: str) -> bool:
        """Keep the change; False where the host has begun to take it back, or never had a change of this token."""
        if self.token() != token:
            return False
        confirmed = self._state / "confirmed"
        shutil.rmtree(str(confirmed), ignore_errors=True)
        try:
            self._folder.rename(confirmed)
        except FileNotFoundError:
            return False
        self._unschedule()
        for path in confirmed.iterdir():
            if path.name != "token":
                path.unlink()
        return True

    def is_confirmed(self, token: str) -> bool:
        """Whether the change of this token was the last one to be confirmed."""
        return _read_token(self._state / "confirmed") == token

    @contextlib.contextmanager
    def guard(self, *, token: t.Optional[str], seconds: int, snapshot: Snapshot) -> t.Iterator[None]:
        """Arm around a change that puts everything back itself where it fails; nothing without a token.

        Where it fails and could not put all files back, the timer goes on and does.
        """
        if not token or not seconds:
            yield
            return
        self.arm(token=token, seconds=seconds, snapshot=snapshot)
        try:
            yield
        except Exception:
            if all(_read(pathlib.Path(path)) == content for path, content in snapshot.files.items()):
                self.disarm()
            raise

    def disarm(self) -> None:
        """Forget the change, because it was never made or has been taken back already."""
        self._unschedule()
        shutil.rmtree(str(self._folder), ignore_errors=True)

    def token(self) -> t.Optional[str]:
        """The token of the change that waits to be confirmed."""
        return _read_token(self._folder)

    def taken_back(self, token: str) -> t.Optional[str]:
        """When and why the host took the change of this token back; None where it did not."""
        try:
            return (self._state / f"restored-{token}").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

    def settle(self, *, seconds: float) -> t.Optional[str]:
        """See to a change of an earlier run; returns what was done about it.

        One that waits for its confirmation gets up to C(seconds). One that nothing waits for any more, because a
        crash or a power cut came between, is taken back now. Raises C(PendingError) where the host does not manage.
        """
        deadline = time.monotonic() + seconds
        while self._folder.exists() and self._is_timer_running() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        for folder in (self._folder, self._state / "restoring"):
            if folder.exists():
                if folder == self._folder and self._is_timer_running():
                    raise PendingError(
                        f"another change of {self._provider} has been waiting for its confirmation for "
                        f"{seconds:.0f} s; try again when it is settled"
                    )
                status, out, error = self._run(["/bin/sh", str(folder / "restore"), "settle"])
                if status:
                    raise PendingError(f"an unconfirmed change could not be taken back: {(error or out).strip()}")
                return "an unconfirmed change of an interrupted run was taken back first"
        return None

    def _prepare(self, folder: pathlib.Path, *, token: str, snapshot: Snapshot) -> None:
        shutil.rmtree(str(folder), ignore_errors=True)
        for stale in self._state.glob("restored-*"):
            stale.unlink()
        folder.mkdir(mode=0o700, parents=True)
        saved: dict[str, t.Optional[str]] = {}
        for number, (path, content) in enumerate(sorted(snapshot.files.items())):
            saved[path] = None if content is None else f"file{number}"
            if content is not None:
                _write(folder / f"file{number}", content, like=pathlib.Path(path))
        script = restore_script(
            state=str(self._state),
            unit=self._unit,
            unit_folder=str(self._root / UNIT_FOLDER),
            saved=saved,
            load=snapshot.load,
        )
        _write(folder / "restore", script.encode())
        _write(folder / "token", f"{token}\n".encode())
        _sync_folder(folder)

    def _write_boot_unit(self) -> None:
        folder = self._root / UNIT_FOLDER
        wanted = folder / "sysinit.target.wants" / f"{self._unit}.service"
        wanted.parent.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{self._unit}.service", boot_unit(state=str(self._state)).encode())
        if not wanted.is_symlink():
            wanted.symlink_to(f"../{self._unit}.service")
        _sync_folder(wanted.parent)

    def _start_timer(self, seconds: int) -> None:
        self._stop_timer()
        restore = str(self._folder / "restore")
        command = [
            "systemd-run",
            f"--unit={self._unit}-timer",
            f"--on-active={seconds}s",
            "--timer-property=AccuracySec=100ms",
            "--collect",
            "--quiet",
            "/bin/sh",
            restore,
            "timeout",
        ]
        try:
            status, out, error = self._run(command)
        except OSError:
            status, out, error = self._run(
                ["setsid", "--fork", "/bin/sh", "-c", f"sleep {seconds}; exec /bin/sh {shlex.quote(restore)} timeout"]
            )
        if status:
            raise OSError(f"the timer does not start: {(error or out).strip()}")

    def _is_timer_running(self) -> bool:
        status, _out, _error = self._run(["systemctl", "--quiet", "is-active", f"{self._unit}-timer.timer"])
        return status == 0

    def _stop_timer(self) -> None:
        self._run(["systemctl", "--quiet", "stop", f"{self._unit}-timer.timer"])

    def _unschedule(self) -> None:
        self._stop_timer()
        units = self._root / UNIT_FOLDER
        for path in (units / "sysinit.target.wants" / f"{self._unit}.service", units / f"{self._unit}.service"):
            if path.is_symlink() or path.exists():
                path.unlink()
        with contextlib.suppress(OSError):
            (units / "sysinit.target.wants").rmdir()


def _read(path: pathlib.Path) -> t.Optional[bytes]:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _read_token(folder: pathlib.Path) -> t.Optional[str]:
    try:
        return (folder / "token").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def _write(path: pathlib.Path, content: bytes, *, like: t.Optional[pathlib.Path] = None) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        if like is not None and like.exists():
            status = like.stat()
            os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), status.st_mode & 0o7777)
        os.fsync(file.fileno())


def _sync_folder(folder: pathlib.Path) -> None:
    descriptor = os.open(str(folder), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
