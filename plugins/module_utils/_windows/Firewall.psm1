# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# Everything that touches Windows, and nothing that decides. A stand-in of the tests takes the place of this file.
# Rules are records with the keys that windows_defender_info documents; a rule "as found" is an opaque COM object.

# As Windows' headers name them; a test compares them with its documentation.
$script:NET_FW_RULE_DIR_IN = 1
$script:NET_FW_RULE_DIR_OUT = 2
$script:NET_FW_ACTION_BLOCK = 0
$script:NET_FW_ACTION_ALLOW = 1
$script:NET_FW_IP_PROTOCOL_ANY = 256
$script:NET_FW_PROFILE2_DOMAIN = 1
$script:NET_FW_PROFILE2_PRIVATE = 2
$script:NET_FW_PROFILE2_PUBLIC = 4
$script:NET_FW_MODIFY_STATE_GP_OVERRIDE = 1
$script:NET_FW_MODIFY_STATE_INBOUND_BLOCKED = 2
$script:NET_FW_RULE_CATEGORY_FIREWALL = 2
$script:TASK_LOGON_SERVICE_ACCOUNT = 5
$script:TASK_RUNLEVEL_HIGHEST = 1
$script:TASK_INSTANCES_IGNORE_NEW = 2
$script:TASK_TRIGGER_TIME = 1
$script:TASK_TRIGGER_BOOT = 8
$script:TASK_ACTION_EXEC = 0
$script:TASK_CREATE = 2
$script:TASK_ENUM_HIDDEN = 1

$script:TaskName = 'printops-firewall-restore'
$script:EventSource = 'printops.firewall'
$script:System = 'S-1-5-18'
$script:TrustedOwners = @('S-1-5-18', 'S-1-5-32-544')
$script:ProfileBits = @{
    domain = $script:NET_FW_PROFILE2_DOMAIN
    private = $script:NET_FW_PROFILE2_PRIVATE
    public = $script:NET_FW_PROFILE2_PUBLIC
}
$script:PolicyKey = 'SOFTWARE\Policies\Microsoft\WindowsFirewall'
$script:LocalKey = 'SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy'
# What changes a file or the files of a folder, and what puts another folder in the place of one: bits of rights.
$script:WriteRights = 0x500D0046
$script:ReplaceRights = 0x100D0040
$script:TrustedWriters = '\AS-1-(5-18|5-32-544|3-0|3-4|5-80-956008885-3418522649-1831038044-1853292631-2271478464|5-21-[0-9-]+-(500|512|519))\z'
$script:TerminalLog = 'Microsoft-Windows-TerminalServices-LocalSessionManager/Operational'
$script:TerminalEvents = @(21, 25)
$script:StoreKeys = @{ policy = $script:PolicyKey; mdm = $script:LocalKey + '\Mdm'; local = $script:LocalKey }

function Open-PrintopsFirewall {
    return @{ policy = (New-Object -ComObject 'HNetCfg.FwPolicy2') }
}

# The rules of the group as found, and of everybody else those that are enabled and inbound, or outbound too. Packaged
# apps serve nothing that a plan opens, and what one program may be reached on at any port is not known: each user of a
# session host brings such rules with them, they are thousands, and not read whole.
function Get-PrintopsRuleSet {
    param($Firewall, [string]$Group, [bool]$Outgoing = $false)

    $ours = [System.Collections.Generic.List[object]]::new()
    $others = [System.Collections.Generic.List[object]]::new()
    foreach ($rule in $Firewall['policy'].Rules) {
        if ([string]$rule.Grouping -ceq $Group) {
            $ours.Add($rule)
        }
        elseif ($rule.Enabled -and ($Outgoing -or [int]$rule.Direction -eq $script:NET_FW_RULE_DIR_IN)) {
            if (-not $rule.LocalUserOwner -and -not $rule.LocalAppPackageId -and -not (Test-PrintopsOfProgram -Rule $rule)) {
                $others.Add($rule)
            }
        }
    }
    return @{ ours = $ours.ToArray(); others = $others.ToArray() }
}

