# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a run on a Windows host cuts off by turning the firewall on, or lays open by turning it off, in words."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import EVERYONE, Opening
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.module_utils._rules.turning import turned_off, turned_on

from .foreign import openings
from .record import PROFILES
from .state import Profile, State
from .survey import Survey

FIRST_DYNAMIC = 49152
"""Windows hands out the ports from here on all the time, and nobody is told of them."""


def turns(plan: Survey, state: State) -> list[str]:
    """The profiles of networks that the host is in which begin or cease to be filtered."""
    after = profiles_after(plan, state)
    return [name for name in state.current if _filters(after[name]) != _filters(state.profiles[name])]


def turning(
    plan: Survey, state: State, *, listeners: t.Sequence[t.Mapping[str, t.Any]], ports: t.Collection[int], done: bool
) -> str:
    """The sentence about the profiles that C(turns) names; C(ports) are those that the run comes in by."""
    after = profiles_after(plan, state)
    names = turns(plan, state)
    what = f" for the {' and '.join(names)} profile{'s' if len(names) > 1 else ''}"
    listening = [one for one in listeners if one["port"] < FIRST_DYNAMIC]
    if not any(_filters(after[name]) for name in names):
        return turned_off(listening, done=done, what=what)
    here = [name for name in state.current if after[name].enabled]
    others = openings(
        [one for one in state.others if state.profiles_apply(one)], profiles=[PROFILES[name] for name in here]
    )
    ways_in = Opening("management", "tcp", tuple(PortRange(port, port) for port in sorted(ports)), EVERYONE)
    return turned_on(listening, rules=plan.rules, others=[*others, ways_in], done=done, what=what)


def profiles_after(plan: Survey, state: State) -> dict[str, Profile]:
    """The profiles as the steps leave them."""
    found = dict(state.profiles)
    for step in plan.operations:
        if step.do == "profile":
            found[step.profile] = found[step.profile]._replace(**step.values)
    return found


def _filters(profile: Profile) -> bool:
    return profile.enabled and profile.default_inbound != "allow"
