# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Has WinRM of a machine that is thrown away afterwards answer over HTTPS, and writes an inventory for it.

param([string]$Inventory)

$ErrorActionPreference = 'Stop'
$user = 'printops'
$password = 'A1-' + [System.Guid]::NewGuid().ToString('N')
$secret = ConvertTo-SecureString -String $password -AsPlainText -Force
$null = New-LocalUser -Name $user -Password $secret
Add-LocalGroupMember -Group 'Administrators' -Member $user
Enable-PSRemoting -Force -SkipNetworkProfileCheck
$certificate = New-SelfSignedCertificate -DnsName $env:COMPUTERNAME -CertStoreLocation 'Cert:\LocalMachine\My'
$listener = @{ Transport = 'HTTPS'; Address = '*'; CertificateThumbPrint = $certificate.Thumbprint; Force = $true }
$null = New-Item -Path 'WSMan:\localhost\Listener' @listener
# A local account has the rights of an administrator over the network only with this.
$policies = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System'
$null = New-ItemProperty -Path $policies -Name 'LocalAccountTokenFilterPolicy' -Value 1 -PropertyType 'DWord' -Force
$address = (Get-NetIPAddress -AddressFamily 'IPv4' -InterfaceAlias 'Ethernet*' | Select-Object -First 1).IPAddress
$host1 = @{
    ansible_host = $address
    ansible_port = 5986
    ansible_connection = 'psrp'
    ansible_psrp_auth = 'ntlm'
    ansible_psrp_protocol = 'https'
    ansible_psrp_cert_validation = 'ignore'
    ansible_user = $user
    ansible_password = $password
}
$document = @{ all = @{ hosts = @{ server = $host1 } } }
[System.IO.File]::WriteAllText($Inventory, (ConvertTo-Json -InputObject $document -Depth 6))
