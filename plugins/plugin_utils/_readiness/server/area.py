# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The items about a server: from what was observed to one outcome each."""

from __future__ import annotations

import typing as t

from ..case import Case, UnreadableError
from ..items import Item
from ..model import Outcome
from . import antivirus, network, services, software, system
from .asked import Asked, read_asked

DECIDERS: dict[str, t.Callable[[Case, Asked], Outcome]] = {
    "safeq5/server/1": services.web_server,
    "safeq5/server/2": system.windows_installer,
    "safeq5/server/3": software.browser,
    "safeq5/server/4": software.software,
    "safeq5/server/5": network.addresses,
    "safeq5/server/6": network.shared_folder,
    "safeq5/server/7": system.hardware,
    "safeq5/server/8": system.updates,
    "safeq5/server/9": antivirus.antivirus,
    "safeq5/server/10": services.interfering,
    "safeq5/server/12": system.administrator,
    "safeq5/server/13": services.lpd_service,
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
