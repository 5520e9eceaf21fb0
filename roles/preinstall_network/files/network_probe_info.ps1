# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What the module network_probe_info does, on Windows: the same questions, the same answers, in $Ansible.Result.
# Windows PowerShell 5.1. It declares ShouldProcess so that it runs in check mode too: it changes nothing.
# Two things differ from Linux. Windows tries a refused connection again and again for a second or two, so a refusal is
# no measure of latency. And a round trip over ICMP is told in whole milliseconds.

[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [object[]]$Targets = @(),
    [object[]]$Latency = @(),
    [int]$Samples = 20,
    [double]$Pause = 0.05,
    [double]$Timeout = 3
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:AtOnce = 400
$script:Clock = [Diagnostics.Stopwatch]::StartNew()
$script:Unreachable = @('HostUnreachable', 'NetworkUnreachable', 'HostDown', 'NetworkDown', 'AccessDenied')

function Get-Value {
    # A key of a dictionary; $null where there is none.
    param([Collections.IDictionary]$Of, [string]$Name)
    if (@($Of.Keys) -contains $Name) { return $Of[$Name] }
    return $null
}

function ConvertTo-Target {
    param($Raw)
    $protocol = [string](Get-Value -Of $Raw -Name 'protocol')
    $port = Get-Value -Of $Raw -Name 'port'
    if ($null -ne $port) { $port = [int]$port }
    $address = [Net.IPAddress]::Parse([string](Get-Value -Of $Raw -Name 'address'))
    return @{ Protocol = $protocol; Address = $address; Port = $port }
}

function Start-Attempt {
    # Begins one attempt; the answer of Complete-Attempt is due when Task has ended.
    param($Job)
    $target = $Job.Target
    $Job.Began = $script:Clock.Elapsed.TotalMilliseconds
    $Job.Fault = $null
    try {
        if ($target.Protocol -eq 'tcp') {
            $Job.Handle = [Net.Sockets.TcpClient]::new($target.Address.AddressFamily)
            $Job.Task = $Job.Handle.ConnectAsync($target.Address, $target.Port)
        }
        elseif ($target.Protocol -eq 'udp') {
            $Job.Handle = [Net.Sockets.UdpClient]::new($target.Address.AddressFamily)
            $Job.Handle.Connect($target.Address, $target.Port)
            [void]$Job.Handle.Send([byte[]]@(), 0)
            $Job.Task = $Job.Handle.ReceiveAsync()
        }
        else {
            $Job.Handle = [Net.NetworkInformation.Ping]::new()
            $Job.Task = $Job.Handle.SendPingAsync($target.Address, [int]($Timeout * 1000))
        }
    }
    catch {
        $Job.Task = $null
        $Job.Fault = $_.Exception.GetBaseException()
    }
}

function Test-Ended {
    param($Job)
    if ($null -ne $Job.Fault -or $Job.Task.IsCompleted) { return $true }
    return ($script:Clock.Elapsed.TotalMilliseconds - $Job.Began) -ge ($Timeout * 1000)
}

function Complete-Attempt {
    # State, milliseconds and detail, as the module has them.
    param($Job)
    $ms = $script:Clock.Elapsed.TotalMilliseconds - $Job.Began
    $state = 'filtered'
    $detail = 'no answer in time'
    $fault = $Job.Fault
    if ($null -eq $fault -and $Job.Task.IsFaulted) { $fault = $Job.Task.Exception.GetBaseException() }
    if ($null -ne $fault) {
        $code = ''
        if ($fault -is [Net.Sockets.SocketException]) { $code = $fault.SocketErrorCode.ToString() }
        $detail = $fault.Message
        $isUdp = $Job.Target.Protocol -eq 'udp'
        if ($code -eq 'ConnectionRefused' -or ($isUdp -and $code -eq 'ConnectionReset')) { $state = 'closed' }
        elseif ($script:Unreachable -contains $code) { $state = 'unreachable' }
        elseif ($code -ne 'TimedOut') { $state = 'error' }
    }
    elseif ($Job.Task.IsCompleted -and $Job.Target.Protocol -eq 'icmp') {
        $status = $Job.Task.Result.Status.ToString()
        $detail = $status
        if ($status -eq 'Success') {
            $state = 'open'
            $ms = [double]$Job.Task.Result.RoundtripTime
        }
        elseif ($status -ne 'TimedOut') { $state = 'unreachable' }
    }
    elseif ($Job.Task.IsCompleted) {
        $state = 'open'
        $detail = ''
    }
    elseif ($Job.Target.Protocol -eq 'udp') { $state = 'silent' }
    if ($Job.Handle -is [Net.NetworkInformation.Ping]) { $Job.Handle.Dispose() }
    elseif ($null -ne $Job.Handle) { $Job.Handle.Close() }
    return @{
        protocol = $Job.Target.Protocol
        address  = $Job.Target.Address.ToString()
        port     = $Job.Target.Port
        state    = $state
        ms       = [Math]::Round($ms, 3)
        detail   = $detail
    }
}

function New-Job {
    param([string]$Kind, $Target, [int]$Place = 0, $Peer = $null, [double]$Due = 0)
    return @{
        Kind   = $Kind
        Target = $Target
        Place  = $Place
        Peer   = $Peer
        Due    = $Due
        Began  = 0
        Task   = $null
        Handle = $null
        Fault  = $null
    }
}

function Select-Way {
    # The first way of a peer that is open: index into its ways, or -1.
    param($Peer)
    for ($rank = 0; $rank -lt $Peer.Ways.Count; $rank++) {
        if ($Peer.Tried[$rank].state -eq 'open') { return $rank }
    }
    return -1
}

function Add-Answer {
    # Puts an answer where it belongs, and queues what follows from it.
    param($Job, $Answer, $Answers, $Waiting)
    if ($Job.Kind -eq 'target') {
        $Answers[$Job.Place] = $Answer
        return
    }
    $peer = $Job.Peer
    if ($Job.Kind -eq 'first') {
        $peer.Tried[$Job.Place] = $Answer
        $peer.Left--
        if ($peer.Left -gt 0) { return }
        $peer.Way = Select-Way -Peer $peer
    }
    elseif ($Answer.state -eq 'open') { $peer.Times.Add($Answer.ms) }
    else { $peer.Lost++ }
    if ($peer.Way -ge 0 -and ($peer.Times.Count + $peer.Lost) -lt $Samples) {
        $due = $script:Clock.Elapsed.TotalMilliseconds + $Pause * 1000
        $Waiting.Add((New-Job -Kind 'sample' -Target $peer.Ways[$peer.Way] -Peer $peer -Due $due))
    }
}

function Invoke-AllJobs {
    param($Waiting, $Answers)
    $running = [Collections.Generic.List[object]]::new()
    while ($Waiting.Count -gt 0 -or $running.Count -gt 0) {
        $now = $script:Clock.Elapsed.TotalMilliseconds
        $room = $script:AtOnce - $running.Count
        foreach ($job in @($Waiting | Where-Object { $_.Due -le $now } | Select-Object -First $room)) {
            [void]$Waiting.Remove($job)
            Start-Attempt -Job $job
            $running.Add($job)
        }
        $tasks = @($running | Where-Object { $null -ne $_.Task } | ForEach-Object { $_.Task })
        if ($tasks.Count -gt 0) { [void][Threading.Tasks.Task]::WaitAny([Threading.Tasks.Task[]]$tasks, 15) }
        elseif ($running.Count -eq 0) { Start-Sleep -Milliseconds 15 }
        foreach ($job in @($running | Where-Object { Test-Ended -Job $_ })) {
            [void]$running.Remove($job)
            Add-Answer -Job $job -Answer (Complete-Attempt -Job $job) -Answers $Answers -Waiting $Waiting
        }
    }
}

function Get-Holder {
    # A process as the module tells it, and the ports that it was started with for JMX. No other part of a command
    # line leaves the host: it may hold passwords.
    param($Processes, [int]$Id)
    $process = $Processes[$Id]
    $jmx = @()
    if ($null -eq $process) { return @{ Holder = @{ pid = $Id; name = ''; program = '' }; Jmx = $jmx } }
    $found = [regex]::Matches([string]$process.CommandLine, '-Dcom\.sun\.management\.jmxremote\.(?:rmi\.)?port=(\d+)')
    $jmx = @($found | ForEach-Object { [int]$_.Groups[1].Value })
    $holder = @{ pid = $Id; name = [string]$process.Name; program = [string]$process.ExecutablePath }
    return @{ Holder = $holder; Jmx = $jmx }
}

function ConvertTo-Socket {
    param([string]$Protocol, $Raw)
    return @{
        Protocol = $Protocol
        Address  = [string]$Raw.LocalAddress
        Port     = [int]$Raw.LocalPort
        Id       = [int]$Raw.OwningProcess
    }
}

function Get-Socket {
    # Listening sockets of both protocols.
    foreach ($raw in @(Get-NetTCPConnection -State 'Listen' -ErrorAction 'SilentlyContinue')) {
        ConvertTo-Socket -Protocol 'tcp' -Raw $raw
    }
    foreach ($raw in @(Get-NetUDPEndpoint -ErrorAction 'SilentlyContinue')) {
        ConvertTo-Socket -Protocol 'udp' -Raw $raw
    }
}

function Get-HeldPort {
    $processes = @{}
    foreach ($process in @(Get-CimInstance -ClassName 'Win32_Process')) {
        $processes[[int]$process.ProcessId] = $process
    }
    $groups = @{}
    $firstEphemeral = 49152
    foreach ($socket in @(Get-Socket)) {
        $key = '{0}/{1:d5}' -f $socket.Protocol, $socket.Port
        if (-not $groups.ContainsKey($key)) { $groups[$key] = [Collections.Generic.List[object]]::new() }
        $groups[$key].Add($socket)
    }
    foreach ($key in @($groups.Keys | Sort-Object)) {
        $sockets = $groups[$key]
        $port = $sockets[0].Port
        $ids = @($sockets | ForEach-Object { $_.Id } | Sort-Object -Unique)
        $held = @($ids | ForEach-Object { Get-Holder -Processes $processes -Id $_ })
        @{
            protocol  = $sockets[0].Protocol
            port      = $port
            addresses = @($sockets | ForEach-Object { $_.Address } | Sort-Object -Unique)
            holders   = @($held | ForEach-Object { $_.Holder })
            ephemeral = $port -ge $firstEphemeral
            jmx       = @($held | Where-Object { $_.Jmx -contains $port }).Count -gt 0
        }
    }
}

function Test-Administrator {
    # Whether the paths of all programs are told; $false where that cannot be known.
    try {
        $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
        $principal = [Security.Principal.WindowsPrincipal]::new($identity)
        return $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
    }
    catch {
        return $false
    }
}

$listeners = @(Get-HeldPort)
$answers = [object[]]::new($Targets.Count)
$waiting = [Collections.Generic.List[object]]::new()
for ($place = 0; $place -lt $Targets.Count; $place++) {
    $waiting.Add((New-Job -Kind 'target' -Target (ConvertTo-Target -Raw $Targets[$place]) -Place $place))
}
$peers = @(foreach ($raw in $Latency) {
        $address = [string](Get-Value -Of $raw -Name 'address')
        $ways = @(ConvertTo-Target -Raw @{ protocol = 'icmp'; address = $address })
        foreach ($port in @(Get-Value -Of $raw -Name 'ports')) {
            $ways += ConvertTo-Target -Raw @{ protocol = 'tcp'; address = $address; port = $port }
        }
        @{
            Address = $address
            Ways    = $ways
            Tried   = [object[]]::new($ways.Count)
            Left    = $ways.Count
            Way     = -1
            Times   = [Collections.Generic.List[double]]::new()
            Lost    = 0
        }
    })
foreach ($peer in $peers) {
    for ($rank = 0; $rank -lt $peer.Ways.Count; $rank++) {
        $waiting.Add((New-Job -Kind 'first' -Target $peer.Ways[$rank] -Place $rank -Peer $peer))
    }
}
Invoke-AllJobs -Waiting $waiting -Answers $answers

$Ansible.Changed = $false
$Ansible.Result = @{
    listeners = $listeners
    as_root   = Test-Administrator
    targets   = @($answers)
    latency   = @($peers | ForEach-Object {
            $way = ''
            if ($_.Way -ge 0) {
                $way = $_.Ways[$_.Way].Protocol
                if ($null -ne $_.Ways[$_.Way].Port) { $way = '{0}/{1}' -f $way, $_.Ways[$_.Way].Port }
            }
            @{ address = $_.Address; way = $way; times_ms = @($_.Times); lost = $_.Lost; tried = @($_.Tried) }
        })
    took_s    = [Math]::Round($script:Clock.Elapsed.TotalSeconds, 3)
}
