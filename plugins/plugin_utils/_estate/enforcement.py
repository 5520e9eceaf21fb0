# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How a host's rules are to be enforced: read from C(printops_*) variables, and checked before a host is touched."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import (
    EGRESS_OPTIONS,
    egress_of,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import RuleError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError, Mistakes, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import (
    PREFIX,
    choice,
    mapping,
    networks,
    seconds,
    text_list,
    truth,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.enforcement import NAMES, Enforcement, ExtraRule

SHORTEST_TIMEOUT = 10
FOREIGN_RULES = ("report", "refuse")
EGRESS = ("allow", "enforce")
PROFILES = ("domain", "private", "public", "any")
DEFAULT_INBOUND = ("keep", "block")

_EXTRA_KEYS = tuple(EGRESS_OPTIONS["egress_extra"]["options"])


def read_enforcement(variables: t.Mapping[str, t.Any], *, host: str) -> Enforcement:
    """Read the variables of one host; raises C(EstateError) that names it, the variable and what would be right."""
    given = {name: variables[f"{PREFIX}{name}"] for name in NAMES if f"{PREFIX}{name}" in variables}
    mistakes = Mistakes()
    read: dict[str, t.Any] = {
        name: mistakes.attempt(_READERS[name], value, place=f"host {host}: {PREFIX}{name}")
        for name, value in given.items()
    }
    mistakes.tell()
    enforcement = Enforcement(**read)
    _check_egress(enforcement, host=host)
    return enforcement


def _networks(value: object, *, place: str) -> tuple[str, ...]:
    return networks(value, place=place, error=EstateError).cidrs()


def _flag(value: object, *, place: str) -> bool:
    return truth(value, place=place, error=EstateError)


def _one_of(*choices: str) -> t.Callable[..., str]:
    def read(value: object, *, place: str) -> str:
        return choice(value, choices, place=place, error=EstateError)

    return read


def _timeout(value: object, *, place: str) -> int:
    given = seconds(value, place=place, error=EstateError)
    if 0 < given < SHORTEST_TIMEOUT:
        raise EstateError(f"{place} is {given}; give at least {SHORTEST_TIMEOUT} seconds, or 0 for no confirmation")
    return given


def _profiles(value: object, *, place: str) -> tuple[str, ...]:
    names = text_list(value, place=place, error=EstateError)
    if not names:
        raise EstateError(f"{place} is empty; give some of {', '.join(PROFILES)}")
    return tuple(dict.fromkeys(choice(name, PROFILES, place=place, error=EstateError) for name in names))


def _extra(value: object, *, place: str) -> tuple[ExtraRule, ...]:
    if not isinstance(value, (list, tuple)):
        raise EstateError(f"{place} is {value!r}; it must be a list of rules")
    return tuple(_extra_rule(raw, place=f"{place}[{index}]") for index, raw in enumerate(value))


def _extra_rule(raw: object, *, place: str) -> ExtraRule:
    rule = mapping(raw, place=place, error=EstateError)
    for key in rule:
        if key not in _EXTRA_KEYS:
            raise EstateError(f"{place}: there is no key {key!r}; {closest(key, _EXTRA_KEYS)}")
    for key, value in rule.items():
        if key != "protocol" and not isinstance(value, (list, tuple)):
            raise EstateError(f"{place}: {key} is {value!r}; it must be a list")
    return {
        key: rule[key] if key == "protocol" else [str(item) for item in rule[key]] for key in _EXTRA_KEYS if key in rule
    }


def _check_egress(enforcement: Enforcement, *, host: str) -> None:
    """Raise C(EstateError) for what the modules would refuse."""
    params = {name: getattr(enforcement, name) for name in EGRESS_OPTIONS}
    try:
        egress_of(params, rules=(), management=())
    except RuleError as error:
        raise EstateError(f"host {host}: {PREFIX}{error}") from error


_READERS: dict[str, t.Callable[..., object]] = {
    "management": _networks,
    "keep_connection": _flag,
    "confirm_timeout": _timeout,
    "foreign_rules": _one_of(*FOREIGN_RULES),
    "install": _flag,
    "start": _flag,
    "profiles": _profiles,
    "default_inbound": _one_of(*DEFAULT_INBOUND),
    "egress": _one_of(*EGRESS),
    "egress_extra": _extra,
    "egress_dns": _networks,
    "egress_time": _networks,
    "egress_domain": _networks,
}
