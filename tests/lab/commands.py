# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running other programs, with errors that say which one failed and what it said."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Sequence

COMMAND_SHOWN = 160


class LabError(Exception):
    """The lab could not do what was asked; the text is meant for the person at the terminal."""


def run(*, command: Sequence[str], stdin: str | None = None) -> str:
    """Return the standard output of `command`; raise LabError with its error output when it fails."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{command[0]} is not installed: run scripts/setup") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        shown = textwrap.shorten(" ".join(command), width=COMMAND_SHOWN, placeholder=" ...")
        raise LabError(f"{shown}: exit status {done.returncode}: {said}")
    return done.stdout


def succeeds(*, command: Sequence[str]) -> bool:
    """Whether `command` ends with status 0."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
