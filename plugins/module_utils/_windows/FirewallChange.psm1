# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# Reading, changing and putting back our group of rules. Touches Windows only by the functions of Firewall.psm1.

$script:RuleKeys = @(
    'name', 'description', 'enabled', 'direction', 'action', 'protocol', 'local_ports', 'remote_ports',
    'local_addresses', 'remote_addresses', 'icmp_types', 'profiles', 'application', 'service', 'package',
    'interface_types', 'interfaces', 'edge_traversal', 'edge_traversal_options', 'local_user_owner', 'local_users',
    'remote_users', 'remote_machines', 'secure_flags', 'grouping'
)
$script:ProfileNames = @('domain', 'private', 'public')
$script:ProfileSettings = @('enabled', 'default_inbound', 'default_outbound')
$script:ProfileKeys = @('enabled', 'default_inbound', 'default_outbound', 'block_all_inbound')
$script:FlagSettings = @{
    EnableFirewall = 'enabled'
    DoNotAllowExceptions = 'block_all_inbound'
    AllowLocalPolicyMerge = 'local_rules_apply'
    DisableUnicastResponsesToMulticastBroadcast = 'unicast_responses'
}
$script:ActionSettings = @{ DefaultInboundAction = 'default_inbound'; DefaultOutboundAction = 'default_outbound' }
$script:OperationKeys = @{
    add = @('do', 'rule')
    set = @('do', 'name', 'values')
    rename = @('do', 'name', 'to')
    remove = @('do', 'name')
    profile = @('do', 'profile', 'values')
    forget = @('do')
    release = @('do', 'profile', 'setting')
}
$script:Separator = [string][char]31

# A text for each rule, which no other rule has: the lengths tell where its fields end, whatever they hold.
function ConvertTo-PrintopsRuleText {
    param($Record)

    $fields = [System.Collections.Generic.List[string]]::new()
    $lengths = [System.Collections.Generic.List[string]]::new()
    foreach ($key in $script:RuleKeys) {
        $field = [string]$Record[$key]
        $fields.Add($field)
        $lengths.Add([string]$field.Length)
    }
    return [string]::Join(' ', $lengths.ToArray()) + ':' + [string]::Join($script:Separator, $fields.ToArray())
}

# Rules as a table in JSON: a row of column names, then a row of values for each rule.
function ConvertTo-PrintopsRuleTable {
    param($Rules)

    $rows = [System.Collections.Generic.List[object]]::new()
    $rows.Add($script:RuleKeys)
    foreach ($record in $Rules) {
        $row = [System.Collections.Generic.List[object]]::new()
        foreach ($key in $script:RuleKeys) {
            $row.Add($record[$key])
        }
        $rows.Add($row.ToArray())
    }
    $table = $rows.ToArray()
    return ConvertTo-Json -InputObject $table -Depth 9 -Compress
}

# What is there now: the rules as found and as records, the policy, and a digest of rules and profile settings.
function Read-PrintopsPicture {
    param($Firewall, [string]$Group, [bool]$Outgoing = $false)

    $set = Get-PrintopsRuleSet -Firewall $Firewall -Group $Group -Outgoing $Outgoing
    $policy = Get-PrintopsPolicy -Firewall $Firewall
    $rules = [System.Collections.Generic.List[object]]::new()
    $lines = [System.Collections.Generic.List[string]]::new()
    foreach ($rule in $set['ours']) {
        $record = Read-PrintopsRule -Rule $rule
        $rules.Add($record)
        $line = ConvertTo-PrintopsRuleText -Record $record
        $lines.Add([string]$line.Length + ' ' + $line)
    }
    $lines.Sort([System.StringComparer]::Ordinal)
    foreach ($name in $script:ProfileNames) {
        foreach ($key in $script:ProfileKeys) {
            $lines.Add($name + ' ' + $key + ' ' + [string]$policy['profiles'][$name][$key])
        }
    }
    $text = [string]::Join("`n", $lines.ToArray())
    return @{
        ours = $set['ours']
        others = $set['others']
        rules = $rules.ToArray()
        policy = $policy
        state_id = (Get-PrintopsDigest -Text $text)
    }
}

