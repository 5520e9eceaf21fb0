# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What to do, one step after another, to bring our rules on a Windows host to those that it is to have.

At every step the host lets in at least what it let in before and is to let in afterwards: the way in for management
first, whatever is added before anything is removed. A rule that is not what its name says is renamed, which changes
nothing that is let in, and is removed with the rest.
"""

from __future__ import annotations

import types
import typing as t

from .meaning import by_name, reads_as_usual, same
from .record import Record
from .rules import is_management

REPLACED = " (replaced)"


class Operation(t.NamedTuple):
    """One step: C(do) is C(add) with a C(rule), C(set) with C(values), C(rename) with C(to), C(remove), or C(profile).

    C(name) means all rules of our group with that name. C(profile) sets the C(values) of the C(profile) so called.
    C(forget) drops the record of how the profiles were found, C(release) that of one C(setting) of a C(profile).
    """

    do: str
    name: str = ""
    to: str = ""
    rule: Record | None = None
    profile: str = ""
    setting: str = ""
    values: t.Mapping[str, t.Any] = types.MappingProxyType({})

    def as_json(self) -> dict[str, t.Any]:
        """What the module C(windows_defender_change) takes."""
        given: dict[str, t.Any] = {"do": self.do, "name": self.name, "to": self.to, "profile": self.profile}
        given |= {"setting": self.setting}
        given |= {"rule": self.rule.as_json() if self.rule else None, "values": dict(self.values)}
        needed = ("name",) if self.do in ("set", "rename", "remove") else ()
        return {key: value for key, value in given.items() if value or key in needed}


def compare(*, desired: t.Sequence[Record], existing: t.Iterable[Record]) -> tuple[Operation, ...]:
    """The steps from our C(existing) rules, as read, to the C(desired) ones; none where they are the same.

    No name of C(desired) is there twice.
    """
    found = by_name(existing)
    first: list[Operation] = []
    renames: list[Operation] = []
    additions: list[Operation] = []
    removals: dict[str, Operation] = {}
    for record in desired:
        here = found.pop(record.name, [])
        rename, addition = _to_have(record, here)
        if is_management(record):
            first += [*rename, *addition]
        else:
            renames += rename
            additions += addition
        for one in rename:
            removals[one.to] = Operation(do="remove", name=one.to)
    ways_in: dict[str, Operation] = {}
    for key, here in found.items():
        group = ways_in if any(map(is_management, here)) and key not in removals else removals
        group[key] = Operation(do="remove", name=here[0].name)
    return (*first, *renames, *additions, *removals.values(), *ways_in.values())


def _to_have(record: Record, here: list[Record]) -> tuple[list[Operation], list[Operation]]:
    """What to rename and what to add, or to set, so that a rule is there once and as it is to be."""
    if not here:
        return [], [Operation(do="add", rule=record)]
    (one, *others) = here
    if others or not (reads_as_usual(one, record) or same(one, record)):
        return [Operation(do="rename", name=one.name, to=record.name + REPLACED)], [Operation(do="add", rule=record)]
    values = {
        key: getattr(record, key) for key in ("enabled", "description") if getattr(one, key) != getattr(record, key)
    }
    return [], [Operation(do="set", name=record.name, values=values)] if values else []
