# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts name what Microsoft documents, and a mistake of each kind would be found."""

from __future__ import annotations

import pathlib

import pytest

from .grammar import parse, syntax_faults
from .lint import faults
from .scripts import CHANGE, LINTED, MODULES, PENDING, RESTORE, STANDIN, WINDOWS, every_script, place

STATE = MODULES / "windows_defender_info.ps1"


@pytest.mark.parametrize("path", every_script(), ids=lambda path: path.name)
def test_every_script_parses(path: pathlib.Path) -> None:
    assert syntax_faults(parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", LINTED, ids=lambda path: "-".join(path.parts[-2:]))
def test_the_scripts_have_no_fault(path: pathlib.Path) -> None:
    assert [str(fault) for fault in faults(path.read_text(encoding="utf-8"), place(path))] == []


PLANTS = [
    # What does not parse
    (STATE, "catch {", "catch ", "syntax"),
    (PENDING, "foreach ($name in @($files.Keys)) {", "foreach ($name in @($files.Keys) {", "syntax"),
    (PENDING, "    return $snapshot\n", "    return $snapshot ? 1 : 2\n", "syntax"),
    (PENDING, "$why = ''", "$why ??= ''", "syntax"),
    # Commands and their parameters
    (PENDING, "Start-Sleep -Seconds", "Start-Slep -Seconds", "the command Start-Slep is in no table"),
    (PENDING, "Start-Sleep -Seconds", "Start-Sleep -Second", "Start-Sleep has no parameter Second"),
    (PENDING, "-InputObject $kept)", "-AsHashtable $Text)", "ConvertFrom-Json has no parameter AsHashtable"),
    (WINDOWS, "Get-Service -Name", "Get-Service -ComputerName", "Get-Service has no parameter ComputerName"),
    (WINDOWS, "Get-Acl -LiteralPath", "Get-Acl -Literal", "Get-Acl has no parameter Literal"),
    (PENDING, "Start-Sleep -Seconds 1", "$a = @{ Second = 1 }\n        Start-Sleep @a", "has no parameter Second"),
    (PENDING, "Start-Sleep -Seconds 1", "Start-Sleep @elsewhere", "@elsewhere is not known"),
    (PENDING, "Start-Sleep -Seconds 1", "Start-Sleep 1", "1 follows no parameter"),
    (
        CHANGE,
        "Restore-PrintopsProfile -Firewall $Firewall -Profiles",
        "Restore-PrintopsProfile -Profile",
        "no parameter",
    ),
    (
        CHANGE,
        "Get-PrintopsRuleSet -Firewall $Firewall -Group $Group",
        "Get-PrintopsRules",
        "in no table",
    ),
    (PENDING, "Start-Sleep -Seconds 1", "Invoke-Expression -Command 'x'", "Invoke-Expression is in no table"),
    (PENDING, "Start-Sleep -Seconds 1", "Write-Host -Object 'x'", "Write-Host is in no table"),
    (PENDING, "Start-Sleep -Seconds 1", "gci -Path 'x'", "the command gci is in no table"),
    (PENDING, "Start-Sleep -Seconds 1", "& $why", "calls what it has put together"),
    (PENDING, "Start-Sleep -Seconds 1", "Start-Sleep -Seconds 1 && Start-Sleep -Seconds 1", "&& is of PowerShell 7"),
    # COM
    (WINDOWS, "'HNetCfg.FWRule'", "'HNetCfg.FwRules'", "New-Object makes what is in no table"),
    (WINDOWS, "$rule.LocalPorts =", "$rule.LocalPort =", "INetFwRule3 has no property LocalPort"),
    (WINDOWS, "[string]$Rule.ServiceName", "[string]$Rule.Servicename", "INetFwRule3 has no property Servicename"),
    (WINDOWS, ".Rules.Add($rule)", ".Rules.Append($rule)", "INetFwRules has no method Append"),
    (WINDOWS, "in $Firewall['policy'].Rules)", "in $Firewall['policy'].Rule)", "INetFwPolicy2 has no property Rule"),
    (WINDOWS, "$policy.FirewallEnabled($bit)", "$policy.FirewallEnabled()", "FirewallEnabled of INetFwPolicy2 takes 1"),
    (
        WINDOWS,
        "InvokeMember('FirewallEnabled'",
        "InvokeMember('FirewallEnable'",
        "no property FirewallEnable to",
    ),
    (WINDOWS, "$task.Settings.Priority = 4", "$scheduler.Connected = $true", "can only be read"),
    (
        WINDOWS,
        "$clock.Repetition.Interval",
        "$clock.Repetition.Intervall",
        "has no property Intervall",
    ),
    (WINDOWS, ", $logon, $rights)", ", $logon)", "RegisterTaskDefinition of TaskFolder takes 7"),
    (WINDOWS, "NewTask(0)", "NewTask(1)", "0 is the only value"),
    (WINDOWS, "$product.displayName)", "$product.name)", "FirewallProduct has no property name"),
    # Constants
    (WINDOWS, "NET_FW_RULE_DIR_OUT = 2", "NET_FW_RULE_DIR_OUT = 3", "NET_FW_RULE_DIR_OUT is 2"),
    (WINDOWS, "TASK_CREATE = 2", "TASK_CREATE_NEW = 2", "TASK_CREATE_NEW is None"),
    (WINDOWS, "Create($script:TASK_TRIGGER_BOOT)", "Create(8)", "8 is no constant of TASK_TRIGGER_TYPE2"),
    (
        WINDOWS,
        "Create($script:TASK_TRIGGER_BOOT)",
        "Create($script:TASK_ACTION_EXEC)",
        "no constant of TASK_TRIGGER_TYPE2",
    ),
    (WINDOWS, "RunLevel = $script:TASK_RUNLEVEL_HIGHEST", "RunLevel = 1", "1 is no constant of TASK_RUNLEVEL_TYPE"),
    (WINDOWS, "-eq $script:NET_FW_RULE_DIR_OUT)", "-eq 2)", "2 is no constant of NET_FW_RULE_DIRECTION"),
    # .NET
    (WINDOWS, ".ToLowerInvariant()", ".ToLowerInvariantly()", "System.String has no ToLowerInvariantly"),
    (PENDING, "[System.IO.File]::Move(", "[System.IO.File]::Rename(", "System.IO.File has no static Rename"),
    (PENDING, "[System.IO.FileShare]::None", "[System.IO.FileSharing]::None", "is in no table"),
    (CHANGE, "[System.Guid]::NewGuid()", "[Microsoft.Win32.Registry]::GetValue('a', 'b', 1)", "is on Windows only"),
    (CHANGE, "Hashtable]::new(", "Hashtable]::new(1, 2, 3, ", "is not made of 4 values"),
    (PENDING, "$_.Exception.Message", "$_.Exception.Text", "System.Exception has no Text"),
    (CHANGE, "$surplus.Add($rule)", "$surplus.Append($rule)", "has no Append"),
    # What is no error, and wrong
    (PENDING, "return $snapshot", "return $snapshott", "$snapshott has no value here"),
    (PENDING, "$null -ne $lock", "$lock -ne $null", "$null belongs to the left"),
    (
        PENDING,
        "param([string]$Folder, [string]$Name)",
        "param([string]$Folder, [string]$Input)",
        "$Input is a",
    ),
    (WINDOWS, "$null = $com.InvokeMember", "$com.InvokeMember", "is printed"),
    (
        PENDING,
        "Start-Sleep -Seconds 1",
        "Read-PrintopsFacts -Folder $Folder",
        "Read-PrintopsFacts returns",
    ),
    (PENDING, "Start-Sleep -Seconds 1", "$why", "$why is printed"),
    (
        PENDING,
        "(Get-PrintopsConnection -Ports ($ports.ToArray()))",
        "(Get-PrintopsConnection -Ports $ports.ToArray())",
        "paren",
    ),
    (CHANGE, "$count = $count + 1", "$count += 1", "another operator"),
    (CHANGE, "'operation '", "'operat\u00efon '", "more than ASCII"),
    (CHANGE, "    $count = 0\n", "\t$count = 0\n", "has a tab"),
]


@pytest.mark.parametrize(("path", "right", "wrong", "message"), PLANTS, ids=[plant[2].strip()[:40] for plant in PLANTS])
def test_a_planted_mistake_is_found(path: pathlib.Path, right: str, wrong: str, message: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert right in text, "the plant has lost its place"
    found = [str(fault) for fault in faults(text.replace(right, wrong), place(path))]
    assert any(message in one for one in found), found


@pytest.mark.parametrize(
    "path", [path for path in LINTED if path not in (WINDOWS, STANDIN)], ids=lambda path: path.name
)
def test_only_one_file_touches_windows(path: pathlib.Path) -> None:
    text = path.read_text(encoding="utf-8").lower()
    for word in ("comobject", "registry", "schedule", "get-acl", "get-cim", "get-service", "netfirewall", "hnetcfg"):
        assert word not in text.replace("scheduled task", "")


def test_the_script_of_the_task_does_what_its_module_exports() -> None:
    assert "Invoke-PrintopsRestore -Folder $PSScriptRoot" in RESTORE.read_text(encoding="utf-8")
