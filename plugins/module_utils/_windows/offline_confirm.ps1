#Requires -Version 5.1
#Requires -RunAsAdministrator

# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Keeps the change that apply.ps1 or remove.ps1 has made. Run it in a new session.

[CmdletBinding()]
param()

$ErrorActionPreference = 'Stop'
try {
    $lib = [System.IO.Path]::Combine($PSScriptRoot, 'lib')
    $checker = [System.Management.Automation.WildcardPattern]::Escape([System.IO.Path]::Combine($lib, 'OfflineFolder.psm1'))
    Import-Module -Name $checker -Scope Global -Force -DisableNameChecking
    Assert-OfflineSum -Folder $PSScriptRoot
    foreach ($file in [System.IO.Directory]::GetFiles($lib, '*.psm1')) {
        $module = [System.Management.Automation.WildcardPattern]::Escape($file)
        Import-Module -Name $module -Scope Global -Force -DisableNameChecking
    }
    $null = Read-OfflineFolder -Folder $PSScriptRoot -AnyAddress $true
    Confirm-OfflineChange
    Write-OfflineLine -Text 'Confirmed.'
}
catch {
    [System.Console]::Error.WriteLine('confirm: ' + $_.Exception.Message)
    exit 1
}
