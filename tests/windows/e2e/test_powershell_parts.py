# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests in PowerShell do around it, without one."""

from __future__ import annotations

import pathlib
import stat

from ..wsman.command import Command, Peer
from .powershell import OPTIONS, STANDIN_VARIABLE, PowerShellComputer, error_text

PEER = Peer(1, "127.0.0.1", 50000, 5985)
MODULE = "printops.firewall.windows_defender_state"
STDIN = f'{{"name": "exec_wrapper"}}\n\0\0\0\0\n{{"module_args": {{"_ansible_module_name": "{MODULE}"}}}}'.encode()
STDERR = (
    '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
    '<Obj S="progress" RefId="0"><I64 N="SourceId">1</I64></Obj>'
    '<S S="Error">no_x000D__x000A_</S><S S="Error">way</S></Objs>'
)
PROGRAM = """#!/bin/sh
printf '%s\n' "$@" >"$HOME/words"
env >"$HOME/environment"
cat >"$HOME/stdin"
echo answer
exit 3
"""


def test_errors_are_read_out_of_clixml() -> None:
    assert error_text(STDERR) == "no\r\nway"
    assert error_text("plain\n") == "plain\n"
    assert error_text(STDERR.replace('S="Error"', 'S="Warning"')) == ""


def test_script_and_input_reach_the_program(tmp_path: pathlib.Path) -> None:
    program = tmp_path / "pwsh"
    program.write_text(PROGRAM)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    computer = PowerShellComputer(program=str(program), folder=tmp_path, state={"rules": []})
    outcome = computer.execute(Command(script="$input", stdin=STDIN, peer=PEER))
    assert (outcome.rc, outcome.stdout) == (3, "answer\n")
    assert computer.modules_called == ["windows_defender_state"]
    *options, name, encoded = (tmp_path / "home" / "words").read_text().splitlines()
    assert (tuple(options), name) == (OPTIONS, "-EncodedCommand")
    assert encoded.startswith("WwBwAHMAbwBiAGoA")
    assert (tmp_path / "home" / "stdin").read_bytes() == STDIN
    environment = (tmp_path / "home" / "environment").read_text().splitlines()
    assert f"{STANDIN_VARIABLE}={tmp_path}/standin.json" in environment
    assert f"TEMP={tmp_path}/temp" in environment
