# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One observation about a plan."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Hosts and flows it is about, and what to know; C(severity) is C(warning) or C(info)."""

    kind: str
    severity: t.Literal["warning", "info"]
    hosts: tuple[str, ...]
    flows: tuple[str, ...]
    detail: str

    def as_json(self) -> dict[str, t.Any]:
        """The shape that the plan file has."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "hosts": list(self.hosts),
            "flows": list(self.flows),
            "detail": self.detail,
        }