function Get-PrintopsDigest {
    param([string]$Text)

    $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
    $hasher = [System.Security.Cryptography.SHA256]::Create()
    $digest = [System.BitConverter]::ToString($hasher.ComputeHash($bytes))
    return $digest.Replace('-', '').ToLowerInvariant()
}

function Get-PrintopsState {
    param($Parameters)

    $group = [string]$Parameters['group']
    $isOutgoing = [bool]$Parameters['outgoing']
    $isAdministrator = Test-PrintopsAdministrator
    $service = Get-PrintopsService
    $stores = Get-PrintopsStore -Outgoing $isOutgoing
    $pending = @{ state = 'none'; token = $null; detail = '' }
    $found = $null
    if ($isAdministrator) {
        $folder = Get-PrintopsStateFolder
        $pending = Get-PrintopsPending -Folder $folder -Token ([string]$Parameters['token'])
        $found = Read-PrintopsFound -Folder $folder
    }
    $state = @{
        rules = @()
        others = @()
        policy = @{ local_policy_modify_state = 'unknown'; profiles = @{}; local_profiles = @{}; current_profiles = @() }
        service = $service
        products = @()
        connections = (Get-PrintopsConnection -Ports $Parameters['management_ports'])
        listeners = @()
        domain = @{ member = $null; name = ''; controllers = @() }
        administrator = $isAdministrator
        pending = $pending
        found = $found
        state_id = ''
    }
    if ($service['firewall']['state'] -eq 'running') {
        $firewall = Open-PrintopsFirewall
        $picture = Read-PrintopsPicture -Firewall $firewall -Group $group -Outgoing $isOutgoing
        $others = [System.Collections.Generic.List[object]]::new()
        foreach ($rule in $picture['others']) {
            $others.Add((Read-PrintopsRule -Rule $rule))
        }
        $state['rules'] = $picture['rules']
        $state['others'] = $others.ToArray()
        $state['policy'] = $picture['policy']
        $state['policy']['local_profiles'] = $picture['policy']['profiles']
        $state['policy']['profiles'] = Get-PrintopsProfileInForce -Profiles $picture['policy']['profiles'] -Stores $stores
        $state['products'] = Get-PrintopsProduct
        $state['state_id'] = $picture['state_id']
    }
    if ($isOutgoing) {
        $state['domain'] = Get-PrintopsDomain
    }
    if ($Parameters['listeners']) {
        $state['listeners'] = Get-PrintopsListener
    }
    $state['policy']['policy_rules'] = Get-PrintopsPolicyRule -Group $group
    $state['policy']['stored'] = @{}
    foreach ($store in @($stores.Keys)) {
        $state['policy']['stored'][$store] = $stores[$store]['rules']
    }
    return $state
}

# The profiles' settings by the merge laws of MS-FASP 2.2.38: a Group Policy wins over device management, and that over
# the host; where one of them shuts everything it is shut; what nobody says is the default. With who said what.
function Get-PrintopsProfileInForce {
    param($Profiles, $Stores)

    $merged = @{}
    foreach ($name in $script:ProfileNames) {
        $settings = $Profiles[$name].Clone()
        $settings['set_by'] = @{}
        if (-not $settings.ContainsKey('local_rules_apply')) {
            $settings['local_rules_apply'] = $true
        }
        foreach ($store in @('mdm', 'policy')) {
            $said = Get-PrintopsSaidSetting -Settings $Stores[$store]['settings'] -ProfileName $name -Store $store
            foreach ($key in @($said.Keys)) {
                if ($key -eq 'block_all_inbound' -and -not $said[$key]) {
                    continue
                }
                if ($key -eq 'excluded_interfaces' -and $settings[$key]) {
                    $said[$key] = [string]$settings[$key] + '|' + [string]$said[$key]
                }
                $settings[$key] = $said[$key]
                $settings['set_by'][$key] = $store
            }
        }
        $merged[$name] = $settings
    }
    return $merged
}

