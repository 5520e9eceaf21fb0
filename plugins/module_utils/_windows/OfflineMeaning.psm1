# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# What a rule says, whatever words it says it in: Windows gives 10.0.0.0/24 back as 10.0.0.0/255.255.255.0. The controller
# reads rules in the same way; a test holds both against each other.

$script:EveryProfile = 2147483647
$script:Blanks = [char[]]@(' ', "`t", "`r", "`n")
$script:Octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
$script:Address = '(?:' + $script:Octet + '\.){3}' + $script:Octet
$script:AddressOnly = [regex]::new('\A' + $script:Address + '\z')
$script:SingleInList = [regex]::new('(?<![^,])(' + $script:Address + ')(?![^,])')
$script:NetworkInList = [regex]::new('(?<![^,])(' + $script:Address + ')/(3[0-2]|[12]?[0-9])(?![^,])')
$script:Group = [regex]::new('\A[0-9a-f]{1,4}\z')
$script:Length = [regex]::new('\A[0-9]{1,3}\z')
$script:Mask = [regex]::new('\A(f*)([ce8]?)0*\z')
$script:Ports = [regex]::new('\A([0-9]{1,5})(?:-([0-9]{1,5}))?\z')
$script:Keyword = [regex]::new('\A[a-z][a-z0-9-]*\z')
$script:MoreThanAscii = [regex]::new('[^\x00-\x7f]')
$script:Intervals = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
$script:WordLists = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
$script:MostKept = 100000
$script:MaskBits = @{ e = 3; c = 2; '8' = 1 }
$script:TextKeys = @(
    'application', 'service', 'package', 'local_user_owner', 'local_users', 'remote_users', 'remote_machines'
)
$script:FirstOfNibble = @('0', '8', 'c', 'e')

# Without the case of A to Z: each language and each version of Windows folds other letters in its own way.
function ConvertTo-OfflineFolded {
    param([string]$Text)

    if (-not $script:MoreThanAscii.IsMatch($Text)) {
        return $Text.ToLowerInvariant()
    }
    $letters = $Text.ToCharArray()
    for ($i = 0; $i -lt $letters.Length; $i++) {
        $code = [int]$letters[$i]
        if ($code -ge 65 -and $code -le 90) {
            $letters[$i] = [char]($code + 32)
        }
    }
    return [string]::Join('', $letters)
}

# The words of a list, without blanks around them.
function Split-OfflineList {
    param([string]$Text)

    $words = [System.Collections.Generic.List[string]]::new()
    foreach ($part in ([string](ConvertTo-OfflineFolded -Text $Text)).Split(',')) {
        $word = $part.Trim($script:Blanks)
        if ($word.Length -gt 0) {
            $words.Add($word)
        }
    }
    return , $words.ToArray()
}

# Whether one of the words is among those, to the letter: the operators of PowerShell pass over letters without a width.
function Test-OfflineWord {
    param($Words, $Among)

    foreach ($one in $Among) {
        if ([System.Array]::IndexOf($Words, $one) -ge 0) {
            return $true
        }
    }
    return $false
}

