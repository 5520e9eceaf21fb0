# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# A change that the host takes back unless it is confirmed. It waits as long as the file snapshot.json is there (a line
# of facts, then a line for each rule that was before); whoever deletes that file has decided. The file applied says
# that the change came to its end, and outcome.json what became of the last one. All under a lock, but for reading.

$script:GraceSeconds = 8
$script:TrialSeconds = 60
$script:NoDate = '\u0001'
$script:DateInJson = '(?<!\\)"(?=[0-9]{4}-[0-9]{2}-[0-9]{2}|\\?/Date\()'
$script:FileAttempts = 20
$script:RestoreAttempts = 3
$script:Except = ', except: '

function Get-PrintopsClock {
    return [long][System.Math]::Floor([System.DateTime]::UtcNow.Ticks / 10000000)
}

function Format-PrintopsTime {
    param([long]$Clock)

    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    return [System.DateTime]::new($Clock * 10000000).ToString('yyyy-MM-ddTHH:mm:ssZ', $culture)
}

function Get-PrintopsPath {
    param([string]$Folder, [string]$Name)

    return [System.IO.Path]::Combine($Folder, $Name)
}

# The file is there whole or not at all, also after a power cut.
function Write-PrintopsFile {
    param([string]$Folder, [string]$Name, [string]$Text)

    $path = Get-PrintopsPath -Folder $Folder -Name $Name
    $fresh = $path + '.new'
    $bytes = [System.Text.UTF8Encoding]::new($false).GetBytes($Text)
    $stream = [System.IO.File]::Open($fresh, [System.IO.FileMode]::Create)
    try {
        $stream.Write($bytes, 0, $bytes.Length)
        $stream.Flush($true)
    }
    finally {
        $stream.Dispose()
    }
    Move-PrintopsFile -From $fresh -To $path
}

# Windows deletes and replaces nothing that another process has open, be it for a moment to look into it: so this is
# tried for two seconds. Without From the file is only deleted.
function Move-PrintopsFile {
    param([string]$From, [string]$To)

    for ($left = $script:FileAttempts; $true; $left--) {
        try {
            [System.IO.File]::Delete($To)
            if ($From) {
                [System.IO.File]::Move($From, $To)
            }
            return
        }
        catch {
            if ($left -le 1) {
                throw
            }
        }
        Start-Sleep -Milliseconds 100
    }
}

# The lines of a file, none where there is no such file.
function Read-PrintopsFile {
    param([string]$Folder, [string]$Name)

    $path = Get-PrintopsPath -Folder $Folder -Name $Name
    if (-not [System.IO.File]::Exists($path)) {
        return , @()
    }
    return , [System.IO.File]::ReadAllLines($path)
}

function Remove-PrintopsFile {
    param([string]$Folder, [string]$Name)

    Move-PrintopsFile -From '' -To (Get-PrintopsPath -Folder $Folder -Name $Name)
}

function ConvertTo-PrintopsJson {
    param($Value)

    return ConvertTo-Json -InputObject $Value -Depth 9 -Compress
}

# PowerShell 7 makes a date of a text that looks like one, and writes it back in other words. So such a text gets a
# character before it that no text of ours has, and that is taken off again.
function ConvertFrom-PrintopsJson {
    param([string]$Text)

    $kept = [System.Text.RegularExpressions.Regex]::Replace($Text, $script:DateInJson, '"' + $script:NoDate)
    return ConvertTo-PrintopsTable -Value (ConvertFrom-Json -InputObject $kept)
}

# Values that were written in JSON, each in a line of its own.
function ConvertFrom-PrintopsJsonLine {
    param([string]$Text)

    $values = [System.Collections.Generic.List[object]]::new()
    foreach ($line in $Text.Split("`n")) {
        if ($line) {
            $values.Add((ConvertFrom-PrintopsJson -Text $line))
        }
    }
    return , $values.ToArray()
}

function ConvertTo-PrintopsTable {
    param($Value)

    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        $table = @{}
        foreach ($property in $Value.PSObject.Properties) {
            $table[$property.Name] = ConvertTo-PrintopsTable -Value $property.Value
        }
        return $table
    }
    if ($Value -is [string] -and ([string]$Value).StartsWith([string][char]1, [System.StringComparison]::Ordinal)) {
        return ([string]$Value).Substring(1)
    }
    if ($Value -is [object[]]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) {
            $items.Add((ConvertTo-PrintopsTable -Value $item))
        }
        return , $items.ToArray()
    }
    return $Value
}

