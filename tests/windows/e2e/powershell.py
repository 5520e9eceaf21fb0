# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A computer that runs what it is sent in PowerShell 7 on Linux, where the stand-in takes the place of Windows.

So Ansible's own wrappers start our modules, and our PowerShell is executed. What only Windows has is not.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import typing as t
import xml.etree.ElementTree as ET

from ..wsman.ansible_input import parse_module_call
from ..wsman.command import Command, Outcome, Peer

PROGRAM = "pwsh"
OPTIONS = ("-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Unrestricted")
LONGEST_SECONDS = 120
STANDIN_VARIABLE = "PRINTOPS_STANDIN"

PRELUDE = (
    "[psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')::Add('SystemPolicy', "
    "[psobject].Assembly.GetType('System.Management.Automation.Security.SystemPolicy'))\n"
)
"""Before every script: Ansible's wrapper names a type that PowerShell on Linux has in public only since 7.6."""

HEADER = "#< CLIXML"
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def powershell() -> str | None:
    """The path of PowerShell 7, or nothing where there is none."""
    return shutil.which(PROGRAM)


class PowerShellComputer:
    """One host, whose state is the stand-in's file; folder is for what PowerShell itself wants to keep.

    The connections that the stand-in tells of are those of the server.

    The task that the stand-in was told of runs at its time, in a process of its own. Where deaf_while_armed is set,
    nobody gets in as long as there is one.
    """

    def __init__(self, *, program: str, folder: pathlib.Path, state: dict[str, t.Any]) -> None:
        self.modules_called: list[str] = []
        self.deaf_while_armed = False
        self._program = program
        self._folder = folder
        self._standin = folder / "standin.json"
        self._task: threading.Timer | None = None
        self._peers: set[Peer] = set()
        self._lock = threading.Lock()
        for name in ("home", "temp", "data"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.write(state)

    def write(self, state: dict[str, t.Any]) -> None:
        """Set the stand-in's file. Not while a module runs."""
        self._standin.write_text(json.dumps(state), encoding="utf-8")

    def state(self) -> dict[str, t.Any]:
        """The stand-in's file. Not while a module runs."""
        state: dict[str, t.Any] = json.loads(self._standin.read_text(encoding="utf-8"))
        return state

    def admits(self, peer: Peer) -> bool:
        if self.deaf_while_armed and self._task is not None:
            return False
        self._peers.add(peer)
        return True

    def left(self, peer: Peer) -> None:
        self._peers.discard(peer)

    def execute(self, command: Command) -> Outcome:
        encoded = base64.b64encode((PRELUDE + command.script).encode("utf-16-le")).decode()
        with self._lock:
            self.modules_called.append(parse_module_call(command.stdin).module.rpartition(".")[2])
            self.write({**self.state(), "connections": self._connections()})
            done = self._run("-EncodedCommand", encoded, stdin=command.stdin)
            self._look_for_task()
        stderr = done.stderr.decode(errors="replace")
        over_psrp = not command.words
        return Outcome(
            rc=done.returncode,
            stdout=done.stdout.decode(errors="replace"),
            stderr=error_text(stderr) if over_psrp else stderr,
        )

    def _connections(self) -> list[dict[str, t.Any]]:
        return [
            {"local_port": peer.local_port, "remote_address": peer.address, "remote_port": peer.port}
            for peer in sorted(self._peers.copy(), key=lambda peer: peer.number)
        ]

    def _look_for_task(self) -> None:
        task = self.state().get("task")
        if task and self._task is None:
            self._task = threading.Timer(task["seconds"], self._run_task, [task["path"]])
            self._task.daemon = True
            self._task.start()
        elif not task and self._task is not None:
            self._task.cancel()
            self._task = None

    def _run_task(self, script: str) -> None:
        with self._lock:
            self._run("-File", script)
            self._look_for_task()

    def _run(self, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self._program, *OPTIONS, *words],
            input=stdin,
            capture_output=True,
            env=self.environment(),
            cwd=self._folder / "home",
            check=False,
            timeout=LONGEST_SECONDS,
        )

    def environment(self) -> dict[str, str]:
        """What Ansible and our modules expect of Windows, and what keeps PowerShell from writing more than answers."""
        temp = str(self._folder / "temp")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "XDG_", "PSModule"))}
        return {
            **kept,
            **dict.fromkeys(("TEMP", "TMP", "TMPDIR"), temp),
            "HOME": str(self._folder / "home"),
            "ProgramData": str(self._folder / "data"),
            STANDIN_VARIABLE: str(self._standin),
            "TERM": "dumb",
            "NO_COLOR": "1",
            "__SuppressAnsiEscapeSequences": "1",
            "LANG": "C.UTF-8",
            "POWERSHELL_TELEMETRY_OPTOUT": "1",
            "POWERSHELL_UPDATECHECK": "Off",
        }


def error_text(stderr: str) -> str:
    """The errors of a standard error that PowerShell wrote as CLIXML, which has progress and warnings beside them."""
    header, _, document = stderr.partition("\n")
    if not header.startswith(HEADER):
        return stderr
    start, end = document.find("<Objs"), document.rfind("</Objs>")
    if start < 0 or end < 0:
        return stderr
    root = ET.fromstring(document[start : end + len("</Objs>")])  # noqa: S314  # of our own process
    texts = [element.text or "" for element in root if element.get("S") == "Error"]
    return ESCAPED.sub(lambda code: chr(int(code[1], 16)), "".join(texts))
