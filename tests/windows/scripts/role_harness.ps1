# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs a script of a role as ansible.windows.win_powershell does, with objects of the documented types from the cmdlets
# that only Windows has.

param([string]$Path)

$ErrorActionPreference = 'Stop'
if (-not ('Microsoft.DnsClient.Commands.DnsRecord' -as [type])) {
    Add-Type -Path ([System.IO.Path]::Combine($PSScriptRoot, 'Answers.cs'))
}
$given = Get-Content -Raw -LiteralPath $Path | ConvertFrom-Json -AsHashtable
$asked = [System.Collections.Generic.List[object]]::new()

function Resolve-DnsName {
    [CmdletBinding()]
    param([string]$Name, [string]$Type, [switch]$DnsOnly)

    $asked.Add(@($Name, $Type, [bool]$DnsOnly))
    foreach ($one in $given['answers']["$Type $Name"]) {
        if ($one['error']) {
            $raised = [System.ComponentModel.Win32Exception]::new([int]$one['error'])
            $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new($raised, 'DNS', 'NotSpecified', $Name))
        }
    }
    Read-Made -Key "$Type $Name"
}

# What the file has for a cmdlet, each with its type and properties.
function Read-Made {
    param([string]$Key)

    foreach ($one in $given['answers'][$Key]) {
        if (-not $one['error']) {
            $made = New-Object -TypeName $one['type']
            foreach ($name in $one['values'].Keys) {
                $made.$name = $one['values'][$name]
            }
            $made
        }
    }
}

function Get-NetIPAddress {
    [CmdletBinding()]
    param([string]$AddressState)

    foreach ($one in (Read-Made -Key 'Get-NetIPAddress')) {
        if ([string]$one.AddressState -eq $AddressState) {
            $one
        }
    }
}

function Get-MpComputerStatus {
    [CmdletBinding()]
    param()

    $found = @(Read-Made -Key 'Get-MpComputerStatus')
    if ($found.Length -eq 0) {
        throw 'Invalid class'
    }
    $found
}

function Get-MpPreference {
    [CmdletBinding()]
    param()

    Read-Made -Key 'Get-MpPreference'
}

function Get-ItemProperty {
    [CmdletBinding()]
    param([string[]]$Path)

    foreach ($one in $given['answers']['Get-ItemProperty']) {
        if ($Path[0].EndsWith('Uninstall\*')) {
            [pscustomobject]$one
        }
    }
}

$Ansible = [pscustomobject]@{ Changed = $true; Result = $null }
$parameters = $given['parameters']
$problem = ''
try {
    & $given['script'] @parameters
}
catch {
    $problem = $_.Exception.Message
}
$told = @{ changed = $Ansible.Changed; result = $Ansible.Result; asked = $asked.ToArray(); problem = $problem }
ConvertTo-Json -InputObject $told -Depth 8 | Set-Content -LiteralPath $given['told'] -Encoding utf8
