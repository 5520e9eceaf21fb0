# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# Whether rules come into force on this computer, as a run of Ansible tells it. Pure.

$script:ProfileNames = @('domain', 'private', 'public')
$script:Setters = @{ policy = 'a Group Policy'; mdm = 'device management (MDM)' }

function Get-OfflineStoppedService {
    param($State)

    $names = @{ firewall = 'Windows Defender Firewall (MpsSvc)'; filtering_engine = 'Base Filtering Engine (BFE)' }
    $found = [System.Collections.Generic.List[string]]::new()
    foreach ($part in @('firewall', 'filtering_engine')) {
        if ($State['service'][$part]['state'] -cne 'running') {
            $found.Add('the service ' + $names[$part] + ' is ' + $State['service'][$part]['state'] +
                ', so that no rule is in force and none can be written: start it and have it start automatically, and ' +
                'find out who stopped it')
        }
    }
    return , $found.ToArray()
}

function Join-OfflineName {
    param($Names)

    $all = [string[]]@($Names)
    if ($all.Length -lt 2) {
        return [string]::Join('', $all)
    }
    return [string]::Join(', ', $all, 0, $all.Length - 1) + ' and ' + $all[$all.Length - 1]
}

function Format-OfflineProfile {
    param($Names)

    $word = ' profile'
    if (@($Names).Length -gt 1) {
        $word = ' profiles'
    }
    return (Join-OfflineName -Names $Names) + $word
}

# The names for which a setting of the profile is so.
function Select-OfflineProfile {
    param($Names, $Policy, [string]$Setting, $Is)

    $found = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $Names) {
        if ([string]::Equals([string]$Policy['profiles'][$name][$Setting], [string]$Is)) {
            $found.Add([string]$name)
        }
    }
    return , $found.ToArray()
}

# The profiles of the networks that the computer is in, all where it tells of none.
function Get-OfflineCurrentProfile {
    param($Policy)

    $current = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $script:ProfileNames) {
        if ($Policy['current_profiles'] -ccontains $name -or @($Policy['current_profiles']).Length -eq 0) {
            $current.Add($name)
        }
    }
    return , $current.ToArray()
}

# Who sets it for these profiles; empty where that is the computer itself.
function Get-OfflineSetter {
    param($Policy, $Names, [string]$Setting)

    $who = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $Names) {
        $store = [string]$Policy['profiles'][$name]['set_by'][$Setting]
        if ($store -and -not $who.Contains($script:Setters[$store])) {
            $who.Add($script:Setters[$store])
        }
    }
    return [string]::Join(' and ', $who.ToArray())
}

# What is to be set of a profile, and what it is told to be kept at where a policy keeps it otherwise.
function Get-OfflineOutOfReach {
    param($Policy, $Wishes, [string]$Setting, [string]$Option, [string]$Told)

    $names = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $script:ProfileNames) {
        if ($Wishes.ContainsKey($name) -and $Wishes[$name].ContainsKey($Setting)) {
            $settings = $Policy['profiles'][$name]
            $is_so = [string]::Equals([string]$settings[$Setting], [string]$Wishes[$name][$Setting])
            if ($settings['set_by'].ContainsKey($Setting) -and -not $is_so) {
                $names.Add($name)
            }
        }
    }
    if ($names.Count -eq 0) {
        return ''
    }
    return ($Option + ' cannot change the ' + (Format-OfflineProfile -Names $names) + ', which ' +
        (Get-OfflineSetter -Policy $Policy -Names $names -Setting $Setting) + ' keeps ' + $Told + ': have it changed ' +
        'there, or take ' + $Option + ' out')
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
    if ($ignored.Length -gt 0 -or $modify -ceq 'gp_override') {
        $who = Get-OfflineSetter -Policy $policy -Names $ignored -Setting 'local_rules_apply'
        if (-not $who) {
            $who = 'a Group Policy'
        }
        $where = ''
        if ($ignored.Length -gt 0) {
            $where = ' of the ' + (Format-OfflineProfile -Names $ignored)
        }
        $copies = ''
        if (@($policy['policy_rules']).Length -gt 0) {
            $copies = ' (' + [string]@($policy['policy_rules']).Length + ' rules of this collection come from a Group Policy)'
        }
        $found.Add($who + " has the host's own firewall rules" + $where + ' ignored, so that rules written to it come to ' +
            'nothing' + $copies + ": have 'Apply local firewall rules' set to Yes in that policy, or bring the rules by a " +
            'Group Policy, with group_policy.ps1')
    }
    $shut = Select-OfflineProfile -Names $current -Policy $policy -Setting 'block_all_inbound' -Is $true
    if ($shut.Length -gt 0 -or $modify -ceq 'inbound_blocked') {
        if ($shut.Length -eq 0) {
            $shut = $current
        }
        $found.Add('the firewall blocks all incoming connections of the ' + (Format-OfflineProfile -Names $shut) +
            ", whatever the rules allow: turn off 'Block all incoming connections' there, or in the Group Policy that sets it")
    }
    $wishes = Get-OfflineWish -Document $Document
    $limits = @(
        , @('enabled', 'start', 'off')
        , @('default_inbound', 'default_inbound', 'open')
        , @('default_outbound', 'egress', 'open for what leaves')
    )
    foreach ($limit in $limits) {
        $facts = @{ Policy = $policy; Wishes = $wishes; Setting = $limit[0]; Option = $limit[1]; Told = $limit[2] }
        $said = Get-OfflineOutOfReach @facts
        if ($said) {
            $found.Add($said)
        }
    }
    $off = Select-OfflineProfile -Names $current -Policy $policy -Setting 'enabled' -Is $false
    if ($off.Length -gt 0 -and @($State['products']).Length -gt 0) {
        $found.Add((Join-OfflineName -Names $State['products']) + ' is registered as the firewall of this host, and that of ' +
            'Windows is off for the ' + (Format-OfflineProfile -Names $off) + ': put the rules into that product, or have it ' +
            'hand the firewall back to Windows first')
    }
    $problem = Get-OfflineOutboundProblem -Document $Document -State $State
    if ($problem) {
        $found.Add($problem)
    }
    $covered = 0
    foreach ($name in $current) {
        if ($wishes.ContainsKey($name)) {
            $covered = $covered + 1
        }
    }
    if ($covered -eq 0) {
        $found.Add('the host is in networks of the ' + (Format-OfflineProfile -Names $current) + ', and the rules are for the ' +
            (Format-OfflineProfile -Names $Document['profiles']) + ' only, so none would be in force: have the profile added ' +
            'to profiles, or find out why Windows takes the network for one of that kind')
    }
    return , $found.ToArray()
}

