# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests over mutants of our PowerShell, in a copy of the checkout, and list those that no test finds.

C(python -m tests.windows.mutation [NUMBER [FIRST]]) takes that many of the sample, from the FIRST on.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from .mutants import CHECKOUT, Mutant, sample
from .survivors import SURVIVORS

NUMBER = 110
LONGEST_SECONDS = 900


def copied(folder: pathlib.Path) -> pathlib.Path:
    """A checkout of its own, with the Python packages of this one."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    here = folder / "checkout"
    for name in filter(None, listed.stdout.split("\0")):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, here / name, follow_symlinks=False)
    (here / ".venv").symlink_to(CHECKOUT / ".venv")
    (here / "build").mkdir(exist_ok=True)
    return here


def is_found(here: pathlib.Path, mutant: Mutant) -> bool:
    """Whether a test fails with it that passes without it."""
    path = here / mutant.file
    text = path.read_text(encoding="utf-8")
    path.write_text(mutant.applied(text), encoding="utf-8")
    try:
        passes = tested(here, *mutant.tests)
    finally:
        path.write_text(text, encoding="utf-8")
    if passes is False:
        assert tested(here, "--last-failed", *mutant.tests), "a test fails without a mistake too"
    return not passes


def tested(here: pathlib.Path, *words: str) -> bool | None:
    """Whether the tests pass up to the first that does not; nothing where they do not end."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", *words]
    try:
        done = subprocess.run(
            command, cwd=here, env=dict(os.environ), capture_output=True, check=False, timeout=LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return None
    assert done.returncode in (0, 1), done.stdout.decode()[-3000:] + done.stderr.decode()[-3000:]
    return done.returncode == 0


def main() -> int:
    given = [int(word) for word in sys.argv[1:]]
    number, first = (*given, *(NUMBER, 0)[len(given) :])[:2]
    chosen = sample(number + first)[first:]
    left: list[Mutant] = []
    left = []
    with tempfile.TemporaryDirectory() as folder:
        here = copied(pathlib.Path(folder))
        for count, mutant in enumerate(chosen, start=1):
            found = is_found(here, mutant)
            print(f"{count}/{len(chosen)} {'found' if found else 'LEFT '} {mutant}", flush=True)
            left += [] if found else [mutant]
    unknown = [mutant for mutant in left if mutant.before.strip() not in SURVIVORS]
    print(f"{len(chosen) - len(left)} of {len(chosen)} mutants found, {len(left) - len(unknown)} of the rest explained")
    for mutant in unknown:
        print(f"NOT FOUND, and not explained: {mutant}")
    return bool(unknown)


if __name__ == "__main__":
    sys.exit(main())