# The hexadecimal digits of an address: 8 of IPv4, 32 of IPv6; none of what is no address of that version.
function Get-OfflineDigit {
    param([string]$Text, [int]$Version)

    if ($Version -eq 4) {
        if (-not $script:AddressOnly.IsMatch($Text)) {
            return ''
        }
        $octets = $Text.Split('.')
        return '{0:x2}{1:x2}{2:x2}{3:x2}' -f [int]$octets[0], [int]$octets[1], [int]$octets[2], [int]$octets[3]
    }
    $tail = $Text.Substring($Text.LastIndexOf(':') + 1)
    if ($tail.Contains('.')) {
        $embedded = Get-OfflineDigit -Text $tail -Version 4
        if (-not $embedded) {
            return ''
        }
        $Text = $Text.Substring(0, $Text.Length - $tail.Length) + $embedded.Substring(0, 4) + ':' + $embedded.Substring(4)
    }
    $gap = $Text.IndexOf('::', [System.StringComparison]::Ordinal)
    $before = $Text
    $after = ''
    if ($gap -ge 0) {
        $before = $Text.Substring(0, $gap)
        $after = $Text.Substring($gap + 2)
    }
    $sides = @('', '')
    foreach ($side in @(0, 1)) {
        $given = @($before, $after)[$side]
        if ($given.Length -gt 0) {
            foreach ($group in $given.Split(':')) {
                if (-not $script:Group.IsMatch($group)) {
                    return ''
                }
                $sides[$side] = $sides[$side] + $group.PadLeft(4, [char]'0')
            }
        }
    }
    $missing = 32 - $sides[0].Length - $sides[1].Length
    if (($gap -lt 0 -and $missing -ne 0) -or ($gap -ge 0 -and $missing -lt 4)) {
        return ''
    }
    return $sides[0].PadRight(32 - $sides[1].Length, [char]'0') + $sides[1]
}

# How many bits of an address a length or a mask keeps; -1 for what is neither.
function Get-OfflineLength {
    param([string]$Text, [int]$Version)

    $width = 32
    if ($Version -eq 6) {
        $width = 128
    }
    if ($script:Length.IsMatch($Text) -and [int]$Text -le $width) {
        return [int]$Text
    }
    $mask = $script:Mask.Match((Get-OfflineDigit -Text $Text -Version $Version))
    if (-not $mask.Success -or $mask.Length -eq 0) {
        return -1
    }
    return 4 * $mask.Groups[1].Length + [int]$script:MaskBits[$mask.Groups[2].Value]
}

# The version, then the first and the last address in hexadecimal digits, of a, a/length, a/mask or a-b; empty for what is
# none of these.
function Get-OfflineInterval {
    param([string]$Token)

    $dash = $Token.IndexOf('-')
    $begin = $Token
    if ($dash -ge 0) {
        $begin = $Token.Substring(0, $dash)
    }
    $begin = $begin.Trim($script:Blanks)
    $slash = $begin.IndexOf('/')
    $address = $begin
    if ($slash -ge 0) {
        $address = $begin.Substring(0, $slash)
    }
    $version = 4
    if ($address.Contains(':')) {
        $version = 6
    }
    $first = Get-OfflineDigit -Text $address -Version $version
    $last = $first
    if ($dash -ge 0) {
        $last = Get-OfflineDigit -Text ($Token.Substring($dash + 1).Trim($script:Blanks)) -Version $version
    }
    if (-not $first -or -not $last -or [string]::CompareOrdinal($last, $first) -lt 0 -or ($dash -ge 0 -and $slash -ge 0)) {
        return ''
    }
    if ($slash -ge 0) {
        $length = Get-OfflineLength -Text ($begin.Substring($slash + 1)) -Version $version
        if ($length -lt 0) {
            return ''
        }
        $whole = [int][System.Math]::Floor($length / 4)
        $rest = $length % 4
        $kept = $first.Substring(0, $whole)
        $low = $kept
        $high = $kept
        if ($rest -gt 0) {
            $step = 16 -shr $rest
            $nibble = [System.Convert]::ToInt32($first.Substring($whole, 1), 16)
            $nibble = $nibble - $nibble % $step
            $low = $low + '{0:x1}' -f $nibble
            $high = $high + '{0:x1}' -f ($nibble + $step - 1)
        }
        $last = $high.PadRight($first.Length, [char]'f')
        $first = $low.PadRight($first.Length, [char]'0')
    }
    return [string]$version + $first + '-' + [string]$version + $last
}

# The digits of the next address; empty after the last one.
function Step-OfflineAddress {
    param([string]$Digits)

    $kept = $Digits.TrimEnd([char]'f')
    if ($kept.Length -le 1) {
        return ''
    }
    $digit = [System.Convert]::ToInt32($kept.Substring($kept.Length - 1), 16) + 1
    return ($kept.Substring(0, $kept.Length - 1) + '{0:x1}' -f $digit).PadRight($Digits.Length, [char]'0')
}

