# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants that no test finds, by their lines as they should be, and why."""

from __future__ import annotations

SURVIVORS: dict[str, str] = {}
