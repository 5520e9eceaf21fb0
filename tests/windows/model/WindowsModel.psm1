# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What Windows has, in the place of the cmdlets and types by which Firewall.psm1 asks for it: COM objects, the
# registry, services, rights of a folder. Over the file of the stand-in. It keeps the laws that are documented, and is
# no proof of what Windows does.

if (-not ('Printops.Tests.Store' -as [type])) {
    $files = foreach ($name in @('Computer', 'Firewall', 'Scheduler')) { [System.IO.Path]::Combine($PSScriptRoot, "$name.cs") }
    Add-Type -Path $files
}
[Printops.Tests.Store]::Begin()

function New-Object {
    [CmdletBinding(PositionalBinding = $false)]
    param([string]$ComObject, [string]$TypeName, [object[]]$ArgumentList)

    if ($ComObject) {
        return , [Printops.Tests.Objects]::Make($ComObject)
    }
    Microsoft.PowerShell.Utility\New-Object @PSBoundParameters
}

function Get-Service {
    [CmdletBinding(PositionalBinding = $false)]
    param([string]$Name)

    $service = @{ state = 'running'; start = 'auto' }
    $data = ConvertFrom-Json -AsHashtable -InputObject ([System.IO.File]::ReadAllText($env:PRINTOPS_STANDIN))
    if ($data.ContainsKey('service')) {
        $service = $data['service'][@{ MpsSvc = 'firewall'; BFE = 'filtering_engine' }[$Name]]
    }
    if ($service['state'] -ne 'missing') {
        $starts = @{ auto = 'Automatic'; manual = 'Manual'; disabled = 'Disabled' }
        $state = $service['state'].Substring(0, 1).ToUpperInvariant() + $service['state'].Substring(1)
        [pscustomobject]@{ Status = $state; StartType = $starts[[string]$service['start']] }
    }
    else {
        Write-Error -Message "Cannot find any service with service name '$Name'."
    }
}

function Get-CimInstance {
    [CmdletBinding(PositionalBinding = $false)]
    param([string]$Namespace, [string]$ClassName, [uint32]$OperationTimeoutSec)

    if ($ClassName -eq 'Win32_Process') {
        $data = ConvertFrom-Json -AsHashtable -InputObject ([System.IO.File]::ReadAllText($env:PRINTOPS_STANDIN))
        foreach ($one in $data['processes']) {
            $number, $parent, $name, $began = $one
            $created = [System.DateTime]::new($began * 10000000, [System.DateTimeKind]::Utc).ToLocalTime()
            if ($number -eq 0) {
                $number = $PID
            }
            [pscustomobject]@{ ProcessId = $number; ParentProcessId = $parent; Name = $name; CreationDate = $created }
        }
        return
    }
    if ($ClassName -ne 'FirewallProduct') {
        return Get-ModelDomain -ClassName $ClassName
    }
    foreach ($name in [Printops.Tests.Store]::Names('security_center')) {
        [pscustomobject]@{ displayName = $name }
    }
}

# The log of terminal sessions, the newest entry first, as Windows writes them.
function Get-WinEvent {
    [CmdletBinding(PositionalBinding = $false)]
    param($FilterHashtable, [long]$MaxEvents)

    $data = ConvertFrom-Json -AsHashtable -InputObject ([System.IO.File]::ReadAllText($env:PRINTOPS_STANDIN))
    $found = @($data['terminal_log'] | Where-Object -FilterScript { $_ -and $FilterHashtable['Id'] -contains $_['id'] })
    if ($FilterHashtable['LogName'] -notlike '*LocalSessionManager/Operational' -or $found.Count -eq 0) {
        Write-Error -Message 'No events were found that match the specified selection criteria.'
    }
    foreach ($one in $found | Sort-Object -Property { $_['at'] } -Descending | Select-Object -First $MaxEvents) {
        $created = [System.DateTime]::new($one['at'] * 10000000, [System.DateTimeKind]::Utc).ToLocalTime()
        $entry = [pscustomobject]@{ TimeCreated = $created; Text = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>" +
            "<System><EventID>$($one['id'])</EventID></System><UserData><EventXML xmlns='Event_NS'><User>CORP\u</User>" +
            "<SessionID>$($one['session'])</SessionID><Address>$($one['address'])</Address></EventXML></UserData></Event>" }
        $entry | Add-Member -MemberType ScriptMethod -Name ToXml -Value { $this.Text } -PassThru
    }
}

function Get-ModelSessionNumber {
    $data = ConvertFrom-Json -AsHashtable -InputObject ([System.IO.File]::ReadAllText($env:PRINTOPS_STANDIN))
    return [int]$data['session_number']
}

