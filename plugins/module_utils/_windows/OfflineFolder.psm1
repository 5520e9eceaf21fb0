# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

# A rendered folder on its computer, and what its scripts tell. Nothing here touches the firewall.

$script:Format = 'printops.firewall/rendered/1'

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
    $document = ConvertTo-OfflineTable -Value (ConvertFrom-Json -InputObject $lines[0])
    $rules = [System.Collections.Generic.List[object]]::new()
    for ($index = 1; $index -lt $lines.Length; $index++) {
        $rules.Add((ConvertTo-OfflineTable -Value (ConvertFrom-Json -InputObject $lines[$index])))
    }
    $document['rules'] = $rules.ToArray()
    return $document
}

# Fails where the folder has not just the files that were rendered, as they were. Sums may be in capitals, with an
# asterisk before the name, and have empty lines among them.
function Assert-OfflineSum {
    param([string]$Folder)

    $remedy = '; render the folder again, into an empty place. Nothing was changed'
    $hasher = [System.Security.Cryptography.SHA256]::Create()
    $listed = @{}
    foreach ($line in [System.IO.File]::ReadAllLines([System.IO.Path]::Combine($Folder, 'SHA256SUMS'))) {
        if (-not $line.Trim()) {
            continue
        }
        if ($line -notmatch '^[0-9A-Fa-f]{64} [ *].') {
            throw ('SHA256SUMS has a line that names no file and its digest: ' + $line + $remedy)
        }
        $name = $line.Substring(66)
        $path = [System.IO.Path]::Combine($Folder, $name)
        if (-not [System.IO.File]::Exists($path)) {
            throw ($path + ' is missing' + $remedy)
        }
        $listed[[System.IO.Path]::GetFullPath($path)] = $true
        $bytes = $hasher.ComputeHash([System.IO.File]::ReadAllBytes($path))
        if ([System.BitConverter]::ToString($bytes).Replace('-', '') -ne $line.Substring(0, 64)) {
            throw ($path + ' is not the file that was rendered and reviewed; change the inventory and render again ' +
                'instead. Nothing was changed')
        }
    }
    foreach ($place in @($Folder, [System.IO.Path]::Combine($Folder, 'lib'))) {
        foreach ($path in [System.IO.Directory]::GetFiles($place)) {
            $is_sums = [System.IO.Path]::GetFileName($path) -like 'SHA256SUMS*'
            if (-not $is_sums -and -not $listed.ContainsKey([System.IO.Path]::GetFullPath($path))) {
                throw ($path + ' is in the folder, and was not rendered with it: SHA256SUMS does not name it' + $remedy)
            }
        }
    }
}

# The document of the folder, which must be for this computer.
function Read-OfflineFolder {
    param([string]$Folder, [bool]$AnyAddress)

    Assert-OfflineSum -Folder $Folder
    $document = Read-OfflineDocument -Path ([System.IO.Path]::Combine($Folder, 'rules.jsonl'))
    if ($document['format'] -cne $script:Format) {
        throw ('rules.jsonl: its format is ' + $document['format'] + ', and it must be ' + $script:Format)
    }
    if (-not $AnyAddress -and -not (Test-OfflineAddress -Addresses $document['addresses'])) {
        throw ('this folder is for ' + $document['host'] + ' (' + ($document['addresses'] -join ', ') + '), and this ' +
            'computer has none of these addresses; if it is ' + $document['host'] + ' all the same, add -AnyAddress. ' +
            'Nothing was changed')
    }
    return $document
}

function Test-OfflineAddress {
    param($Addresses)

    $own = @{}
    foreach ($interface in [System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
        foreach ($unicast in $interface.GetIPProperties().UnicastAddresses) {
            $text = $unicast.Address.ToString()
            $own[$text.Split('%')[0]] = $true
        }
    }
    foreach ($address in $Addresses) {
        if ($own.ContainsKey([System.Net.IPAddress]::Parse([string]$address).ToString())) {
            return $true
        }
    }
    return $false
}

function Write-OfflineLine {
    param([string]$Text)

    [System.Console]::Out.WriteLine($Text)
}

function Write-OfflineWarning {
    param([string]$Text)

    [System.Console]::Error.WriteLine('WARNING ' + $Text)
}

Export-ModuleMember -Function @(
    'Read-OfflineDocument',
    'Assert-OfflineSum',
    'Read-OfflineFolder',
    'Write-OfflineLine',
    'Write-OfflineWarning'
)
