# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the benchmark runs, and how it starts other programs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .measure import BenchError

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
BUILD = CHECKOUT / "build"
SCRATCH = BUILD / "bench"
OUTPUT = SCRATCH / "output.log"


def program(name: str) -> str:
    """A program of the Python environment that runs the benchmark."""
    return str(PROGRAMS / name)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without settings of Ansible, so that both sides run with those of the checkout."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    return {**kept, "PATH": f"{PROGRAMS}:{kept.get('PATH', '')}", **(extra or {})}


def timed(command: Sequence[str], *, extra: Mapping[str, str] | None = None) -> float:
    """Seconds of a whole process; raises C(BenchError) with the end of its output when it fails."""
    with OUTPUT.open("w", encoding="utf-8") as output:
        started_at = time.perf_counter()
        done = subprocess.run(
            list(command), cwd=CHECKOUT, env=environment(extra), stdout=output, stderr=subprocess.STDOUT, check=False
        )
        seconds = time.perf_counter() - started_at
    if done.returncode:
        end = OUTPUT.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise BenchError(f"{' '.join(command)}: exit status {done.returncode}\n{end}")
    return seconds