# Whether a rule lets one program or service, but for those that remote management comes in by, be reached on any port.
function Test-PrintopsOfProgram {
    param($Rule)

    $program = [string]$Rule.ApplicationName
    if (-not $program -or $program -eq 'System' -or $program -like '*sshd.exe' -or [string]$Rule.ServiceName -eq 'sshd') {
        return $false
    }
    $isOpening = [int]$Rule.Action -eq $script:NET_FW_ACTION_ALLOW -and [int]$Rule.Direction -eq $script:NET_FW_RULE_DIR_IN
    if (-not $isOpening -or @(6, 17) -notcontains [int]$Rule.Protocol) {
        return $false
    }
    return @('', '*') -contains [string]$Rule.LocalPorts
}

function Get-PrintopsRuleName {
    param($Rule)

    return [string]$Rule.Name
}

function Read-PrintopsRule {
    param($Rule)

    $direction = 'in'
    if ([int]$Rule.Direction -eq $script:NET_FW_RULE_DIR_OUT) {
        $direction = 'out'
    }
    return @{
        name = [string]$Rule.Name
        description = [string]$Rule.Description
        enabled = [bool]$Rule.Enabled
        direction = $direction
        action = (ConvertTo-PrintopsAction -Action ([int]$Rule.Action))
        protocol = [int]$Rule.Protocol
        local_ports = [string]$Rule.LocalPorts
        remote_ports = [string]$Rule.RemotePorts
        local_addresses = [string]$Rule.LocalAddresses
        remote_addresses = [string]$Rule.RemoteAddresses
        icmp_types = [string]$Rule.IcmpTypesAndCodes
        profiles = [int]$Rule.Profiles
        application = [string]$Rule.ApplicationName
        service = [string]$Rule.ServiceName
        package = [string]$Rule.LocalAppPackageId
        interface_types = [string]$Rule.InterfaceTypes
        interfaces = (Format-PrintopsInterface -Names $Rule.Interfaces)
        edge_traversal = [bool]$Rule.EdgeTraversal
        edge_traversal_options = [int]$Rule.EdgeTraversalOptions
        local_user_owner = [string]$Rule.LocalUserOwner
        local_users = [string]$Rule.LocalUserAuthorizedList
        remote_users = [string]$Rule.RemoteUserAuthorizedList
        remote_machines = [string]$Rule.RemoteMachineAuthorizedList
        secure_flags = [int]$Rule.SecureFlags
        grouping = [string]$Rule.Grouping
    }
}

# Names of interfaces in one text: neither Windows nor a stored rule takes the character between them in a name.
function Format-PrintopsInterface {
    param($Names)

    $texts = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $Names) {
        if ($name) {
            $texts.Add([string]$name)
        }
    }
    return [string]::Join('|', $texts.ToArray())
}

# What neither allows nor blocks lets secured packets pass all blocks.
function ConvertTo-PrintopsAction {
    param([int]$Action)

    if ($Action -eq $script:NET_FW_ACTION_ALLOW) {
        return 'allow'
    }
    if ($Action -eq $script:NET_FW_ACTION_BLOCK) {
        return 'block'
    }
    return 'bypass'
}

