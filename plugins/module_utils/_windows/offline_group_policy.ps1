#Requires -Version 5.1
#Requires -Modules NetSecurity

# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes the rules of printops.firewall in a Group Policy those of group_policy.jsonl. Run it as somebody who may edit
# that policy, where the nearest domain controller can be written to; see README.txt.
#   -Domain    such as corp.example.com
#   -Gpo       the name of a policy that exists, and that only computers get whom these rules are for
#   -Check     show what would change, and change nothing (also -WhatIf)
#   -Rewrite   write rules anew that have the right names, in case somebody changed them
#   -Remove    the inverse: take all rules of printops.firewall out of the policy

[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory = $true)]
    [string]$Domain,

    [Parameter(Mandatory = $true)]
    [string]$Gpo,

    [Alias('WhatIf')]
    [switch]$Check,

    [switch]$Rewrite,

    [switch]$Remove
)

$command = 'group_policy'

# The rules of the group in the policy: names to display names and directions.
function Read-OfflinePolicy {
    param([string]$Store, [string]$Group)

    $found = @{}
    foreach ($present in (Get-NetFirewallRule -PolicyStore $Store -All)) {
        if ([string]$present.Group -ceq $Group) {
            $found[[string]$present.Name] = @{ title = [string]$present.DisplayName; way = [string]$present.Direction }
        }
    }
    return $found
}

# All in one session: the policy is loaded once and saved once.
function Add-OfflinePolicyRule {
    param([string]$Store, [string]$Group, $Rules)

    $session = Open-NetGPO -PolicyStore $Store
    foreach ($rule in $Rules) {
        $given = @{
            GPOSession = $session
            Name = $rule['Name']
            DisplayName = $rule['DisplayName']
            Description = $rule['Description']
            Group = $Group
            Enabled = 'True'
            Direction = $rule['Direction']
            Action = 'Allow'
            Profile = $rule['Profile']
            Protocol = $rule['Protocol']
        }
        foreach ($limit in @('LocalPort', 'RemotePort', 'RemoteAddress', 'IcmpType')) {
            if ($rule.ContainsKey($limit)) {
                $given[$limit] = $rule[$limit]
            }
        }
        $null = New-NetFirewallRule @given
    }
    $null = Save-NetGPO -GPOSession $session
}

# New versions of Windows take no session here, old ones do; both take the policy itself.
function Remove-OfflinePolicyRule {
    param([string]$Store, $Names)

    if ($Names.Length -gt 0) {
        Remove-NetFirewallRule -PolicyStore $Store -Name $Names
    }
}

# The profiles that are not as they are to be: what no rule lets out is blocked, or nothing is said of it.
function Select-OfflineOpenProfile {
    param([string]$Store, [string]$Wanted, $Profiles)

    $names = [System.Collections.Generic.List[string]]::new()
    foreach ($one in (Get-NetFirewallProfile -PolicyStore $Store -All)) {
        $is_named = $Wanted -ceq 'NotConfigured' -or $Profiles -ccontains [string]$one.Name
        if ($is_named -and [string]$one.DefaultOutboundAction -cne $Wanted) {
            $names.Add([string]$one.Name)
        }
    }
    return , $names.ToArray()
}

function Set-OfflineOutbound {
    param([string]$Store, $Names, [string]$Wanted)

    if ($Names.Length -gt 0) {
        Set-NetFirewallProfile -PolicyStore $Store -Name $Names -DefaultOutboundAction $Wanted
    }
}

function Invoke-OfflineCommand {
    $document = Read-OfflineDocument -Path ([System.IO.Path]::Combine($PSScriptRoot, 'group_policy.jsonl'))
    $store = $Domain + '\' + $Gpo
    $group = [string]$document['group']
    $found = Read-OfflinePolicy -Store $store -Group $group
    $wanted = @{}
    $missing = [System.Collections.Generic.List[object]]::new()
    $surplus = [System.Collections.Generic.List[string]]::new()
    $lines = [System.Collections.Generic.List[string]]::new()
    foreach ($rule in $document['rules']) {
        if (-not $Remove) {
            $wanted[[string]$rule['Name']] = $true
        }
    }
    foreach ($name in @($found.Keys)) {
        if ($Rewrite -or -not $wanted.ContainsKey($name)) {
            $surplus.Add($name)
            $lines.Add('-' + [string]$found[$name]['title'])
        }
    }
    foreach ($rule in $document['rules']) {
        $is_there = $found.ContainsKey([string]$rule['Name']) -and -not $Rewrite
        if (-not $Remove -and -not $is_there) {
            $missing.Add($rule)
            $lines.Add('+' + [string]$rule['DisplayName'])
        }
    }
    $outbound = ''
    $profiles = @()
    if ($document['default_outbound'] -ceq 'block' -and -not $Remove) {
        $outbound = 'Block'
    }
    else {
        foreach ($name in @($found.Keys)) {
            if ($found[$name]['way'] -ceq 'Outbound') {
                $outbound = 'NotConfigured'
            }
        }
    }
    if ($outbound) {
        $profiles = Select-OfflineOpenProfile -Store $store -Wanted $outbound -Profiles $document['profiles']
    }
    foreach ($name in $profiles) {
        $lines.Add('+profile ' + [string]$name + ': DefaultOutboundAction ' + $outbound)
    }
    if ($surplus.Count + $missing.Count + $profiles.Length -eq 0) {
        $lines.Add('Nothing to change.')
    }
    elseif ($Check) {
        $lines.Add('Nothing was changed.')
    }
    else {
        if ($outbound -ceq 'NotConfigured') {
            Set-OfflineOutbound -Store $store -Names $profiles -Wanted $outbound
        }
        if ($Rewrite) {
            Remove-OfflinePolicyRule -Store $store -Names ($surplus.ToArray())
        }
        if ($missing.Count -gt 0) {
            Add-OfflinePolicyRule -Store $store -Group $group -Rules ($missing.ToArray())
        }
        if (-not $Rewrite) {
            Remove-OfflinePolicyRule -Store $store -Names ($surplus.ToArray())
        }
        $now = Read-OfflinePolicy -Store $store -Group $group
        foreach ($name in @($wanted.Keys)) {
            if (-not $now.ContainsKey($name)) {
                throw 'the policy lacks rules that were written to it; is the domain controller a read-only one?'
            }
        }
        if ($now.Count -ne $wanted.Count) {
            throw 'the policy still has rules that were removed from it; is the domain controller a read-only one?'
        }
        if ($outbound -ceq 'Block') {
            Set-OfflineOutbound -Store $store -Names $profiles -Wanted $outbound
        }
        $lines.Add('Changed.')
    }
    Write-OfflineLine -Lines ($lines.ToArray())
}
