# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the lab."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence

from . import lifecycle, network, processes
from .commands import LabError
from .naming import LabNames, image_cache, names_of_this_lab
from .topology import MACHINES, machine_named, select_machines

MACHINE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def parser() -> argparse.ArgumentParser:
    on_request = ", ".join(machine.name for machine in MACHINES if machine.on_request)
    top = argparse.ArgumentParser(prog="lab.py", description=__doc__)
    top.add_argument("--instance", help="name of this lab, where a checkout has several (PRINTOPS_LAB_INSTANCE)")
    commands = top.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="raise the lab, or what of it does not run")
    up.add_argument("hosts", nargs="*", metavar="HOST", help=f"only these; default: all but {on_request}")
    up.add_argument("--with", dest="extra", nargs="+", default=[], metavar="HOST", help=f"also {on_request}")
    commands.add_parser("down", help="remove the lab")
    status = commands.add_parser("status", help="what runs; exit status 3 when nothing does")
    status.add_argument("--json", action="store_true", dest="as_json")
    reset = commands.add_parser("reset", help="replace machines by new ones")
    reset.add_argument("hosts", nargs="+", metavar="HOST")
    cycle = commands.add_parser("power-cycle", help="cut the power of machines, and boot them with their disks")
    cycle.add_argument("hosts", nargs="+", metavar="HOST")
    run = commands.add_parser("run", help="run a command in the lab's network: run -- COMMAND ...")
    run.add_argument("words", nargs=argparse.REMAINDER)
    enter = commands.add_parser("enter", help="run a command as root on a machine: enter HOST -- COMMAND ...")
    enter.add_argument("host", metavar="HOST")
    enter.add_argument("words", nargs=argparse.REMAINDER)
    return top


def command_words(*, words: Sequence[str]) -> list[str]:
    """The command without the `--` before it; raises LabError when there is none."""
    command = list(words[1:] if words[:1] == ["--"] else words)
    if not command:
        raise LabError("no command given")
    return command


def status_of_lab(*, names: LabNames) -> dict[str, object]:
    running = processes.running_machines(names=names)
    hosts = {
        machine.name: {
            "suite": machine.suite,
            "firewall": machine.firewall,
            "addresses": list(machine.addresses),
            "leader": running[machine.name].leader if machine.name in running else None,
        }
        for machine in MACHINES
    }
    return {"instance": names.instance, "namespace": names.namespace, "state": str(names.state), "hosts": hosts}


def print_status(*, names: LabNames, as_json: bool) -> int:
    running = processes.running_machines(names=names)
    if as_json:
        print(json.dumps(status_of_lab(names=names), indent=2))
    else:
        print(f"lab {names.instance}: network {names.namespace}, state {names.state}")
        for machine in MACHINES:
            found = running.get(machine.name)
            does = f"runs, process {found.leader}" if found else "does not run"
            print(f"  {machine.name:9} {machine.suite:9} {machine.firewall:10} {machine.addresses[0]:13} {does}")
    return 0 if running else 3


def run_inside(*, names: LabNames, words: Sequence[str]) -> None:
    """Become a command in the lab's network."""
    if not network.network_is_up(names=names):
        raise LabError(f"lab {names.instance} is not up: run lab.py up")
    environment = {
        **os.environ,
        "PRINTOPS_LAB_STATE": str(names.state),
        "PRINTOPS_LAB_INSTANCE": names.instance,
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(names.connections),
    }
    command = [*network.inside_network(names=names), *command_words(words=words)]
    sys.stdout.flush()
    os.execvpe(command[0], command, environment)  # noqa: S606


def enter_machine(*, names: LabNames, host: str, words: Sequence[str]) -> None:
    """Become a command in all namespaces of a machine, as root and with an environment of its own."""
    found = processes.running_machines(names=names).get(machine_named(name=host).name)
    if found is None or found.leader is None:
        raise LabError(f"{host} does not run: run lab.py up {host}")
    environment = [f"PATH={MACHINE_PATH}", "HOME=/root", "LANG=C.UTF-8", f"TERM={os.environ.get('TERM', 'dumb')}"]
    command = ["nsenter", f"--target={found.leader}", "--all", "--", "env", "-i", *environment]
    sys.stdout.flush()
    os.execvp(command[0], [*command, *command_words(words=words)])  # noqa: S606


def dispatch(*, options: argparse.Namespace, names: LabNames) -> int:
    started_at = time.monotonic()
    if options.command == "status":
        return print_status(names=names, as_json=options.as_json)
    if os.geteuid() != 0:
        raise LabError("the lab needs root, for namespaces and mounts")
    if options.command == "run":
        run_inside(names=names, words=options.words)
    elif options.command == "enter":
        enter_machine(names=names, host=options.host, words=options.words)
    elif options.command == "down":
        killed = lifecycle.down(names=names)
        note = f" (killed: {', '.join(killed)})" if killed else ""
        print(f"lab {names.instance}: down in {time.monotonic() - started_at:.1f} s{note}")
    elif options.command in ("reset", "power-cycle"):
        chosen = select_machines(only=options.hosts, extra=())
        if options.command == "reset":
            lifecycle.reset(names=names, cache=image_cache(), chosen=chosen)
        else:
            lifecycle.power_cycle(names=names, chosen=chosen)
        done = f"{options.command} of {', '.join(options.hosts)}"
        print(f"lab {names.instance}: {done} in {time.monotonic() - started_at:.1f} s")
    else:
        chosen = select_machines(only=options.hosts, extra=options.extra)
        started = lifecycle.up(names=names, cache=image_cache(), chosen=chosen)
        what = f"started {', '.join(started)}" if started else "all ran already"
        print(f"lab {names.instance}: up in {time.monotonic() - started_at:.1f} s, {what}")
    return 0


def main(*, arguments: Sequence[str]) -> int:
    """Run one command; exit status 1 and one message on standard error when the lab cannot do it."""
    options = parser().parse_args(arguments)
    try:
        return dispatch(options=options, names=names_of_this_lab(instance=options.instance))
    except (LabError, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
