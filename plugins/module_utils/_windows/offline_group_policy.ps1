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

# Of the profiles in the policy, those that are to block what no rule lets out and do not, or with Closed those that do and
# are not to.
function Select-OfflineProfileOf {
    param([string]$Store, $Wanted, [bool]$Closed)

    $names = [System.Collections.Generic.List[string]]::new()
    foreach ($one in (Get-NetFirewallProfile -PolicyStore $Store -All)) {
        $is_closed = [string]$one.DefaultOutboundAction -ceq 'Block'
        if ($is_closed -eq $Closed -and ($Wanted -ccontains [string]$one.Name) -ne $Closed) {
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
    $closed = @()
    if ($document['default_outbound'] -ceq 'block' -and -not $Remove) {
        $closed = $document['profiles']
    }
    $closing = @()
    if ($closed.Length -gt 0) {
        $closing = Select-OfflineProfileOf -Store $store -Wanted $closed -Closed $false
    }
    $restricts = $false
    foreach ($name in @($found.Keys)) {
        $restricts = $restricts -or $found[$name]['way'] -ceq 'Outbound'
    }
    $opening = @()
    if ($restricts) {
        $opening = Select-OfflineProfileOf -Store $store -Wanted $closed -Closed $true
    }
    foreach ($name in $opening) {
        $lines.Add('+profile ' + [string]$name + ': DefaultOutboundAction NotConfigured')
    }
    foreach ($name in $closing) {
        $lines.Add('+profile ' + [string]$name + ': DefaultOutboundAction Block')
    }
    if ($surplus.Count + $missing.Count + $opening.Length + $closing.Length -eq 0) {
        $lines.Add('Nothing to change.')
    }
    elseif ($Check) {
        $lines.Add('Nothing was changed.')
    }
    else {
        Set-OfflineOutbound -Store $store -Names $opening -Wanted 'NotConfigured'
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
        Set-OfflineOutbound -Store $store -Names $closing -Wanted 'Block'
        $lines.Add('Changed.')
    }
    Write-OfflineLine -Lines ($lines.ToArray())
}
