# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Whether Microsoft Defender looks at files as they are used, and which paths it leaves alone. Where it hides those from
# an account that is no administrator's, it has a sentence in their place.

$ErrorActionPreference = 'Stop'
$status = Get-MpComputerStatus
$preference = Get-MpPreference
$paths = @(foreach ($path in $preference.ExclusionPath) {
        if ($path -like 'N/A:*') {
            throw ('Microsoft Defender does not tell this account which paths it leaves alone: ' + $path)
        }
        if ($path) {
            [string]$path
        }
    })
$Ansible.Result = @{ real_time = [bool]$status.RealTimeProtectionEnabled; paths = $paths }
$Ansible.Changed = $false
