#Requires -Version 5.1
#Requires -RunAsAdministrator

# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes Windows Defender Firewall of this computer accept what rules.txt says. See README.txt.
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

$command = 'apply'
function Invoke-OfflineCommand {
    Assert-OfflineTimeout -Seconds $ConfirmTimeout
    $document = Read-OfflineFolder -Folder $PSScriptRoot -AnyAddress ([bool]$AnyAddress)
    $state = Get-OfflineState -Document $document
    Assert-OfflineEffect -Document $document -State $state
    $change = @{
        Document = $document
        State = $state
        Operations = (Get-OfflineApplication -Document $document -State $state)
        Folder = $PSScriptRoot
        Seconds = $ConfirmTimeout
        Check = [bool]$Check
    }
    Invoke-OfflineChange @change
}
