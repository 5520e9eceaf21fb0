# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the collection with the usual ways of doing the same, print a table and write build/bench.json."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Collection, Sequence

from . import apply, compiling, controller, reading, reporting, windows
from .measure import MINIMUM_RUNS, BenchError, Comparison
from .place import BUILD, SCRATCH
from .report import table, write

GROUPS: tuple[tuple[Callable[..., list[Comparison]], Sequence[str]], ...] = (
    (compiling.compare, compiling.NAMES),
    (controller.compare, controller.NAMES),
    (apply.compare, apply.NAMES),
    (reading.compare, reading.NAMES),
    (reporting.compare, reporting.NAMES),
    (windows.compare, windows.NAMES),
)
NAMES = tuple(name for _compare, names in GROUPS for name in names)


def parse(arguments: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The names of the comparisons to make, and how often each side runs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(NAMES)}")
    parser.add_argument("--runs", type=int, default=MINIMUM_RUNS, help=f"of each side, {MINIMUM_RUNS} or more")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in NAMES]:
        parser.error(f"no such comparison: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if options.runs < MINIMUM_RUNS:
        parser.error(f"--runs must be {MINIMUM_RUNS} or more")
    return tuple(options.names) or NAMES, options.runs


def compare(names: Collection[str], *, runs: int) -> list[Comparison]:
    return [
        one for compare_group, known in GROUPS if set(known) & set(names) for one in compare_group(names, runs=runs)
    ]


def main(arguments: Sequence[str]) -> None:
    names, runs = parse(arguments)
    SCRATCH.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}, Python {sys.version.split()[0]}, {runs} runs of each side", flush=True)
    try:
        comparisons = compare(names, runs=runs)
        write(comparisons, path=BUILD / "bench.json")
    except BenchError as error:
        sys.exit(f"bench: {error}")
    print(f"\n{table(comparisons)}")


if __name__ == "__main__":
    main(sys.argv[1:])
