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
        state_id = @{ type = 'str'; required = $true }
        operations = @{ type = 'str'; required = $true }
        token = @{ type = 'str'; no_log = $false }
        confirm_timeout = @{ type = 'int'; default = 0 }
        session = @{ type = 'list'; elements = 'dict'; default = @() }
        restore_files = @{ type = 'dict'; default = @{} }
    }
    no_log = $true
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$module.Result['invocation'] = @{ module_args = @{} }

try {
    $module.Params['operations'] = ConvertFrom-PrintopsJsonLine -Text $module.Params['operations']
    $answer = Invoke-PrintopsChange -Parameters $module.Params -CheckMode $module.CheckMode
}
catch {
    $module.FailJson("windows_defender_change: $($_.Exception.Message)", $_)
}
$problem = $answer['problem']
$answer.Remove('problem')
foreach ($key in @($answer.Keys)) {
    $module.Result[$key] = $answer[$key]
}
if ($problem) {
    $module.FailJson("windows_defender_change: $problem")
}
$module.ExitJson()
