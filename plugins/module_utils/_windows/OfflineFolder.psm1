# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# A rendered folder on its computer, and what its scripts tell. Nothing here touches the firewall.

$script:Format = 'printops.firewall/rendered/1'
$script:Remedy = '; bring the folder anew, into an empty place. Nothing was changed'
$script:PlainSum = [regex]::new('\A\\?(?<digest>[0-9A-Fa-f]{64})[ \t]+\*?(?<name>.+)\z')
$script:TaggedSum = [regex]::new('\ASHA256 \((?<name>.+)\) ?= ?(?<digest>[0-9A-Fa-f]{64})\z')
$script:NameInFolder = [regex]::new('\A(?!/)(?!([^/]+/)*\.\.?(/|\z))[^:]+\z')
$script:NotOurs = [regex]::new('\A(SHA256SUMS(\.[^/]+)?|\.git(/.*)?)\z')
$script:FolderKeys = @(
    'host', 'addresses', 'group', 'profiles', 'start', 'default_inbound', 'management_ports', 'restore_files'
)
$script:RuleKeys = @('record', 'before', 'remotes', 'after')

# Data as the functions of the other modules take them: tables and arrays.
function ConvertTo-OfflineTable {
    param($Value)

    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        $table = @{}
        foreach ($property in $Value.PSObject.Properties) {
            $inner = $property.Value
            if ($inner -is [System.Management.Automation.PSCustomObject] -or $inner -is [System.Array]) {
                $inner = ConvertTo-OfflineTable -Value $inner
            }
            $table[$property.Name] = $inner
        }
        return $table
    }
    if ($Value -is [System.Array]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) {
            $items.Add((ConvertTo-OfflineTable -Value $item))
        }
        return , $items.ToArray()
    }
    return $Value
}

# The first line is the document, and each other one a rule of it: Windows PowerShell reads no JSON of more than 2 MB.
function Read-OfflineDocument {
    param([string]$Path)

    $lines = [System.IO.File]::ReadAllLines($Path, [System.Text.Encoding]::UTF8)
    $rules = [System.Collections.Generic.List[object]]::new()
    for ($index = 0; $index -lt $lines.Length; $index++) {
        try {
            $value = ConvertTo-OfflineTable -Value (ConvertFrom-Json -InputObject $lines[$index])
        }
        catch {
            $value = $null
        }
        if ($value -isnot [System.Collections.Hashtable]) {
            throw ($Path + ': line ' + [string]($index + 1) + ' is no JSON object' + $script:Remedy)
        }
        $rules.Add($value)
    }
    if ($rules.Count -eq 0 -or -not [string]::Equals([string]$rules[0]['format'], $script:Format)) {
        throw ($Path + ': its first line does not have the format ' + $script:Format + $script:Remedy)
    }
    $document = $rules[0]
    $rules.RemoveAt(0)
    $document['rules'] = $rules.ToArray()
    return $document
}

