# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The SRV records of each prefix in each domain, as the host's own DNS servers tell them.

param(
    [String[]]$Domains,
    [String[]]$Prefixes
)

$nothingThere = 9003, 9501  # no such name, and a name without such records
$answers = @(foreach ($domain in $Domains) {
        foreach ($prefix in $Prefixes) {
            try {
                $found = @(Resolve-DnsName -Name "$prefix.$domain" -Type SRV -DnsOnly -ErrorAction Stop)
                $records = @(foreach ($record in $found) {
                        if ($record.QueryType -eq 'SRV') {
                            @{ target = $record.NameTarget; port = [int]$record.Port }
                        }
                    })
            }
            catch [System.ComponentModel.Win32Exception] {
                $records = @($(if ($nothingThere -contains $_.Exception.NativeErrorCode) { 'NXDOMAIN' } else { '' }))
            }
            @{ item = @($prefix, $domain); records = $records }
        }
    })
$Ansible.Result = $answers
$Ansible.Changed = $false
