#!powershell

# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ..module_utils._windows.Firewall
#AnsibleRequires -PowerShell ..module_utils._windows.FirewallChange
#AnsibleRequires -PowerShell ..module_utils._windows.FirewallPending

$spec = @{
    options = @{
        group = @{ type = 'str'; required = $true }
        management_ports = @{ type = 'list'; elements = 'int'; default = @() }
        token = @{ type = 'str'; no_log = $false }
        listeners = @{ type = 'bool'; default = $false }
        outgoing = @{ type = 'bool'; default = $false }
    }
    no_log = $true
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$module.Result['invocation'] = @{ module_args = @{} }

try {
    $answer = Get-PrintopsState -Parameters $module.Params
    foreach ($key in @('rules', 'others')) {
        $answer[$key] = ConvertTo-PrintopsRuleTable -Rules $answer[$key]
    }
}
catch {
    $module.FailJson("windows_defender_info: $($_.Exception.Message)", $_)
}
foreach ($key in @($answer.Keys)) {
    $module.Result[$key] = $answer[$key]
}
$module.ExitJson()
