# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""From what was gathered of a host to one outcome for each item of an area."""

from __future__ import annotations

import importlib
import importlib.util
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import choice, mapping, text_list

from .items import (
    AREAS,
    PLATFORMS,
    Item,
    items_of,
    why_not,
)
from .model import (
    UNCHECKED,
    Outcome,
    Status,
    problem_of,
)

_PACKAGE = __name__.rpartition(".")[0]

Decide = t.Callable[..., tuple[Outcome, ...]]


def decide_area(
    area: str, *, observed: t.Mapping[str, t.Any], asked: t.Mapping[str, t.Any], host: str
) -> tuple[Outcome, ...]:
    """One outcome for each item of the area, in the order of the items.

    C(asked["components"]), where it is given, are the groups of the host's components: an item about others does not
    apply. Raises C(ReadinessError) for an unknown area, and for C(observed) or C(asked) of another shape.
    """
    if area not in AREAS:
        raise ReadinessError(f"there is no area {area!r}; {closest(area, AREAS)}")
    place = f"host {host}: {area}"
    seen = mapping(observed, place=f"{place}: what was observed", error=ReadinessError)
    wanted = mapping(asked, place=f"{place}: what is asked", error=ReadinessError)
    platform = choice(seen.get("platform"), PLATFORMS, place=f"{place}: platform", error=ReadinessError)
    components = text_list(wanted.get("components") or [], place=f"{place}: components", error=ReadinessError)
    outcomes: dict[str, Outcome] = {}
    open_items: list[Item] = []
    for item in items_of(area):
        reason = why_not(item, components=components, platform=platform)
        if reason:
            outcomes[item.id] = Outcome(item.id, host, Status.NOT_APPLICABLE, item.title, reason=reason)
        else:
            open_items.append(item)
    if not open_items:
        return tuple(outcomes.values())
    unreached = _unreached(seen)
    if unreached:
        open_outcomes = (
            Outcome(item.id, host, Status.UNKNOWN, UNCHECKED, remedy=item.remedy, reason=unreached)
            for item in open_items
        )
        outcomes.update({outcome.item: outcome for outcome in open_outcomes})
        return tuple(outcomes[item.id] for item in items_of(area))
    decide: Decide = importlib.import_module(f"{_PACKAGE}.{area}.area").decide
    for outcome in decide(observed=seen, asked=wanted, host=host, items=tuple(open_items)):
        outcomes[outcome.item] = outcome
    return tuple(outcomes[item.id] for item in items_of(area))


def _unreached(observed: t.Mapping[str, t.Any]) -> str:
    """Why the host was not reached; empty where it was."""
    for name, result in observed.items():
        if isinstance(result, t.Mapping) and result.get("unreachable"):
            return problem_of(observed, name)
    return ""


def missing_collections(names: t.Sequence[str]) -> list[str]:
    """Those of the named collections, such as C(ansible.windows), that the controller does not have."""
    return [
        name
        for name in text_list(names, place="the list of collections", error=ReadinessError)
        if not _has_collection(name)
    ]


def _has_collection(name: str) -> bool:
    try:
        return importlib.util.find_spec(f"ansible_collections.{name}") is not None
    except ModuleNotFoundError:
        return False
