# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What the scheduled task printops-firewall-restore runs, from its own folder: it takes an unconfirmed change back.

# Global, since a module does not see what a script sets for itself: an error in it would not end what it is in.
$global:ErrorActionPreference = 'Stop'
foreach ($file in [System.IO.Directory]::GetFiles($PSScriptRoot, '*.psm1')) {
    Import-Module -Name $file -Scope Global -DisableNameChecking
}
Invoke-PrintopsRestore -Folder $PSScriptRoot
