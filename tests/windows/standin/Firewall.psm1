# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A stand-in for the only file that touches Windows: the same functions over a JSON file, whose path is the environment
# variable PRINTOPS_STANDIN. README.md in this folder tells what the file has.

function ConvertTo-StandinTable {
    param($Value)

    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        $table = @{}
        foreach ($property in $Value.PSObject.Properties) {
            $table[$property.Name] = ConvertTo-StandinTable -Value $property.Value
        }
        return $table
    }
    if ($Value -is [object[]]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) {
            $items.Add((ConvertTo-StandinTable -Value $item))
        }
        return , $items.ToArray()
    }
    return $Value
}

function Read-Standin {
    $text = [System.IO.File]::ReadAllText($env:PRINTOPS_STANDIN)
    $data = ConvertTo-StandinTable -Value (ConvertFrom-Json -InputObject $text)
    $open = @{
        enabled = $true; default_inbound = 'block'; default_outbound = 'allow'; block_all_inbound = $false
        local_rules_apply = $true; excluded_interfaces = ''; unicast_responses = $true
    }
    $defaults = @{
        rules = @()
        policy = @{
            local_policy_modify_state = 'ok'
            profiles = @{ domain = $open.Clone(); private = $open.Clone(); public = $open.Clone() }
            current_profiles = @('public')
        }
        policy_rules = @()
        stores = @{}
        service = @{
            firewall = @{ state = 'running'; start = 'auto' }
            filtering_engine = @{ state = 'running'; start = 'auto' }
        }
        products = @()
        connections = $null
        listeners = @()
        domain = @{ member = $false; name = ''; controllers = @() }
        state_folder = $env:PRINTOPS_STANDIN + '.state'
        foreign_folder = $false
        writers = @()
        session = @{ number = 1; processes = @(); connected = @{ began = 0; address = 'LOCAL' }; ssh = '' }
        script_policy = 'Undefined'
        scheduler = 'runs'
        administrator = $true
        task = $null
        deaf_profiles = $false
        events = @()
        fail = @{}
        always_fail = @()
        die = @{}
    }
    foreach ($key in @($defaults.Keys)) {
        if (-not $data.ContainsKey($key)) {
            $data[$key] = $defaults[$key]
        }
    }
    return $data
}

# Writes some keys, and leaves the others as they are in the file.
function Write-Standin {
    param($Changes)

    $data = Read-Standin
    foreach ($key in @($Changes.Keys)) {
        $data[$key] = $Changes[$key]
    }
    $fresh = $env:PRINTOPS_STANDIN + '.new'
    $text = ConvertTo-Json -InputObject $data -Depth 9
    [System.IO.File]::WriteAllText($fresh, $text, [System.Text.UTF8Encoding]::new($false))
    [System.IO.File]::Delete($env:PRINTOPS_STANDIN)
    [System.IO.File]::Move($fresh, $env:PRINTOPS_STANDIN)
}

$script:Steps = @{}

# Fails, or dies, at the call that the file says.
function Step-Standin {
    param([string]$Name)

    $data = Read-Standin
    $script:Steps[$Name] = [int]$script:Steps[$Name] + 1
    if ([int]$data['die'][$Name] -eq $script:Steps[$Name]) {
        [System.Environment]::Exit(9)
    }
    if ([int]$data['fail'][$Name] -eq $script:Steps[$Name] -or $data['always_fail'] -ccontains $Name) {
        throw ('the stand-in was told to fail at ' + $Name)
    }
}

function Open-PrintopsFirewall {
    $data = Read-Standin
    if ($data['service']['firewall']['state'] -ne 'running') {
        throw 'There are no more endpoints available from the endpoint mapper.'
    }
    $rules = [System.Collections.Generic.List[object]]::new()
    foreach ($rule in $data['rules']) {
        $rules.Add($rule)
    }
    return @{ rules = $rules; policy = $data['policy']; deaf_profiles = $data['deaf_profiles'] }
}

function Save-StandinFirewall {
    param($Firewall)

    Write-Standin -Changes @{ rules = $Firewall['rules'].ToArray(); policy = $Firewall['policy'] }
}

function Get-PrintopsRuleSet {
    param($Firewall, [string]$Group, [bool]$Outgoing = $false)

    $ours = [System.Collections.Generic.List[object]]::new()
    $others = [System.Collections.Generic.List[object]]::new()
    foreach ($rule in $Firewall['rules']) {
        if ([string]$rule['grouping'] -ceq $Group) {
            $ours.Add($rule)
        }
        elseif ($rule['enabled'] -and ($Outgoing -or $rule['direction'] -eq 'in')) {
            $program = [string]$rule['application']
            $isOfProgram = $program -and $program -ne 'System' -and $program -notlike '*sshd.exe' -and $rule['service'] -ne 'sshd' -and
                $rule['action'] -eq 'allow' -and $rule['direction'] -eq 'in' -and @(6, 17) -contains $rule['protocol'] -and
                @('', '*') -contains [string]$rule['local_ports']
            if (-not $rule['local_user_owner'] -and -not $rule['package'] -and -not $isOfProgram) {
                $others.Add($rule)
            }
        }
    }
    return @{ ours = $ours.ToArray(); others = $others.ToArray() }
}

