# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a machine: calls modules of the collection and commands as they are asked for, with faults or without.

One JSON object a line comes in and one goes out. Modules are imported once, and called in a child of this process.
C({"shell": "COMMAND"}): C(status) and C(output).
C({"module": "ufw_rules", "arguments": {}, "at": 0, "what": "kill"}) or C({"command": ["sh", "FILE"], "at": ...}):
C(calls), C(hit), C(status) and C(output), see inject.py. What a C(break off) leaves running goes on after the answer.
C({"knock": [PROBE, ...], "bound_s": 0.3}): indexes of the probes that got through, see knock.py.
"""

from __future__ import annotations

import contextlib
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
    at, what = asked.get("at", 0), asked.get("what", "kill")
    if what == inject.BREAK_OFF:
        return broken_off(lambda tell: inject.Tracer(call, at=at, what=what, on_broken_off=tell).run())
    return inject.Tracer(call, at=at, what=what).run()._asdict()


def broken_off(trace: t.Callable[[t.Callable[[t.Any], None]], t.Any]) -> t.Any:
    """What a process of its own is told at the fault, or at the end; it goes on to trace what is left."""
    out_of, into = os.pipe()
    intermediate = os.fork()
    if intermediate == 0:
        if os.fork():
            os._exit(0)
        os.close(out_of)

        def tell(outcome: t.Any) -> None:
            with contextlib.suppress(OSError):
                os.write(into, (json.dumps(outcome._asdict()) + "\n").encode())

        try:
            tell(trace(tell))
        finally:
            os._exit(0)
    os.close(into)
    os.waitpid(intermediate, 0)
    with os.fdopen(out_of, encoding="utf-8") as answers:
        return json.loads(answers.readline())


def main() -> None:
    sys.dont_write_bytecode = True
    sys.path.insert(0, HERE)
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
