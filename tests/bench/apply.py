# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call with a whole rule set, beside a loop over the same rules and beside a ping, on hosts of the lab."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from .measure import BenchError, Comparison
from .openings import OPENINGS, rules_of
from .place import CHECKOUT, SCRATCH, environment, program

PLAYBOOKS = CHECKOUT / "tests" / "bench" / "playbooks"
CALLBACKS = CHECKOUT / "tests" / "bench" / "callback_plugins"
PING_ROUNDS_PER_RUN = 3


@dataclass(frozen=True)
class Firewall:
    """A firewall, the lab's host that runs it and the module that loops are made of."""

    name: str
    host: str
    loop: str

    def names(self) -> tuple[str, ...]:
        return (f"apply-{self.name}-first", f"apply-{self.name}-unchanged", f"unchanged-{self.name}-ping")


FIREWALLS = (
    Firewall("firewalld", host="mgmt1", loop="loop of ansible.posix.firewalld"),
    Firewall("ufw", host="site1", loop="loop of community.general.ufw"),
)
NAMES = tuple(name for firewall in FIREWALLS for name in firewall.names())


def lab_command(*words: str) -> list[str]:
    return [sys.executable, "tests/lab/lab.py", "--instance", f"bench-{os.getpid()}", *words]


@contextlib.contextmanager
def lab(hosts: Sequence[str]) -> Iterator[None]:
    """A lab of the benchmark's own, gone afterwards whatever happens."""
    try:
        if subprocess.run(lab_command("up", *hosts), cwd=CHECKOUT, check=False).returncode:
            raise BenchError("the lab did not come up")
        yield
    finally:
        subprocess.run(lab_command("down"), cwd=CHECKOUT, check=True)


def compare(names: Collection[str], *, runs: int) -> list[Comparison]:
    """The comparisons asked for, which share one playbook for each firewall."""
    wanted = [firewall for firewall in FIREWALLS if any(name in names for name in firewall.names())]
    if not wanted:
        return []
    with lab([firewall.host for firewall in wanted]):
        return [one for firewall in wanted for one in _compare(firewall, names=names, runs=runs)]


def _compare(firewall: Firewall, *, names: Collection[str], runs: int) -> list[Comparison]:
    first, unchanged, ping = firewall.names()
    loop_runs = runs if first in names or unchanged in names else 0
    ping_runs = runs * PING_ROUNDS_PER_RUN if ping in names else 0
    print(f"{firewall.name} on {firewall.host}: {len(OPENINGS)} rules, {loop_runs} rounds", flush=True)
    times = _play(firewall, loop_runs=loop_runs, ping_runs=ping_runs)
    candidates = [
        (first, firewall.loop, "ours first", "loop first"),
        (unchanged, firewall.loop, "ours unchanged", "loop unchanged"),
        (ping, "ansible.builtin.ping", "ours beside ping", "ping"),
    ]
    return [
        Comparison(name, rival, tuple(times[ours]), tuple(times[rivals]))
        for name, rival, ours, rivals in candidates
        if name in names
    ]


def _play(firewall: Firewall, *, loop_runs: int, ping_runs: int) -> dict[str, list[float]]:
    """Seconds of every measured task of the firewall's playbook, by the name of the task."""
    times_file = SCRATCH / f"{firewall.name}-times.json"
    times_file.unlink(missing_ok=True)
    variables_file = SCRATCH / "apply-variables.json"
    variables = {
        "bench_rules": rules_of(OPENINGS),
        "bench_loop_runs": loop_runs,
        "bench_ping_runs": ping_runs,
        "bench_python": sys.executable,
        "bench_checkout": str(CHECKOUT),
    }
    variables_file.write_text(json.dumps(variables), encoding="utf-8")
    playbook = [
        program("ansible-playbook"),
        *("-i", "inventory_examples/lab", "--limit", firewall.host),
        *("-e", f"@{variables_file}"),
        str(PLAYBOOKS / f"{firewall.name}.yml"),
    ]
    extra = {
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_STDOUT_CALLBACK": "bench_times",
        "PRINTOPS_BENCH_TIMES": str(times_file),
    }
    done = subprocess.run(lab_command("run", "--", *playbook), cwd=CHECKOUT, env=environment(extra), check=False)
    if done.returncode:
        raise BenchError(f"the playbook for {firewall.name} failed: exit status {done.returncode}")
    times: dict[str, list[float]] = {}
    for entry in json.loads(times_file.read_text(encoding="utf-8")):
        times.setdefault(entry["task"], []).append(entry["seconds"])
    return times
