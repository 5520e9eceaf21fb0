# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs scripts for the tests until its input ends; see Resident.cs.

$ErrorActionPreference = 'Stop'
Add-Type -Path (Join-Path -Path $PSScriptRoot -ChildPath 'Resident.cs')
[Printops.Tests.Resident]::Serve()
