# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a machine: calls modules of the collection and commands as they are asked for, with faults or without.

One JSON object a line comes in and one goes out. Modules are imported once, and called in a child of this process.
C({"shell": "COMMAND"}): C(status) and C(output).
C({"module": "ufw_rules", "arguments": {}, "at": 0, "what": "kill"}) or C({"command": ["sh", "FILE"], "at": ...}):
C(calls), C(hit), C(status) and C(output), see inject.py.
C({"knock": [PROBE, ...], "bound_s": 0.3}): indexes of the probes that got through, see knock.py.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import subprocess
import sys
import typing as t

HERE = str(pathlib.Path(__file__).parent)
MODULES = "ansible_collections.printops.firewall.plugins.modules."


def module_call(name: str, arguments: t.Dict[str, t.Any]) -> t.Callable[[], None]:
    testing = importlib.import_module("ansible.module_utils.testing")
    module = importlib.import_module(MODULES + name)

    def call() -> None:
        with testing.patch_module_args(arguments):
            module.main()

    return call


def command_call(command: t.List[str]) -> t.Callable[[], None]:
    return lambda: os.execvp(command[0], command)  # noqa: S606


def answer(asked: t.Dict[str, t.Any]) -> t.Any:
    if "shell" in asked:
        done = subprocess.run(
            ["/bin/sh", "-c", asked["shell"]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return {"status": done.returncode, "output": done.stdout}
    if "knock" in asked:
        knock = importlib.import_module("knock")
        probes = dict(enumerate(asked["knock"]))
        return sorted(knock.connect_all(probes, bound_s=asked["bound_s"])[0])
    inject = importlib.import_module("inject")
    call = module_call(asked["module"], asked["arguments"]) if "module" in asked else command_call(asked["command"])
    return inject.Tracer(call, at=asked.get("at", 0), what=asked.get("what", "kill")).run()._asdict()


def main() -> None:
    sys.dont_write_bytecode = True
    sys.path.insert(0, HERE)
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