# Held until it is disposed of, or its process ends.
function Open-PrintopsLock {
    param([string]$Folder, [int]$Seconds)

    $path = Get-PrintopsPath -Folder $Folder -Name 'lock'
    $until = [System.DateTime]::UtcNow.AddSeconds($Seconds)
    while ($true) {
        try {
            $mode = [System.IO.FileMode]::OpenOrCreate
            $access = [System.IO.FileAccess]::ReadWrite
            return [System.IO.File]::Open($path, $mode, $access, [System.IO.FileShare]::None)
        }
        catch {
            if ([System.DateTime]::UtcNow -gt $until) {
                throw ('another run is at work on the firewall of this host: ' + $_.Exception.Message)
            }
        }
        Start-Sleep -Milliseconds 200
    }
}

# The facts of the change that waits, or nothing.
function Read-PrintopsFacts {
    param([string]$Folder)

    $path = Get-PrintopsPath -Folder $Folder -Name 'snapshot.json'
    if (-not [System.IO.File]::Exists($path)) {
        return $null
    }
    $reader = New-Object -TypeName 'System.IO.StreamReader' -ArgumentList $path
    try {
        $line = $reader.ReadLine()
    }
    finally {
        $reader.Dispose()
    }
    return ConvertFrom-PrintopsJson -Text $line
}

function Read-PrintopsSnapshot {
    param([string]$Folder)

    $lines = Read-PrintopsFile -Folder $Folder -Name 'snapshot.json'
    $snapshot = ConvertFrom-PrintopsJson -Text $lines[0]
    $rules = [System.Collections.Generic.List[object]]::new()
    for ($i = 1; $i -lt $lines.Length; $i++) {
        $rules.Add((ConvertFrom-PrintopsJson -Text $lines[$i]))
    }
    $snapshot['rules'] = $rules.ToArray()
    return $snapshot
}

function Read-PrintopsOutcome {
    param([string]$Folder)

    $lines = Read-PrintopsFile -Folder $Folder -Name 'outcome.json'
    if ($lines.Length -eq 0) {
        return @{ token = ''; state = 'none'; detail = ''; told = $true }
    }
    return ConvertFrom-PrintopsJson -Text $lines[0]
}

function Write-PrintopsOutcome {
    param([string]$Folder, [string]$Token, [string]$State, [string]$Detail, [bool]$Told)

    $outcome = @{ token = $Token; state = $State; detail = $Detail; told = $Told }
    Write-PrintopsFile -Folder $Folder -Name 'outcome.json' -Text (ConvertTo-PrintopsJson -Value $outcome)
}

# The profile settings before this collection first changed any, or nothing where it did not. What leaves is among those
# of a profile only while this collection restricts it.
function Read-PrintopsFound {
    param([string]$Folder)

    $lines = Read-PrintopsFile -Folder $Folder -Name 'found.json'
    if ($lines.Length -eq 0) {
        return $null
    }
    return ConvertFrom-PrintopsJson -Text $lines[0]
}

function Set-PrintopsFound {
    param([string]$Folder, $Found)

    if ($null -eq $Found) {
        Remove-PrintopsFile -Folder $Folder -Name 'found.json'
    }
    else {
        Write-PrintopsFile -Folder $Folder -Name 'found.json' -Text (ConvertTo-PrintopsJson -Value $Found)
    }
}

# Keeps how the settings are, before Values of a profile are set.
function Save-PrintopsFound {
    param([string]$Folder, $Profiles, [string]$ProfileName, $Values)

    $found = Read-PrintopsFound -Folder $Folder
    if ($null -eq $found) {
        $found = @{ domain = @{}; private = @{}; public = @{} }
    }
    if ($Values.ContainsKey('default_outbound') -and -not $found[$ProfileName].ContainsKey('default_outbound')) {
        $found[$ProfileName]['default_outbound'] = [string]$Profiles[$ProfileName]['default_outbound']
    }
    $isAboutOthers = $Values.ContainsKey('enabled') -or $Values.ContainsKey('default_inbound')
    if ($isAboutOthers -and -not $found['domain'].ContainsKey('enabled')) {
        foreach ($name in @('domain', 'private', 'public')) {
            $found[$name]['enabled'] = [bool]$Profiles[$name]['enabled']
            $found[$name]['default_inbound'] = [string]$Profiles[$name]['default_inbound']
        }
    }
    Set-PrintopsFound -Folder $Folder -Found $found
}

