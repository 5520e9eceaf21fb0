# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The addresses in use, each with what gave its network: not those that every host has.

$addresses = @(foreach ($one in (Get-NetIPAddress -AddressState Preferred)) {
        if ($one.PrefixOrigin -ne 'WellKnown') {
            @{ address = [string]$one.IPAddress; origin = [string]$one.PrefixOrigin }
        }
    })
$Ansible.Result = @{ addresses = $addresses }
$Ansible.Changed = $false
