# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a fixture: C(pytest tests/lab) raises what is lacking of it and takes down what it raised."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

LAB = pathlib.Path(__file__).with_name("lab.py")
ATTEMPTS = 3

Tell = t.Callable[[str], None]


def pytest_configure() -> None:
    """Give each worker of a run in parallel a lab of its own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["PRINTOPS_LAB_INSTANCE"] = f"{os.environ.get('PRINTOPS_LAB_INSTANCE', 'test')}-{worker}"


class Lab:
    """Runs commands in the lab's network and on its machines, and gives machines back as new."""

    def __init__(self) -> None:
        status = subprocess.run([LAB, "status", "--json"], check=False, capture_output=True, text=True)
        self.was_up = status.returncode == 0
        self.state = pathlib.Path(json.loads(status.stdout)["state"])
        self.ssh_config = self.state / "ssh_config"

    def call(self, *words: str) -> None:
        """Run a command of the lab; machines of a busy computer may need more than one attempt to come up."""
        said = []
        for _attempt in range(ATTEMPTS):
            done = subprocess.run([LAB, *words], check=False, capture_output=True, text=True)
            if done.returncode == 0:
                return
            said.append(done.stderr)
        raise RuntimeError("\n".join(said))

    def reset(self, *hosts: str) -> None:
        self.call("reset", *hosts)

    def run(self, command: t.Sequence[str], **options: t.Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run([LAB, "run", "--", *command], check=False, capture_output=True, text=True, **options)

    def begin(self, command: t.Sequence[str], **options: t.Any) -> subprocess.Popen[bytes]:
        """A command in the lab's network that goes on; what it says is lost."""
        return subprocess.Popen(
            [LAB, "run", "--", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
        )

    def enter(self, host: str, command: t.Sequence[str], **options: t.Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [LAB, "enter", host, "--", *command], check=False, capture_output=True, text=True, **options
        )

    def enter_bytes(self, host: str, command: t.Sequence[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([LAB, "enter", host, "--", *command], check=False, capture_output=True, input=data)

    def start(self, host: str, command: t.Sequence[str], **options: t.Any) -> subprocess.Popen[str]:
        """A command on a machine that goes on; the caller ends it."""
        return subprocess.Popen([LAB, "enter", host, "--", *command], stdout=subprocess.PIPE, text=True, **options)

    def inside(self, host: str, script: str, *, with_processes: bool = False) -> list[str]:
        """A command for programs of the machine C(services), on its disk, in the network of another host.

        C(with_processes): among the processes of that host, where the script has to end it itself.
        """
        done = subprocess.run([LAB, "status", "--json"], check=True, capture_output=True, text=True)
        hosts = json.loads(done.stdout)["hosts"]
        leader, disk = (str(hosts[name]["leader"]) for name in (host, "services"))
        there = ["nsenter", "--target", leader, "--net", *(["--pid"] if with_processes else [])]
        return [*there, "nsenter", "--target", disk, "--mount", "--root", "unshare", "--mount", "sh", "-ec", script]

    def ansible(self, host: str, *, module: str, arguments: dict[str, t.Any], options: t.Sequence[str] = ()) -> t.Any:
        """The result of one module call over a new SSH connection."""
        done = self.run(
            [
                str(pathlib.Path(sys.executable).with_name("ansible")),
                host,
                "--inventory",
                f"{host},",
                "--one-line",
                "--module-name",
                module,
                "--args",
                json.dumps(arguments),
                *options,
            ],
            env={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": str(pathlib.Path.home()),
                "ANSIBLE_COLLECTIONS_PATH": str(LAB.parents[2] / ".collections"),
                "ANSIBLE_PIPELINING": "true",
                "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
                "ANSIBLE_SSH_ARGS": f"-F {self.ssh_config} -o ControlMaster=no",
                **{name: value for name, value in _instance().items() if value},
            },
        )
        status, arrow, result = done.stdout.partition(" => ")
        assert arrow, done.stdout + done.stderr
        return {"failed": "FAILED" in status, **json.loads(result)}


def _instance() -> dict[str, str]:
    return {name: os.environ.get(name, "") for name in ("PRINTOPS_LAB_INSTANCE", "PRINTOPS_LAB_CACHE")}


@pytest.fixture(scope="session")
def lab() -> t.Iterator[Lab]:
    lab = Lab()
    lab.call("up", "--with", "fw2")
    yield lab
    if not lab.was_up:
        lab.call("down")
