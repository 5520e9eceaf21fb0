#Requires -Version 5.1
#Requires -RunAsAdministrator

# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Takes every rule of printops.firewall off this computer, and leaves the profiles as apply first found them.
#   -Check            show what would change, and change nothing (also -WhatIf)
#   -ConfirmTimeout   seconds after which the change is taken back unless confirm.ps1 keeps it, at least 30; 0 keeps it
#                     at once
#   -AnyAddress       even if the computer has no address of the plan

[CmdletBinding(PositionalBinding = $false)]
param(
    [Alias('WhatIf')]
    [switch]$Check,

    [int]$ConfirmTimeout = 300,

    [switch]$AnyAddress
)

$command = 'remove'
function Invoke-OfflineCommand {
    Assert-OfflineTimeout -Seconds $ConfirmTimeout
    $document = Read-OfflineFolder -Folder $PSScriptRoot -AnyAddress ([bool]$AnyAddress)
    $state = Get-OfflineState -Document $document
    $stopped = Get-OfflineStoppedService -State $state
    if ($stopped.Length -gt 0) {
        throw ([string]::Join('; ', $stopped) + '. Nothing was changed')
    }
    $change = @{
        Document = $document
        State = $state
        Operations = (Get-OfflineRemoval -State $state)
        Folder = $PSScriptRoot
        Seconds = $ConfirmTimeout
        Check = [bool]$Check
    }
    Invoke-OfflineChange @change
}