# Intervals of Get-OfflineInterval in order, joined where they touch.
function Join-OfflineInterval {
    param($Intervals)

    $Intervals.Sort([System.StringComparer]::Ordinal)
    $joined = [System.Collections.Generic.List[string]]::new()
    $first = ''
    $last = ''
    foreach ($interval in $Intervals) {
        $dash = $interval.IndexOf('-')
        $begin = $interval.Substring(0, $dash)
        $end = $interval.Substring($dash + 1)
        $touches = $last -and ([string]::CompareOrdinal($begin, $last) -le 0 -or
            [string]::Equals($begin, (Step-OfflineAddress -Digits $last)))
        if ($touches) {
            if ([string]::CompareOrdinal($end, $last) -gt 0) {
                $last = $end
            }
        }
        else {
            if ($last) {
                $joined.Add($first + '-' + $last)
            }
            $first = $begin
            $last = $end
        }
    }
    if ($last) {
        $joined.Add($first + '-' + $last)
    }
    return [string]::Join(',', $joined.ToArray())
}

# Whether an address is in one of the networks.
function Test-OfflineWithin {
    param([string]$Address, $Networks)

    $given = Get-OfflineInterval -Token $Address
    foreach ($network in $Networks) {
        $interval = Get-OfflineInterval -Token ([string]$network)
        $is_after = [string]::CompareOrdinal($interval.Split('-')[0], $given.Split('-')[0]) -le 0
        if ($given -and $is_after -and [string]::CompareOrdinal($given.Split('-')[1], $interval.Split('-')[1]) -le 0) {
            return $true
        }
    }
    return $false
}

# Words that are no numbers: keywords such as localsubnet, and what cannot be read, each once and in order.
function Join-OfflineWord {
    param($Words, [string]$Separator = ',')

    $once = [System.Collections.Generic.SortedSet[string]]::new([System.StringComparer]::Ordinal)
    foreach ($word in $Words) {
        if ($word.Length -gt 0) {
            $null = $once.Add($word)
        }
    }
    $sorted = [System.Collections.Generic.List[string]]::new()
    foreach ($word in $once) {
        $sorted.Add($word)
    }
    return [string]::Join($Separator, $sorted.ToArray())
}

function ConvertTo-OfflineAddress {
    param([string]$Text)

    $everyone = '400000000-4ffffffff,6' + '0' * 32 + '-6' + 'f' * 32 + ' '
    $tokens = Split-OfflineList -Text $Text
    if ($tokens.Length -eq 0 -or (Test-OfflineWord -Words $tokens -Among @('*', 'any'))) {
        return $everyone
    }
    $intervals = [System.Collections.Generic.List[string]]::new()
    $words = [System.Collections.Generic.List[string]]::new()
    if ($script:Intervals.Count -gt $script:MostKept) {
        $script:Intervals.Clear()
    }
    foreach ($token in $tokens) {
        $interval = $script:Intervals[$token]
        if ($null -eq $interval) {
            $interval = Get-OfflineInterval -Token $token
            $script:Intervals[$token] = $interval
        }
        if ($interval.Length -gt 0) {
            $intervals.Add($interval)
        }
        else {
            $words.Add($token)
        }
    }
    return (Join-OfflineInterval -Intervals $intervals) + ' ' + (Join-OfflineWord -Words $words)
}

