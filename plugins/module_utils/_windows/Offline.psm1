# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# What the scripts of a rendered folder do, on a computer that has no Ansible. They touch the firewall only by the
# functions of FirewallChange and FirewallPending.

$script:TokenPrefix = 'rendered-'
$script:PatienceSeconds = 180

# The state of the firewall.
function Get-OfflineState {
    param($Document)

    return Get-PrintopsState -Parameters @{
        group = $Document['group']
        management_ports = $Document['management_ports']
        outgoing = ($Document['default_outbound'] -ceq 'block')
        token = ''
    }
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

# What Invoke-PrintopsChange takes. The task that takes the change back runs copies of the files of lib.
function New-OfflineRequest {
    param($Document, $State, $Operations, [string]$Folder, [int]$Seconds)

    $files = @{}
    foreach ($name in $Document['restore_files']) {
        $path = [System.IO.Path]::Combine($Folder, 'lib', [string]$name)
        $files[[string]$name] = [System.IO.File]::ReadAllText($path, [System.Text.Encoding]::UTF8)
    }
    return @{
        group = $Document['group']
        state_id = $State['state_id']
        operations = $Operations
        token = $script:TokenPrefix + [System.Guid]::NewGuid().ToString('N')
        confirm_timeout = $Seconds
        session = $State['connections']
        restore_files = $files
    }
}

# Carries the operations out, and returns when that is kept. What happens does not depend on who reads what it tells.
function Invoke-OfflineChange {
    param($Document, $State, $Operations, [string]$Folder, [int]$Seconds, [bool]$Check)

    $waiting = Get-OfflineWaiting -Folder $Folder
    if ($waiting -and -not $Check) {
        throw ($waiting + '. Nothing was changed now')
    }
    $lines = Format-OfflineOperation -Operations $Operations -Document $Document -State $State
    $facts = @{ Document = $Document; State = $State; Operations = $Operations; Folder = $Folder; Seconds = $Seconds }
    $request = New-OfflineRequest @facts
    $answer = @{ changed = $false; pending = $false }
    if ($Operations.Length -gt 0) {
        foreach ($sentence in (Get-OfflineForeboding -Operations $Operations -State $State)) {
            Write-OfflineWarning -Text $sentence
        }
        if ($Check) {
            Assert-PrintopsArming -Parameters $request
        }
        $is_over = $false
        try {
            $answer = Invoke-PrintopsChange -Parameters $request -CheckMode $Check
            $is_over = $true
        }
        finally {
            if (-not $is_over) {
                Write-OfflineWarning -Text 'interrupted, and undone; look with apply.ps1 -Check'
            }
        }
        if ($answer['problem']) {
            throw $answer['problem']
        }
        if ($answer['stale']) {
            throw 'the rules are not those that were read any more; nothing was changed, try again'
        }
    }
    if ($answer['repaired']) {
        Write-OfflineWarning -Text ([string]$answer['repaired'])
    }
    elseif ($State['pending']['state'] -eq 'restored') {
        Write-OfflineWarning -Text ('this computer took an unconfirmed change back (' + $State['pending']['detail'] + ')')
    }
    $end = 'Changed.'
    if ($answer['pending']) {
        Write-OfflineLine -Lines @(('The firewall is changed: ' + (Get-OfflineEnd -Change (Get-PrintopsWaitingChange) -Folder $Folder)))
        Write-OfflineLine -Lines @('A session that is open already proves nothing. On the console of the computer, run it at once.')
        Write-OfflineLine -Lines $lines
        $is_over = $false
        try {
            Wait-OfflineConfirmation -Token $request['token'] -Seconds $Seconds
            $is_over = $true
        }
        finally {
            $left = Get-OfflineWaiting -Folder $Folder
            if (-not $is_over -and $left) {
                Write-OfflineWarning -Text ('interrupted; ' + $left)
            }
        }
        Write-OfflineLine -Lines @('Confirmed.')
        return
    }
    if ($Operations.Length -eq 0) {
        $end = 'Nothing to change.'
    }
    elseif ($Check) {
        $end = 'Nothing was changed.'
    }
    Write-OfflineLine -Lines $lines
    Write-OfflineLine -Lines @($end)
    if ($waiting) {
        throw $waiting
    }
}

# What is to be known before a profile is turned on or closed, one sentence each.
function Get-OfflineForeboding {
    param($Operations, $State)

    $found = [System.Collections.Generic.List[string]]::new()
    foreach ($operation in $Operations) {
        if ($operation['do'] -ceq 'profile') {
            $name = [string]$operation['profile']
            $closes = $operation['values']['enabled'] -or $operation['values']['default_inbound'] -ceq 'block'
            if ($closes -and $State['policy']['current_profiles'] -ccontains $name) {
                $found.Add('the profile ' + $name + ' let in what no rule names until now: sessions that no rule lets in ' +
                    'stand still from now on')
            }
        }
    }
    return , $found.ToArray()
}

# What is to be known of a change that can still be confirmed; empty where there is none.
function Get-OfflineWaiting {
    param([string]$Folder)

    $change = Get-PrintopsWaitingChange
    if ($null -eq $change -or $change['since'] -eq 0) {
        return ''
    }
    if (-not (Test-OfflineOwnChange -Change $change)) {
        return ('a change that a run of Ansible made waits for its confirmation: it is taken back at ' + $change['ends_at'] +
            ', in ' + [string]$change['left'] + ' s, unless that run keeps it')
    }
    return 'what was changed is not confirmed: ' + (Get-OfflineEnd -Change $change -Folder $Folder)
}

function Get-OfflineEnd {
    param($Change, [string]$Folder)

    return ('it is taken back at ' + $Change['ends_at'] + ', in ' + [string]$Change['left'] + ' s, unless ' +
        [System.IO.Path]::Combine($Folder, 'confirm.ps1') + ' is run in a new session')
}

function Test-OfflineOwnChange {
    param($Change)

    return ([string]$Change['token']).StartsWith($script:TokenPrefix, [System.StringComparison]::Ordinal)
}

# Returns when the change is kept, and fails when it is not. A look at the very moment in which another process settles
# the change may fail or find nothing, and is repeated.
function Wait-OfflineConfirmation {
    param([string]$Token, [int]$Seconds)

    $until = [System.DateTime]::UtcNow.AddSeconds($Seconds + $script:PatienceSeconds)
    $state = 'pending'
    $detail = ''
    while (@('confirmed', 'restored') -notcontains $state -and [System.DateTime]::UtcNow -lt $until) {
        Start-Sleep -Seconds 1
        try {
            $answer = Resolve-PrintopsPending -Parameters @{ token = $Token; want = 'status' } -CheckMode $false
            $state = [string]$answer['state']
            $detail = [string]$answer['detail']
        }
        catch {
            $detail = $_.Exception.Message
        }
    }
    if ($state -eq 'restored') {
        throw ('the change was not confirmed: this computer took it back, and is on its old rules (' + $detail + ')')
    }
    if ($state -ne 'confirmed') {
        throw ('the change was not confirmed: this computer says ' + $state + ' of it (' + $detail + ')')
    }
}

# Keeps the change that waits. Fails where none does, where this session does not prove that a new one gets in, or where
# it was not kept.
function Confirm-OfflineChange {
    param([string]$Folder, [bool]$Unproven)

    $change = Get-PrintopsWaitingChange
    if ($null -eq $change) {
        throw 'no change waits: it was confirmed or taken back; see apply.ps1 -Check'
    }
    if (-not (Test-OfflineOwnChange -Change $change)) {
        throw 'the change that waits was made by a run of Ansible, which confirms it itself'
    }
    if ($change['since'] -eq 0) {
        throw 'the change is still under way, and no session can prove anything yet; run confirm again'
    }
    if (-not $Unproven) {
        $ports = @(5985, 5986)
        $facts = @{
            Session = (Get-PrintopsSession)
            Change = $change
            Connections = (Get-PrintopsConnection -Ports $ports)
        }
        $said = Get-OfflineDoubt @facts
        if ($said) {
            throw ($said + ': open a new session to this computer, and run confirm there. What was changed is not ' +
                'confirmed: ' + (Get-OfflineEnd -Change $change -Folder $Folder) + '. -Unproven keeps it all the same')
        }
    }
    $wish = @{ token = $change['token']; want = 'confirmed'; proven = $true }
    $answer = Resolve-PrintopsPending -Parameters $wish -CheckMode $false
    if ($answer['state'] -ne 'confirmed') {
        throw ('too late: this computer says ' + $answer['state'] + ' of the change (' + $answer['detail'] + ')')
    }
    Write-OfflineLine -Lines @('Confirmed.')
}

Export-ModuleMember -Function @(
    'Get-OfflineState',
    'Assert-OfflineEffect',
    'Invoke-OfflineChange',
    'Confirm-OfflineChange'
)