# Of these profiles, those whose setting a run does not change.
function Select-OfflineUnwished {
    param($Names, $Wishes, [string]$Setting)

    $found = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $Names) {
        if (-not $Wishes.ContainsKey($name) -or -not $Wishes[$name].ContainsKey($Setting)) {
            $found.Add([string]$name)
        }
    }
    return , $found.ToArray()
}

# By whom a setting is made, and what can be done about it: where a policy sets it, that policy has to be changed.
function Format-OfflineLapse {
    param([string]$Told, $Names, [string]$Effect, $Policy, [string]$Setting, [string]$Remedy)

    $who = Get-OfflineSetter -Policy $Policy -Names $Names -Setting $Setting
    $because = ''
    $unless = $Remedy
    if ($who) {
        $because = ' by ' + $who
        $unless = ': have it changed in ' + $who
    }
    return $Told + (Format-OfflineProfile -Names $Names) + $because + $Effect + $unless
}

# Where not all is filtered, or not by this firewall alone, in the networks of the computer, one sentence each.
function Get-OfflineLapse {
    param($Policy, $Wishes, $Current, $Products)

    $found = [System.Collections.Generic.List[string]]::new()
    $off = Select-OfflineProfile -Names $Current -Policy $Policy -Setting 'enabled' -Is $false
    $off = Select-OfflineUnwished -Names $off -Wishes $Wishes -Setting 'enabled'
    if ($off.Length -gt 0) {
        $facts = @{
            Told = 'the firewall is off for the '
            Names = $off
            Effect = ', so it filters nothing there'
            Policy = $Policy
            Setting = 'enabled'
            Remedy = ': start enables it, last of all'
        }
        $found.Add((Format-OfflineLapse @facts))
    }
    $open = [System.Collections.Generic.List[string]]::new()
    $allowing = Select-OfflineProfile -Names $Current -Policy $Policy -Setting 'default_inbound' -Is 'allow'
    foreach ($name in (Select-OfflineUnwished -Names $allowing -Wishes $Wishes -Setting 'default_inbound')) {
        if ($off -cnotcontains $name) {
            $open.Add($name)
        }
    }
    if ($open.Count -gt 0) {
        $facts = @{
            Told = 'what no rule names is let in by the '
            Names = $open
            Effect = ', so the rules restrict nothing there'
            Policy = $Policy
            Setting = 'default_inbound'
            Remedy = ': default_inbound block closes the rest, last of all'
        }
        $found.Add((Format-OfflineLapse @facts))
    }
    $with = [System.Collections.Generic.List[string]]::new()
    $excluded = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $Current) {
        $has_some = $false
        foreach ($interface in ([string]$Policy['profiles'][$name]['excluded_interfaces']).Split('|')) {
            if ($interface) {
                $has_some = $true
                if (-not $excluded.Contains($interface)) {
                    $excluded.Add($interface)
                }
            }
        }
        if ($has_some) {
            $with.Add($name)
        }
    }
    if ($excluded.Count -gt 0) {
        $found.Add('nothing is filtered on the interfaces ' + (Join-OfflineName -Names $excluded) + ', which are excluded ' +
            'from the firewall of the ' + (Format-OfflineProfile -Names $with) + ': include them again')
    }
    if (@($Products).Length -gt 0) {
        $found.Add((Join-OfflineName -Names $Products) + ' is registered as a firewall of this host too, and may refuse what ' +
            'is planned')
    }
    return , $found.ToArray()
}

