# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the scripts of a rendered folder behave in somebody's PowerShell: streams, statuses, arguments, languages."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from ..powershell.resident import OPTIONS, PROGRAM, Done
from .host import Host
from .rendered import FOREIGN, HTTPS, Folder, wait_for

pytestmark = pytest.mark.pwsh


def typed(folder: Folder, text: str) -> Done:
    """What somebody types in the folder, at a prompt that goes on after an error."""
    script = folder.host.folder / "typed.ps1"
    script.write_text(f"Set-Location -LiteralPath '{folder.path}'\n{text}\n")
    return folder.host.powershell(script)


STREAMS = [
    ("$x = .\\apply.ps1 -Check; 'kept ' + $x.Length + ' ' + $x[-1]", "kept 5 Nothing was changed."),
    (".\\apply.ps1 -Check > ../told.txt; 'last ' + (Get-Content ../told.txt)[-1]", "last Nothing was changed."),
    (
        ".\\apply.ps1 -Check | Select-String -SimpleMatch 'changed' | ForEach-Object { 'found ' + $_ }",
        "found Nothing was changed.",
    ),
    (".\\apply.ps1 -ConfirmTimeout 7 2> ../wrong.txt; 'wrong ' + (Get-Content ../wrong.txt -Raw)", "wrong apply.ps1: "),
    ('$null = .\\apply.ps1 -ConfirmTimeout 7 2>&1; "status $LASTEXITCODE $?"', "status 1"),
    ('$null = .\\apply.ps1 -Check; "status $LASTEXITCODE"', "status 0"),
    ('$null = . .\\apply.ps1 -Check; "still here $LASTEXITCODE"', "still here 0"),
    ('. .\\apply.ps1 -ConfirmTimeout 7 2> $null; "still here $LASTEXITCODE"', "still here 1"),
    ('$null = . .\\confirm.ps1 2>&1; "still here $LASTEXITCODE"', "still here 1"),
    ("$null = .\\apply.ps1 -Check; 'left ' + @(Get-Module -Name 'Offline*', 'Firewall*').Length", "left 0"),
]


@pytest.mark.parametrize(("text", "said"), STREAMS, ids=[text[:45] for text, _said in STREAMS])
def test_output_is_powershells(host: Host, text: str, said: str) -> None:
    done = typed(Folder(host, HTTPS), text)
    assert said in done.stdout, done


def test_who_reads_only_the_beginning_stops_nothing(host: Host) -> None:
    folder = Folder(host, HTTPS)
    done = typed(folder, ".\\apply.ps1 -ConfirmTimeout 0 | Select-Object -First 1")
    assert len(done.stdout.splitlines()) == 1
    assert host.names() == folder.names
    assert host.data()["task"] is None


ARGUMENTS = [
    (["0"], "positional parameter cannot be found"),
    (["-ConfirmTimeout", "7"], "-ConfirmTimeout is 7; give at least 30 seconds, or 0. Nothing was changed"),
    (["-ConfirmTimeout", "-1"], "-ConfirmTimeout is -1; give at least 30 seconds"),
    (["-ConfirmTimeout", "soon"], "soon"),
    (["-Chek"], "Chek"),
]


@pytest.mark.parametrize("script", ["apply", "remove"])
@pytest.mark.parametrize(("words", "said"), ARGUMENTS, ids=[" ".join(words) for words, _said in ARGUMENTS])
def test_wrong_arguments_change_nothing(host: Host, script: str, words: list[str], said: str) -> None:
    done = Folder(host, HTTPS).run(script, *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert host.names() == []


@pytest.mark.parametrize("script", ["apply", "confirm", "remove"])
def test_a_constrained_language_is_named(host: Host, script: str) -> None:
    text = f"$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'\n.\\{script}.ps1\n'not here'"
    done = typed(Folder(host, HTTPS), text)
    assert f"{script}: PowerShell runs this in ConstrainedLanguage" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert host.names() == []


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", ">/dev/full"])
def test_output_that_cannot_be_written_stops_nothing(host: Host, closed: str) -> None:
    folder = Folder(host, HTTPS)
    command = [PROGRAM, *OPTIONS, "-File", str(folder.path / "apply.ps1"), "-ConfirmTimeout", "0"]
    text = f'exec "$@" {closed}'
    environment = {"PRINTOPS_STANDIN": str(host.file), "HOME": str(host.folder)}
    shell = ["env", *(f"{name}={value}" for name, value in environment.items()), "sh", "-c", text, "sh", *command]
    subprocess.run(shell, check=False, capture_output=True, timeout=120)
    assert host.names() == folder.names
    assert host.data()["task"] is None


@pytest.mark.parametrize("seconds", ["0", "60"])
def test_what_is_interrupted_half_way_is_undone(host: Host, seconds: str) -> None:
    host.put(rules=FOREIGN)
    folder = Folder(
        host, *({**HTTPS, "remotes": [f"10.1.{number}.0/24"], "ports": [str(number)]} for number in range(1, 90))
    )
    command = [PROGRAM, *OPTIONS, "-File", str(folder.path / "apply.ps1"), "-ConfirmTimeout", seconds]
    environment = {**os.environ, "PRINTOPS_STANDIN": str(host.file), "HOME": str(host.folder)}
    with subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        wait_for(lambda: 5 < number_of_rules(host) < 90)
        os.killpg(process.pid, signal.SIGINT)
        told, _none = process.communicate(timeout=120)
    assert "interrupted, and undone" in told
    assert host.data()["rules"] == FOREIGN
    assert host.data()["task"] is None


def number_of_rules(host: Host) -> int:
    """None while the file is being replaced."""
    try:
        return len(host.names())
    except (OSError, ValueError):
        return 0