# A member of a domain has an instance for itself too, which has no controller.
function Get-ModelDomain {
    param([string]$ClassName)

    $data = ConvertFrom-Json -AsHashtable -InputObject ([System.IO.File]::ReadAllText($env:PRINTOPS_STANDIN))
    $domain = @{ member = $false; name = 'WORKGROUP'; controllers = @() }
    if ($data.ContainsKey('domain')) {
        $domain = $data['domain']
    }
    if ($null -eq $domain) {
        Write-Error -Message 'The WMI repository is not to be had.'
    }
    elseif ($ClassName -eq 'Win32_ComputerSystem') {
        [pscustomobject]@{ PartOfDomain = [bool]$domain['member']; Domain = $domain['name'] }
    }
    else {
        [pscustomobject]@{ DomainName = 'WIN1'; DomainControllerAddress = $null }
        foreach ($address in $domain['controllers']) {
            [pscustomobject]@{ DomainName = $domain['name']; DomainControllerAddress = '\\' + $address }
        }
    }
}

# Sockets of the file's listeners, one for each address, as the CIM cmdlets give them.
function Get-NetTCPConnection {
    [CmdletBinding(PositionalBinding = $false)]
    param([string]$State)

    return Get-ModelSocket -Protocol 'tcp'
}

function Get-NetUDPEndpoint {
    [CmdletBinding(PositionalBinding = $false)]
    param()

    return Get-ModelSocket -Protocol 'udp'
}

function Get-Process {
    [CmdletBinding(PositionalBinding = $false)]
    param()

    [pscustomobject]@{ Id = $PID; ProcessName = 'pwsh' }
}

function Get-ModelSocket {
    param([string]$Protocol)

    $data = ConvertFrom-Json -AsHashtable -InputObject ([System.IO.File]::ReadAllText($env:PRINTOPS_STANDIN))
    foreach ($one in $data['listeners'] | Where-Object -FilterScript { $_ -and $_['protocol'] -eq $Protocol }) {
        foreach ($address in $one['addresses']) {
            [pscustomobject]@{ LocalAddress = $address; LocalPort = [uint16]$one['port']; OwningProcess = [uint32]$PID }
        }
    }
}

function Get-Acl {
    [CmdletBinding(PositionalBinding = $false)]
    param([string]$LiteralPath)

    return [Printops.Tests.Acl]::new($LiteralPath)
}

function Read-ModelRegistry {
    param([string]$Key)

    return [Printops.Tests.Registry]::Read($Key)
}

function New-ModelStateFolder {
    param([string]$Path)

    $null = [System.IO.Directory]::CreateDirectory($Path)
}

# Of a host of the tests, whose files are not where those of all others are.
function Get-ModelStateFolder {
    return $env:PRINTOPS_STANDIN + '.state'
}

function Get-ModelConnection {
    param($Ports)

    $data = ConvertFrom-Json -AsHashtable -InputObject ([System.IO.File]::ReadAllText($env:PRINTOPS_STANDIN))
    return , @($data['connections'] | Where-Object -FilterScript { $_ -and @($Ports) -contains $_['local_port'] })
}

function Write-ModelEvent {
    param([string]$Text)

    [Printops.Tests.Store]::Append('events', $Text)
}

function Test-ModelAdministrator {
    $data = ConvertFrom-Json -AsHashtable -InputObject ([System.IO.File]::ReadAllText($env:PRINTOPS_STANDIN))
    return -not ($data['administrator'] -eq $false)
}

# An alias has precedence over the function of a module.
$modelled = @{
    'Read-PrintopsRegistry' = 'Read-ModelRegistry'
    'New-PrintopsStateFolder' = 'New-ModelStateFolder'
    'Get-PrintopsStateFolder' = 'Get-ModelStateFolder'
    'Get-PrintopsConnection' = 'Get-ModelConnection'
    'Test-PrintopsAdministrator' = 'Test-ModelAdministrator'
    'Write-PrintopsEvent' = 'Write-ModelEvent'
    'Get-PrintopsSessionNumber' = 'Get-ModelSessionNumber'
}
foreach ($name in $modelled.Keys) {
    Set-Alias -Name $name -Value $modelled[$name] -Scope Global
}

Export-ModuleMember -Function @(
    'New-Object', 'Get-Service', 'Get-CimInstance', 'Get-Acl', 'Get-NetTCPConnection', 'Get-NetUDPEndpoint', 'Get-Process',
    'Read-ModelRegistry', 'New-ModelStateFolder', 'Get-ModelStateFolder', 'Get-ModelConnection',
    'Test-ModelAdministrator', 'Get-WinEvent', 'Get-ModelSessionNumber',
    'Write-ModelEvent'
)
