# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: a model in Python of Windows Defender Firewall and of the modules of ours that would talk to it.

It proves what the controller does, and nothing about Windows or about the PowerShell of the modules.
"""
