# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts run in PowerShell 7: by a process that is there already, or each in a process of its own.

A start of PowerShell costs more than most of what is tested in it. What a script leaves behind in its process (types,
compiled code) is not what Windows keeps between two calls; variables, modules and the environment are new each time.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pathlib
import shutil
import subprocess
import threading
from dataclasses import asdict, dataclass, field

PROGRAM = "pwsh"
OPTIONS = ("-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass")
LONGEST_SECONDS = 180
SCRIPT = pathlib.Path(__file__).with_name("resident.ps1")
SETTINGS = {
    "POWERSHELL_TELEMETRY_OPTOUT": "1",
    "POWERSHELL_UPDATECHECK": "Off",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "__SuppressAnsiEscapeSequences": "1",
    "LANG": "C.UTF-8",
}
"""What keeps PowerShell from writing more than answers."""
FASTER = {"DOTNET_EnableWriteXorExecute": "0", "DOTNET_TieredCompilation": "0"}
"""For a process that stays."""


@dataclass(frozen=True)
class Call:
    """A script as text with lines of input, or a file; environment is what differs, folder where it runs."""

    folder: pathlib.Path
    script: str | None = None
    file: pathlib.Path | None = None
    words: tuple[str, ...] = ()
    input: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        return json.dumps({key.capitalize(): value for key, value in asdict(self).items()}, default=str)


Done = subprocess.CompletedProcess[str]


def powershell() -> str | None:
    """The path of PowerShell 7, or nothing where there is none."""
    return shutil.which(PROGRAM)


class Resident:
    """A process that runs calls, one at a time."""

    def __init__(self, program: str) -> None:
        self._process = subprocess.Popen(
            [program, *OPTIONS, "-File", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**_own_environment(), **SETTINGS, **FASTER},
        )

    def run(self, call: Call) -> Done:
        """Raises C(AssertionError) where the process ends, or does not answer in time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watch = threading.Timer(LONGEST_SECONDS, self._process.kill)
        watch.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(f"{call.as_json()}\n")
                self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            watch.cancel()
        assert line, f"PowerShell ended, or was silent for {LONGEST_SECONDS} s: {call}"
        answer = json.loads(line)
        return subprocess.CompletedProcess([], answer["rc"], answer["stdout"], answer["stderr"])

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class Residents:
    """Processes for calls at the same time: as many as there were at once."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._idle: list[Resident] = []
        self._lock = threading.Lock()

    def run(self, call: Call) -> Done:
        with self._lock:
            resident = self._idle.pop() if self._idle else None
        resident = resident or Resident(self._program)
        try:
            done = resident.run(call)
        except BaseException:
            resident.close()
            raise
        with self._lock:
            self._idle.append(resident)
        return done

    def close(self) -> None:
        with self._lock:
            while self._idle:
                self._idle.pop().close()


@functools.cache
def residents(program: str) -> Residents:
    return Residents(program)


def run(call: Call) -> Done:
    """By a process that stays until the tests end."""
    program = powershell()
    assert program is not None
    return residents(program).run(call)


def close_all() -> None:
    """End the processes that C(run) started."""
    if program := powershell():
        residents(program).close()


def run_alone(call: Call) -> Done:
    """A file in a process of its own, as somebody types it: it may end the process."""
    assert call.file is not None
    return subprocess.run(
        [PROGRAM, *OPTIONS, "-File", str(call.file), *call.words],
        capture_output=True,
        text=True,
        env={**_own_environment(), **SETTINGS, **call.environment},
        cwd=call.folder,
        check=False,
        timeout=LONGEST_SECONDS,
    )


def _own_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "XDG_", "PSModule"))}