# The protocol has to be set before the ports, and what is not said must not be set at all. Whatever limits the rule is
# set before it is added: where Windows refuses a limit there is no rule rather than a wider one.
function Add-PrintopsRule {
    param($Firewall, $Record)

    if (@('allow', 'block') -notcontains [string]$Record['action']) {
        throw ('a rule that is to ' + [string]$Record['action'] + ' cannot be written')
    }
    $rule = New-Object -ComObject 'HNetCfg.FWRule'
    $rule.Name = [string]$Record['name']
    $rule.Grouping = [string]$Record['grouping']
    $rule.Direction = $script:NET_FW_RULE_DIR_IN
    if ($Record['direction'] -eq 'out') {
        $rule.Direction = $script:NET_FW_RULE_DIR_OUT
    }
    $rule.Action = $script:NET_FW_ACTION_BLOCK
    if ($Record['action'] -eq 'allow') {
        $rule.Action = $script:NET_FW_ACTION_ALLOW
    }
    if ([int]$Record['protocol'] -ne $script:NET_FW_IP_PROTOCOL_ANY) {
        $rule.Protocol = [int]$Record['protocol']
    }
    if ($Record['description']) {
        $rule.Description = [string]$Record['description']
    }
    if ($Record['local_ports'] -and $Record['local_ports'] -ne '*') {
        $rule.LocalPorts = [string]$Record['local_ports']
    }
    if ($Record['remote_ports'] -and $Record['remote_ports'] -ne '*') {
        $rule.RemotePorts = [string]$Record['remote_ports']
    }
    if ($Record['icmp_types'] -and $Record['icmp_types'] -ne '*') {
        $rule.IcmpTypesAndCodes = [string]$Record['icmp_types']
    }
    if ($Record['local_addresses'] -and $Record['local_addresses'] -ne '*') {
        $rule.LocalAddresses = [string]$Record['local_addresses']
    }
    if ($Record['remote_addresses'] -and $Record['remote_addresses'] -ne '*') {
        $rule.RemoteAddresses = [string]$Record['remote_addresses']
    }
    if ($Record['application']) {
        $rule.ApplicationName = [string]$Record['application']
    }
    if ($Record['service']) {
        $rule.ServiceName = [string]$Record['service']
    }
    if ($Record['interface_types'] -and $Record['interface_types'] -ne 'All') {
        $rule.InterfaceTypes = [string]$Record['interface_types']
    }
    if ($Record['interfaces']) {
        $rule.Interfaces = [object[]]([string]$Record['interfaces']).Split('|')
    }
    if ($Record['edge_traversal_options']) {
        $rule.EdgeTraversalOptions = [int]$Record['edge_traversal_options']
    }
    elseif ($Record['edge_traversal']) {
        $rule.EdgeTraversal = $true
    }
    if ($Record['package']) {
        $rule.LocalAppPackageId = [string]$Record['package']
    }
    if ($Record['local_user_owner']) {
        $rule.LocalUserOwner = [string]$Record['local_user_owner']
    }
    if ($Record['local_users']) {
        $rule.LocalUserAuthorizedList = [string]$Record['local_users']
    }
    if ($Record['remote_users']) {
        $rule.RemoteUserAuthorizedList = [string]$Record['remote_users']
    }
    if ($Record['remote_machines']) {
        $rule.RemoteMachineAuthorizedList = [string]$Record['remote_machines']
    }
    if ($Record['secure_flags']) {
        $rule.SecureFlags = [int]$Record['secure_flags']
    }
    $rule.Profiles = [int]$Record['profiles']
    $rule.Enabled = [bool]$Record['enabled']
    $null = $Firewall['policy'].Rules.Add($rule)
}

# Values may have name, description and enabled. Each is in force at once.
function Set-PrintopsRule {
    param($Firewall, $Rule, $Values)

    if ($Values.ContainsKey('name')) {
        $Rule.Name = [string]$Values['name']
    }
    if ($Values.ContainsKey('description')) {
        $Rule.Description = [string]$Values['description']
    }
    if ($Values.ContainsKey('enabled')) {
        $Rule.Enabled = [bool]$Values['enabled']
    }
}

# Removes a rule of that name, whoever's it is: the caller sees to it that there is only one.
function Remove-PrintopsRule {
    param($Firewall, [string]$Name)

    $null = $Firewall['policy'].Rules.Remove($Name)
}

# The values of a key below HKEY_LOCAL_MACHINE by their names; none where there is no such key.
function Read-PrintopsRegistry {
    param([string]$Key)

    $values = @{}
    $opened = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($Key)
    if ($null -ne $opened) {
        foreach ($name in $opened.GetValueNames()) {
            $values[$name] = $opened.GetValue($name)
        }
        $opened.Close()
    }
    return $values
}

