# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The names of a plan's hosts, which each host remembers, so that nobody takes openings away without a word."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError

if t.TYPE_CHECKING:  # pragma: no cover
    from .file import Plan

FORMAT = "printops.firewall/hosts/1"


def dump_hosts(plan: Plan) -> str:
    """One line of JSON, the same for the same hosts."""
    return json.dumps({"format": FORMAT, "hosts": sorted(plan["hosts"])}) + "\n"


def read_hosts(text: str) -> list[str]:
    """The names; raises C(PlanError) where the text is none of C(dump_hosts)."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise PlanError(f"not a list of a plan's hosts: its format must be {FORMAT!r}")
    return [str(name) for name in document["hosts"]]
