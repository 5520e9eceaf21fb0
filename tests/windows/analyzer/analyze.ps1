# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What PSScriptAnalyzer says of files, in JSON: a line for each fault, with file, line, rule and message.

param([string]$Module, [string]$Work)

$ErrorActionPreference = 'Stop'
Import-Module -Name $Module
$given = Get-Content -Raw -LiteralPath $Work | ConvertFrom-Json -AsHashtable
foreach ($file in $given['files']) {
    foreach ($one in (Invoke-ScriptAnalyzer -Path $file -Settings $given['settings'])) {
        $told = @{ file = $file; line = $one.Line; rule = $one.RuleName; message = $one.Message }
        ConvertTo-Json -InputObject $told -Compress
    }
}