# What the host itself has set: a policy may say otherwise.
function Get-PrintopsPolicy {
    param($Firewall)

    $policy = $Firewall['policy']
    $profiles = @{}
    $current = [System.Collections.Generic.List[object]]::new()
    foreach ($name in @('domain', 'private', 'public')) {
        $bit = [int]$script:ProfileBits[$name]
        $profiles[$name] = @{
            enabled = [bool]$policy.FirewallEnabled($bit)
            default_inbound = (ConvertTo-PrintopsAction -Action ([int]$policy.DefaultInboundAction($bit)))
            default_outbound = (ConvertTo-PrintopsAction -Action ([int]$policy.DefaultOutboundAction($bit)))
            block_all_inbound = [bool]$policy.BlockAllInboundTraffic($bit)
            excluded_interfaces = (Format-PrintopsInterface -Names ($policy.ExcludedInterfaces($bit)))
            unicast_responses = -not ([bool]$policy.UnicastResponsesToMulticastBroadcastDisabled($bit))
        }
        if ([int]$policy.CurrentProfileTypes -band $bit) {
            $current.Add($name)
        }
    }
    $modify = 'ok'
    if ([int]$policy.LocalPolicyModifyState -eq $script:NET_FW_MODIFY_STATE_GP_OVERRIDE) {
        $modify = 'gp_override'
    }
    if ([int]$policy.LocalPolicyModifyState -eq $script:NET_FW_MODIFY_STATE_INBOUND_BLOCKED) {
        $modify = 'inbound_blocked'
    }
    return @{
        local_policy_modify_state = $modify
        profiles = $profiles
        current_profiles = $current.ToArray()
    }
}

