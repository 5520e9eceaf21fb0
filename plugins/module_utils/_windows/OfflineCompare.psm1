# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# The steps from what is there to what is wanted, as the controller works them out in a run of Ansible. Pure.

$script:Replaced = ' (replaced)'
$script:DescriptionPrefix = 'printops.firewall: '
$script:ProfileNames = @('domain', 'private', 'public')

function Test-OfflineManagement {
    param([string]$Name)

    return ($Name.ToLowerInvariant().Split(' ')[2] -ceq 'management')
}

# Our rules as found, by their names without case: what Windows would take one name for.
function Group-OfflineRule {
    param($Records)

    $found = @{}
    foreach ($record in $Records) {
        $key = ([string]$record['name']).ToLowerInvariant()
        if (-not $found.ContainsKey($key)) {
            $found[$key] = [System.Collections.Generic.List[object]]::new()
        }
        $found[$key].Add($record)
    }
    return $found
}

# What to do with the rules found under the name of a wanted one, so that it is there once and as it is to be.
function Get-OfflineStep {
    param($Wanted, $Found)

    if ($Found.Length -eq 0) {
        return @{ before = @(); then = @(@{ 'do' = 'add'; rule = $Wanted }) }
    }
    $one = $Found[0]
    $is_same = $Found.Length -eq 1 -and $one['name'] -ceq $Wanted['name'] -and
        (Get-OfflineMeaning -Record $one) -ceq (Get-OfflineMeaning -Record $Wanted)
    if (-not $is_same) {
        $rename = @{ 'do' = 'rename'; name = $one['name']; to = $Wanted['name'] + $script:Replaced }
        return @{ before = @($rename); then = @(@{ 'do' = 'add'; rule = $Wanted }) }
    }
    $values = @{}
    if ([bool]$one['enabled'] -ne [bool]$Wanted['enabled']) {
        $values['enabled'] = [bool]$Wanted['enabled']
    }
    if ([string]$one['description'] -cne [string]$Wanted['description']) {
        $values['description'] = [string]$Wanted['description']
    }
    if ($values.Count -eq 0) {
        return @{ before = @(); then = @() }
    }
    return @{ before = @(); then = @(@{ 'do' = 'set'; name = $Wanted['name']; values = $values }) }
}

# The steps from our rules as found to the wanted ones: the way in first, additions before removals, and a rule that is
# not what its name says is renamed before, and removed with the rest.
function Get-OfflineRuleOperation {
    param($Wanted, $Existing)

    $found = Group-OfflineRule -Records $Existing
    $settled = @{}
    $first = [System.Collections.Generic.List[object]]::new()
    $renames = [System.Collections.Generic.List[object]]::new()
    $additions = [System.Collections.Generic.List[object]]::new()
    $removals = [System.Collections.Generic.List[object]]::new()
    foreach ($record in $Wanted) {
        $key = ([string]$record['name']).ToLowerInvariant()
        $here = @()
        if ($found.ContainsKey($key)) {
            $here = $found[$key].ToArray()
        }
        $settled[$key] = $true
        $step = Get-OfflineStep -Wanted $record -Found $here
        $is_management = Test-OfflineManagement -Name ([string]$record['name'])
        foreach ($operation in $step['before']) {
            $aside = [string]$operation['to']
            $settled[$aside.ToLowerInvariant()] = $true
            $removals.Add(@{ 'do' = 'remove'; name = $aside })
            if ($is_management) {
                $first.Add($operation)
            }
            else {
                $renames.Add($operation)
            }
        }
        foreach ($operation in $step['then']) {
            if ($is_management) {
                $first.Add($operation)
            }
            else {
                $additions.Add($operation)
            }
        }
    }
    $first.AddRange($renames)
    $first.AddRange($additions)
    $first.AddRange($removals)
    $first.AddRange((Get-OfflineSurplus -Existing $Existing -Settled $settled -AreManagement $false))
    $first.AddRange((Get-OfflineSurplus -Existing $Existing -Settled $settled -AreManagement $true))
    return , $first.ToArray()
}

# The removals of rules that are not settled otherwise, in the order found.
function Get-OfflineSurplus {
    param($Existing, $Settled, [bool]$AreManagement)

    $seen = $Settled.Clone()
    $operations = [System.Collections.Generic.List[object]]::new()
    foreach ($record in $Existing) {
        $name = [string]$record['name']
        $key = $name.ToLowerInvariant()
        if (-not $seen.ContainsKey($key) -and (Test-OfflineManagement -Name $name) -eq $AreManagement) {
            $seen[$key] = $true
            $operations.Add(@{ 'do' = 'remove'; name = $name })
        }
    }
    return , $operations.ToArray()
}

