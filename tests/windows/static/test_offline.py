# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of rendered folders, held against the tables like the others, and against a few more entries."""

from __future__ import annotations

import json
import pathlib

import pytest

from . import tables
from .grammar import child, exported, functions, parse, text_of, walk
from .lint import Place, faults, signatures
from .scripts import UTILS, our_functions

FOLDER = UTILS / "OfflineFolder.psm1"
COMPARE = UTILS / "OfflineCompare.psm1"
MAIN = UTILS / "Offline.psm1"
POLICY = UTILS / "offline_group_policy.ps1"
GOES_ON = UTILS / "offline_run.ps1"
OFFLINE = sorted([*UTILS.glob("Offline*.psm1"), *(path for path in UTILS.glob("offline_*.ps1") if path != GOES_ON)])
MEANING = UTILS / "OfflineMeaning.psm1"
TEXTS = (
    "$part",
    "$tail",
    "$embedded",
    "$given",
    "$group",
    "$first",
    "$high",
    "$low",
    "$kept",
    "$begin",
    "$interval",
    "$usual",
    "$digits",
)
PATTERNS = ("MoreThanAscii", "AddressOnly", "SingleInList", "NetworkInList", "Group", "Length", "Mask", "Ports")
OF_POWERSHELL = {
    "$ExecutionContext": "System.Management.Automation.EngineIntrinsics",
    "$PSCmdlet": "System.Management.Automation.PSScriptCmdlet",
    "$MyInvocation": "System.Management.Automation.InvocationInfo",
}
GIVEN = {
    POLICY: {"Get-NetFirewallRule()": "NetFirewallRule[]", "Get-NetFirewallProfile()": "NetFirewallProfile[]"},
    FOLDER: {"$address": "System.Net.IPAddress", "ConvertTo-OfflinePlainAddress()": tables.STRING},
    COMPARE: {"$found": "table"},
    MEANING: {
        **dict.fromkeys(TEXTS, tables.STRING),
        **{f"$script:{name}": tables.TYPE_OF_PATTERNS for name in PATTERNS},
        **dict.fromkeys(("$sides[0]", "$sides[1]", "$meaning[$i]"), tables.STRING),
        "ConvertTo-OfflineFolded()": tables.STRING,
        "$Intervals": "System.Collections.Generic.List",
    },
}


def read(path: pathlib.Path) -> str:
    """A script as it is rendered, with how all go on."""
    text = path.read_text(encoding="utf-8")
    return f"{text}\n{GOES_ON.read_text(encoding='utf-8')}" if path.suffix == ".ps1" else text


@pytest.fixture(autouse=True)
def more_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = json.loads((tables.SIGNATURES / "offline.json").read_text(encoding="utf-8"))
    for name, entry in entries["types"].items():
        monkeypatch.setitem(tables.TYPES, name, entry)
    for name, entry in entries["cmdlets"].items():
        monkeypatch.setitem(tables.CMDLETS["cmdlets"], name, entry)


def place(path: pathlib.Path) -> Place:
    ours = signatures(map(read, OFFLINE))
    given = {**OF_POWERSHELL, **GIVEN.get(path, {})}
    return Place(ours={**our_functions(), **ours}, given=given, outer=tuple(OF_POWERSHELL))


@pytest.mark.parametrize("path", OFFLINE, ids=lambda path: path.name)
def test_the_scripts_have_no_fault(path: pathlib.Path) -> None:
    assert [str(fault) for fault in faults(read(path), place(path))] == []


PLANTS = [
    (POLICY, "Remove-NetFirewallRule -PolicyStore", "Remove-NetFirewallRule -GPOSession", "no parameter GPOSession"),
    (POLICY, "Open-NetGPO -PolicyStore", "Open-NetGPO -Store", "Open-NetGPO has no parameter Store"),
    (POLICY, "DisplayName = $rule", "Title = $rule", "New-NetFirewallRule has no parameter Title"),
    (POLICY, "$present.Group", "$present.Grouping", "NetFirewallRule has no Grouping"),
    (FOLDER, ".UnicastAddresses", ".Addresses", "IPInterfaceProperties has no Addresses"),
    (
        FOLDER,
        "ConvertFrom-Json -InputObject $lines[$index]",
        "ConvertFrom-Json -AsHashtable $lines[$index]",
        "AsHashtable",
    ),
    (COMPARE, "Get-OfflineWish -Document", "Get-OfflineWishes -Document", "Get-OfflineWishes is in no table"),
    (MAIN, "-Token $request['token']", "-Tokens $request['token']", "no parameter Tokens"),
    (MAIN, "Start-Sleep -Seconds 1", "Start-Sleep -Seconds 1; $state", "$state is printed"),
]


@pytest.mark.parametrize(("path", "right", "wrong", "message"), PLANTS, ids=[plant[2][:40] for plant in PLANTS])
def test_a_planted_mistake_is_found(path: pathlib.Path, right: str, wrong: str, message: str) -> None:
    text = read(path)
    assert right in text, "the plant has lost its place"
    found = [str(fault) for fault in faults(text.replace(right, wrong), place(path))]
    assert any(message in one for one in found), found


@pytest.mark.parametrize("path", [path for path in OFFLINE if path != POLICY], ids=lambda path: path.name)
def test_only_the_script_for_a_policy_calls_windows_itself(path: pathlib.Path) -> None:
    text = read(path).lower()
    for word in (
        "comobject",
        "registry",
        "schedule",
        "get-acl",
        "get-cim",
        "get-service",
        "netfirewall",
        "hnetcfg",
    ):
        assert word not in text


def test_functions_are_exported_where_they_are_called_elsewhere_and_nowhere_else() -> None:
    roots = {path: parse(read(path)) for path in OFFLINE}
    exports = [name for path, root in roots.items() if path.suffix == ".psm1" for name in exported(root)]
    assert len(set(exports)) == len(exports)
    called_elsewhere = set()
    for path, root in roots.items():
        calls = {text_of(name) for node in walk(root) if (name := child(node, "command_name")) is not None}
        called_elsewhere |= {name for name in calls if "-Offline" in name and name not in functions(root)}
        uncalled = set(functions(root)) - calls - set(exports)
        assert not uncalled, f"{path.name}: {uncalled}"
    assert called_elsewhere == set(exports)


def test_every_further_entry_is_used() -> None:
    entries = json.loads((tables.SIGNATURES / "offline.json").read_text(encoding="utf-8"))
    text = "\n".join(map(read, OFFLINE))
    for name in entries["cmdlets"]:
        assert name in text
    members = {
        member
        for entry in entries["types"].values()
        for part in ("instance", "static")
        for member in entry.get(part, {})
    }
    assert not [member for member in members if member not in text]
