# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Groups that are a component but for case, separators or a prefix, so that nothing of their hosts is planned."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class NearMiss:
    """A group with hosts that are in no group C(meant), which is the name of a component's."""

    group: str
    meant: str
    hosts: tuple[str, ...]

    def __str__(self) -> str:
        return f"group {self.group} is no component, and nothing is planned for it; did you mean {self.meant!r}?"


def near_misses(
    groups: t.Mapping[str, t.Sequence[str]], *, components: t.Mapping[str, t.Iterable[str]]
) -> tuple[NearMiss, ...]:
    """In order of the groups' names; C(components) are the names of components by catalog."""
    known = {f"{catalog}_{name}" for catalog, names in components.items() for name in names}
    by_letters = {squeezed(name): name for name in known}
    beginnings = tuple(squeezed(catalog) for catalog in components)
    found = []
    for group, hosts in sorted(groups.items()):
        letters = squeezed(group)
        if not hosts or group in known or not any(beginning in letters for beginning in beginnings):
            continue
        meant = max((own for own in by_letters if letters.endswith(own)), key=len, default="")
        missed = sorted({*hosts} - {*groups.get(by_letters.get(meant, ""), ())})
        if meant and missed:
            found.append(NearMiss(group, by_letters[meant], tuple(missed)))
    return tuple(found)


def squeezed(name: str) -> str:
    """The letters and digits of a name, small."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
