# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A computer that runs what it is sent in PowerShell 7 on Linux, where the stand-in takes the place of Windows.

So Ansible's own wrappers start our modules, and our PowerShell is executed. What only Windows has is not.
"""

from __future__ import annotations

import base64
import json
import pathlib
import threading
import typing as t

from ..powershell.resident import Call, Done, run
from ..wsman.ansible_input import SEPARATOR, parse_module_call
from ..wsman.command import Command, Outcome, Peer

STANDIN_VARIABLE = "PRINTOPS_STANDIN"

PRELUDE = """if (-not ('System.Management.Automation.Security.SystemPolicy' -as [type])) {
    $accelerators = [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')
    $policy = [psobject].Assembly.GetType('System.Management.Automation.Security.SystemPolicy')
    $accelerators::Add('SystemPolicy', $policy)
}
"""
"""Before every script: Ansible's wrapper names a type that PowerShell on Linux has in public only since 7.6."""

COMPILER = "Ansible.ModuleUtils.AddType.psm1"
BASIC = "Ansible.Basic.cs"
COMPILED_ONCE = """
${function:Add-TypeAnew} = ${function:Add-CSharpType}
function Add-CSharpType {
    param([string[]]$References, $AnsibleModule)
    if (-not ('Ansible.Basic.AnsibleModule' -as [type])) { Add-TypeAnew @PSBoundParameters }
}
"""
"""After Ansible's own function for compiling: each process needs its types once."""


class PowerShellComputer:
    """One host, whose state is the stand-in's file; folder is for what PowerShell itself wants to keep.

    The connections that the stand-in tells of are those of the server.

    The task that the stand-in was told of runs at its time, in a process of its own. Where deaf_while_armed is set,
    nobody gets in as long as there is one.
    """

    def __init__(self, *, folder: pathlib.Path, state: dict[str, t.Any]) -> None:
        self.modules_called: list[str] = []
        self.deaf_while_armed = False
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
        with self._lock:
            self.modules_called.append(parse_module_call(command.stdin).module.rpartition(".")[2])
            self.write({**self.state(), "connections": self._connections()})
            done = self._run(script=PRELUDE + command.script, input=tuple(compiled_once(command.stdin)))
            self._look_for_task()
        return Outcome(rc=done.returncode, stdout=done.stdout, stderr=done.stderr)

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
            self._run(file=pathlib.Path(script))
            self._look_for_task()

    def _run(self, **what: t.Any) -> Done:
        return run(Call(folder=self._folder / "home", environment=self.environment(), **what))

    def environment(self) -> dict[str, str]:
        """What Ansible and our modules expect of Windows."""
        return {
            **dict.fromkeys(("TEMP", "TMP", "TMPDIR"), str(self._folder / "temp")),
            "HOME": str(self._folder / "home"),
            "ProgramData": str(self._folder / "data"),
            STANDIN_VARIABLE: str(self._standin),
        }


def compiled_once(stdin: bytes) -> list[str]:
    """The lines of Ansible's input, so that a process which has compiled Ansible's types does not do it again."""
    wrapper, separator, payload = stdin.decode().partition(f"{SEPARATOR}\n")
    manifest = json.loads(payload)
    scripts = manifest.get("scripts", {})
    if [name for name in scripts if name.endswith(".cs")] == [BASIC]:
        compiler = base64.b64decode(scripts[COMPILER]["script"]).decode() + COMPILED_ONCE
        scripts[COMPILER]["script"] = base64.b64encode(compiler.encode()).decode()
    return [*f"{wrapper}{separator}".splitlines(), json.dumps(manifest)]
