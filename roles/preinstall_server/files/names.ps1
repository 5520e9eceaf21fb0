# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What the host's own DNS servers say of its name, and of its addresses.

param(
    [string]$Name,
    [string[]]$Addresses
)

$dns = @{ DnsOnly = $true; ErrorAction = 'SilentlyContinue' }
$forward = @(foreach ($record in (Resolve-DnsName -Name $Name -Type A_AAAA @dns)) {
        if ($record.IPAddress) {
            [string]$record.IPAddress
        }
    })
$reverse = @{}
foreach ($address in $Addresses) {
    $reverse[$address] = @(foreach ($record in (Resolve-DnsName -Name $address -Type PTR @dns)) {
            if ($record.NameHost) {
                [string]$record.NameHost
            }
        })
}
$Ansible.Result = @{ forward = $forward; reverse = $reverse }
$Ansible.Changed = $false