function Remove-PrintopsFoundSetting {
    param([string]$Folder, [string]$ProfileName, [string]$Setting)

    $found = Read-PrintopsFound -Folder $Folder
    if ($null -eq $found) {
        return
    }
    $kept = $found[$ProfileName]
    $kept.Remove($Setting)
    $left = $null
    foreach ($name in @('domain', 'private', 'public')) {
        if (@($found[$name].Keys).Length -gt 0) {
            $left = $found
        }
    }
    Set-PrintopsFound -Folder $Folder -Found $left
}

# Raises what stands against taking a change back later.
function Assert-PrintopsArming {
    param($Parameters)

    if ([int]$Parameters['confirm_timeout'] -le 0) {
        return
    }
    if (-not $Parameters['token']) {
        throw 'confirm_timeout needs a token'
    }
    $files = $Parameters['restore_files']
    foreach ($name in @('restore.ps1', 'Firewall.psm1', 'FirewallChange.psm1', 'FirewallPending.psm1')) {
        if (-not $files.ContainsKey($name)) {
            throw ('restore_files lacks ' + $name)
        }
    }
    foreach ($name in @($files.Keys)) {
        if ([string]$name -cnotmatch '^[A-Za-z_]+\.psm?1$') {
            throw ('restore_files has the name "' + [string]$name + '"')
        }
    }
    $policy = Get-PrintopsScriptPolicy
    if (@('Restricted', 'AllSigned') -contains $policy) {
        throw ('a Group Policy sets the execution policy ' + $policy + ', so this host could not run the script that takes a change back')
    }
}

# Makes the host ready to take the change back, before anything is changed.
function Start-PrintopsPending {
    param([string]$Folder, $Snapshot, $Parameters)

    $seconds = [int]$Parameters['confirm_timeout']
    foreach ($old in [System.IO.Directory]::GetFiles($Folder, '*.psm1')) {
        [System.IO.File]::Delete($old)
    }
    foreach ($name in @($Parameters['restore_files'].Keys)) {
        Write-PrintopsFile -Folder $Folder -Name $name -Text ([string]$Parameters['restore_files'][$name])
    }
    Remove-PrintopsFile -Folder $Folder -Name 'applied'
    Assert-PrintopsTrial -Folder $Folder -Token ([string]$Snapshot['token']) -Seconds $seconds
    $facts = @{
        token = $Snapshot['token']
        group = $Snapshot['group']
        session = $Snapshot['session']
        profiles = $Snapshot['profiles']
        found = $Snapshot['found']
        until = ((Get-PrintopsClock) + $seconds)
    }
    $lines = [System.Collections.Generic.List[string]]::new()
    $lines.Add((ConvertTo-PrintopsJson -Value $facts))
    foreach ($record in $Snapshot['rules']) {
        $lines.Add((ConvertTo-PrintopsJson -Value $record))
    }
    Write-PrintopsFile -Folder $Folder -Name 'snapshot.json' -Text ([string]::Join("`n", $lines.ToArray()))
    Register-PrintopsPendingTask -Folder $Folder -Seconds $seconds
}

function Register-PrintopsPendingTask {
    param([string]$Folder, [int]$Seconds)

    try {
        Register-PrintopsTask -Path (Get-PrintopsPath -Folder $Folder -Name 'restore.ps1') -Seconds $Seconds
    }
    catch {
        foreach ($name in @('snapshot.json', 'trial')) {
            Remove-PrintopsFile -Folder $Folder -Name $name
        }
        throw ('the task that takes the change back could not be registered: ' + $_.Exception.Message)
    }
}