function Get-PrintopsRuleName {
    param($Rule)

    return [string]$Rule['name']
}

function Read-PrintopsRule {
    param($Rule)

    return $Rule.Clone()
}

# Addresses are read back with a mask, as Windows does.
function ConvertTo-StandinAddress {
    param([string]$Text)

    $parts = [System.Collections.Generic.List[string]]::new()
    foreach ($part in $Text.Split(',')) {
        $bits = -1
        if ($part -match '^\d+\.\d+\.\d+\.\d+$') {
            $bits = 32
        }
        if ($part -match '^\d+\.\d+\.\d+\.\d+/\d+$') {
            $bits = [int]$part.Split('/')[1]
        }
        if ($bits -lt 0) {
            $parts.Add($part)
        }
        else {
            $octets = [System.Collections.Generic.List[string]]::new()
            for ($i = 0; $i -lt 4; $i++) {
                $ones = [System.Math]::Min(8, [System.Math]::Max(0, $bits - 8 * $i))
                $octets.Add([string](256 - [int][System.Math]::Pow(2, 8 - $ones)))
            }
            $parts.Add($part.Split('/')[0] + '/' + [string]::Join('.', $octets.ToArray()))
        }
    }
    return [string]::Join(',', $parts.ToArray())
}

function Add-PrintopsRule {
    param($Firewall, $Record)

    Step-Standin -Name 'Add-PrintopsRule'
    if (($Record['local_ports'] -or $Record['remote_ports']) -and @(6, 17) -notcontains [int]$Record['protocol']) {
        throw 'Value does not fall within the expected range.'
    }
    $rule = @{}
    foreach ($key in @($Record.Keys)) {
        $rule[$key] = $Record[$key]
    }
    foreach ($key in @('local_addresses', 'remote_addresses')) {
        $rule[$key] = ConvertTo-StandinAddress -Text ([string]$rule[$key])
    }
    $Firewall['rules'].Add($rule)
    Save-StandinFirewall -Firewall $Firewall
}

function Set-PrintopsRule {
    param($Firewall, $Rule, $Values)

    Step-Standin -Name 'Set-PrintopsRule'
    foreach ($key in @('name', 'description', 'enabled')) {
        if ($Values.ContainsKey($key)) {
            $Rule[$key] = $Values[$key]
        }
    }
    Save-StandinFirewall -Firewall $Firewall
}

# The first of the name, whoever's it is; none is no error.
function Remove-PrintopsRule {
    param($Firewall, [string]$Name)

    Step-Standin -Name 'Remove-PrintopsRule'
    for ($i = 0; $i -lt $Firewall['rules'].Count; $i++) {
        if ([string]$Firewall['rules'][$i]['name'] -eq $Name) {
            $Firewall['rules'].RemoveAt($i)
            break
        }
    }
    Save-StandinFirewall -Firewall $Firewall
}

function Get-PrintopsPolicy {
    param($Firewall)

    $profiles = @{}
    foreach ($name in @('domain', 'private', 'public')) {
        $profiles[$name] = $Firewall['policy']['profiles'][$name].Clone()
    }
    return @{
        local_policy_modify_state = $Firewall['policy']['local_policy_modify_state']
        profiles = $profiles
        current_profiles = $Firewall['policy']['current_profiles']
    }
}

function Get-PrintopsPolicyRule {
    param([string]$Group)

    $names = [System.Collections.Generic.List[object]]::new()
    foreach ($name in (Read-Standin)['policy_rules']) {
        if ($Group) {
            $names.Add($name)
        }
    }
    return , $names.ToArray()
}

function Get-PrintopsStore {
    param([bool]$Outgoing = $false)

    $stores = (Read-Standin)['stores']
    foreach ($store in @('policy', 'mdm', 'local')) {
        if (-not $stores.ContainsKey($store)) {
            $stores[$store] = @{ settings = @{}; rules = @() }
        }
        $texts = [System.Collections.Generic.List[object]]::new()
        foreach ($text in $stores[$store]['rules']) {
            if ($Outgoing -or -not ([string]$text).Contains('|Dir=Out|')) {
                $texts.Add($text)
            }
        }
        $stores[$store]['rules'] = $texts.ToArray()
    }
    return $stores
}

