# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs modules one after another, each in a runspace of its own as Ansible's wrapper does, and writes what they answered.

param([string]$Path)

$ErrorActionPreference = 'Stop'

function ConvertTo-HarnessTable {
    param($Value)

    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        $table = @{}
        foreach ($property in $Value.PSObject.Properties) {
            $table[$property.Name] = ConvertTo-HarnessTable -Value $property.Value
        }
        return $table
    }
    if ($Value -is [object[]]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) {
            $items.Add((ConvertTo-HarnessTable -Value $item))
        }
        return , $items.ToArray()
    }
    return $Value
}

$work = ConvertTo-HarnessTable -Value (ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($Path)))
if (-not ('Ansible.Basic.AnsibleModule' -as [type])) {
    $addType = [System.Management.Automation.ScriptBlock]::Create([System.IO.File]::ReadAllText($work['add_type']))
    New-Module -Name 'AddType' -ScriptBlock $addType | Import-Module -Scope Global
    Add-CSharpType -References @([System.IO.File]::ReadAllText($work['basic']))
}

$loadUtil = @'
param ($Name, $Text)
New-Module -Name $Name -ScriptBlock ([System.Management.Automation.ScriptBlock]::Create($Text)) | Import-Module -Scope Global
'@
$loadModule = @'
${function:<AnsibleModule>} = [System.Management.Automation.ScriptBlock]::Create($args[0])
'@

$answers = [System.Collections.Generic.List[object]]::new()
foreach ($call in $work['calls']) {
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace.SessionStateProxy.SetVariable('ErrorActionPreference', 'Stop')
    $given = @{ Name = 'complex_args'; Value = $call['arguments']; Scope = 'Global' }
    $null = $shell.AddCommand('Set-Variable').AddParameters($given).AddStatement()
    foreach ($util in $work['utils']) {
        $given = @{
            Name = [System.IO.Path]::GetFileNameWithoutExtension($util)
            Text = [System.IO.File]::ReadAllText($util)
        }
        $null = $shell.AddScript($loadUtil, $true).AddParameters($given).AddStatement()
    }
    if ($work['model']) {
        $given = @{ Name = $work['model']; Scope = 'Global'; DisableNameChecking = $true }
        $null = $shell.AddCommand('Import-Module').AddParameters($given).AddStatement()
    }
    $null = $shell.AddScript($loadModule).AddArgument([System.IO.File]::ReadAllText($call['module'])).AddStatement()
    $null = $shell.AddCommand('<AnsibleModule>', $false).AddStatement()

    $stdout = [System.Console]::Out
    $written = [System.IO.StringWriter]::new()
    $printed = [System.Collections.Generic.List[object]]::new()
    $problems = [System.Collections.Generic.List[object]]::new()
    [System.Console]::SetOut($written)
    try {
        foreach ($thing in $shell.Invoke()) {
            $printed.Add([string]$thing)
        }
    }
    catch {
        $problems.Add([string]$_)
    }
    finally {
        [System.Console]::SetOut($stdout)
    }
    foreach ($record in $shell.Streams.Error) {
        $problems.Add([string]$record + ' ' + [string]$record.ScriptStackTrace)
    }
    $answers.Add(@{
            rc = $shell.Runspace.SessionStateProxy.GetVariable('LASTEXITCODE')
            written = $written.ToString()
            printed = $printed.ToArray()
            problems = $problems.ToArray()
        })
    $shell.Dispose()
}
$json = ConvertTo-Json -InputObject ($answers.ToArray()) -Depth 9
[System.IO.File]::WriteAllText($work['answers'], $json, [System.Text.UTF8Encoding]::new($false))