function ConvertTo-OfflinePort {
    param([string]$Text)

    $ranges = [System.Collections.Generic.List[string]]::new()
    $words = [System.Collections.Generic.List[string]]::new()
    $tokens = Split-OfflineList -Text $Text
    if (Test-OfflineWord -Words $tokens -Among @('*', 'any')) {
        return ''
    }
    foreach ($token in $tokens) {
        $match = $script:Ports.Match($token)
        $first = 1
        $last = 0
        if ($match.Success) {
            $first = [int]$match.Groups[1].Value
            $last = $first
            if ($match.Groups[2].Success) {
                $last = [int]$match.Groups[2].Value
            }
        }
        if ($first -le $last -and $last -le 65535) {
            $ranges.Add(('p{0:x5}-p{1:x5}' -f $first, $last))
        }
        else {
            $words.Add($token)
        }
    }
    $joined = Join-OfflineInterval -Intervals $ranges
    if ([string]::Equals($joined, 'p00000-p0ffff')) {
        $joined = ''
    }
    return ($joined + ' ' + (Join-OfflineWord -Words $words)).Trim(' ')
}

# A list of words; empty where one of them says that it is all.
function ConvertTo-OfflineWord {
    param([string]$Text)

    $known = $script:WordLists[$Text]
    if ($null -eq $known) {
        $words = Split-OfflineList -Text $Text
        $known = ''
        if (-not (Test-OfflineWord -Words $words -Among @('*', 'any', 'all', '*:*'))) {
            $known = Join-OfflineWord -Words $words
        }
        if ($script:WordLists.Count -gt $script:MostKept) {
            $script:WordLists.Clear()
        }
        $script:WordLists[$Text] = $known
    }
    return $known
}

function ConvertTo-OfflineProfile {
    param([int]$Bits)

    if (($Bits -band 7) -eq 7) {
        return $script:EveryProfile
    }
    return $Bits
}