# What one store says of a profile. A key for both the private and the public one is from before there were two, and has
# the settings of then (MS-GPFAS 2.2.3); device management writes the private one there.
function Get-PrintopsSaidSetting {
    param($Settings, [string]$ProfileName, [string]$Store)

    $values = @{}
    $places = @{ domain = @('DomainProfile'); private = @('StandardProfile', 'PrivateProfile'); public = @('StandardProfile', 'PublicProfile') }
    foreach ($place in $places[$ProfileName]) {
        if (-not $Settings.ContainsKey($place) -or ($Store -eq 'mdm' -and $place -eq 'StandardProfile' -and $ProfileName -eq 'public')) {
            continue
        }
        foreach ($key in @($Settings[$place].Keys)) {
            $isOfThen = @('EnableFirewall', 'DoNotAllowExceptions', 'DisableUnicastResponsesToMulticastBroadcast') -contains $key
            if ($Store -eq 'mdm' -or $place -ne 'StandardProfile' -or $isOfThen) {
                $values[$key] = $Settings[$place][$key]
            }
        }
    }
    $said = @{}
    foreach ($key in @($script:FlagSettings.Keys)) {
        if ($values[$key] -is [int] -or $values[$key] -is [long]) {
            $said[$script:FlagSettings[$key]] = ($values[$key] -ne 0)
        }
    }
    foreach ($key in @($script:ActionSettings.Keys)) {
        if ($values[$key] -is [int] -or $values[$key] -is [long]) {
            $said[$script:ActionSettings[$key]] = 'block'
            if ($values[$key] -eq 0) {
                $said[$script:ActionSettings[$key]] = 'allow'
            }
        }
    }
    if ($said.ContainsKey('unicast_responses')) {
        $said['unicast_responses'] = -not $said['unicast_responses']
    }
    if ($values['DisabledInterfaces']) {
        $said['excluded_interfaces'] = ([string]$values['DisabledInterfaces']).Replace(',', '|')
    }
    return $said
}

# What to do, carried out whole or undone, also where somebody interrupts it; the answer says what became of it, and names under problem what went wrong.
function Invoke-PrintopsChange {
    param($Parameters, [bool]$CheckMode)

    $answer = @{
        changed = $false; stale = $false; done = 0; pending = $false; undone = $false; repaired = ''; problem = ''
    }
    $lock = $null
    $half_done = $false
    try {
        $folder = Get-PrintopsStateFolder
        if (-not $CheckMode) {
            Assert-PrintopsArming -Parameters $Parameters
            Initialize-PrintopsStateFolder -Path $folder
            $lock = Open-PrintopsLock -Folder $folder -Seconds 10
            $answer['repaired'] = Repair-PrintopsPending -Folder $folder
        }
        $firewall = Open-PrintopsFirewall
        $picture = Read-PrintopsPicture -Firewall $firewall -Group ([string]$Parameters['group'])
        if ($picture['state_id'] -cne [string]$Parameters['state_id']) {
            $answer['stale'] = $true
            return $answer
        }
        $operations = $Parameters['operations']
        Assert-PrintopsOperation -Operations $operations -Group ([string]$Parameters['group']) -Rules $picture['rules']
        if ($CheckMode -or $operations.Count -eq 0) {
            $answer['changed'] = ($operations.Count -gt 0)
            return $answer
        }
        $snapshot = New-PrintopsSnapshot -Folder $folder -Parameters $Parameters -Picture $picture
        $armed = ([int]$Parameters['confirm_timeout'] -gt 0)
        if ($armed) {
            Start-PrintopsPending -Folder $folder -Snapshot $snapshot -Parameters $Parameters
        }
        $half_done = $true
        Invoke-PrintopsOperationList -Firewall $firewall -Folder $folder -Picture $picture -Parameters $Parameters -Answer $answer
        if (-not $answer['problem'] -and $armed) {
            try {
                Complete-PrintopsPending -Folder $folder -Token ([string]$Parameters['token'])
                $answer['pending'] = $true
            }
            catch {
                $answer['problem'] = $_.Exception.Message
            }
        }
        if ($answer['problem']) {
            $half_done = $false
            Undo-PrintopsChange -Firewall $firewall -Folder $folder -Snapshot $snapshot -Armed $armed -Answer $answer
        }
        else {
            $answer['changed'] = $true
            $half_done = $false
        }
    }
    catch {
        $answer['problem'] = $_.Exception.Message + '; no operation was carried out'
        $answer['undone'] = $true
    }
    finally {
        if ($half_done) {
            Undo-PrintopsChange -Firewall $firewall -Folder $folder -Snapshot $snapshot -Armed $armed -Answer $answer
        }
        if ($null -ne $lock) {
            $lock.Dispose()
        }
    }
    return $answer
}