function Get-PrintopsDomain {
    return (Read-Standin)['domain']
}

function Set-PrintopsProfile {
    param($Firewall, [string]$ProfileName, $Values)

    Step-Standin -Name 'Set-PrintopsProfile'
    foreach ($key in @('enabled', 'default_inbound', 'default_outbound')) {
        if ($Values.ContainsKey($key) -and -not $Firewall['deaf_profiles']) {
            $Firewall['policy']['profiles'][$ProfileName][$key] = $Values[$key]
        }
    }
    Save-StandinFirewall -Firewall $Firewall
}

function Get-PrintopsService {
    return (Read-Standin)['service']
}

function Get-PrintopsProduct {
    return , (Read-Standin)['products']
}

# Of the file, or where it has none, of this machine.
function Get-PrintopsConnection {
    param($Ports)

    $found = [System.Collections.Generic.List[object]]::new()
    $told = (Read-Standin)['connections']
    if ($null -ne $told) {
        foreach ($connection in $told) {
            if (@($Ports) -contains [int]$connection['local_port']) {
                $found.Add($connection)
            }
        }
        return , $found.ToArray()
    }
    $network = [System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties()
    foreach ($connection in $network.GetActiveTcpConnections()) {
        if ([string]$connection.State -eq 'Established' -and @($Ports) -contains $connection.LocalEndPoint.Port) {
            $found.Add(@{
                    local_port = [int]$connection.LocalEndPoint.Port
                    remote_address = [string]$connection.RemoteEndPoint.Address
                    remote_port = [int]$connection.RemoteEndPoint.Port
                })
        }
    }
    return , $found.ToArray()
}

function Get-PrintopsListener {
    return , (Read-Standin)['listeners']
}

function Get-PrintopsWriter {
    param($Inside, $Above)

    if (@($Inside).Length -gt 0 -and @($Above).Length -gt 0) {
        return , (Read-Standin)['writers']
    }
}

function Get-PrintopsSession {
    return (Read-Standin)['session']
}

function Get-PrintopsStateFolder {
    return [string](Read-Standin)['state_folder']
}

function Initialize-PrintopsStateFolder {
    param([string]$Path)

    if ((Read-Standin)['foreign_folder']) {
        throw ($Path + ' is not only for SYSTEM and the administrators; look who made it, and remove it')
    }
    $null = [System.IO.Directory]::CreateDirectory($Path)
}

function Register-PrintopsTask {
    param([string]$Path, [int]$Seconds)

    Step-Standin -Name 'Register-PrintopsTask'
    Write-Standin -Changes @{ task = @{ path = $Path; seconds = $Seconds } }
}

# In this process, where the scheduler would start another.
function Start-PrintopsTask {
    $data = Read-Standin
    if ($data['scheduler'] -ne 'deaf') {
        Invoke-PrintopsRestore -Folder ([System.IO.Path]::GetDirectoryName($data['task']['path']))
    }
}

function Test-PrintopsAdministrator {
    return [bool](Read-Standin)['administrator']
}

function Unregister-PrintopsTask {
    Step-Standin -Name 'Unregister-PrintopsTask'
    Write-Standin -Changes @{ task = $null }
}

function Write-PrintopsEvent {
    param([string]$Text)

    Step-Standin -Name 'Write-PrintopsEvent'
    $events = [System.Collections.Generic.List[object]]::new()
    $events.AddRange((Read-Standin)['events'])
    $events.Add($Text)
    Write-Standin -Changes @{ events = $events.ToArray() }
}

function Get-PrintopsScriptPolicy {
    return [string](Read-Standin)['script_policy']
}

Export-ModuleMember -Function @(
    'Open-PrintopsFirewall', 'Get-PrintopsRuleSet', 'Get-PrintopsRuleName', 'Read-PrintopsRule', 'Add-PrintopsRule',
    'Set-PrintopsRule', 'Remove-PrintopsRule', 'Get-PrintopsPolicy', 'Get-PrintopsPolicyRule', 'Get-PrintopsStore',
    'Set-PrintopsProfile', 'Get-PrintopsDomain',
    'Get-PrintopsService', 'Get-PrintopsProduct', 'Get-PrintopsConnection', 'Get-PrintopsListener', 'Get-PrintopsStateFolder',
    'Get-PrintopsWriter', 'Get-PrintopsSession',
    'Initialize-PrintopsStateFolder', 'Register-PrintopsTask', 'Start-PrintopsTask', 'Unregister-PrintopsTask',
    'Test-PrintopsAdministrator', 'Get-PrintopsScriptPolicy',
    'Write-PrintopsEvent'
)