# What a rule does while it is enabled, as a text that is the same for two rules that do the same.
function Get-OfflineMeaning {
    param($Record)

    $protocol = [int]$Record['protocol']
    $interfaces = [string](ConvertTo-OfflineFolded -Text $Record['interfaces'])
    $ports = @('', '')
    if (@(6, 17, 256) -contains $protocol) {
        $ports = @(
            (ConvertTo-OfflinePort -Text $Record['local_ports']), (ConvertTo-OfflinePort -Text $Record['remote_ports'])
        )
    }
    $parts = @(
        [string]$Record['direction'],
        [string]$Record['action'],
        [string]$protocol,
        $ports[0],
        $ports[1],
        (ConvertTo-OfflineAddress -Text $Record['local_addresses']),
        (ConvertTo-OfflineAddress -Text $Record['remote_addresses']),
        (ConvertTo-OfflineWord -Text $Record['icmp_types']),
        (ConvertTo-OfflineWord -Text $Record['interface_types']),
        [string](ConvertTo-OfflineProfile -Bits $Record['profiles']),
        (Join-OfflineWord -Words ($interfaces.Split('|')) -Separator '|'),
        [string][bool]$Record['edge_traversal'],
        [string][int]$Record['edge_traversal_options'],
        [string][int]$Record['secure_flags']
    )
    $meaning = [System.Collections.Generic.List[string]]::new()
    $meaning.AddRange([string[]]$parts)
    foreach ($key in $script:TextKeys) {
        $meaning.Add((ConvertTo-OfflineFolded -Text $Record[$key]))
    }
    for ($i = 0; $i -lt $meaning.Count; $i++) {
        $meaning[$i] = $meaning[$i].Replace('\', '\\').Replace('|', '\p')
    }
    return [string]::Join('|', $meaning.ToArray())
}

# A list as Windows usually has it: addresses of IPv4 with their masks.
function ConvertTo-OfflineUsual {
    param([string]$Text)

    $usual = $script:SingleInList.Replace($Text, '$1/255.255.255.255')
    $network = $script:NetworkInList.Match($usual)
    while ($network.Success) {
        $length = [int]$network.Groups[2].Value
        $digits = ('f' * [int][System.Math]::Floor($length / 4) + $script:FirstOfNibble[$length % 4]).PadRight(9, [char]'0')
        $octets = [System.Collections.Generic.List[string]]::new()
        foreach ($at in @(0, 2, 4, 6)) {
            $octets.Add([string][System.Convert]::ToInt32($digits.Substring($at, 2), 16))
        }
        $all = '(?<![^,])(' + $script:Address + ')/' + [string]$length + '(?![^,])'
        $usual = [regex]::Replace($usual, $all, '$1/' + [string]::Join('.', $octets.ToArray()))
        $network = $script:NetworkInList.Match($usual)
    }
    return $usual
}

# Whether two lists have the same words, in whatever order.
function Test-OfflineList {
    param([string]$One, [string]$Other)

    if ([string]::Equals($One, $Other)) {
        return $true
    }
    $words = [System.Collections.Generic.HashSet[string]]::new([string[]]$One.Split(','), [System.StringComparer]::Ordinal)
    return $words.SetEquals([string[]]$Other.Split(','))
}

# Whether a rule as found does what one of ours is to do. The words that Windows usually has are seen to be so in a
# hundredth of the time.
function Test-OfflineSame {
    param($Record, $Wanted)

    $are_usual = [string]::Equals([string]$Record['direction'], [string]$Wanted['direction']) -and
        [string]::Equals([string]$Record['action'], [string]$Wanted['action']) -and
        $Record['protocol'] -eq $Wanted['protocol'] -and
        [string]::Equals([string]$Record['local_addresses'], [string]$Wanted['local_addresses']) -and
        [string]::Equals([string]$Record['icmp_types'], [string]$Wanted['icmp_types']) -and
        [string]::Equals([string]$Record['application'], [string]$Wanted['application']) -and
        [string]::Equals([string]$Record['service'], [string]$Wanted['service']) -and
        [string]::Equals([string]$Record['package'], [string]$Wanted['package']) -and
        [string]::Equals([string]$Record['interfaces'], [string]$Wanted['interfaces']) -and
        [string]::Equals([string]$Record['local_user_owner'], [string]$Wanted['local_user_owner']) -and
        [string]::Equals([string]$Record['local_users'], [string]$Wanted['local_users']) -and
        [string]::Equals([string]$Record['remote_users'], [string]$Wanted['remote_users']) -and
        [string]::Equals([string]$Record['remote_machines'], [string]$Wanted['remote_machines']) -and
        [int]$Record['edge_traversal_options'] -eq [int]$Wanted['edge_traversal_options'] -and
        [int]$Record['secure_flags'] -eq [int]$Wanted['secure_flags'] -and
        $Record['edge_traversal'] -eq $Wanted['edge_traversal'] -and
        $Record['profiles'] -eq $Wanted['profiles'] -and
        ([string]::Equals([string]$Record['local_ports'], [string]$Wanted['local_ports']) -or
            (Test-OfflineList -One $Record['local_ports'] -Other $Wanted['local_ports'])) -and
        ([string]::Equals([string]$Record['remote_ports'], [string]$Wanted['remote_ports']) -or
            (Test-OfflineList -One $Record['remote_ports'] -Other $Wanted['remote_ports']))
    if ($are_usual) {
        $types = [string]$Record['interface_types']
        $are_usual = [string]::Equals($types, [string]$Wanted['interface_types']) -or
            [string]::Equals((ConvertTo-OfflineWord -Text $types), (ConvertTo-OfflineWord -Text $Wanted['interface_types']))
    }
    if ($are_usual) {
        $usual = $script:SingleInList.Replace([string]$Wanted['remote_addresses'], '$1/255.255.255.255')
        if ([string]::Equals($usual, [string]$Record['remote_addresses'])) {
            return $true
        }
        $usual = ConvertTo-OfflineUsual -Text $Wanted['remote_addresses']
        if (Test-OfflineList -One $Record['remote_addresses'] -Other $usual) {
            return $true
        }
    }
    return [string]::Equals((Get-OfflineMeaning -Record $Record), (Get-OfflineMeaning -Record $Wanted))
}

Export-ModuleMember -Function @('Test-OfflineSame', 'Test-OfflineWithin', 'ConvertTo-OfflineFolded')