# What the registry has that COM does not tell. Of the stores of Group Policies (policy) and of device management (mdm)
# the settings of each profile's key, and the texts of enabled incoming rules, or outgoing ones too; of the host's own
# those texts only that say more than COM.
function Get-PrintopsStore {
    param([bool]$Outgoing = $false)

    $stores = @{}
    foreach ($store in @('policy', 'mdm', 'local')) {
        $settings = @{}
        if ($store -ne 'local') {
            foreach ($name in @('DomainProfile', 'PrivateProfile', 'PublicProfile', 'StandardProfile')) {
                $settings[$name] = Read-PrintopsRegistry -Key ([string]$script:StoreKeys[$store] + '\' + $name)
            }
        }
        $texts = [System.Collections.Generic.List[object]]::new()
        $rules = Read-PrintopsRegistry -Key ($script:StoreKeys[$store] + '\FirewallRules')
        foreach ($id in @($rules.Keys)) {
            $text = [string]$rules[$id]
            $counts = $text.Contains('|Active=TRUE|') -and ($Outgoing -or $text.Contains('|Dir=In|'))
            if ($counts -and ($store -ne 'local' -or $text.Contains('|PFN=') -or $text.Contains('|TTK'))) {
                $texts.Add($text)
            }
        }
        $stores[$store] = @{ settings = $settings; rules = $texts.ToArray() }
    }
    return $stores
}

# The names of rules of the group that a Group Policy brings: COM shows only the local ones.
function Get-PrintopsPolicyRule {
    param([string]$Group)

    $names = [System.Collections.Generic.List[object]]::new()
    $rules = Read-PrintopsRegistry -Key ($script:PolicyKey + '\FirewallRules')
    foreach ($id in @($rules.Keys)) {
        $fields = ([string]$rules[$id]).Split('|')
        if ($fields -ccontains ('EmbedCtxt=' + $Group)) {
            foreach ($field in $fields) {
                if ($field -clike 'Name=*') {
                    $names.Add($field.Substring(5))
                }
            }
        }
    }
    return , $names.ToArray()
}

# Values may have enabled, default_inbound and default_outbound. PowerShell cannot set a property of COM that takes an argument, and the
# type of the object can.
function Set-PrintopsProfile {
    param($Firewall, [string]$ProfileName, $Values)

    $bit = [int]$script:ProfileBits[$ProfileName]
    $set = [System.Reflection.BindingFlags]::SetProperty
    $com = $Firewall['policy'].GetType()
    if ($Values.ContainsKey('enabled')) {
        $wanted = [object[]]@($bit, [bool]$Values['enabled'])
        $null = $com.InvokeMember('FirewallEnabled', $set, $null, $Firewall['policy'], $wanted)
    }
    if ($Values.ContainsKey('default_inbound')) {
        $wanted = [object[]]@($bit, (ConvertFrom-PrintopsAction -Action ([string]$Values['default_inbound'])))
        $null = $com.InvokeMember('DefaultInboundAction', $set, $null, $Firewall['policy'], $wanted)
    }
    if ($Values.ContainsKey('default_outbound')) {
        $wanted = [object[]]@($bit, (ConvertFrom-PrintopsAction -Action ([string]$Values['default_outbound'])))
        $null = $com.InvokeMember('DefaultOutboundAction', $set, $null, $Firewall['policy'], $wanted)
    }
}

function ConvertFrom-PrintopsAction {
    param([string]$Action)

    if ($Action -eq 'allow') {
        return $script:NET_FW_ACTION_ALLOW
    }
    return $script:NET_FW_ACTION_BLOCK
}

# Whether the host is a member of an Active Directory domain, nothing where WMI does not say, and of which, with the
# addresses of the controllers that it uses.
function Get-PrintopsDomain {
    $told = @{ member = $null; name = ''; controllers = @() }
    $asked = @{ OperationTimeoutSec = 20; ErrorAction = 'SilentlyContinue' }
    foreach ($computer in @(Get-CimInstance -ClassName 'Win32_ComputerSystem' @asked)) {
        if ($null -ne $computer) {
            $told['member'] = [bool]$computer.PartOfDomain
            $told['name'] = [string]$computer.Domain
        }
    }
    if ($told['member']) {
        foreach ($controller in @(Get-CimInstance -ClassName 'Win32_NTDomain' @asked)) {
            if ($null -ne $controller) {
                $address = ([string]$controller.DomainControllerAddress).Replace('\', '')
                if ($address -match '^[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+$') {
                    $told['controllers'] = @($told['controllers']) + $address
                }
            }
        }
    }
    return $told
}

function Get-PrintopsService {
    $starts = @{ Automatic = 'auto'; Manual = 'manual'; Disabled = 'disabled' }
    $names = @{ firewall = 'MpsSvc'; filtering_engine = 'BFE' }
    $services = @{}
    foreach ($part in @('firewall', 'filtering_engine')) {
        $services[$part] = @{ state = 'missing'; start = 'missing' }
        $service = Get-Service -Name $names[$part] -ErrorAction SilentlyContinue
        if ($null -ne $service) {
            $services[$part]['state'] = ([string]$service.Status).ToLowerInvariant()
            $services[$part]['start'] = [string]$starts[[string]$service.StartType]
        }
    }
    return $services
}

# A firewall of another maker that takes this one's place says so here, on a client also to the security centre, which
# servers do not have.
function Get-PrintopsProduct {
    $names = [System.Collections.Generic.List[object]]::new()
    try {
        $registered = New-Object -ComObject 'HNetCfg.FwProducts'
        foreach ($product in $registered) {
            if (@($product.RuleCategories) -contains $script:NET_FW_RULE_CATEGORY_FIREWALL) {
                $names.Add([string]$product.DisplayName)
            }
        }
    }
    catch {
        $registered = $null
    }
    $options = Read-PrintopsRegistry -Key 'SYSTEM\CurrentControlSet\Control\ProductOptions'
    if ($options['ProductType'] -eq 'WinNT') {
        $seen = Get-CimInstance -Namespace 'root/SecurityCenter2' -ClassName 'FirewallProduct' -ErrorAction SilentlyContinue
        foreach ($product in @($seen)) {
            if ($null -ne $product -and $names -notcontains [string]$product.displayName) {
                $names.Add([string]$product.displayName)
            }
        }
    }
    return , $names.ToArray()
}

# The established TCP connections to these local ports.
function Get-PrintopsConnection {
    param($Ports)

    $found = [System.Collections.Generic.List[object]]::new()
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

# Who may change one of the files and folders inside, or put another in the place of a folder above them, besides SYSTEM,
# administrators and the user of this process: a text each.
function Get-PrintopsWriter {
    param($Inside, $Above)

    $own = Get-PrintopsUser
    $found = [System.Collections.Generic.List[string]]::new()
    foreach ($path in $Inside) {
        foreach ($writer in (Get-PrintopsRightHolder -Path $path -Rights $script:WriteRights -Own $own)) {
            $found.Add($writer + ' may change ' + $path)
        }
    }
    foreach ($path in $Above) {
        foreach ($writer in (Get-PrintopsRightHolder -Path $path -Rights $script:ReplaceRights -Own $own)) {
            $found.Add($writer + ' may replace what is in ' + $path)
        }
    }
    return , $found.ToArray()
}

function Get-PrintopsUser {
    return [string][System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value
}

# The names of the holders of any of the rights, none twice, but for the trusted ones.
function Get-PrintopsRightHolder {
    param([string]$Path, [int]$Rights, [string]$Own)

    $sid = [System.Security.Principal.SecurityIdentifier]
    $acl = Get-Acl -LiteralPath $Path -ErrorAction Stop
    $holders = [System.Collections.Generic.List[object]]::new()
    $holders.Add($acl.GetOwner($sid))
    foreach ($entry in $acl.GetAccessRules($true, $true, $sid)) {
        $is_for_others = [int]$entry.PropagationFlags -band [int][System.Security.AccessControl.PropagationFlags]::InheritOnly
        $is_allowed = [int]$entry.AccessControlType -eq [int][System.Security.AccessControl.AccessControlType]::Allow
        if ($is_allowed -and -not $is_for_others -and ([int]$entry.FileSystemRights -band $Rights)) {
            $holders.Add($entry.IdentityReference)
        }
    }
    $names = [System.Collections.Generic.List[string]]::new()
    foreach ($holder in $holders) {
        $value = [string]$holder.Value
        if ($value -notmatch $script:TrustedWriters -and $value -ne $Own) {
            try {
                $value = [string]$holder.Translate([System.Security.Principal.NTAccount]).Value
            }
            catch {
                $value = [string]$holder.Value
            }
            if (-not $names.Contains($value)) {
                $names.Add($value)
            }
        }
    }
    return , $names.ToArray()
}

# The session that this process runs in. number: that of its terminal session, 0 for none. processes: from this one up,
# each with its name and when it began. connected: when somebody last logged on to, or connected to, that terminal
# session, and from which address, LOCAL for the console; nothing where Windows has no record. ssh: what the server of
# SSH says of its connection. Times are in seconds since the year 1, UTC.
function Get-PrintopsSession {
    $number = Get-PrintopsSessionNumber
    return @{
        number = $number
        processes = (Get-PrintopsAncestry)
        connected = (Get-PrintopsTerminalConnection -Number $number)
        ssh = [string]$env:SSH_CONNECTION
    }
}

function Get-PrintopsSessionNumber {
    return [int][System.Diagnostics.Process]::GetCurrentProcess().SessionId
}

function ConvertTo-PrintopsClock {
    param([System.DateTime]$Time)

    return [long][System.Math]::Floor($Time.ToUniversalTime().Ticks / 10000000)
}

# A parent that began after its child is another process, which was given the number of one that has ended.
function Get-PrintopsAncestry {
    $known = @{}
    foreach ($running in @(Get-CimInstance -ClassName 'Win32_Process' -ErrorAction Stop)) {
        if ($null -ne $running.CreationDate) {
            $known[[string]$running.ProcessId] = @{
                name = [string]$running.Name
                began = (ConvertTo-PrintopsClock -Time $running.CreationDate)
                parent = [string]$running.ParentProcessId
            }
        }
    }
    $ancestry = [System.Collections.Generic.List[object]]::new()
    $one = $known[[string][System.Diagnostics.Process]::GetCurrentProcess().Id]
    while ($null -ne $one -and $ancestry.Count -lt $known.Count) {
        $ancestry.Add(@{ name = $one['name']; began = $one['began'] })
        $parent = $known[$one['parent']]
        if ($null -ne $parent -and $parent['began'] -gt $one['began']) {
            $parent = $null
        }
        $one = $parent
    }
    return , $ancestry.ToArray()
}

# Windows writes a logon to a terminal session (21), and each later connection to it (25), into its log. The newest is first.
function Get-PrintopsTerminalConnection {
    param([int]$Number)

    $which = @{ LogName = $script:TerminalLog; Id = $script:TerminalEvents }
    foreach ($logged in @(Get-WinEvent -FilterHashtable $which -MaxEvents 1000 -ErrorAction SilentlyContinue)) {
        if ($null -ne $logged) {
            $xml = [System.Xml.XmlDocument]::new()
            $xml.LoadXml($logged.ToXml())
            $told = @{ SessionID = ''; Address = '' }
            foreach ($tag in @('SessionID', 'Address')) {
                foreach ($node in $xml.GetElementsByTagName($tag)) {
                    $told[$tag] = [string]$node.InnerText
                }
            }
            if ($told['SessionID'] -eq [string]$Number) {
                return @{ began = (ConvertTo-PrintopsClock -Time $logged.TimeCreated); address = $told['Address'] }
            }
        }
    }
    return $null
}

# Sockets that listen, each port of a protocol once, with the addresses that it is bound to and a process that holds it.
function Get-PrintopsListener {
    $holders = @{}
    foreach ($process in (Get-Process)) {
        $holders[[string]$process.Id] = [string]$process.ProcessName
    }
    $bound = [System.Collections.Hashtable]::new()
    foreach ($socket in @(Get-NetTCPConnection -State 'Listen' -ErrorAction SilentlyContinue)) {
        Add-PrintopsListener -Bound $bound -Protocol 'tcp' -Socket $socket -Holders $holders
    }
    foreach ($socket in @(Get-NetUDPEndpoint -ErrorAction SilentlyContinue)) {
        Add-PrintopsListener -Bound $bound -Protocol 'udp' -Socket $socket -Holders $holders
    }
    $listeners = [System.Collections.Generic.List[object]]::new()
    foreach ($key in @($bound.Keys)) {
        $listeners.Add($bound[$key])
    }
    return , $listeners.ToArray()
}

function Add-PrintopsListener {
    param($Bound, [string]$Protocol, $Socket, $Holders)

    if ($null -eq $Socket) {
        return
    }
    $key = $Protocol + ' ' + [string]$Socket.LocalPort
    if (-not $Bound.ContainsKey($key)) {
        $process = [string]$Holders[[string]$Socket.OwningProcess]
        $Bound[$key] = @{ protocol = $Protocol; port = [int]$Socket.LocalPort; addresses = @(); process = $process }
    }
    $address = ([string]$Socket.LocalAddress).Split('%')[0]
    if (@($Bound[$key]['addresses']) -notcontains $address) {
        $Bound[$key]['addresses'] = @($Bound[$key]['addresses']) + $address
    }
}

function Get-PrintopsStateFolder {
    $base = [System.Environment]::GetFolderPath('CommonApplicationData')
    return [System.IO.Path]::Combine($base, 'printops-firewall')
}

function New-PrintopsStateFolder {
    param([string]$Path)

    $security = New-Object -TypeName 'System.Security.AccessControl.DirectorySecurity'
    $security.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    $folder = New-Object -TypeName 'System.IO.DirectoryInfo' -ArgumentList $Path
    if ($PSVersionTable['PSEdition'] -eq 'Core') {
        [System.IO.FileSystemAclExtensions]::Create($folder, $security)
    }
    else {
        $folder.Create($security)
    }
}

# A task runs as SYSTEM what lies in this folder, and anybody may make one there: so it is born with its rights, and
# one that is not SYSTEM's and the administrators' alone is refused.
function Initialize-PrintopsStateFolder {
    param([string]$Path)

    if (-not [System.IO.Directory]::Exists($Path)) {
        New-PrintopsStateFolder -Path $Path
    }
    $refusal = $Path + ' is not only for SYSTEM and the administrators; look who made it, and remove it'
    $attributes = [System.IO.File]::GetAttributes($Path)
    if ([int]$attributes -band [int][System.IO.FileAttributes]::ReparsePoint) {
        throw $refusal
    }
    $acl = Get-Acl -LiteralPath $Path -ErrorAction Stop
    $sid = [System.Security.Principal.SecurityIdentifier]
    if ($script:TrustedOwners -notcontains $acl.GetOwner($sid).Value -or -not $acl.AreAccessRulesProtected) {
        throw $refusal
    }
    foreach ($entry in $acl.GetAccessRules($true, $true, $sid)) {
        if ($script:TrustedOwners -notcontains $entry.IdentityReference.Value) {
            throw $refusal
        }
    }
}

# Runs the script after so many seconds, then each minute, and at each start, until it unregisters itself. The
# repetition without an end is also what makes Windows catch up on a run that it missed.
function Register-PrintopsTask {
    param([string]$Path, [int]$Seconds)

    Unregister-PrintopsTask
    $scheduler = New-Object -ComObject 'Schedule.Service'
    $null = $scheduler.Connect()
    $task = $scheduler.NewTask(0)
    $task.RegistrationInfo.Description = 'Takes back a change of the firewall that nobody confirmed.'
    $task.Principal.UserId = $script:System
    $task.Principal.LogonType = $script:TASK_LOGON_SERVICE_ACCOUNT
    $task.Principal.RunLevel = $script:TASK_RUNLEVEL_HIGHEST
    $task.Settings.Enabled = $true
    $task.Settings.StartWhenAvailable = $true
    $task.Settings.DisallowStartIfOnBatteries = $false
    $task.Settings.StopIfGoingOnBatteries = $false
    $task.Settings.MultipleInstances = $script:TASK_INSTANCES_IGNORE_NEW
    $task.Settings.ExecutionTimeLimit = 'PT1H'
    $task.Settings.Priority = 4
    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    $clock = $task.Triggers.Create($script:TASK_TRIGGER_TIME)
    $clock.StartBoundary = [System.DateTime]::UtcNow.AddSeconds($Seconds).ToString('yyyy-MM-ddTHH:mm:ss', $culture) + '+00:00'
    $clock.Repetition.Interval = 'PT1M'
    $clock.Enabled = $true
    $boot = $task.Triggers.Create($script:TASK_TRIGGER_BOOT)
    $boot.Enabled = $true
    $action = $task.Actions.Create($script:TASK_ACTION_EXEC)
    $action.Path = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'WindowsPowerShell\v1.0\powershell.exe')
    $action.Arguments = '-NoProfile -NonInteractive -ExecutionPolicy Bypass -File "' + $Path + '"'
    $folder = $scheduler.GetFolder('\')
    $rights = 'D:P(A;;FA;;;SY)(A;;FA;;;BA)'
    $logon = $script:TASK_LOGON_SERVICE_ACCOUNT
    $null = $folder.RegisterTaskDefinition($script:TaskName, $task, $script:TASK_CREATE, $script:System, $null, $logon, $rights)
}

# Has the scheduler run the task now, as it would later.
function Start-PrintopsTask {
    $scheduler = New-Object -ComObject 'Schedule.Service'
    $null = $scheduler.Connect()
    $folder = $scheduler.GetFolder('\')
    $task = $folder.GetTask($script:TaskName)
    $null = $task.Run($null)
}

# Whether this process has the rights of an administrator, which User Account Control takes from a local account that
# signs in over the network.
function Test-PrintopsAdministrator {
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object -TypeName 'System.Security.Principal.WindowsPrincipal' -ArgumentList $identity
    return $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
}

function Unregister-PrintopsTask {
    $scheduler = New-Object -ComObject 'Schedule.Service'
    $null = $scheduler.Connect()
    $folder = $scheduler.GetFolder('\')
    foreach ($task in $folder.GetTasks($script:TASK_ENUM_HIDDEN)) {
        if ([string]$task.Name -eq $script:TaskName) {
            $null = $folder.DeleteTask($script:TaskName, 0)
        }
    }
}

# An entry of the log Application, as a warning.
function Write-PrintopsEvent {
    param([string]$Text)

    if (-not [System.Diagnostics.EventLog]::SourceExists($script:EventSource)) {
        [System.Diagnostics.EventLog]::CreateEventSource($script:EventSource, 'Application')
    }
    [System.Diagnostics.EventLog]::WriteEntry($script:EventSource, $Text, [System.Diagnostics.EventLogEntryType]::Warning)
}

# The execution policy that a Group Policy sets for Windows PowerShell, which runs the task, and which no command line
# can change. PowerShell 7 has one of its own, so a cmdlet might tell of another.
function Get-PrintopsScriptPolicy {
    $settings = Read-PrintopsRegistry -Key 'SOFTWARE\Policies\Microsoft\Windows\PowerShell'
    if (-not $settings.ContainsKey('EnableScripts')) {
        return 'Undefined'
    }
    if ([string]$settings['EnableScripts'] -eq '0') {
        return 'Restricted'
    }
    if (-not $settings.ContainsKey('ExecutionPolicy')) {
        return 'Undefined'
    }
    return [string]$settings['ExecutionPolicy']
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
