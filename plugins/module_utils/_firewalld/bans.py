# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whom a zone of firewalld is to keep out, and our policy lets in because it comes before all zones."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import Denial, without
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Network, Rule

from .containers import Container
from .foreign import Objects, bound_sources, denials_of

_REFUSING = ("DROP", "%%REJECT%%", "REJECT")
_LISTED = 4


def overridden(
    own: t.Sequence[Rule],
    *,
    zones: t.Mapping[str, Container],
    active: t.Mapping[str, t.Collection[str]],
    default_zone: str,
    objects: Objects,
) -> t.List[str]:
    """One sentence for each rich rule that refuses, and each source of a zone that refuses, whom our rules let in."""
    found = []
    for name, zone in sorted(zones.items()):
        if not active.get(name) and name != default_zone:
            continue
        denials = [(f"firewalld {zone.title}: {text}", one) for text, one in denials_of(zone, objects=objects)]
        sources = bound_sources(zone, bound=active.get(name, ()), objects=objects)
        if zone.target in _REFUSING and sources:
            denials.append((f"the sources of firewalld {zone.title}", Denial("any", (), sources)))
        for what, denial in denials:
            found += list(_told(what, denial, own))
    return found


def _told(what: str, denial: Denial, own: t.Iterable[Rule]) -> t.Iterator[str]:
    who: t.Dict[Network, None] = {}
    ports: t.Dict[str, None] = {}
    for rule in own:
        both = _both(rule.remotes, denial.sources)
        here = [port for port in rule.ports if not denial.ports or any(map(port.overlaps, denial.ports))]
        if rule.direction == "in" and denial.protocol in ("any", rule.protocol) and both and here:
            who.update(dict.fromkeys(both))
            ports.update({f"{port}/{rule.protocol}": None for port in here})
    if who:
        kept_out = f"{what}: {_few(map(str, who))} is kept out there"
        yield f"{kept_out}, and our rules, which come first, open {_few(ports)} to it"


def _both(networks: t.Sequence[Network], others: t.Sequence[Network]) -> t.Tuple[Network, ...]:
    return without(networks, without(networks, others))


def _few(names: t.Iterable[str]) -> str:
    several = list(names)
    more = f" and {len(several) - _LISTED} more" if len(several) > _LISTED else ""
    return ", ".join(several[:_LISTED]) + more
