# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# The steps from what is there to what is wanted, as the controller works them out in a run of Ansible. Pure.

$script:Replaced = ' (replaced)'
$script:DescriptionPrefix = 'printops.firewall: '
$script:Settings = @('enabled', 'default_inbound', 'default_outbound')
$script:ProfileNames = @('domain', 'private', 'public')

function Test-OfflineManagement {
    param([string]$Name)

    $words = $Name.Split(' ')
    return ($words.Length -gt 2 -and [string]::Equals((ConvertTo-OfflineFolded -Text $words[2]), 'management'))
}

# Our rules as found by their names, letter by letter, in the order of the first of each.
function Group-OfflineRule {
    param($Records)

    $names = [System.Collections.Generic.List[string]]::new()
    $found = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
    foreach ($record in $Records) {
        $key = [string]$record['name']
        $here = $found[$key]
        if ($null -eq $here) {
            $here = [System.Collections.Generic.List[object]]::new()
            $found[$key] = $here
            $names.Add($key)
        }
        $here.Add($record)
    }
    return @{ names = $names; rules = $found }
}

# The steps from our rules as found to the wanted ones: the way in first, additions before removals, and a rule that is
# not what its name says is renamed before, and removed with the rest.
function Get-OfflineRuleOperation {
    param($Wanted, $Existing)

    $group = Group-OfflineRule -Records $Existing
    $found = $group['rules']
    $first = [System.Collections.Generic.List[object]]::new()
    $renames = [System.Collections.Generic.List[object]]::new()
    $additions = [System.Collections.Generic.List[object]]::new()
    $aside = [System.Collections.Generic.List[string]]::new()
    $removed = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
    foreach ($record in $Wanted) {
        $name = [string]$record['name']
        $here = $found[$name]
        $found.Remove($name)
        $now = $additions
        $before = $renames
        if ($null -ne $here) {
            $one = $here[0]
            if ($here.Count -eq 1 -and (Test-OfflineSame -Record $one -Wanted $record)) {
                $values = @{}
                if ([bool]$one['enabled'] -ne [bool]$record['enabled']) {
                    $values['enabled'] = [bool]$record['enabled']
                }
                if (-not [string]::Equals([string]$one['description'], [string]$record['description'])) {
                    $values['description'] = [string]$record['description']
                }
                if ($values.Count -eq 0) {
                    continue
                }
                $step = @{ 'do' = 'set'; name = $name; values = $values }
                $here = $null
            }
            else {
                $step = @{ 'do' = 'add'; rule = $record }
            }
        }
        else {
            $step = @{ 'do' = 'add'; rule = $record }
        }
        if (Test-OfflineManagement -Name $name) {
            $now = $first
            $before = $first
        }
        if ($null -ne $here) {
            $to = $name + $script:Replaced
            $before.Add(@{ 'do' = 'rename'; name = [string]$one['name']; to = $to })
            $aside.Add($to)
            $removed[$to] = $to
        }
        $now.Add($step)
    }
    $ways_in = [System.Collections.Generic.List[string]]::new()
    foreach ($key in $group['names']) {
        if ($found.ContainsKey($key)) {
            $is_way_in = $false
            foreach ($record in $found[$key]) {
                $is_way_in = $is_way_in -or (Test-OfflineManagement -Name $record['name'])
            }
            if (-not $removed.ContainsKey($key)) {
                if ($is_way_in) {
                    $ways_in.Add($key)
                }
                else {
                    $aside.Add($key)
                }
            }
            $removed[$key] = [string]$found[$key][0]['name']
        }
    }
    $first.AddRange($renames)
    $first.AddRange($additions)
    $aside.AddRange($ways_in)
    foreach ($key in $aside) {
        $first.Add(@{ 'do' = 'remove'; name = $removed[$key] })
    }
    return , $first.ToArray()
}

