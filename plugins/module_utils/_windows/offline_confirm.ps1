#Requires -Version 5.1
#Requires -RunAsAdministrator

# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Keeps the change that apply.ps1 or remove.ps1 has made. Run it in a new session, or on the console: this session has
# to prove that the computer can still be got into.
#   -Unproven   even if this session does not prove it

[CmdletBinding(PositionalBinding = $false)]
param(
    [switch]$Unproven
)

$command = 'confirm'
function Invoke-OfflineCommand {
    $null = Read-OfflineFolder -Folder $PSScriptRoot -AnyAddress $true
    Confirm-OfflineChange -Folder $PSScriptRoot -Unproven ([bool]$Unproven)
}