# What to set of profiles to have them so, those of the networks that the computer is in last. Wishes map the name of a
# profile to what is wanted of it.
function Get-OfflineProfileOperation {
    param($Wishes, $Policy)

    $operations = [System.Collections.Generic.List[object]]::new()
    foreach ($is_current in @($false, $true)) {
        foreach ($name in $script:ProfileNames) {
            if ((@($Policy['current_profiles']) -ccontains $name) -ne $is_current -or -not $Wishes.ContainsKey($name)) {
                continue
            }
            $values = @{}
            foreach ($key in @('enabled', 'default_inbound')) {
                $has_wish = $Wishes[$name].ContainsKey($key)
                if ($has_wish -and $Wishes[$name][$key] -ne $Policy['profiles'][$name][$key]) {
                    $values[$key] = $Wishes[$name][$key]
                }
            }
            if ($values.Count -gt 0) {
                $operations.Add(@{ 'do' = 'profile'; profile = $name; values = $values })
            }
        }
    }
    return , $operations.ToArray()
}

function Get-OfflineWish {
    param($Document)

    $wishes = @{}
    foreach ($name in $Document['profiles']) {
        $wishes[$name] = @{}
        if ($Document['start']) {
            $wishes[$name]['enabled'] = $true
        }
        if ($Document['default_inbound'] -ceq 'block') {
            $wishes[$name]['default_inbound'] = 'block'
        }
    }
    return $wishes
}

# All that brings the computer to what the document says.
function Get-OfflineApplication {
    param($Document, $State)

    $wanted = [System.Collections.Generic.List[object]]::new()
    foreach ($rule in $Document['rules']) {
        $wanted.Add($rule['record'])
    }
    $wishes = Get-OfflineWish -Document $Document
    $operations = [System.Collections.Generic.List[object]]::new()
    $operations.AddRange((Get-OfflineRuleOperation -Wanted ($wanted.ToArray()) -Existing $State['rules']))
    $operations.AddRange((Get-OfflineProfileOperation -Wishes $wishes -Policy $State['policy']))
    return , $operations.ToArray()
}

# All that takes everything of ours off, and leaves the profiles as the first change found them.
function Get-OfflineRemoval {
    param($State)

    $operations = [System.Collections.Generic.List[object]]::new()
    $operations.AddRange((Get-OfflineRuleOperation -Wanted @() -Existing $State['rules']))
    if ($State['found']) {
        $operations.AddRange((Get-OfflineProfileOperation -Wishes $State['found'] -Policy $State['policy']))
        $operations.Add(@{ 'do' = 'forget' })
    }
    return , $operations.ToArray()
}

# What the operations change, a line for a person each, as a difference shows it.
function Format-OfflineOperation {
    param($Operations, $Document, $State)

    $rules = @{}
    foreach ($rule in $Document['rules']) {
        $rules[[string]$rule['record']['name']] = $rule
    }
    $lines = [System.Collections.Generic.List[string]]::new()
    foreach ($operation in $Operations) {
        $name = [string]$operation['name']
        $do = [string]$operation['do']
        if ($do -eq 'add') {
            $added = $rules[[string]$operation['rule']['name']]
            foreach ($remote in $added['remotes']) {
                $lines.Add('+' + [string]$added['before'] + [string]$remote + [string]$added['after'])
            }
        }
        elseif ($do -eq 'remove') {
            foreach ($record in $State['rules']) {
                if ([string]$record['name'] -eq $name) {
                    $flows = ([string]$record['description']).Replace($script:DescriptionPrefix, '')
                    $lines.Add('-' + [string]$record['name'] + ' [' + $flows + ']')
                }
            }
        }
        elseif ($do -eq 'rename') {
            $lines.Add('-' + $name + ' (it was changed by somebody, and is replaced)')
        }
        elseif ($do -eq 'set' -or $do -eq 'profile') {
            $what = $name
            if ($do -eq 'profile') {
                $what = 'profile ' + [string]$operation['profile']
            }
            foreach ($key in @('enabled', 'description', 'default_inbound')) {
                if ($operation['values'].ContainsKey($key)) {
                    $lines.Add('+' + $what + ': ' + $key + ' ' + [string]$operation['values'][$key])
                }
            }
        }
    }
    return , $lines.ToArray()
}

Export-ModuleMember -Function @(
    'Get-OfflineWish',
    'Get-OfflineApplication',
    'Get-OfflineRemoval',
    'Format-OfflineOperation'
)
