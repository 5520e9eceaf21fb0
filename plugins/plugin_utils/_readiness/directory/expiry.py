# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""When an account of a directory ends or its password does, from what its own entry shows.

Active Directory, the password policy of OpenLDAP, 389 Directory Server, FreeIPA, and shadow accounts.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .ldap import Entry, entries_of

Values = t.Mapping[str, t.Any]

ATTRIBUTES = (
    "userAccountControl",
    "accountExpires",
    "pwdLastSet",
    "msDS-UserPasswordExpiryTimeComputed",
    "pwdChangedTime",
    "pwdPolicySubentry",
    "pwdReset",
    "pwdAccountLockedTime",
    "passwordExpirationTime",
    "krbPasswordExpiration",
    "shadowLastChange",
    "shadowMax",
    "shadowExpire",
)
"""What the role asks of the account's own entry."""

_DISABLED, _NEVER_EXPIRES = 0x2, 0x10000
_FILETIME_ZERO = datetime(1601, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILETIME_NEVER = 0x7FFFFFFFFFFFFFFF
_NO_SHADOW_MAX = 99999
_PASSWORD, _ACCOUNT = "the account's password", "the account"


@dataclass(frozen=True)
class Expiry:
    """The earliest end and what ends, or that the password never does; neither where nothing can be seen."""

    ends: datetime | None = None
    what: str = _PASSWORD
    never: bool = False
    trouble: str = ""


def read_expiry(observed: Values) -> Expiry:
    entry = _only(observed.get("account"))
    if entry is None:
        return Expiry()
    ends = [*_ends(entry, policy=_only(observed.get("policy")))]
    trouble = _trouble(entry)
    if not ends:
        return Expiry(never=_says_never(entry, policy=_only(observed.get("policy"))), trouble=trouble)
    first, what = min(ends)
    return Expiry(ends=first, what=what, trouble=trouble)


def _only(result: t.Any) -> Entry | None:
    if not isinstance(result, t.Mapping):
        return None
    found = entries_of(result)
    return found[0] if len(found) == 1 else None


def _trouble(entry: Entry) -> str:
    if _number(entry, "userAccountControl") & _DISABLED:
        return "the account is disabled"
    if entry.first("pwdReset").upper() == "TRUE" or entry.first("pwdLastSet") == "0":
        return "the account must change its password first"
    if entry.first("pwdAccountLockedTime"):
        return "the account is locked"
    return ""


def _ends(entry: Entry, *, policy: Entry | None) -> t.Iterator[tuple[datetime, str]]:
    for attribute, what in (("msDS-UserPasswordExpiryTimeComputed", _PASSWORD), ("accountExpires", _ACCOUNT)):
        ticks = _number(entry, attribute)
        if 0 < ticks < _FILETIME_NEVER and not (what == _PASSWORD and _never_by_flag(entry)):
            yield _FILETIME_ZERO + timedelta(microseconds=ticks // 10), what
    for attribute in ("passwordExpirationTime", "krbPasswordExpiration"):
        if moment := generalized_time(entry.first(attribute)):
            yield moment, _PASSWORD
    changed = generalized_time(entry.first("pwdChangedTime"))
    if changed and policy and (age := _number(policy, "pwdMaxAge")):
        yield changed + timedelta(seconds=age), _PASSWORD
    if (days := _number(entry, "shadowMax")) and entry.of("shadowLastChange") and days < _NO_SHADOW_MAX:
        yield _EPOCH + timedelta(days=_number(entry, "shadowLastChange") + days), _PASSWORD
    if expires := _number(entry, "shadowExpire"):
        yield _EPOCH + timedelta(days=expires), _ACCOUNT


def _says_never(entry: Entry, *, policy: Entry | None) -> bool:
    if _never_by_flag(entry) or _number(entry, "msDS-UserPasswordExpiryTimeComputed") == _FILETIME_NEVER:
        return True
    return policy is not None and bool(entry.of("pwdChangedTime")) and not _number(policy, "pwdMaxAge")


def _never_by_flag(entry: Entry) -> bool:
    return bool(_number(entry, "userAccountControl") & _NEVER_EXPIRES)


def _number(entry: Entry, attribute: str) -> int:
    text = entry.first(attribute)
    return int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else 0


def generalized_time(text: str) -> datetime | None:
    """A generalized time in UTC, such as 20261120130000.0Z; nothing for anything else."""
    found = re.fullmatch(r"([0-9]{14})(?:[.,][0-9]+)?Z", text)
    return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) if found else None
