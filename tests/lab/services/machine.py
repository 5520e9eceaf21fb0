# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and units on the machine that plays the servers."""

from __future__ import annotations

import shlex
import typing as t

if t.TYPE_CHECKING:
    from ..conftest import Lab

HOST = "services"
ADDRESS = "198.18.9.11"


def succeed(lab: Lab, script: str) -> str:
    """The output of a shell script on the machine; AssertionError with what it said where it fails."""
    done = lab.enter(HOST, ["sh", "-ec", script])
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


def put(lab: Lab, path: str, text: str) -> None:
    quoted = shlex.quote(path)
    done = lab.enter(HOST, ["sh", "-ec", f'mkdir -p "$(dirname {quoted})"; cat >{quoted}'], input=text)
    assert done.returncode == 0, done.stderr


def listening(*ports: int) -> str:
    """Shell commands that wait until something listens on each TCP port, and fail after ten seconds."""
    tests = " && ".join(f"ss -Hltn sport = :{port} | grep -q ." for port in ports)
    return f"tries=0; until {tests}; do tries=$((tries + 1)); [ $tries -lt 100 ]; sleep 0.1; done"


def start_unit(lab: Lab, name: str, command: str, *, ports: t.Sequence[int]) -> None:
    """Run a command as a unit of its own in place of an earlier one, and wait until its TCP ports listen."""
    succeed(
        lab,
        f"""
        systemctl stop {name} 2>/dev/null || true
        systemctl reset-failed {name} 2>/dev/null || true
        systemd-run --quiet --unit={name} {command}
        {listening(*ports)}
        """,
    )
