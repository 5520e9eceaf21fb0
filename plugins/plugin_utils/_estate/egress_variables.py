# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an operator adds to an enforced egress, checked before any host is touched."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import EGRESS_OPTIONS, egress_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import RuleError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import PREFIX, mapping, text_list

_KEYS = tuple(EGRESS_OPTIONS["egress_extra"]["options"])
_LISTS = ("egress_dns", "egress_time")


def check_egress(variables: t.Mapping[str, t.Any], *, host: str) -> None:
    """Raise C(EstateError) for C(printops_egress_extra), C(_dns) or C(_time) that a module would refuse."""
    if not any(f"{PREFIX}{name}" in variables for name in ("egress_extra", *_LISTS)):
        return
    params: dict[str, t.Any] = {"egress": "allow", "egress_extra": list(_extra(variables, host=host))}
    for name in _LISTS:
        given = variables.get(f"{PREFIX}{name}", [])
        params[name] = text_list(given, place=f"host {host}: {PREFIX}{name}", error=EstateError)
    try:
        egress_of(params, rules=(), management=())
    except RuleError as error:
        raise EstateError(f"host {host}: {PREFIX}{error}") from error


def _extra(variables: t.Mapping[str, t.Any], *, host: str) -> t.Iterator[dict[str, t.Any]]:
    name = f"{PREFIX}egress_extra"
    given = variables.get(name, [])
    if not isinstance(given, (list, tuple)):
        raise EstateError(f"host {host}: {name} is {given!r}; it must be a list of rules")
    for index, raw in enumerate(given):
        place = f"host {host}: {name}[{index}]"
        rule = mapping(raw, place=place, error=EstateError)
        for key in rule:
            if key not in _KEYS:
                raise EstateError(f"{place}: there is no key {key!r}; {closest(key, _KEYS)}")
        for key, value in rule.items():
            if key != "protocol" and not isinstance(value, (list, tuple)):
                raise EstateError(f"{place}: {key} is {value!r}; it must be a list")
        yield rule