# Whether the host runs its own script at all: a stopped service, rules for what may run and in which language, and
# products that protect it are found here, while nothing is changed yet.
function Assert-PrintopsTrial {
    param([string]$Folder, [string]$Token, [int]$Seconds)

    Remove-PrintopsFile -Folder $Folder -Name 'tried'
    Write-PrintopsFile -Folder $Folder -Name 'trial' -Text $Token
    Register-PrintopsPendingTask -Folder $Folder -Seconds 3600
    $why = ''
    try {
        Start-PrintopsTask
        $until = (Get-PrintopsClock) + [System.Math]::Min($script:TrialSeconds, $Seconds)
        while (-not (Test-PrintopsTried -Folder $Folder -Token $Token) -and (Get-PrintopsClock) -lt $until) {
            Start-Sleep -Milliseconds 200
        }
    }
    catch {
        $why = ': ' + $_.Exception.Message
    }
    $hasAnswered = Test-PrintopsTried -Folder $Folder -Token $Token
    Remove-PrintopsFile -Folder $Folder -Name 'trial'
    Remove-PrintopsFile -Folder $Folder -Name 'tried'
    if (-not $hasAnswered) {
        try {
            Unregister-PrintopsTask
        }
        catch {
            $why = $why + ': ' + $_.Exception.Message
        }
        throw ('this host does not run the script that takes a change back, by which it was tried' + $why +
            '. Look whether the service for scheduled tasks runs, and whether AppLocker, App Control, the execution policy or ' +
            'a product for protection keeps ' + (Get-PrintopsPath -Folder $Folder -Name 'restore.ps1') + ' from running')
    }
}

function Test-PrintopsTried {
    param([string]$Folder, [string]$Token)

    $lines = Read-PrintopsFile -Folder $Folder -Name 'tried'
    return ($lines.Length -gt 0 -and [string]$lines[0] -ceq $Token)
}

# The task's part of a trial: it does what it takes to take a change back, but for changing anything. Returns whether
# this was one: not where a change waits.
function Complete-PrintopsTrial {
    param([string]$Folder)

    $lines = Read-PrintopsFile -Folder $Folder -Name 'trial'
    if ($lines.Length -eq 0 -or $null -ne (Read-PrintopsFacts -Folder $Folder)) {
        return $false
    }
    $firewall = Open-PrintopsFirewall
    $null = Get-PrintopsPolicy -Firewall $firewall
    $null = Get-PrintopsRuleSet -Firewall $firewall -Group 'printops.firewall'
    Write-PrintopsFile -Folder $Folder -Name 'tried' -Text ([string]$lines[0])
    return $true
}

# The change has come to its end, and may be confirmed from now on: the file has the token, then the time.
function Complete-PrintopsPending {
    param([string]$Folder, [string]$Token)

    Write-PrintopsFile -Folder $Folder -Name 'applied' -Text ($Token + "`n" + [string](Get-PrintopsClock))
}

# There is nothing to take back any more.
function Stop-PrintopsPending {
    param([string]$Folder)

    Remove-PrintopsFile -Folder $Folder -Name 'snapshot.json'
    Remove-PrintopsFile -Folder $Folder -Name 'applied'
    Unregister-PrintopsTask
}

function Test-PrintopsApplied {
    param([string]$Folder, $Facts)

    $lines = Read-PrintopsFile -Folder $Folder -Name 'applied'
    return ($lines.Length -gt 0 -and [string]$lines[0] -ceq [string]$Facts['token'])
}

# Takes the change back that waits, and tells of it. Harmless where none does. What cannot be put back after several
# attempts is told, and keeps nothing else of the change in force. Returns the detail of the outcome.
function Restore-PrintopsPending {
    param([string]$Folder, [string]$Why, [bool]$Told)

    $detail = ''
    $facts = Read-PrintopsFacts -Folder $Folder
    if ($null -ne $facts) {
        $left = Restore-PrintopsSnapshot -Folder $Folder
        $detail = (Format-PrintopsTime -Clock (Get-PrintopsClock)) + ' ' + $Why
        if ($left.Length -gt 0) {
            $detail = $detail + $script:Except + [string]::Join('; ', $left)
        }
        try {
            Write-PrintopsEvent -Text ('An unconfirmed change of the firewall was taken back: ' + $detail)
        }
        catch {
            $detail = $detail + '; the event log took no entry: ' + $_.Exception.Message
        }
        try {
            Write-PrintopsOutcome -Folder $Folder -Token ([string]$facts['token']) -State 'restored' -Detail $detail -Told $Told
        }
        catch {
            $detail = $detail + '; it could not be written down: ' + $_.Exception.Message
        }
    }
    Stop-PrintopsPending -Folder $Folder
    return $detail
}

# Returns what could not be put back, a sentence each.
function Restore-PrintopsSnapshot {
    param([string]$Folder)

    $snapshot = Read-PrintopsSnapshot -Folder $Folder
    $left = Restore-PrintopsGroup -Firewall (Open-PrintopsFirewall) -Snapshot $snapshot
    for ($i = 1; $i -lt $script:RestoreAttempts -and $left.Length -gt 0; $i++) {
        Start-Sleep -Seconds 1
        $left = Restore-PrintopsGroup -Firewall (Open-PrintopsFirewall) -Snapshot $snapshot
    }
    $problems = [System.Collections.Generic.List[string]]::new()
    $problems.AddRange([string[]]$left)
    try {
        Set-PrintopsFound -Folder $Folder -Found $snapshot['found']
    }
    catch {
        $problems.Add('the record of the profiles as found could not be put back: ' + $_.Exception.Message)
    }
    return , $problems.ToArray()
}

