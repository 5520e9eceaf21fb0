# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# Whether the session that a script runs in proves that this computer can still be got into: one that began after the
# change, and not from the computer itself, or the console. Touches nothing but the list of the own addresses.

$script:Console = 'LOCAL'
$script:RemotingPorts = @(5985, 5986)
$script:RemotingHosts = @('wsmprovhost', 'winrshost')
$script:SecureShell = @('sshd', 'sshd-session')

# Why the session proves nothing; empty where it does. Session is of Get-PrintopsSession, Change of
# Get-PrintopsWaitingChange, Connections those of now.
function Get-OfflineDoubt {
    param($Session, $Change, $Connections)

    if ([int]$Session['number'] -ne 0) {
        return Get-OfflineTerminalDoubt -Connected $Session['connected'] -Since ([long]$Change['since'])
    }
    $names = [System.Collections.Generic.List[string]]::new()
    foreach ($process in $Session['processes']) {
        $names.Add(([string]$process['name']).ToLowerInvariant().Replace('.exe', ''))
    }
    for ($i = 0; $i -lt $names.Count; $i++) {
        $process = $Session['processes'][$i]
        if ($script:RemotingHosts -ccontains $names[$i]) {
            $said = Get-OfflineAgeDoubt -Began ([long]$process['began']) -Since ([long]$Change['since'])
            if (-not $said) {
                $said = Get-OfflineRemotingDoubt -Known $Change['session'] -Connections $Connections
            }
            return $said
        }
        if ($script:SecureShell -ccontains $names[$i]) {
            $top = $i
            while ($top + 1 -lt $names.Count -and $script:SecureShell -ccontains $names[$top + 1]) {
                $top = $top + 1
            }
            if ($top -gt $i -and $names[$top] -ceq 'sshd') {
                $top = $top - 1
            }
            $began = [long]$Session['processes'][$top]['began']
            $said = Get-OfflineAgeDoubt -Began $began -Since ([long]$Change['since'])
            if (-not $said) {
                $said = Get-OfflineOriginDoubt -Address (([string]$Session['ssh']).Split(' ')[0])
            }
            return $said
        }
    }
    return ('this is neither a session of Remote Desktop, SSH or WinRM nor the console, as far as can be seen (a task or a ' +
        'service)')
}

function Get-OfflineTerminalDoubt {
    param($Connected, [long]$Since)

    if ($null -eq $Connected) {
        return 'Windows has no record of when and from where this session was connected'
    }
    if ([string]::Equals([string]$Connected['address'], $script:Console)) {
        return ''
    }
    $said = Get-OfflineAgeDoubt -Began ([long]$Connected['began']) -Since $Since
    if (-not $said) {
        $said = Get-OfflineOriginDoubt -Address ([string]$Connected['address'])
    }
    return $said
}

function Get-OfflineAgeDoubt {
    param([long]$Began, [long]$Since)

    if ($Began -gt $Since) {
        return ''
    }
    return ('this session was connected ' + [string]($Since - $Began) + ' s before the change was made')
}

function Get-OfflineOriginDoubt {
    param([string]$Address)

    if (-not (ConvertTo-OfflinePlainAddress -Text $Address)) {
        return 'it cannot be seen where this session comes from'
    }
    if (Test-OfflineAddress -Addresses @($Address)) {
        return 'this session comes from this computer itself (' + $Address + ')'
    }
    return ''
}

# Windows does not tell which connection a session of WinRM has: so one must have come from elsewhere, and none from here.
function Get-OfflineRemotingDoubt {
    param($Known, $Connections)

    $before = @{}
    foreach ($connection in $Known) {
        $before[[string]$connection['remote_address'] + ' ' + [string]$connection['remote_port']] = $true
    }
    $is_from_elsewhere = $false
    foreach ($connection in $Connections) {
        $address = [string]$connection['remote_address']
        $is_known = $before.ContainsKey($address + ' ' + [string]$connection['remote_port'])
        if (-not $is_known -and $script:RemotingPorts -contains [int]$connection['local_port']) {
            if (Test-OfflineAddress -Addresses @($address)) {
                return 'this computer is connected to its own WinRM, so that this session may be one from here'
            }
            $is_from_elsewhere = $true
        }
    }
    if (-not $is_from_elsewhere) {
        return 'no connection to WinRM came from elsewhere since the change was made'
    }
    return ''
}

Export-ModuleMember -Function @('Get-OfflineDoubt')
