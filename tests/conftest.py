# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the checkout importable as the collection that it is."""

from __future__ import annotations

import pathlib

from ansible.plugins.loader import init_plugin_loader

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]

init_plugin_loader([str(CHECKOUT / ".collections")])