# Settles what an interrupted run left. Raises where a change may still be confirmed. Returns what was done, or had been.
function Repair-PrintopsPending {
    param([string]$Folder)

    $facts = Read-PrintopsFacts -Folder $Folder
    if ($null -ne $facts) {
        $waits = [long]$facts['until'] + $script:GraceSeconds -gt (Get-PrintopsClock)
        if ($waits -and (Test-PrintopsApplied -Folder $Folder -Facts $facts)) {
            throw ('another change waits to be confirmed until ' + (Format-PrintopsTime -Clock ([long]$facts['until'])))
        }
        $detail = Restore-PrintopsPending -Folder $Folder -Why 'settle' -Told $true
        $told = 'an unconfirmed change of an interrupted run was taken back first'
        if ($detail -clike ('*' + $script:Except + '*')) {
            $told = $told + ' (' + $detail + ')'
        }
        return $told
    }
    $outcome = Read-PrintopsOutcome -Folder $Folder
    if ($outcome['state'] -eq 'restored' -and -not $outcome['told']) {
        Write-PrintopsOutcome -Folder $Folder -Token ([string]$outcome['token']) -State 'restored' -Detail ([string]$outcome['detail']) -Told $true
        return 'the host took an unconfirmed change of an earlier run back (' + [string]$outcome['detail'] + ')'
    }
    return ''
}

# What the host knows of a change, or without a token of the one to tell about.
function Get-PrintopsPending {
    param([string]$Folder, [string]$Token)

    if ([System.IO.Directory]::Exists($Folder)) {
        Initialize-PrintopsStateFolder -Path $Folder
        $facts = Read-PrintopsFacts -Folder $Folder
        if ($null -ne $facts -and (-not $Token -or $Token -ceq [string]$facts['token'])) {
            $detail = 'until ' + (Format-PrintopsTime -Clock ([long]$facts['until']))
            return @{ state = 'pending'; token = [string]$facts['token']; detail = $detail }
        }
        $outcome = Read-PrintopsOutcome -Folder $Folder
        $untold = ($outcome['state'] -eq 'restored' -and -not $outcome['told'])
        if (($Token -and $Token -ceq [string]$outcome['token']) -or (-not $Token -and $untold)) {
            return @{
                state = [string]$outcome['state']
                token = [string]$outcome['token']
                detail = [string]$outcome['detail']
            }
        }
    }
    if ($Token) {
        return @{ state = 'unknown'; token = $Token; detail = '' }
    }
    return @{ state = 'none'; token = $null; detail = '' }
}

# The change that waits, or nothing: its token, until when, in how many seconds and at what time of this host that is, the
# connections from before it, and since when it is in force; 0 where it has not come to its end.
function Get-PrintopsWaitingChange {
    $folder = Get-PrintopsStateFolder
    if (-not [System.IO.Directory]::Exists($folder)) {
        return $null
    }
    $facts = Read-PrintopsFacts -Folder $folder
    if ($null -eq $facts) {
        return $null
    }
    $applied = Read-PrintopsFile -Folder $folder -Name 'applied'
    $since = 0
    if ($applied.Length -gt 1 -and [string]$applied[0] -ceq [string]$facts['token']) {
        $since = [long]$applied[1]
    }
    $left = [System.Math]::Max([long]0, [long]$facts['until'] - (Get-PrintopsClock))
    $end = [System.DateTime]::new([long]$facts['until'] * 10000000, [System.DateTimeKind]::Utc).ToLocalTime()
    return @{
        token = [string]$facts['token']
        left = $left
        ends_at = $end.ToString('HH:mm:ss', [System.Globalization.CultureInfo]::InvariantCulture)
        since = $since
        session = $facts['session']
    }
}

