# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# Whether rules come into force on this computer. Pure.

$script:ProfileNames = @('domain', 'private', 'public')

function Get-OfflineStoppedService {
    param($State)

    $names = @{ firewall = 'Windows Defender Firewall (MpsSvc)'; filtering_engine = 'Base Filtering Engine (BFE)' }
    $found = [System.Collections.Generic.List[string]]::new()
    foreach ($part in @('firewall', 'filtering_engine')) {
        if ($State['service'][$part]['state'] -cne 'running') {
            $found.Add('the service ' + $names[$part] + ' is ' + $State['service'][$part]['state'] +
                ', so that no rule is in force and none can be written: start it, and find out who stopped it')
        }
    }
    return , $found.ToArray()
}

# The names for which a setting of the profile is so.
function Select-OfflineProfile {
    param($Names, $Policy, [string]$Setting, [bool]$Is)

    $found = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $Names) {
        if ([bool]$Policy['profiles'][$name][$Setting] -eq $Is) {
            $found.Add([string]$name)
        }
    }
    return , $found.ToArray()
}

# The profiles of the networks that the computer is in, all where it tells of none.
function Get-OfflineCurrentProfile {
    param($Policy)

    $current = $Policy['current_profiles']
    if ($current.Length -eq 0) {
        return , $script:ProfileNames
    }
    return , $current
}

# Why rules would have no effect, one sentence each; empty where they would have one.
function Get-OfflineProblem {
    param($Document, $State)

    $stopped = Get-OfflineStoppedService -State $State
    if ($stopped.Length -gt 0) {
        return , $stopped
    }
    $found = [System.Collections.Generic.List[string]]::new()
    $policy = $State['policy']
    $modify = [string]$policy['local_policy_modify_state']
    $current = Get-OfflineCurrentProfile -Policy $policy
    $ignored = Select-OfflineProfile -Names $current -Policy $policy -Setting 'local_rules_apply' -Is $false
    if ($ignored.Length -gt 0 -or $modify -eq 'gp_override') {
        $found.Add('a Group Policy has the own firewall rules of this computer ignored: have "Apply local firewall ' +
            'rules" set to Yes in it, or bring the rules by a Group Policy, with group_policy.ps1')
    }
    $shut = Select-OfflineProfile -Names $current -Policy $policy -Setting 'block_all_inbound' -Is $true
    if ($shut.Length -gt 0 -or $modify -eq 'inbound_blocked') {
        $found.Add('the firewall blocks all incoming connections, whatever the rules allow: turn off "Block all ' +
            'incoming connections" here, or in the Group Policy that sets it')
    }
    $off = Select-OfflineProfile -Names $current -Policy $policy -Setting 'enabled' -Is $false
    if ($off.Length -gt 0 -and $State['products'].Length -gt 0) {
        $found.Add([string]::Join(' and ', $State['products']) + ' is registered as the firewall of this computer, ' +
            'and Windows Defender Firewall is off: put the rules into that product, or have it hand the firewall back')
    }
    $covered = 0
    foreach ($name in $current) {
        if ($Document['profiles'] -ccontains $name) {
            $covered = $covered + 1
        }
    }
    if ($covered -eq 0) {
        $found.Add('this computer is in networks of the profile ' + [string]::Join(' and ', $current) + ', and the ' +
            'rules are for ' + [string]::Join(' and ', $Document['profiles']) + ' only, so none would be in force')
    }
    return , $found.ToArray()
}

# What keeps the rules from having all of their effect, one sentence each.
function Get-OfflineWarning {
    param($Document, $State)

    $found = [System.Collections.Generic.List[string]]::new()
    $policy = $State['policy']
    $wishes = Get-OfflineWish -Document $Document
    foreach ($name in (Get-OfflineCurrentProfile -Policy $policy)) {
        $settings = $policy['profiles'][$name]
        $has_wish = $wishes.ContainsKey($name)
        if (-not $has_wish) {
            $found.Add('the computer is in networks of the profile ' + $name + ' too, where the rules are not in force')
        }
        elseif (-not $settings['enabled'] -and -not $wishes[$name].ContainsKey('enabled')) {
            $found.Add('the firewall is off for the profile ' + $name + ', so it filters nothing there')
        }
        elseif ($settings['default_inbound'] -eq 'allow' -and -not $wishes[$name].ContainsKey('default_inbound')) {
            $found.Add('what no rule names is let in by the profile ' + $name + ', so the rules restrict nothing')
        }
    }
    if ($policy['policy_rules'].Length -gt 0) {
        $number = [string]$policy['policy_rules'].Length
        $found.Add('a Group Policy brings ' + $number + ' rules of printops.firewall as well, which this script does ' +
            'not change')
    }
    return , $found.ToArray()
}

# Fails where rules would come to nothing, and warns of what keeps them from having all of their effect.
function Assert-OfflineEffect {
    param($Document, $State)

    $problems = Get-OfflineProblem -Document $Document -State $State
    if ($problems.Length -gt 0) {
        throw ([string]::Join('; ', $problems) + '. Nothing was changed')
    }
    foreach ($sentence in (Get-OfflineWarning -Document $Document -State $State)) {
        Write-OfflineWarning -Text $sentence
    }
}

Export-ModuleMember -Function @(
    'Get-OfflineStoppedService',
    'Assert-OfflineEffect'
)
