# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What runs a script on this host by itself: a timer, and a unit at the next boot."""

from __future__ import annotations

import contextlib
import pathlib
import shlex
import time
import typing as t

from .files import remove, sync_folder, write
from .traces import Traces

RETRY_SECONDS = 3

Run = t.Callable[[t.List[str]], t.Tuple[int, str, str]]
Moment = t.Tuple[str, float]
"""The boot, and the seconds since then."""


def uptime(*, proc: pathlib.Path = pathlib.Path("/proc")) -> Moment:
    """Now, by a clock that nobody sets."""
    boot = (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return boot, float((proc / "uptime").read_text(encoding="ascii").split()[0])


def since_boot() -> float:
    """Seconds, by the clock that the kernel notes the start of a process with."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Schedule:
    """A script that runs after some seconds, again while it fails, and at the next boot."""

    def __init__(self, traces: Traces, *, run: Run) -> None:
        self.unit = traces.unit
        self.folder = traces.service.parent
        self._run = run
        self._service = traces.service
        self._wanted = traces.wanted

    def at_boot(self, unit_text: str) -> None:
        """Raises C(OSError)."""
        self._wanted.parent.mkdir(parents=True, exist_ok=True)
        write(self._service, unit_text.encode())
        self._service.chmod(0o644)
        if not self._wanted.is_symlink():
            self._wanted.symlink_to(f"../{self._service.name}")
        sync_folder(self._wanted.parent)
        sync_folder(self.folder)

    def after(self, seconds: int, *, script: pathlib.Path, arguments: t.Sequence[str]) -> None:
        """Raises C(OSError) where nothing on this host can wait."""
        self._stop()
        command = ["/bin/sh", str(script), *arguments]
        try:
            status, out, error = self._run(
                [
                    "systemd-run",
                    f"--unit={self.unit}-timer",
                    f"--on-active={seconds}s",
                    "--timer-property=AccuracySec=100ms",
                    "--property=Restart=on-failure",
                    f"--property=RestartSec={RETRY_SECONDS}s",
                    "--collect",
                    "--quiet",
                    *command,
                ]
            )
        except OSError:
            words = " ".join(map(shlex.quote, command))
            wait = f"exec </dev/null >/dev/null 2>&1; sleep {seconds}; until {words}; do sleep {RETRY_SECONDS}; done"
            status, out, error = self._run(["setsid", "--fork", "/bin/sh", "-c", wait])
        if status:
            raise OSError(f"the timer does not start: {(error or out).strip()}")

    def cancel(self) -> None:
        """Neither at the given time nor at boot."""
        self._stop()
        remove(self._wanted, self._service)
        with contextlib.suppress(OSError):
            self._wanted.parent.rmdir()

    def is_set(self) -> bool:
        return self._service.exists() or self._wanted.is_symlink()

    def _stop(self) -> None:
        with contextlib.suppress(OSError):
            self._run(["systemctl", "--quiet", "stop", f"{self.unit}-timer.timer"])
