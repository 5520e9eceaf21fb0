# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The items about a server: from what was observed to one outcome each."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils import (
    _readiness_server_antivirus,
    _readiness_server_network,
    _readiness_server_services,
    _readiness_server_software,
    _readiness_server_system,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness import Outcome
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness_case import Case, UnreadableError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness_items import Item
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness_server_asked import Asked, read_asked

DECIDERS: dict[str, t.Callable[[Case, Asked], Outcome]] = {
    "safeq5/server/1": _readiness_server_services.web_server,
    "safeq5/server/2": _readiness_server_system.windows_installer,
    "safeq5/server/3": _readiness_server_software.browser,
    "safeq5/server/4": _readiness_server_software.software,
    "safeq5/server/5": _readiness_server_network.addresses,
    "safeq5/server/6": _readiness_server_network.shared_folder,
    "safeq5/server/7": _readiness_server_system.hardware,
    "safeq5/server/8": _readiness_server_system.updates,
    "safeq5/server/9": _readiness_server_antivirus.antivirus,
    "safeq5/server/10": _readiness_server_services.interfering,
    "safeq5/server/12": _readiness_server_system.administrator,
    "safeq5/server/13": _readiness_server_services.lpd_service,
}


def decide(
    *, observed: t.Mapping[str, t.Any], asked: t.Mapping[str, t.Any], host: str, items: t.Sequence[Item]
) -> tuple[Outcome, ...]:
    """One outcome for each of the items; raises C(ReadinessError) for a variable of the role that cannot be read."""
    wanted = read_asked(asked, host=host)
    return tuple(_decide(Case(item, host, observed), wanted) for item in items)


def _decide(case: Case, asked: Asked) -> Outcome:
    try:
        return DECIDERS[case.item.id](case, asked)
    except UnreadableError as problem:
        return case.unknown(str(problem))
