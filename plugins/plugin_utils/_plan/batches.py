# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""In which batches a plan is applied: canaries first, then site by site."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError, closest

from .file import Plan

CANARY = "printops_canary"


def batches(plan: Plan, *, hosts: t.Sequence[str], canary: t.Sequence[str] = ()) -> list[list[str]]:
    """The C(hosts) of a run, each in one batch; those that nothing is applied to come last.

    The first batch has the hosts named by C(canary) that are of the run, or the first of the run where none are named.
    Then comes a batch for each site in order, and one for the hosts without a site. Raises C(PlanError) for a canary
    that nothing is applied to.
    """
    applied = sorted(name for name in hosts if _provider(plan, name) != "none")
    for name in canary:
        if _provider(plan, name) == "none":
            known = [one for one in plan["hosts"] if _provider(plan, one) != "none"]
            raise PlanError(
                f"{CANARY} has {name!r}, which is no host that the plan is applied to; {closest(name, known)}"
            )
    first = [name for name in applied if name in canary] if canary else applied[:1]
    sites: dict[str, list[str]] = {}
    for name in applied:
        if name not in first:
            sites.setdefault(plan["hosts"][name].get("site", ""), []).append(name)
    of_sites = [sites[site] for site in sorted(sites, key=lambda site: (not site, site))]
    others = [name for name in hosts if name not in {*applied}]
    return [batch for batch in (first, *of_sites, others) if batch]


def _provider(plan: Plan, name: str) -> str:
    return str(plan["hosts"].get(name, {}).get("provider", "none"))
