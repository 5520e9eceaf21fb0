# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that stays answers as one that is started for a script."""

from __future__ import annotations

import pathlib

import pytest

from .resident import Call, Done, run, run_alone

pytestmark = pytest.mark.pwsh

SCRIPTS = {
    "parameters": 'param([switch]$Check, [int]$Number = 1) "$Check $Number"',
    "status": "'said'; exit 4",
    "warning": "Write-Warning -Message 'careful'; Write-Host 'seen'",
    "console": "[System.Console]::Out.WriteLine('out'); [System.Console]::Error.WriteLine('error'); exit 1",
    "environment": "$env:PRINTOPS_GIVEN; $PWD.Path; $PSScriptRoot",
    "no administrator's file": "#Requires -Modules NoSuchModule\n'run'",
    "policy": "Get-ExecutionPolicy",
}


def call(folder: pathlib.Path, text: str, *words: str) -> Call:
    file = folder / "a script.ps1"
    file.write_text(text)
    return Call(folder=folder, file=file, words=words, environment={"PRINTOPS_GIVEN": "given"})


def told(done: Done) -> tuple[int, str]:
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", SCRIPTS)
def test_status_and_output_are_those_of_a_process_of_its_own(tmp_path: pathlib.Path, name: str) -> None:
    words = ("-Check", "-Number", "7") if name == "parameters" else ()
    asked = call(tmp_path, SCRIPTS[name], *words)
    assert told(run(asked)) == told(run_alone(asked))


def test_an_error_ends_with_its_message(tmp_path: pathlib.Path) -> None:
    asked = call(tmp_path, "$ErrorActionPreference = 'Stop'; throw 'no way'")
    for done in (run(asked), run_alone(asked)):
        assert done.returncode == 1
        assert "no way" in done.stderr


def test_nothing_is_left_to_the_next_call(tmp_path: pathlib.Path) -> None:
    leave = "$global:left = 1; function global:Get-Left { 2 }; $env:PRINTOPS_LEFT = '3'; Write-Error -Message 'e'"
    command = "Get-Command -Name Get-Left -ErrorAction Ignore"
    look = f'"[$left$({command})$env:PRINTOPS_LEFT$env:PRINTOPS_GIVEN$($Error.Count)]"'
    run(call(tmp_path, leave))
    done = run(Call(folder=tmp_path, script=look))
    assert (done.returncode, done.stdout, done.stderr) == (0, "[0]\n", "")


def test_input_reaches_a_script(tmp_path: pathlib.Path) -> None:
    done = run(Call(folder=tmp_path, script='foreach ($line in $input) { "<$line>" }', input=("a", "", "\0b")))
    assert done.stdout == "<a>\n<>\n<\0b>\n"
