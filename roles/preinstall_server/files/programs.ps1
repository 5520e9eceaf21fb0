# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The programs that are installed, of 64 and of 32 bits.

$keys = @(
    'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*'
    'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*'
)
$programs = @(foreach ($entry in (Get-ItemProperty -Path $keys -ErrorAction SilentlyContinue)) {
        if ($entry.DisplayName -and -not $entry.SystemComponent -and -not $entry.ParentKeyName) {
            @{ name = [string]$entry.DisplayName; version = [string]$entry.DisplayVersion }
        }
    })
$Ansible.Result = @{ programs = $programs }
$Ansible.Changed = $false
