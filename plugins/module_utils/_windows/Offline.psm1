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
        token = ''
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

# Carries the operations out, and returns when that is kept. Tells on the way, a line each.
function Invoke-OfflineChange {
    param($Document, $State, $Operations, [string]$Folder, [int]$Seconds, [bool]$Check)

    foreach ($line in (Format-OfflineOperation -Operations $Operations -Document $Document -State $State)) {
        Write-OfflineLine -Text $line
    }
    if ($State['pending']['state'] -eq 'pending') {
        throw ('a change waits ' + [string]$State['pending']['detail'] + ', and is taken back then unless you connect ' +
            'anew to this computer, and run ' + [System.IO.Path]::Combine($Folder, 'confirm.ps1') + ' there. Nothing ' +
            'was changed')
    }
    if ($Operations.Length -eq 0) {
        Write-OfflineLine -Text 'Nothing to change.'
        return
    }
    $facts = @{ Document = $Document; State = $State; Operations = $Operations; Folder = $Folder; Seconds = $Seconds }
    $request = New-OfflineRequest @facts
    $answer = Invoke-PrintopsChange -Parameters $request -CheckMode $Check
    if ($answer['repaired']) {
        Write-OfflineWarning -Text ([string]$answer['repaired'])
    }
    if ($answer['problem']) {
        throw $answer['problem']
    }
    if ($answer['stale']) {
        throw 'the rules are not those that were read any more; nothing was changed, try again'
    }
    if ($Check) {
        Write-OfflineLine -Text 'Nothing was changed.'
    }
    elseif ($answer['pending']) {
        Write-OfflineLine -Text ('The firewall is changed. It is taken back in ' + [string]$Seconds + ' s unless you ' +
            'connect anew to this computer, and run in the new session')
        Write-OfflineLine -Text ('    ' + [System.IO.Path]::Combine($Folder, 'confirm.ps1'))
        Write-OfflineLine -Text 'On the console of the computer, you may run it at once.'
        Wait-OfflineConfirmation -Token $request['token'] -Seconds $Seconds
        Write-OfflineLine -Text 'Confirmed.'
    }
    else {
        Write-OfflineLine -Text 'Changed.'
    }
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

# Keeps the change that waits. Fails where none does, or where it was not kept.
function Confirm-OfflineChange {
    $waiting = Resolve-PrintopsPending -Parameters @{ token = ''; want = 'status' } -CheckMode $false
    if ($waiting['state'] -ne 'pending') {
        throw 'no change waits: it was confirmed or taken back; see apply.ps1 -Check'
    }
    if (-not ([string]$waiting['token']).StartsWith($script:TokenPrefix, [System.StringComparison]::Ordinal)) {
        throw 'the change that waits was made by a run of Ansible, which confirms it itself'
    }
    $answer = Resolve-PrintopsPending -Parameters @{ token = $waiting['token']; want = 'confirmed' } -CheckMode $false
    if ($answer['state'] -eq 'pending') {
        throw ($answer['detail'] + ': connect to this computer anew, and confirm in the new session')
    }
    if ($answer['state'] -ne 'confirmed') {
        throw ('too late: this computer says ' + $answer['state'] + ' of the change (' + $answer['detail'] + ')')
    }
}

Export-ModuleMember -Function @(
    'Get-OfflineState',
    'Invoke-OfflineChange',
    'Confirm-OfflineChange'
)
