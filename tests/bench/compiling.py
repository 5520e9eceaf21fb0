# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compile the same model with ours and with aerleon."""

from __future__ import annotations

import functools
import json
import statistics
import subprocess
import sys
from collections.abc import Collection

from . import explaining, model
from .measure import BenchError, Comparison, alternate
from .place import CHECKOUT, environment

HOSTS = {"compile-200x40": 200, "compile-1000x40": 1000}
NAMES = tuple(HOSTS)
RIVAL = "aerleon 1.18.0"


def compare(names: Collection[str], *, runs: int) -> list[Comparison]:
    """The comparisons asked for, without the optional checks of both sides, which are timed beside them."""
    return [_compare(name, hosts=hosts, runs=runs) for name, hosts in HOSTS.items() if name in names]


def _compare(name: str, *, hosts: int, runs: int) -> Comparison:
    ours = functools.partial(seconds_of, "ours", hosts)
    rivals = functools.partial(seconds_of, "aerleon", hosts)
    comparison = alternate(name, rival=RIVAL, runs=runs, ours=ours, rivals=rivals)
    to_plan = statistics.median(timings("ours", hosts)["compiled"] for _run in range(runs))
    print(f"  {name}, of which to the checked plan, before its text is written: {to_plan:.3f} s (not in the file)")
    if hosts == min(HOSTS.values()):
        checked = alternate(
            f"{name}, checked",
            rival=RIVAL,
            runs=runs,
            ours=functools.partial(seconds_of, "ours-checked", hosts),
            rivals=functools.partial(seconds_of, "aerleon-checked", hosts),
        )
        print(
            f"  {name} with the catalog's schema checked: {checked.ours_s:.3f} s, {RIVAL} with shade_check: "
            f"{checked.rival_s:.3f} s, ratio {checked.ratio:.2f} (not in the file)"
        )
        rows = alternate(
            f"{name}, a row for each term of each host",
            rival=RIVAL,
            runs=runs,
            ours=functools.partial(seconds_of, "ours-rows", hosts),
            rivals=rivals,
        )
        print(
            f"  {name} with {hosts * model.TERMS} rows, none of them shared by two hosts: {rows.ours_s:.3f} s, "
            f"ratio {rows.ratio:.2f} (not in the file)"
        )
        print(f"  {name}, {explaining.compare(hosts=hosts)}")
    return comparison


def seconds_of(side: str, hosts: int) -> float:
    """Seconds of one run to the text; raises as C(timings) does."""
    return timings(side, hosts)["seconds"]


def timings(side: str, hosts: int) -> dict[str, float]:
    """What one run took; raises C(BenchError) where its text does not let through what the model says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.compilers", side, str(hosts)],
        cwd=CHECKOUT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(done.stderr[-2000:] or f"{side} failed")
    return {name: float(value) for name, value in json.loads(done.stdout).items()}