# The names of files, as on this computer, to their digests in capitals: as sha256sum (also --tag and --binary) and
# Get-FileHash write them, in UTF-8 or UTF-16, clear-signed or not.
function Read-OfflineSum {
    param([string]$Path)

    if (-not [System.IO.File]::Exists($Path)) {
        throw ($Path + ' is missing' + $script:Remedy)
    }
    $sums = [System.Collections.Hashtable]::new([System.StringComparer]::OrdinalIgnoreCase)
    $is_before = $false
    $number = 0
    foreach ($line in [System.IO.File]::ReadAllLines($Path)) {
        $number = $number + 1
        if ($line.StartsWith('-----BEGIN PGP SIGNATURE', [System.StringComparison]::Ordinal)) {
            break
        }
        if ($line.StartsWith('-----BEGIN PGP SIGNED', [System.StringComparison]::Ordinal)) {
            $is_before = $true
            $sums.Clear()
        }
        elseif ($line.Trim().Length -eq 0) {
            $is_before = $false
        }
        elseif (-not $is_before) {
            $plain = $script:PlainSum.Match($line.TrimEnd())
            $tagged = $script:TaggedSum.Match($line.TrimEnd())
            $match = $plain
            if ($tagged.Success) {
                $match = $tagged
            }
            $name = $match.Groups['name'].Value.Replace('\', '/')
            while ($name.StartsWith('./', [System.StringComparison]::Ordinal)) {
                $name = $name.Substring(2)
            }
            if (-not $match.Success -or -not $script:NameInFolder.IsMatch($name)) {
                throw ($Path + ': line ' + [string]$number + ' is no digest of a file in this folder' + $script:Remedy)
            }
            $sums[$name] = $match.Groups['digest'].Value.ToUpperInvariant()
        }
    }
    $sums.Remove('SHA256SUMS')
    if ($sums.Count -eq 0) {
        throw ($Path + ' names no file' + $script:Remedy)
    }
    return $sums
}

function Get-OfflineDigest {
    param([byte[]]$Bytes)

    return [System.BitConverter]::ToString([System.Security.Cryptography.SHA256]::Create().ComputeHash($Bytes)).Replace('-', '')
}

# All files of the folder but the digests, their signatures and what Git keeps, by their names relative to it.
function Get-OfflineFile {
    param([string]$Folder)

    $root = [System.IO.Path]::GetFullPath($Folder).TrimEnd([char]'\', [char]'/')
    $names = [System.Collections.Generic.List[string]]::new()
    foreach ($path in [System.IO.Directory]::GetFiles($root, '*', [System.IO.SearchOption]::AllDirectories)) {
        $name = $path.Substring($root.Length + 1).Replace('\', '/')
        if (-not $script:NotOurs.IsMatch($name)) {
            $names.Add($name)
        }
    }
    return , $names.ToArray()
}

# Fails where the folder has not just the files that were rendered, as they were.
function Assert-OfflineSum {
    param([string]$Folder)

    $sums = Read-OfflineSum -Path ([System.IO.Path]::Combine($Folder, 'SHA256SUMS'))
    foreach ($name in @($sums.Keys)) {
        if (-not [System.IO.File]::Exists([System.IO.Path]::Combine($Folder, $name))) {
            throw ([System.IO.Path]::Combine($Folder, $name) + ' is missing' + $script:Remedy)
        }
    }
    foreach ($name in (Get-OfflineFile -Folder $Folder)) {
        $path = [System.IO.Path]::Combine($Folder, $name)
        if (-not $sums.ContainsKey($name)) {
            throw ($path + ' is in the folder, and was not rendered with it: SHA256SUMS does not name it' + $script:Remedy)
        }
        $bytes = [System.IO.File]::ReadAllBytes($path)
        if (-not [string]::Equals((Get-OfflineDigest -Bytes $bytes), [string]$sums[$name])) {
            $latin = [System.Text.Encoding]::GetEncoding(28591)
            $text = $latin.GetString($bytes).Replace("`r`n", "`n")
            foreach ($other in @($text, $text.Replace("`n", "`r`n"))) {
                if ([string]::Equals((Get-OfflineDigest -Bytes ($latin.GetBytes($other))), [string]$sums[$name])) {
                    throw ('the line ends of ' + $path + ' were changed on its way here; bring the folder as an archive, ' +
                        'into an empty place. Nothing was changed')
                }
            }
            throw ($path + ' is not the file that was rendered and reviewed; change the inventory and render again ' +
                'instead. Nothing was changed')
        }
    }
}

# Fails where others than administrators may change the folder, or put another one in its place.
function Assert-OfflineSafe {
    param([string]$Folder)

    $root = [System.IO.Path]::GetFullPath($Folder)
    $inside = [System.Collections.Generic.List[string]]::new()
    $inside.Add($root)
    foreach ($path in [System.IO.Directory]::GetFileSystemEntries($root, '*', [System.IO.SearchOption]::AllDirectories)) {
        $inside.Add($path)
    }
    $above = [System.Collections.Generic.List[string]]::new()
    $parent = [System.IO.Directory]::GetParent($root)
    while ($null -ne $parent) {
        $above.Add($parent.FullName)
        $parent = $parent.Parent
    }
    $writers = Get-PrintopsWriter -Inside ($inside.ToArray()) -Above ($above.ToArray())
    if ($writers.Length -gt 0) {
        throw ('others than administrators may change the folder, who could have their own commands run: ' +
            [string]::Join('; ', $writers) + '. Copy it to a local disk where only administrators can write, such as ' +
            'a folder in your own profile. Nothing was changed')
    }
}

# The document of the folder, which must be for this computer.
function Read-OfflineFolder {
    param([string]$Folder, [bool]$AnyAddress)

    $path = [System.IO.Path]::Combine($Folder, 'rules.jsonl')
    $document = Read-OfflineDocument -Path $path
    Assert-OfflineKey -Place ($path + ': line 1') -Value $document -Keys $script:FolderKeys
    $number = 1
    foreach ($rule in $document['rules']) {
        $number = $number + 1
        Assert-OfflineKey -Place ($path + ': line ' + [string]$number) -Value $rule -Keys $script:RuleKeys
    }
    if (-not $AnyAddress -and -not (Test-OfflineAddress -Addresses $document['addresses'])) {
        throw ('this folder is for ' + $document['host'] + ' (' + ($document['addresses'] -join ', ') + '), and this ' +
            'computer has none of these addresses; if it is ' + $document['host'] + ' all the same, add -AnyAddress. ' +
            'Nothing was changed')
    }
    return $document
}

function Assert-OfflineKey {
    param([string]$Place, $Value, $Keys)

    foreach ($key in $Keys) {
        if (-not $Value.ContainsKey($key)) {
            throw ($Place + ' lacks ' + $key + $script:Remedy)
        }
    }
}

function Assert-OfflineTimeout {
    param([int]$Seconds)

    if ($Seconds -ne 0 -and $Seconds -lt 30) {
        throw ('-ConfirmTimeout is ' + [string]$Seconds + '; give at least 30 seconds, or 0. Nothing was changed')
    }
}

# An address as it is always written, without its scope and not as one of IPv4 in IPv6; empty for what is none.
function ConvertTo-OfflinePlainAddress {
    param([string]$Text)

    try {
        $address = [System.Net.IPAddress]::Parse($Text.Split('%')[0])
    }
    catch {
        return ''
    }
    if ($address.IsIPv4MappedToIPv6) {
        $address = $address.MapToIPv4()
    }
    return $address.ToString()
}

# Whether one of these is an address of this computer.
function Test-OfflineAddress {
    param($Addresses)

    $own = @{}
    foreach ($interface in [System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
        foreach ($unicast in $interface.GetIPProperties().UnicastAddresses) {
            $own[(ConvertTo-OfflinePlainAddress -Text ([string]$unicast.Address))] = $true
        }
    }
    foreach ($text in $Addresses) {
        $plain = ConvertTo-OfflinePlainAddress -Text ([string]$text)
        if ($own.ContainsKey($plain) -or $plain.StartsWith('127.', [System.StringComparison]::Ordinal) -or $plain -eq '::1') {
            return $true
        }
    }
    return $false
}

function Write-OfflineLine {
    param($Lines)

    foreach ($line in $Lines) {
        Write-Output -InputObject ([string]$line)
    }
}

function Write-OfflineWarning {
    param([string]$Text)

    Write-Warning -Message $Text
}

Export-ModuleMember -Function @(
    'Read-OfflineDocument',
    'Assert-OfflineSum',
    'Assert-OfflineSafe',
    'Assert-OfflineTimeout',
    'ConvertTo-OfflinePlainAddress',
    'Test-OfflineAddress',
    'Read-OfflineFolder',
    'Write-OfflineLine',
    'Write-OfflineWarning'
)
