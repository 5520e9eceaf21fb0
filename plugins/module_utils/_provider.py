# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which of a host's firewalls to use."""

from __future__ import annotations

import typing as t


def choose_provider(wanted: str, *, installed: t.Sequence[str], active: t.Sequence[str]) -> str:
    """The provider that C(wanted) means on a host with these firewalls.

    Raises C(ValueError) where that is not plain.
    """
    others = [provider for provider in active if provider != wanted]
    if wanted != "auto":
        if others:
            raise ValueError(
                f"printops_provider is {wanted}, and {' and '.join(others)} is active on this host: "
                "two firewalls would contradict each other; stop and disable the other one first"
            )
        return wanted
    for candidates in (active, installed):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise ValueError(
                f"{' and '.join(candidates)} are both {'active' if candidates is active else 'installed'} "
                "on this host: say which one by printops_provider"
            )
    raise ValueError(
        "neither firewalld nor ufw is installed on this host: install one, or set printops_provider to the one "
        "you want and printops_install to true"
    )