# Whether somebody is connected now, from where the change came, by a connection that was not there before it.
function Test-PrintopsNewConnection {
    param($Session)

    $ports = [System.Collections.Generic.List[object]]::new()
    $addresses = [System.Collections.Generic.List[string]]::new()
    $known = [System.Collections.Generic.List[string]]::new()
    foreach ($connection in $Session) {
        $ports.Add([int]$connection['local_port'])
        $addresses.Add([string]$connection['remote_address'])
        $known.Add([string]$connection['remote_address'] + ' ' + [string]$connection['remote_port'])
    }
    if ($known.Count -eq 0) {
        return $true
    }
    foreach ($connection in (Get-PrintopsConnection -Ports ($ports.ToArray()))) {
        $address = [string]$connection['remote_address']
        if ($addresses.Contains($address) -and -not $known.Contains($address + ' ' + [string]$connection['remote_port'])) {
            return $true
        }
    }
    return $false
}

# Keeps the change, under the lock. Returns why it cannot be kept yet, or nothing.
function Confirm-PrintopsPending {
    param([string]$Folder, [string]$Token, [bool]$Proven)

    $facts = Read-PrintopsFacts -Folder $Folder
    if ($null -eq $facts -or [string]$facts['token'] -cne $Token) {
        return ''
    }
    if (-not (Test-PrintopsApplied -Folder $Folder -Facts $facts)) {
        $null = Restore-PrintopsPending -Folder $Folder -Why 'incomplete' -Told $false
        return ''
    }
    if (-not $Proven -and -not (Test-PrintopsNewConnection -Session $facts['session'])) {
        return 'the connection is not a new one'
    }
    Write-PrintopsOutcome -Folder $Folder -Token $Token -State 'confirmed' -Detail '' -Told $true
    Stop-PrintopsPending -Folder $Folder
    return ''
}

function Resolve-PrintopsPending {
    param($Parameters, [bool]$CheckMode)

    $folder = Get-PrintopsStateFolder
    $want = [string]$Parameters['want']
    $before = Get-PrintopsPending -Folder $folder -Token ([string]$Parameters['token'])
    $before['changed'] = $false
    if ($CheckMode -or $want -eq 'status' -or $before['state'] -ne 'pending') {
        return $before
    }
    $why = ''
    $lock = Open-PrintopsLock -Folder $folder -Seconds 10
    try {
        $facts = Read-PrintopsFacts -Folder $folder
        if ($want -eq 'confirmed') {
            $why = Confirm-PrintopsPending -Folder $folder -Token ([string]$before['token']) -Proven ([bool]$Parameters['proven'])
        }
        elseif ($null -ne $facts -and [string]$facts['token'] -ceq [string]$before['token']) {
            $null = Restore-PrintopsPending -Folder $folder -Why 'asked' -Told $true
        }
    }
    finally {
        $lock.Dispose()
    }
    $after = Get-PrintopsPending -Folder $folder -Token ([string]$before['token'])
    $after['changed'] = ($after['state'] -ne $before['state'])
    if ($why) {
        $after['detail'] = $why
    }
    return $after
}

# What the scheduled task does. A run that does not end must not keep the host from taking its change back.
function Invoke-PrintopsRestore {
    param([string]$Folder)

    if (Complete-PrintopsTrial -Folder $Folder) {
        return
    }
    for ($i = 0; $i -lt 60 -and (Get-PrintopsService)['firewall']['state'] -ne 'running'; $i++) {
        Start-Sleep -Seconds 1
    }
    $lock = $null
    try {
        $lock = Open-PrintopsLock -Folder $Folder -Seconds 300
    }
    catch {
        $lock = $null
    }
    try {
        $facts = Read-PrintopsFacts -Folder $Folder
        $why = 'timeout'
        if ($null -ne $facts -and (Get-PrintopsClock) -lt [long]$facts['until']) {
            $why = 'boot'
        }
        $null = Restore-PrintopsPending -Folder $Folder -Why $why -Told $false
    }
    finally {
        if ($null -ne $lock) {
            $lock.Dispose()
        }
    }
}

Export-ModuleMember -Function @(
    'Get-PrintopsPending', 'Get-PrintopsWaitingChange', 'Resolve-PrintopsPending', 'Assert-PrintopsArming', 'Open-PrintopsLock',
    'Repair-PrintopsPending', 'Start-PrintopsPending', 'Complete-PrintopsPending', 'Stop-PrintopsPending',
    'Invoke-PrintopsRestore', 'Read-PrintopsFound', 'Set-PrintopsFound', 'Save-PrintopsFound',
    'Remove-PrintopsFoundSetting',
    'ConvertFrom-PrintopsJsonLine'
)
