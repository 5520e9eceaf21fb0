# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of ansible-playbook as processes of their own, read from the output of its JSON callback."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t
from dataclasses import dataclass

from ..wsman.authentication import SPNEGO_ACCOUNTS

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
PROGRAMS = pathlib.Path(sys.executable).parent


@dataclass(frozen=True)
class Run:
    """What a run came to: exit status, results of tasks by name and host, and all that was printed."""

    rc: int
    tasks: dict[str, dict[str, t.Any]]
    stats: dict[str, dict[str, int]]
    output: str

    @property
    def problems(self) -> list[str]:
        """What failed or was not reached, with its message."""
        return [
            f"{task}: {host}: {result.get('msg')}"
            for task, results in self.tasks.items()
            for host, result in results.items()
            if result.get("failed") or result.get("unreachable")
        ]

    def result(self, task: str, host: str = "win1") -> dict[str, t.Any]:
        result: dict[str, t.Any] = self.tasks[task][host]
        return result


@dataclass(frozen=True)
class Controller:
    """Where ansible-playbook runs: a folder of its own, and the collections it finds."""

    folder: pathlib.Path
    collections: pathlib.Path = CHECKOUT / ".collections"
    longest_seconds: float = 240.0

    def environment(self) -> dict[str, str]:
        """The caller's, of Ansible's own only what opens vaults, and with a home of its own."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if (not key.startswith("ANSIBLE_") or key.startswith("ANSIBLE_VAULT_")) and key != SPNEGO_ACCOUNTS
        }
        return {
            **kept,
            "PATH": f"{PROGRAMS}{os.pathsep}{kept.get('PATH', '')}",
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORKS": "5",
        }

    def play(
        self,
        playbook: list[dict[str, t.Any]] | pathlib.Path,
        inventory: dict[str, t.Any] | pathlib.Path,
        *options: str,
    ) -> Run:
        """Run a playbook; it and the inventory are given as a file or as what stands in one."""
        hosts, file = self.written(inventory=inventory, playbook=playbook)
        done = subprocess.run(
            [str(PROGRAMS / "ansible-playbook"), "-i", str(hosts), str(file), *options],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=self.longest_seconds,
        )
        return parsed(done)

    def written(self, **contents: object) -> list[pathlib.Path]:
        """The files, after those contents that are none were written to files of their names."""
        return [
            content if isinstance(content, pathlib.Path) else self._written(f"{name}.json", content)
            for name, content in contents.items()
        ]

    def _written(self, name: str, content: object) -> pathlib.Path:
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


def parsed(done: subprocess.CompletedProcess[str]) -> Run:
    start = done.stdout.find("{\n")
    try:
        document = json.loads(done.stdout[start:])
    except ValueError:
        raise AssertionError(f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}") from None
    tasks: dict[str, dict[str, t.Any]] = {}
    for play in document["plays"]:
        for task in play["tasks"]:
            tasks.setdefault(task["task"]["name"], {}).update(task["hosts"])
    return Run(done.returncode, tasks, document["stats"], done.stdout + done.stderr)
