# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.printops.firewall.plugins.plugin_utils._apply.confirmed import ConfirmedApply


class ActionModule(ConfirmedApply):
    MODULE = "printops.firewall.ufw_rules"
    PROVIDER = "ufw"