# What to set of the computer's own profiles to have them so, those of the networks that it is in last: what opens, or what
# does not. Wishes map the name of a profile to what is wanted of it.
function Get-OfflineProfileOperation {
    param($Wishes, $Policy, [bool]$Opens)

    $is_anywhere = @($Policy['current_profiles']).Length -eq 0
    $operations = [System.Collections.Generic.List[object]]::new()
    foreach ($is_current in @($false, $true)) {
        foreach ($name in $script:ProfileNames) {
            $is_here = $is_anywhere -or @($Policy['current_profiles']) -ccontains $name
            if ($is_here -ne $is_current -or -not $Wishes.ContainsKey($name)) {
                continue
            }
            $values = @{}
            foreach ($key in $script:Settings) {
                $has_wish = $Wishes[$name].ContainsKey($key)
                $does_open = $has_wish -and @('False', 'allow') -ccontains [string]$Wishes[$name][$key]
                $is_so = $has_wish -and [string]::Equals([string]$Wishes[$name][$key], [string]$Policy['local_profiles'][$name][$key])
                if ($has_wish -and -not $is_so -and $does_open -eq $Opens) {
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

# The wishes but for what a policy sets, which nothing here changes.
function Get-OfflineOwnWish {
    param($Wishes, $Policy)

    $own = @{}
    foreach ($name in @($Wishes.Keys)) {
        $own[$name] = @{}
        foreach ($key in @($Wishes[$name].Keys)) {
            if (-not $Policy['profiles'][$name]['set_by'].ContainsKey($key)) {
                $own[$name][$key] = $Wishes[$name][$key]
            }
        }
    }
    return $own
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
        if ($Document['default_outbound'] -ceq 'block') {
            $wishes[$name]['default_outbound'] = 'block'
        }
    }
    return $wishes
}

# The profiles out of which an earlier change let only what it named, and which are not to be so any more, with how each
# was found.
function Get-OfflineReleased {
    param($Found, $Wishes)

    $released = @{}
    if ($Found) {
        foreach ($name in $script:ProfileNames) {
            $is_closed = $Wishes.ContainsKey($name) -and $Wishes[$name].ContainsKey('default_outbound')
            if ($Found.ContainsKey($name) -and $Found[$name].ContainsKey('default_outbound') -and -not $is_closed) {
                $released[$name] = [string]$Found[$name]['default_outbound']
            }
        }
    }
    return $released
}

# All steps in their order: what opens of the profiles, the rules, what closes.
function Join-OfflineOperation {
    param($Wanted, $Wishes, $State)

    $operations = [System.Collections.Generic.List[object]]::new()
    $operations.AddRange((Get-OfflineProfileOperation -Wishes $Wishes -Policy $State['policy'] -Opens $true))
    $operations.AddRange((Get-OfflineRuleOperation -Wanted $Wanted -Existing $State['rules']))
    $operations.AddRange((Get-OfflineProfileOperation -Wishes $Wishes -Policy $State['policy'] -Opens $false))
    return , $operations
}

# All that brings the computer to what the document says.
function Get-OfflineApplication {
    param($Document, $State)

    $wanted = [System.Collections.Generic.List[object]]::new()
    foreach ($rule in $Document['rules']) {
        $wanted.Add($rule['record'])
    }
    $wishes = Get-OfflineOwnWish -Wishes (Get-OfflineWish -Document $Document) -Policy $State['policy']
    $asked = Get-OfflineWish -Document $Document
    $released = Get-OfflineReleased -Found $State['found'] -Wishes $asked
    foreach ($name in @($released.Keys)) {
        if (-not $wishes.ContainsKey($name)) {
            $wishes[$name] = @{}
        }
        $wishes[$name]['default_outbound'] = $released[$name]
    }
    $operations = Join-OfflineOperation -Wanted ($wanted.ToArray()) -Wishes $wishes -State $State
    foreach ($name in $script:ProfileNames) {
        if ($released.ContainsKey($name)) {
            $operations.Add(@{ 'do' = 'release'; profile = $name; setting = 'default_outbound' })
        }
    }
    return , $operations.ToArray()
}

# All that takes everything of ours off, and leaves the profiles as the first change found them.
function Get-OfflineRemoval {
    param($State)

    $wishes = @{}
    if ($State['found']) {
        $wishes = $State['found']
    }
    $operations = Join-OfflineOperation -Wanted @() -Wishes $wishes -State $State
    if ($State['found']) {
        $operations.Add(@{ 'do' = 'forget' })
    }
    return , $operations.ToArray()
}

# What the operations change, a line for a person each, as a difference shows it.
function Format-OfflineOperation {
    param($Operations, $Document, $State)

    $rules = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
    foreach ($rule in $Document['rules']) {
        $rules[[string]$rule['record']['name']] = $rule
    }
    $found = (Group-OfflineRule -Records $State['rules'])['rules']
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
            foreach ($record in $found[$name]) {
                $flows = ([string]$record['description']).Replace($script:DescriptionPrefix, '')
                $lines.Add('-' + [string]$record['name'] + ' [' + $flows + ']')
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
            foreach ($key in @('enabled', 'description', 'default_inbound', 'default_outbound')) {
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
