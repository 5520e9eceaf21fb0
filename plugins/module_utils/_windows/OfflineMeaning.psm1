# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# What a rule says, whatever words it says it in: Windows gives 10.0.0.0/24 back as 10.0.0.0/255.255.255.0.

$script:EveryProfile = 2147483647

# The bytes of an address, or nothing for what is none.
function Get-OfflineAddressByte {
    param([string]$Text)

    try {
        return , [System.Net.IPAddress]::Parse($Text).GetAddressBytes()
    }
    catch {
        return $null
    }
}

# The mask of an address of so many bytes, from a length or from a mask in the address's own form.
function Get-OfflineMask {
    param([string]$Text, [int]$Size)

    if ($Text -notmatch '^[0-9]{1,3}$') {
        return , (Get-OfflineAddressByte -Text $Text)
    }
    $mask = New-Object -TypeName 'System.Byte[]' -ArgumentList $Size
    $left = [int]$Text
    for ($i = 0; $i -lt $Size; $i++) {
        $bits = [System.Math]::Max(0, [System.Math]::Min(8, $left))
        $mask[$i] = [byte](256 - [System.Math]::Pow(2, 8 - $bits))
        $left = $left - 8
    }
    if ($left -gt 0) {
        return $null
    }
    return , $mask
}

# The first and the last address of a, a/length, a/mask or a-b, so that all forms of the same are one text. What is
# none of these, such as localsubnet, is itself.
function ConvertTo-OfflineRange {
    param([string]$Token)

    $ends = $Token.Split('-')
    $network = $ends[0].Split('/')
    $first = Get-OfflineAddressByte -Text $network[0]
    $last = Get-OfflineAddressByte -Text $network[0]
    if ($ends.Length + $network.Length -gt 3 -or $null -eq $first) {
        return $Token
    }
    if ($ends.Length -eq 2) {
        $last = Get-OfflineAddressByte -Text $ends[1]
    }
    if ($network.Length -eq 2) {
        $mask = Get-OfflineMask -Text $network[1] -Size $first.Length
        if ($null -eq $mask -or $mask.Length -ne $first.Length) {
            return $Token
        }
        for ($i = 0; $i -lt $first.Length; $i++) {
            $first[$i] = [byte]($first[$i] -band $mask[$i])
            $last[$i] = [byte]($last[$i] -bor (255 - $mask[$i]))
        }
    }
    if ($null -eq $last) {
        return $Token
    }
    return [System.BitConverter]::ToString($first) + '/' + [System.BitConverter]::ToString($last)
}

# The words of a list in one order; empty where one of them says that it is everything.
function ConvertTo-OfflineWord {
    param([string]$Text, [string[]]$Everything, [bool]$AreAddresses)

    $words = [System.Collections.Generic.List[string]]::new()
    foreach ($part in $Text.ToLowerInvariant().Split(',')) {
        $word = $part.Replace(' ', '')
        if ($Everything -ccontains $word) {
            return ''
        }
        if ($word -and $AreAddresses) {
            $word = ConvertTo-OfflineRange -Token $word
        }
        if ($word) {
            $words.Add($word)
        }
    }
    $words.Sort([System.StringComparer]::Ordinal)
    return [string]::Join(',', $words.ToArray())
}

# What a rule does while it is enabled, as a text that is the same for two rules that do the same.
function Get-OfflineMeaning {
    param($Record)

    $protocol = [int]$Record['protocol']
    $ports = @('', '')
    if (@(6, 17, 256) -contains $protocol) {
        $any = @('*', 'any', '0-65535')
        $ports = @(
            (ConvertTo-OfflineWord -Text $Record['local_ports'] -Everything $any -AreAddresses $false),
            (ConvertTo-OfflineWord -Text $Record['remote_ports'] -Everything $any -AreAddresses $false)
        )
    }
    $profiles = [int]$Record['profiles']
    if (($profiles -band 7) -eq 7) {
        $profiles = $script:EveryProfile
    }
    $everyone = @('*', 'any')
    $all = @('*', 'any', 'all', '*:*')
    $parts = @(
        [string]$Record['direction'],
        [string]$Record['action'],
        [string]$protocol,
        $ports[0],
        $ports[1],
        (ConvertTo-OfflineWord -Text $Record['local_addresses'] -Everything $everyone -AreAddresses $true),
        (ConvertTo-OfflineWord -Text $Record['remote_addresses'] -Everything $everyone -AreAddresses $true),
        (ConvertTo-OfflineWord -Text $Record['icmp_types'] -Everything $all -AreAddresses $false),
        (ConvertTo-OfflineWord -Text $Record['interface_types'] -Everything $all -AreAddresses $false),
        [string]$profiles,
        ([string]$Record['application']).ToLowerInvariant(),
        ([string]$Record['service']).ToLowerInvariant(),
        ([string]$Record['package']).ToLowerInvariant(),
        [string][bool]$Record['edge_traversal']
    )
    return [string]::Join('|', $parts)
}

Export-ModuleMember -Function 'Get-OfflineMeaning'