function New-PrintopsSnapshot {
    param([string]$Folder, $Parameters, $Picture)

    return @{
        token = [string]$Parameters['token']
        group = [string]$Parameters['group']
        session = $Parameters['session']
        profiles = $Picture['policy']['profiles']
        found = (Read-PrintopsFound -Folder $Folder)
        rules = $Picture['rules']
    }
}

function Invoke-PrintopsOperationList {
    param($Firewall, [string]$Folder, $Picture, $Parameters, $Answer)

    $found = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
    $count = 0
    for ($i = 0; $i -lt $Picture['rules'].Length; $i++) {
        $name = [string]$Picture['rules'][$i]['name']
        if (-not $found.ContainsKey($name)) {
            $found[$name] = [System.Collections.Generic.List[object]]::new()
        }
        $found[$name].Add($Picture['ours'][$i])
    }
    $what = 'nothing'
    try {
        foreach ($operation in $Parameters['operations']) {
            $count = $count + 1
            $what = 'operation ' + [string]$count + ' (' + (Format-PrintopsOperation -Operation $operation) + ')'
            $do = [string]$operation['do']
            if ($do -eq 'profile') {
                $change = @{ ProfileName = [string]$operation['profile']; Values = $operation['values'] }
                Save-PrintopsFound -Folder $Folder -Profiles $Picture['policy']['profiles'] @change
                Set-PrintopsProfile -Firewall $Firewall @change
            }
            elseif ($do -eq 'forget') {
                Set-PrintopsFound -Folder $Folder -Found $null
            }
            elseif ($do -eq 'release') {
                $setting = [string]$operation['setting']
                Remove-PrintopsFoundSetting -Folder $Folder -ProfileName ([string]$operation['profile']) -Setting $setting
            }
            else {
                Invoke-PrintopsOperation -Firewall $Firewall -Found $found -Operation $operation
            }
            $Answer['done'] = $count
        }
        $what = 'the look at the result'
        Assert-PrintopsResult -Firewall $Firewall -Rules $Picture['rules'] -Parameters $Parameters
    }
    catch {
        $Answer['problem'] = $what + ' failed: ' + $_.Exception.Message
    }
}

function Format-PrintopsOperation {
    param($Operation)

    $words = [System.Collections.Generic.List[string]]::new()
    foreach ($key in @('do', 'name', 'profile', 'setting')) {
        if ($Operation.ContainsKey($key)) {
            $words.Add([string]$Operation[$key])
        }
    }
    if ($Operation.ContainsKey('rule')) {
        $words.Add([string]$Operation['rule']['name'])
    }
    return [string]::Join(' ', $words.ToArray())
}

