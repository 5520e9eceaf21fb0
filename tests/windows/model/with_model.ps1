# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs a script on the model of Windows.

param([string]$Script)

Import-Module -Name ([System.IO.Path]::Combine($PSScriptRoot, 'WindowsModel.psm1')) -Scope Global -DisableNameChecking
& $Script
exit $LASTEXITCODE
