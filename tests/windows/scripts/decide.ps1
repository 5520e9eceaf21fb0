# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a rendered folder's modules decide: for each line of a file, a document and a state, in a line the operations, the
# reasons to refuse and what is warned of.

param([string]$Lib, [string]$Cases, [string]$Answers)

$global:ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
foreach ($name in @('OfflineMeaning', 'OfflineCompare', 'OfflineTruth')) {
    Import-Module -Name ([System.IO.Path]::Combine($Lib, "$name.psm1")) -Scope Global -Force -DisableNameChecking
}
$lines = [System.Collections.Generic.List[string]]::new()
foreach ($line in [System.IO.File]::ReadAllLines($Cases)) {
    $case = ConvertFrom-Json -InputObject $line -AsHashtable
    $answer = @{ refusals = @(); warnings = @() }
    if ($case['removes']) {
        $answer['operations'] = Get-OfflineRemoval -State $case['state']
    }
    else {
        $answer['operations'] = Get-OfflineApplication -Document $case['document'] -State $case['state']
    }
    if ($case['tells']) {
        $answer['refusals'] = Get-OfflineProblem -Document $case['document'] -State $case['state']
        if ($answer['refusals'].Length -eq 0) {
            $answer['warnings'] = Get-OfflineWarning -Document $case['document'] -State $case['state']
        }
    }
    $lines.Add((ConvertTo-Json -InputObject $answer -Depth 9 -Compress))
}
[System.IO.File]::WriteAllLines($Answers, $lines)