# Of one rule. Found maps names to the rules as found, all of the same name in one list.
function Invoke-PrintopsOperation {
    param($Firewall, $Found, $Operation)

    $do = [string]$Operation['do']
    if ($do -eq 'add') {
        Add-PrintopsRule -Firewall $Firewall -Record $Operation['rule']
        return
    }
    $name = [string]$Operation['name']
    if (-not $Found.ContainsKey($name)) {
        throw 'the group has no such rule any more'
    }
    $rules = $Found[$name].ToArray()
    if ($do -eq 'set') {
        foreach ($rule in $rules) {
            Set-PrintopsRule -Firewall $Firewall -Rule $rule -Values $Operation['values']
        }
        return
    }
    $Found.Remove($name)
    if ($do -eq 'remove') {
        foreach ($rule in $rules) {
            Remove-PrintopsRuleAsFound -Firewall $Firewall -Rule $rule
        }
        return
    }
    $to = [string]$Operation['to']
    if (-not $Found.ContainsKey($to)) {
        $Found[$to] = [System.Collections.Generic.List[object]]::new()
    }
    foreach ($rule in $rules) {
        Set-PrintopsRule -Firewall $Firewall -Rule $rule -Values @{ name = [string]$Operation['to'] }
        $Found[$to].Add($rule)
    }
}

# Windows removes by name only, and takes the first of that name, whoever's it is: so this one gets its own first.
function Remove-PrintopsRuleAsFound {
    param($Firewall, $Rule)

    $name = 'printops to be removed ' + [System.Guid]::NewGuid().ToString('N')
    Set-PrintopsRule -Firewall $Firewall -Rule $Rule -Values @{ name = $name }
    Remove-PrintopsRule -Firewall $Firewall -Name $name
}

# How often the group has each name, letter by letter.
function Read-PrintopsName {
    param($Firewall, [string]$Group)

    $counts = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
    foreach ($rule in (Get-PrintopsRuleSet -Firewall $Firewall -Group $Group)['ours']) {
        Add-PrintopsName -Counts $counts -Name (Get-PrintopsRuleName -Rule $rule)
    }
    return Format-PrintopsName -Counts $counts
}

# The same after the operations.
function Get-PrintopsExpectedName {
    param($Rules, $Operations)

    $counts = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
    foreach ($record in $Rules) {
        Add-PrintopsName -Counts $counts -Name ([string]$record['name'])
    }
    foreach ($operation in $Operations) {
        $do = [string]$operation['do']
        $name = [string]$operation['name']
        $to = [string]$operation['to']
        if ($do -eq 'add') {
            Add-PrintopsName -Counts $counts -Name ([string]$operation['rule']['name'])
        }
        if ($do -eq 'rename' -and -not [string]::Equals($to, $name)) {
            $counts[$to] = [int]$counts[$to] + [int]$counts[$name]
        }
        if ($do -eq 'remove' -or ($do -eq 'rename' -and -not [string]::Equals($to, $name))) {
            $counts.Remove($name)
        }
    }
    return Format-PrintopsName -Counts $counts
}

function Add-PrintopsName {
    param($Counts, [string]$Name)

    $Counts[$Name] = [int]$Counts[$Name] + 1
}

function Format-PrintopsName {
    param($Counts)

    $lines = [System.Collections.Generic.List[string]]::new()
    foreach ($key in @($Counts.Keys)) {
        $lines.Add([string]$Counts[$key] + ' ' + [string]$key)
    }
    $lines.Sort([System.StringComparer]::Ordinal)
    return [string]::Join("`n", $lines.ToArray())
}

# Names and settings are compared, and not whole rules: Windows may write an address in another way than it was given.
function Assert-PrintopsResult {
    param($Firewall, $Rules, $Parameters)

    $wanted = Get-PrintopsExpectedName -Rules $Rules -Operations $Parameters['operations']
    if (-not [string]::Equals((Read-PrintopsName -Firewall $Firewall -Group ([string]$Parameters['group'])), $wanted)) {
        throw 'the group does not have the rules that it was given'
    }
    $settings = @{}
    foreach ($operation in $Parameters['operations']) {
        if ($operation['do'] -eq 'profile') {
            foreach ($key in @($operation['values'].Keys)) {
                $settings[[string]$operation['profile'] + ' ' + $key] = [string]$operation['values'][$key]
            }
        }
    }
    if ($settings.Count -eq 0) {
        return
    }
    $profiles = (Get-PrintopsPolicy -Firewall $Firewall)['profiles']
    foreach ($setting in @($settings.Keys)) {
        $place = $setting.Split(' ')
        if ([string]$profiles[$place[0]][$place[1]] -ne $settings[$setting]) {
            throw ($place[1] + ' of the profile ' + $place[0] + ' does not take effect; a Group Policy may set it')
        }
    }
}

