# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# How each script goes on, the same in all of them. The file that checks the folder is known by its digest, without a
# signature and whatever its line ends are; only what it has checked is run.

function Import-OfflineModule {
    param([string]$Path)

    $escaped = [System.Management.Automation.WildcardPattern]::Escape($Path)
    return Import-Module -Name $escaped -Scope Global -Force -DisableNameChecking -PassThru
}

function Assert-OfflineChecker {
    param([string]$Path)

    if (-not [System.IO.File]::Exists($Path)) {
        throw ($Path + ' is missing; bring the folder anew, into an empty place. Nothing was changed')
    }
    $text = [System.IO.File]::ReadAllText($Path).Replace("`r", '')
    $signature = $text.IndexOf('# SIG # ' + 'Begin signature block', [System.StringComparison]::Ordinal)
    if ($signature -ge 0) {
        $text = $text.Substring(0, $signature)
    }
    $hasher = [System.Security.Cryptography.SHA256]::Create()
    $digest = [System.BitConverter]::ToString($hasher.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($text.TrimEnd())))
    if (-not [string]::Equals($digest.Replace('-', ''), '{digest}')) {
        throw ($Path + ' is not the file that was rendered and reviewed. Nothing was changed')
    }
}

function Start-OfflineCommand {
    param($Loaded)

    $ErrorActionPreference = 'Stop'
    if (-not $PSScriptRoot) {
        throw 'run the script from its folder, which it needs the other files of. Nothing was changed'
    }
    $lib = [System.IO.Path]::Combine($PSScriptRoot, 'lib')
    $checker = [System.IO.Path]::Combine($lib, 'OfflineFolder.psm1')
    Assert-OfflineChecker -Path $checker
    $Loaded.Add((Import-OfflineModule -Path $checker))
    Assert-OfflineSum -Folder $PSScriptRoot
    foreach ($file in [System.IO.Directory]::GetFiles($lib, '*.psm1')) {
        $Loaded.Add((Import-OfflineModule -Path $file))
    }
    Assert-OfflineSafe -Folder $PSScriptRoot
    Invoke-OfflineCommand
}

$global:LASTEXITCODE = 1
$language = [string]$ExecutionContext.SessionState.LanguageMode
if ($language -ne 'FullLanguage') {
    Write-Error -ErrorAction Continue -Message ($command + ': PowerShell runs this in ' + $language + ', as AppLocker and ' +
        'App Control have it do with scripts that nobody signed whom they trust: have the scripts signed or allowed. ' +
        'Nothing was changed')
    $problem = $language
}
else {
    $problem = ''
    $loaded = [System.Collections.Generic.List[object]]::new()
    try {
        Start-OfflineCommand -Loaded $loaded
    }
    catch {
        $problem = $command + ': ' + $_.Exception.GetBaseException().Message
        $failure = [System.Management.Automation.ErrorRecord]::new([System.Exception]::new($problem), 'printops', 'NotSpecified', $null)
        $PSCmdlet.WriteError($failure)
    }
    finally {
        foreach ($module in $loaded) {
            Remove-Module -ModuleInfo $module -Force -ErrorAction SilentlyContinue
        }
    }
}
if (-not $problem) {
    $global:LASTEXITCODE = 0
}
elseif ($MyInvocation.InvocationName -ne '.') {
    exit 1
}
