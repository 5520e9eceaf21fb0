# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PSScriptAnalyzer finds nothing in our PowerShell, with profiles of real machines; our own table agrees with them."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ..powershell.resident import Call, run_alone
from ..static import tables
from .profiles import CHECKOUT, PROFILES, analyzer, commands

pytestmark = [pytest.mark.pwsh, pytest.mark.analyzer]

OFF = {
    "PSProvideCommentHelp": "nobody asks for help of functions that only our own scripts call",
    "PSUseShouldProcessForStateChangingFunctions": "-WhatIf of the scripts and check mode of the modules stand for all",
    "PSUseLiteralInitializerForHashtable": "a table that tells cases apart has no literal",
    "PSReviewUnusedParameter": "it does not see what a script block uses, nor that two files must take the same",
}
TARGETS = list(PROFILES.values())
SETTINGS: dict[str, t.Any] = {
    "ExcludeRules": list(OFF),
    "Rules": {
        "PSUseCompatibleCommands": {"Enable": True, "TargetProfiles": TARGETS},
        # Called where PowerShell says that it is of .NET Core, and only there.
        "PSUseCompatibleTypes": {
            "Enable": True,
            "TargetProfiles": TARGETS,
            "IgnoreTypes": ["System.IO.FileSystemAclExtensions"],
        },
        "PSUseCompatibleSyntax": {"Enable": True, "TargetVersions": ["5.1", "7.0"]},
    },
}
FOLDER = CHECKOUT / "plugins" / "module_utils" / "_windows"
GOES_ON = FOLDER / "offline_run.ps1"
"""The end of each script of a rendered folder: both are one script only together."""

SHIPPED = sorted(
    path
    for folder in ("plugins", "roles")
    for kind in ("ps1", "psm1")
    for path in (CHECKOUT / folder).rglob(f"*.{kind}")
)
NEWER_THAN_THE_PROFILES = {("7.0 on Windows Server 2019", "Start-Sleep"): {"Duration"}}
"""Parameters that a later PowerShell 7 has, and that we do not use."""


def said(folder: pathlib.Path, files: t.Sequence[pathlib.Path]) -> list[dict[str, t.Any]]:
    work = folder / "work.json"
    work.write_text(json.dumps({"files": [str(path) for path in files], "settings": SETTINGS}))
    script = pathlib.Path(__file__).with_name("analyze.ps1")
    done = run_alone(Call(folder=folder, file=script, words=(str(analyzer()), str(work))))
    assert (done.returncode, done.stderr) == (0, ""), done
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_finds_nothing_in_what_is_shipped(tmp_path: pathlib.Path) -> None:
    whole = [path for path in SHIPPED if not path.name.startswith("offline_")]
    begun = [path for path in SHIPPED if path not in whole and path != GOES_ON]
    assert (len(SHIPPED) > 20, len(begun)) == (True, 4)
    for path in begun:
        whole.append(tmp_path / path.name)
        whole[-1].write_text(path.read_text(encoding="utf-8") + GOES_ON.read_text(encoding="utf-8"), encoding="utf-8")
    assert said(tmp_path, whole) == []


PLANTS = {
    "PSUseCompatibleCommands": "Get-NetFirewallRule -Colour red",
    "PSUseCompatibleTypes": "$a = [System.Text.Json.JsonSerializer]::Serialize($b)",
    "PSUseCompatibleSyntax": "$a = $b ? 1 : 2",
    "PSAvoidUsingCmdletAliases": "gci",
    "PSPossibleIncorrectComparisonWithNull": "if ($a -eq $null) { 1 }",
}


def test_a_planted_mistake_is_found(tmp_path: pathlib.Path) -> None:
    files = []
    for rule, text in PLANTS.items():
        files.append(tmp_path / f"{rule}.ps1")
        files[-1].write_text(f"{text}\n")
    found = {(pathlib.Path(one["file"]).stem, one["rule"]) for one in said(tmp_path, files)}
    assert {(rule, rule) for rule in PLANTS} <= found


@pytest.mark.parametrize("profile", PROFILES)
def test_our_table_of_commands_has_nothing_that_a_real_machine_lacks(profile: str) -> None:
    there = commands(profile)
    assert len(there["New-NetFirewallRule"]) > 20
    offline = json.loads((tables.SIGNATURES / "offline.json").read_text(encoding="utf-8"))["cmdlets"]
    version = "7.4" if profile.startswith("7") else "5.1"
    lacking = {
        name: gone
        for name, entry in {**tables.CMDLETS["cmdlets"], **offline}.items()
        if (gone := set(entry[version]) - there.get(name, set()) - NEWER_THAN_THE_PROFILES.get((profile, name), set()))
    }
    assert lacking == {}


def test_what_is_newer_than_the_profiles_is_not_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SHIPPED)
    for (_profile, command), names in NEWER_THAN_THE_PROFILES.items():
        assert not [name for name in names if f"{command} -{name}" in text]