function Undo-PrintopsChange {
    param($Firewall, [string]$Folder, $Snapshot, [bool]$Armed, $Answer)

    try {
        $left = Restore-PrintopsGroup -Firewall $Firewall -Snapshot $Snapshot
        Set-PrintopsFound -Folder $Folder -Found $Snapshot['found']
        if ($left.Length -gt 0) {
            throw [string]::Join('; ', $left)
        }
        $Answer['undone'] = $true
        $Answer['done'] = 0
        $Answer['pending'] = $false
        $Answer['problem'] = $Answer['problem'] + '; it was undone'
        if ($Armed) {
            Stop-PrintopsPending -Folder $Folder
        }
    }
    catch {
        $Answer['changed'] = (-not $Answer['undone'])
        $Answer['pending'] = ($Armed -and -not $Answer['undone'])
        $Answer['problem'] = $Answer['problem'] + '; undoing it failed as well: ' + $_.Exception.Message
    }
}

# Brings the group and the profile settings to a snapshot: first what lets in, last what goes. Twice does no harm.
# Whatever cannot be put back, all else is. Returns what was not, a sentence each.
function Restore-PrintopsGroup {
    param($Firewall, $Snapshot)

    $missing = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
    foreach ($record in $Snapshot['rules']) {
        [string]$text = ConvertTo-PrintopsRuleText -Record $record
        $missing[$text] = [int]$missing[$text] + 1
    }
    $surplus = [System.Collections.Generic.List[object]]::new()
    foreach ($rule in (Get-PrintopsRuleSet -Firewall $Firewall -Group $Snapshot['group'])['ours']) {
        [string]$text = ConvertTo-PrintopsRuleText -Record (Read-PrintopsRule -Rule $rule)
        if ([int]$missing[$text] -gt 0) {
            $missing[$text] = [int]$missing[$text] - 1
        }
        else {
            $surplus.Add($rule)
        }
    }
    $problems = [System.Collections.Generic.List[string]]::new()
    foreach ($record in $Snapshot['rules']) {
        [string]$text = ConvertTo-PrintopsRuleText -Record $record
        if ([int]$missing[$text] -gt 0) {
            $missing[$text] = [int]$missing[$text] - 1
            try {
                Add-PrintopsRule -Firewall $Firewall -Record $record
            }
            catch {
                $problems.Add('the rule "' + [string]$record['name'] + '" could not be put back: ' + $_.Exception.Message)
            }
        }
    }
    foreach ($problem in (Restore-PrintopsProfile -Firewall $Firewall -Profiles $Snapshot['profiles'])) {
        $problems.Add($problem)
    }
    foreach ($rule in $surplus) {
        try {
            Remove-PrintopsRuleAsFound -Firewall $Firewall -Rule $rule
        }
        catch {
            $problems.Add('a rule of the change could not be removed: ' + $_.Exception.Message)
        }
    }
    $wanted = Get-PrintopsExpectedName -Rules $Snapshot['rules'] -Operations @()
    $has = Read-PrintopsName -Firewall $Firewall -Group $Snapshot['group']
    if ($problems.Count -eq 0 -and -not [string]::Equals($has, $wanted)) {
        $problems.Add('the group does not have the rules that it had before')
    }
    return , $problems.ToArray()
}

