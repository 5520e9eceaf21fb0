# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Has PowerShell itself parse files, and load those that are modules; writes their errors and what they export.

param([string]$Path)

$ErrorActionPreference = 'Stop'
$work = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($Path))
$answers = [System.Collections.Generic.List[object]]::new()
foreach ($file in $work.files) {
    $tokens = $null
    $faults = $null
    $null = [System.Management.Automation.Language.Parser]::ParseFile($file, [ref]$tokens, [ref]$faults)
    $problems = [System.Collections.Generic.List[object]]::new()
    foreach ($fault in $faults) {
        $problems.Add('line ' + [string]$fault.Extent.StartLineNumber + ': ' + $fault.Message)
    }
    $exports = [System.Collections.Generic.List[object]]::new()
    if ($file -clike '*.psm1') {
        $body = [System.Management.Automation.ScriptBlock]::Create([System.IO.File]::ReadAllText($file))
        $module = New-Module -Name ([System.IO.Path]::GetFileNameWithoutExtension($file)) -ScriptBlock $body
        foreach ($name in $module.ExportedFunctions.Keys) {
            $exports.Add($name)
        }
    }
    $answers.Add(@{ file = $file; problems = $problems.ToArray(); exports = $exports.ToArray() })
}
$json = ConvertTo-Json -InputObject ($answers.ToArray()) -Depth 9
[System.IO.File]::WriteAllText($work.answers, $json, [System.Text.UTF8Encoding]::new($false))
