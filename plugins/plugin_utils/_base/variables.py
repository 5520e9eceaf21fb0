# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The inventory variables of the collection, and shape checks that all readers of them share."""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from .errors import Mistakes, PrintopsError, closest
from .networks import NetworkSet

PREFIX = "printops_"

ESTATE_VARIABLES = (
    "printops_addresses",
    "printops_site",
    "printops_cluster",
    "printops_networks",
    "printops_provider",
    "printops_catalogs",
    "printops_resolve_names",
)
DECISION_VARIABLES = (
    "printops_security",
    "printops_features",
    "printops_ports",
    "printops_multicast_groups",
    "printops_accept",
    "printops_refuse",
)
ENFORCEMENT_VARIABLES = (
    "printops_management",
    "printops_keep_connection",
    "printops_confirm_timeout",
    "printops_foreign_rules",
    "printops_install",
    "printops_start",
    "printops_profiles",
    "printops_default_inbound",
    "printops_egress",
    "printops_egress_extra",
    "printops_egress_dns",
    "printops_egress_time",
    "printops_egress_domain",
)
RUN_VARIABLES = (
    "printops_attestations",
    "printops_canary",
    "printops_drift_fail",
    "printops_drift_file",
    "printops_drift_notes",
    "printops_expect",
    "printops_decisions_file",
    "printops_hosts_left",
    "printops_max_fail_percentage",
    "printops_plan_carried",
    "printops_plan_carry",
    "printops_plan_file",
    "printops_plan_fingerprint",
    "printops_plan_format",
    "printops_plan_replace",
    "printops_render_folder",
    "printops_rolling",
    "printops_verify",
    "printops_verify_fail",
    "printops_verify_file",
    "printops_verify_refused",
    "printops_whole_inventory",
)
COMPILED_VARIABLES = (
    *ESTATE_VARIABLES,
    *DECISION_VARIABLES,
    *ENFORCEMENT_VARIABLES,
    "printops_expect",
    "printops_decisions_file",
)
"""Those that the plan is made of."""
VARIABLES = frozenset((*ESTATE_VARIABLES, *DECISION_VARIABLES, *ENFORCEMENT_VARIABLES, *RUN_VARIABLES))


def check_known(variables: t.Iterable[str], *, host: str, error: type[PrintopsError]) -> None:
    """Raise C(error) for each variable with our prefix that the collection does not have."""
    mistakes = Mistakes()
    for name in variables:
        if name.startswith(PREFIX) and name not in VARIABLES:
            with mistakes:
                raise error(f"host {host}: there is no variable {name}; {closest(name, VARIABLES)}")
    mistakes.tell()


def is_blank(value: object) -> bool:
    """Whether a value says nothing: none, or a text without anything in it, as a survey leaves it."""
    return value is None or (isinstance(value, str) and not value.strip())


def text_list(value: object, *, place: str, error: type[PrintopsError]) -> list[str]:
    """A list of strings, or raise C(error)."""
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return [str(item) for item in value]
    example = f", such as [{', '.join(_words(value))}]" if isinstance(value, str) else ""
    raise error(f"{place} {_is(value)}; it must be a list of strings{example}")


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _is(value: object) -> str:
    return "has no value" if value is None else f"is {value!r}"


def networks(value: object, *, place: str, error: type[PrintopsError]) -> NetworkSet:
    """Addresses and networks, or raise C(error) for each text that is none."""
    mistakes = Mistakes()
    read = []
    for text in _words(value) if isinstance(value, str) else text_list(value, place=place, error=error):
        with mistakes:
            try:
                read.append(NetworkSet.parse([text]))
            except ValueError as reason:
                advice = "" if str(reason).endswith("?") else "; give networks such as 10.1.20.0/24 or 2001:db8::/64"
                raise error(f"{place}: {reason}{advice}") from None
    mistakes.tell()
    text_list(value, place=place, error=error)
    return NetworkSet().union(*read)


def mapping(value: object, *, place: str, error: type[PrintopsError], shape: str = "a mapping") -> dict[str, t.Any]:
    """A mapping with string keys, or raise C(error), which says that it must be a C(shape)."""
    if isinstance(value, t.Mapping) and all(isinstance(key, str) for key in value):
        return {str(key): item for key, item in value.items()}
    raise error(f"{place} {_is(value)}; it must be {shape}")


def choice(value: object, choices: tuple[str, ...], *, place: str, error: type[PrintopsError]) -> str:
    """One of C(choices), or raise C(error)."""
    if isinstance(value, str) and value in choices:
        return str(value)
    raise error(f"{place} is {value!r}; it must be one of {', '.join(choices)}")


def truth(value: object, *, place: str, error: type[PrintopsError]) -> bool:
    """A boolean, also as C(-e name=false) gives one, or raise C(error)."""
    try:
        return bool(boolean(value, strict=True))
    except TypeError:
        raise error(f"{place} is {value!r}; it must be true or false") from None


def seconds(value: object, *, place: str, error: type[PrintopsError]) -> int:
    """A whole number of seconds, 0 or more, also as C(-e name=60) gives one, or raise C(error)."""
    if not isinstance(value, bool) and isinstance(value, (int, str)) and str(value).isascii() and str(value).isdigit():
        return int(value)
    raise error(f"{place} is {value!r}; it must be a whole number of seconds")
