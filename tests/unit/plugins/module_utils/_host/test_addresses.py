# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.printops.firewall.plugins.module_utils._host.addresses import own_addresses


def test_own_addresses_are_those_of_the_kernel() -> None:
    found = own_addresses()
    assert "127.0.0.1" in found
    assert not {"192.0.2.1", "2001:db8::1"} & found