# Returns what could not be put back, a sentence each.
function Restore-PrintopsProfile {
    param($Firewall, $Profiles)

    $problems = [System.Collections.Generic.List[string]]::new()
    $now = (Get-PrintopsPolicy -Firewall $Firewall)['profiles']
    foreach ($name in $script:ProfileNames) {
        foreach ($key in @('default_outbound', 'enabled', 'default_inbound')) {
            if ([string]$now[$name][$key] -ne [string]$Profiles[$name][$key]) {
                try {
                    Set-PrintopsProfile -Firewall $Firewall -ProfileName $name -Values @{ $key = $Profiles[$name][$key] }
                }
                catch {
                    $problems.Add($key + ' of the profile ' + $name + ' could not be put back: ' + $_.Exception.Message)
                }
            }
        }
    }
    return , $problems.ToArray()
}

# Raises what is wrong with the list before any of it is done.
function Assert-PrintopsOperation {
    param($Operations, [string]$Group, $Rules)

    $names = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
    foreach ($record in $Rules) {
        $names[([string]$record['name'])] = $true
    }
    $number = 0
    foreach ($operation in $Operations) {
        $number = $number + 1
        $what = 'operation ' + [string]$number
        if ($operation -isnot [System.Collections.IDictionary]) {
            throw ($what + ' is no dictionary')
        }
        $do = [string]$operation['do']
        if (-not $script:OperationKeys.ContainsKey($do)) {
            throw ($what + ' is to do "' + $do + '"; add, set, rename, remove, profile, forget and release are known')
        }
        Assert-PrintopsKey -What $what -Given $operation -Known $script:OperationKeys[$do] -All $true
        if ($operation.ContainsKey('rule')) {
            Assert-PrintopsKey -What ($what + ': rule') -Given $operation['rule'] -Known $script:RuleKeys -All $true
            if ([string]$operation['rule']['grouping'] -cne $Group) {
                throw ($what + ': the rule is of "' + [string]$operation['rule']['grouping'] + '" and not of "' + $Group + '"')
            }
        }
        if ($do -eq 'set') {
            Assert-PrintopsKey -What ($what + ': values') -Given $operation['values'] -Known @('description', 'enabled')
        }
        if ($do -eq 'profile') {
            Assert-PrintopsKey -What ($what + ': values') -Given $operation['values'] -Known $script:ProfileSettings
        }
        if ($do -eq 'release' -and $script:ProfileSettings -cnotcontains [string]$operation['setting']) {
            throw ($what + ' is for the setting "' + [string]$operation['setting'] + '"')
        }
        if ($do -eq 'profile' -or $do -eq 'release') {
            if ($script:ProfileNames -cnotcontains [string]$operation['profile']) {
                throw ($what + ' is for the profile "' + [string]$operation['profile'] + '"; domain, private and public are known')
            }
        }
        $name = [string]$operation['name']
        if ($operation.ContainsKey('name') -and -not $names.ContainsKey($name)) {
            throw ($what + ' is for the rule "' + [string]$operation['name'] + '", which the group does not have')
        }
        if ($do -eq 'remove' -or $do -eq 'rename') {
            $names.Remove($name)
        }
        if ($do -eq 'rename') {
            $names[([string]$operation['to'])] = $true
        }
    }
}

function Assert-PrintopsKey {
    param([string]$What, $Given, $Known, [bool]$All = $false)

    if ($Given -isnot [System.Collections.IDictionary]) {
        throw ($What + ' is no dictionary')
    }
    foreach ($key in @($Given.Keys)) {
        if ($Known -cnotcontains $key) {
            throw ($What + ' has the key "' + [string]$key + '"; known are ' + [string]::Join(', ', [string[]]$Known))
        }
    }
    foreach ($key in $Known) {
        if ($All -and -not $Given.ContainsKey($key)) {
            throw ($What + ' lacks the key "' + $key + '"')
        }
    }
}

Export-ModuleMember -Function @(
    'Get-PrintopsState', 'ConvertTo-PrintopsRuleTable', 'Invoke-PrintopsChange', 'Restore-PrintopsGroup'
)
