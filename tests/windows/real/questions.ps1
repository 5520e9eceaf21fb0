# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What only a Windows can tell of Firewall.psm1: run on one as an administrator, in Windows PowerShell 5.1 and in 7. It
# touches rules of a group of its own, a task and a folder, and takes them away again. A line for each question; fails
# where Windows does not what the collection takes for granted.

$ErrorActionPreference = 'Stop'
$base = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, '..', '..', '..'))
Import-Module -Name ([System.IO.Path]::Combine($base, 'plugins', 'module_utils', '_windows', 'Firewall.psm1')) -DisableNameChecking
$group = 'printops.firewall.questions'
$script:Failed = 0

function Test-Answer {
    param([string]$Question, [bool]$IsRight, [string]$Answer)

    $word = 'as expected'
    if (-not $IsRight) {
        $word = 'NOT AS EXPECTED'
        $script:Failed = $script:Failed + 1
    }
    [System.Console]::WriteLine($Question + ': ' + $Answer + ' (' + $word + ')')
}

function Get-Ours {
    return , @((Get-PrintopsRuleSet -Firewall (Open-PrintopsFirewall) -Group $group)['ours'])
}

function New-Record {
    param([string]$Name, $Values)

    $record = @{
        name = $Name; description = 'a question of the tests'; enabled = $true; direction = 'in'; action = 'allow'
        protocol = 6; local_ports = '9000'; remote_ports = '*'; local_addresses = '*'; remote_addresses = '192.0.2.0/24'
        icmp_types = ''; profiles = 2147483647; application = ''; service = ''; package = ''; interface_types = 'All'
        interfaces = ''; edge_traversal = $false; edge_traversal_options = 0; local_user_owner = ''; local_users = ''
        remote_users = ''; remote_machines = ''; secure_flags = 0; grouping = $group
    }
    foreach ($key in @($Values.Keys)) {
        $record[$key] = $Values[$key]
    }
    return $record
}

function Add-Question {
    param([string]$Name, $Values)

    Add-PrintopsRule -Firewall (Open-PrintopsFirewall) -Record (New-Record -Name $Name -Values $Values)
}

function Read-Back {
    param([string]$Name, [string]$Key)

    foreach ($rule in (Get-Ours)) {
        if ((Get-PrintopsRuleName -Rule $rule) -ceq $Name) {
            return [string](Read-PrintopsRule -Rule $rule)[$Key]
        }
    }
    return ''
}

function Clear-Question {
    foreach ($rule in (Get-Ours)) {
        $name = 'printops question ' + [System.Guid]::NewGuid().ToString('N')
        Set-PrintopsRule -Firewall (Open-PrintopsFirewall) -Rule $rule -Values @{ name = $name }
        Remove-PrintopsRule -Firewall (Open-PrintopsFirewall) -Name $name
    }
}

$folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), 'printops-questions-' + [System.Guid]::NewGuid().ToString('N'))
try {
    Add-Question -Name 'question one' -Values @{}
    $rule = (Get-Ours)[0]
    Set-PrintopsRule -Firewall (Open-PrintopsFirewall) -Rule $rule -Values @{ name = 'question two' }
    $now = Get-PrintopsRuleName -Rule (Get-Ours)[0]
    Test-Answer -Question 'a name is in force at once' -IsRight ($now -ceq 'question two') -Answer $now

    Add-Question -Name 'question two' -Values @{ local_ports = '9001' }
    Remove-PrintopsRule -Firewall (Open-PrintopsFirewall) -Name 'question two'
    $left = (Get-Ours).Length
    Test-Answer -Question 'of two rules of a name one is removed' -IsRight ($left -eq 1) -Answer ([string]$left + ' left')

    Add-Question -Name 'all of IPv4' -Values @{ remote_addresses = '0.0.0.0-255.255.255.255' }
    $text = Read-Back -Name 'all of IPv4' -Key 'remote_addresses'
    Test-Answer -Question 'all of IPv4 as a range' -IsRight ($text -ne '' -and $text -ne '*') -Answer $text

    Add-Question -Name 'neighbours' -Values @{ remote_addresses = '192.0.2.0/25,192.0.2.128/25' }
    $text = Read-Back -Name 'neighbours' -Key 'remote_addresses'
    Test-Answer -Question 'two neighbours' -IsRight ($text -ne '') -Answer $text

    $many = [System.Collections.Generic.List[string]]::new()
    for ($i = 0; $i -lt 1000; $i++) {
        $many.Add('10.' + [string]([int][System.Math]::Floor($i / 250)) + '.' + [string]($i % 250) + '.7')
    }
    Add-Question -Name 'a thousand' -Values @{ remote_addresses = [string]::Join(',', $many.ToArray()) }
    $count = (Read-Back -Name 'a thousand' -Key 'remote_addresses').Split(',').Length
    Test-Answer -Question 'a thousand addresses' -IsRight ($count -eq 1000) -Answer ([string]$count + ' come back')

    Add-Question -Name 'outgoing' -Values @{ direction = 'out'; local_ports = '*'; remote_ports = '443' }
    $text = Read-Back -Name 'outgoing' -Key 'remote_ports'
    Test-Answer -Question 'an outgoing rule' -IsRight ($text -ceq '443') -Answer $text
    Add-Question -Name 'discovery' -Values @{
        direction = 'out'; protocol = 58; local_ports = ''; remote_ports = ''; remote_addresses = '*'
        icmp_types = '131:*,132:*,133:*,135:*,136:*,143:*'
    }
    $text = Read-Back -Name 'discovery' -Key 'icmp_types'
    Test-Answer -Question 'types of ICMPv6' -IsRight ($text.Split(',').Length -eq 6) -Answer $text

    $answered = $true
    try {
        $text = [string]::Join(', ', (Get-PrintopsProduct))
    }
    catch {
        $answered = $false
        $text = $_.Exception.Message
    }
    Test-Answer -Question 'registered firewalls' -IsRight $answered -Answer $text
    $domain = Get-PrintopsDomain
    Test-Answer -Question 'member of a domain' -IsRight ($null -ne $domain['member']) -Answer ([string]$domain['member'])
    Test-Answer -Question 'an administrator' -IsRight (Test-PrintopsAdministrator) -Answer 'asked'

    Initialize-PrintopsStateFolder -Path $folder
    Initialize-PrintopsStateFolder -Path $folder
    $owner = (Get-Acl -LiteralPath $folder).Owner
    Test-Answer -Question 'the owner of the folder' -IsRight ($owner -like '*Administrators') -Answer $owner

    $ran = [System.IO.Path]::Combine($folder, 'ran')
    $script = [System.IO.Path]::Combine($folder, 'task.ps1')
    $module = [System.IO.Path]::Combine($base, 'plugins', 'module_utils', '_windows', 'Firewall.psm1')
    $lines = @(
        "Import-Module -Name '$module' -DisableNameChecking"
        'Unregister-PrintopsTask'
        "[System.IO.File]::WriteAllText('$ran', [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value)"
    )
    [System.IO.File]::WriteAllLines($script, $lines)
    Register-PrintopsTask -Path $script -Seconds 3600
    Start-PrintopsTask
    for ($i = 0; $i -lt 60 -and -not [System.IO.File]::Exists($ran); $i++) {
        Start-Sleep -Seconds 1
    }
    $who = ''
    if ([System.IO.File]::Exists($ran)) {
        $who = [System.IO.File]::ReadAllText($ran)
    }
    Test-Answer -Question 'a task of SYSTEM runs, and deletes itself' -IsRight ($who -ceq 'S-1-5-18') -Answer $who
}
finally {
    Clear-Question
    Unregister-PrintopsTask
    if ([System.IO.Directory]::Exists($folder)) {
        [System.IO.Directory]::Delete($folder, $true)
    }
}
if ($script:Failed -gt 0) {
    exit 1
}
