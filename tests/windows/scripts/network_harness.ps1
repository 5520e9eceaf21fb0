# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the network probe as ansible.windows.win_powershell does, over the sockets and processes of a JSON file.

param([string]$Path)

$ErrorActionPreference = 'Stop'
$given = Get-Content -Raw -LiteralPath $Path | ConvertFrom-Json -AsHashtable

function Get-NetTCPConnection {
    [CmdletBinding()]
    param([string]$State)
    foreach ($socket in $given['sockets']) { [pscustomobject]$socket }
}

function Get-NetUDPEndpoint {
    [CmdletBinding()]
    param()
}

function Get-CimInstance {
    [CmdletBinding()]
    param([string]$ClassName)
    foreach ($process in $given['processes']) { [pscustomobject]$process }
}

$Ansible = [pscustomobject]@{ Changed = $true; Result = $null }
$question = $given['question']
& $given['script'] @question
ConvertTo-Json -InputObject $Ansible -Depth 8 | Set-Content -LiteralPath $given['answers'] -Encoding utf8