# Why what leaves must not be restricted; empty where it may be.
function Get-OfflineOutboundProblem {
    param($Document, $State)

    if ($Document['default_outbound'] -cne 'block') {
        return ''
    }
    $domain = $State['domain']
    $remedy = ': nobody of the domain could sign in here any more. Name the networks of its controllers in ' +
        'printops_egress_domain, and render anew'
    if ($null -eq $domain['member'] -and @($Document['controllers']).Length -eq 0) {
        return 'whether this computer is a member of a domain cannot be read, for WMI does not answer' + $remedy
    }
    if (-not $domain['member']) {
        return ''
    }
    $member = 'this computer is a member of the domain ' + [string]$domain['name']
    if (@($domain['controllers']).Length -eq 0 -and @($Document['controllers']).Length -eq 0) {
        return $member + ', and does not tell which controllers it uses' + $remedy
    }
    foreach ($controller in $domain['controllers']) {
        if (-not (Test-OfflineWithin -Address ([string]$controller) -Networks $Document['controllers'])) {
            return $member + ', and could not reach all services of its controller ' + [string]$controller + ' any more' + $remedy
        }
    }
    return ''
}

# What keeps the rules from having all of their effect, one sentence each.
function Get-OfflineWarning {
    param($Document, $State)

    $found = [System.Collections.Generic.List[string]]::new()
    $policy = $State['policy']
    $wishes = Get-OfflineWish -Document $Document
    $current = Get-OfflineCurrentProfile -Policy $policy
    $facts = @{ Policy = $policy; Wishes = $wishes; Current = $current; Products = $State['products'] }
    foreach ($sentence in (Get-OfflineLapse @facts)) {
        $found.Add($sentence)
    }
    $elsewhere = [System.Collections.Generic.List[string]]::new()
    $later = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $script:ProfileNames) {
        $settings = $policy['profiles'][$name]
        $is_current = $current -ccontains $name
        $has_no_effect = $settings['block_all_inbound'] -or -not $settings['local_rules_apply']
        if ($is_current -and -not $wishes.ContainsKey($name)) {
            $elsewhere.Add($name)
        }
        if (-not $is_current -and $wishes.ContainsKey($name) -and $has_no_effect) {
            $later.Add($name)
        }
    }
    if ($elsewhere.Count -gt 0) {
        $found.Add('the host is in networks of the ' + (Format-OfflineProfile -Names $elsewhere) + ' too, where the rules are ' +
            'not in force')
    }
    if ($later.Count -gt 0) {
        $found.Add('rules of the host have no effect in networks of the ' + (Format-OfflineProfile -Names $later) + ', where ' +
            'it is not now')
    }
    $answers = $false
    foreach ($rule in $Document['rules']) {
        $is_by_source = [string]$rule['record']['remote_ports'] -and [string]$rule['record']['remote_ports'] -cne '*'
        $answers = $answers -or ($rule['record']['direction'] -ceq 'in' -and $is_by_source)
    }
    foreach ($name in $current) {
        if ($answers -and $wishes.ContainsKey($name) -and -not $policy['profiles'][$name]['unicast_responses']) {
            $found.Add('answers to a broadcast or to a group are dropped by the profile ' + $name + ', so some that are ' +
                'planned may not come in: set AllowUnicastResponseToMulticast to True for it, or in the policy that sets it')
        }
    }
    $brought = @($policy['policy_rules'])
    if ($brought.Length -gt 0) {
        $few = [System.Collections.Generic.List[string]]::new()
        foreach ($name in $brought) {
            if ($few.Count -lt 3) {
                $few.Add([string]$name)
            }
        }
        $found.Add('a Group Policy brings ' + [string]$brought.Length + ' rules of this collection as well, which this script ' +
            'does not change: ' + (Join-OfflineName -Names $few))
    }
    return , $found.ToArray()
}

Export-ModuleMember -Function @(
    'Get-OfflineStoppedService',
    'Get-OfflineProblem',
    'Get-OfflineWarning'
)
