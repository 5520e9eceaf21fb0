# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Rules as the registry has them, those of Group Policies and of device management too, which COM does not show.

The grammar is that of MS-GPFAS 2.2.2.19: C(v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|Name=Web|).
"""

from __future__ import annotations

import functools
import typing as t

from .meaning import meaning_of
from .record import ANY, ANY_PROTOCOL, EVERY_PROFILE, FIELD_SEPARATOR, LOCAL, PROFILES, Record, profile_bits

_ACTIONS = {"allow": "allow", "block": "block", "bypass": "bypass"}
_PROFILES = {**{name: (name,) for name in PROFILES}, "standard": ("private", "public")}
_LOCAL_PORTS = ("lport", "lport2_10", "lport2_20", "lport2_24", "lport2_29")
_REMOTE_PORTS = ("rport", "rport2_10")
_REMOTE_ADDRESSES = ("ra4", "ra6", "ra42", "ra62")
_LOCAL_ADDRESSES = ("la4", "la6")
_SECURITY = ("security", "security2_9", "security2")
_ICMP = ("icmp4", "icmp6")
_TRUST = ("pfn", "ttk", "ttk2_22", "ttk2_27", "ttk2_28")
_LOCAL_USERS = ("luauth", "luauth2_24")
_ONE = ("action", "dir", "protocol", "app", "svc", "name", "desc", "embedctxt", "edge", "defer", "active", "luown")
_TELL_NOTHING = ("lsm", "lom", "pcross", "nnm", "securityrealmid", "authbypassout", "platform", "platform2", "skipver")
_KNOWN = frozenset(
    [
        *(*_LOCAL_PORTS, *_REMOTE_PORTS, *_REMOTE_ADDRESSES, *_LOCAL_ADDRESSES, *_SECURITY, *_ICMP, *_TRUST),
        *(*_LOCAL_USERS, *_ONE, *_TELL_NOTHING, "profile", "if", "iftype", "apppkgid", "rmauth", "ruauth"),
    ]
)
_SECURE_FLAGS = {"an-noencap": 1, "authenticate": 2, "authdynenc": 3, "authenticateencrypt": 4}
_DEFERRED = {"app": 2, "user": 3}


@functools.lru_cache(maxsize=8192)
def read_rule(text: str, *, store: str = LOCAL) -> Record:
    """The rule that a stored text says; never raises.

    What the grammar does not know is among the addresses that cannot be read, and so told.
    """
    fields: dict[str, list[str]] = {}
    for part in text.split(FIELD_SEPARATOR)[1:]:
        key, _equals, value = part.partition("=")
        if part:
            fields.setdefault(key.lower() if key.lower() in _KNOWN else part, []).append(value)
    unknown = [part for part in fields if part not in _KNOWN]
    defer = _DEFERRED.get(_one(fields, "defer").lower(), 0)
    is_edge = _one(fields, "edge").lower() == "true"
    protocol = _one(fields, "protocol")
    return Record(
        name=_one(fields, "name"),
        description=_one(fields, "desc"),
        enabled=_one(fields, "active").lower() == "true",
        direction=_one(fields, "dir").lower(),
        action=_ACTIONS.get(_one(fields, "action").lower(), "allow"),
        protocol=int(protocol) if protocol.isdigit() else ANY_PROTOCOL,
        local_ports=_joined(fields, _LOCAL_PORTS),
        remote_ports=_joined(fields, _REMOTE_PORTS),
        local_addresses=_joined(fields, _LOCAL_ADDRESSES) or ANY,
        remote_addresses=",".join(filter(None, [_joined(fields, _REMOTE_ADDRESSES), *unknown])) or ANY,
        icmp_types=_joined(fields, _ICMP),
        profiles=_profiles(fields.get("profile", ())),
        application=_one(fields, "app"),
        service=_one(fields, "svc"),
        package=_one(fields, "apppkgid"),
        interface_types=_joined(fields, ("iftype",)),
        interfaces=FIELD_SEPARATOR.join(fields.get("if", ())),
        edge_traversal=is_edge,
        edge_traversal_options=defer or int(is_edge),
        local_user_owner=_one(fields, "luown"),
        local_users=_joined(fields, _LOCAL_USERS),
        remote_users=_one(fields, "ruauth"),
        remote_machines=_one(fields, "rmauth"),
        secure_flags=max((_SECURE_FLAGS.get(word.lower(), 1) for word in _all(fields, _SECURITY)), default=0),
        grouping=_one(fields, "embedctxt"),
        trust=_joined(fields, _TRUST),
        store=store,
    )


def with_trust(records: t.Iterable[Record], stored: t.Iterable[str]) -> tuple[Record, ...]:
    """Local rules as COM tells them, each with what only its stored text tells.

    The two have no name in common: COM translates names. So a rule is the one that says the same otherwise, and of
    several that do, as many get it as are stored with it.
    """
    left: dict[tuple[t.Any, ...], list[str]] = {}
    for text in stored:
        rule = read_rule(text)
        if rule.trust:
            left.setdefault(_key(rule), []).append(rule.trust)
    found = []
    for record in records:
        words = left.get(_key(record)) if left else None
        found.append(record._replace(trust=words.pop()) if words else record)
    return tuple(found)


def _key(record: Record) -> tuple[t.Any, ...]:
    return meaning_of(record._replace(trust="", local_users="", local_user_owner="", edge_traversal_options=0))


def _one(fields: t.Mapping[str, t.Sequence[str]], key: str) -> str:
    return fields.get(key, ("",))[-1]


def _all(fields: t.Mapping[str, t.Sequence[str]], keys: t.Iterable[str]) -> list[str]:
    return [value for key in keys for value in fields.get(key, ())]


def _joined(fields: t.Mapping[str, t.Sequence[str]], keys: t.Iterable[str]) -> str:
    return ",".join(dict.fromkeys(_all(fields, keys)))


def _profiles(words: t.Sequence[str]) -> int:
    names = [name for word in words for name in _PROFILES.get(word.lower(), ())]
    return profile_bits(names) if names else EVERY_PROFILE
