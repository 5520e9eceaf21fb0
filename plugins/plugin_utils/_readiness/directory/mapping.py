# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The mapped attributes of users: how often each is filled, and whether two users share a value.

Values never leave this file, since a card number opens a printer: accounts are named, and how many share.
"""

from __future__ import annotations

import hashlib
import typing as t
from collections import defaultdict

from ..verdict import Verdict, names
from .ldap import Entry, Users, barrier

Values = t.Mapping[str, t.Any]

UNIQUE = {"login": "login name", "card": "card number", "id": "unique id"}
_EVERYONE = 100.0
_GROUPS = 5


def judge_attribute(purpose: str, *, users: Users, observed: Values, asked: Values, verdict: Verdict) -> None:
    """Judge the attribute that C(asked["attributes"]) maps to C(purpose).

    Filled is judged over a sample of C(asked["sample"]) users (0 for all), against C(asked["filled"][purpose]) percent
    (100 where there is none); shared values over everyone listed.
    """
    attribute = str((asked.get("attributes") or {}).get(purpose) or "")
    if not attribute:
        verdict.unknown(f"preinstall_directory_attributes does not say which attribute is the {purpose}")
        return
    if reason := barrier(observed, "users", asked=asked):
        verdict.unknown(reason)
        return
    if users.problems:
        verdict.unknown(f"the users could not be listed: {'; '.join(users.problems)}")
        return
    if not users.entries:
        verdict.unknown("the account was shown no user, so there is nothing to look at")
        return
    place = f"{asked['server']}, attribute {attribute}"
    login = str((asked.get("attributes") or {}).get("login") or "")
    _judge_filled(purpose, attribute, users=users, asked=asked, login=login, place=place, verdict=verdict)
    if purpose in UNIQUE:
        _judge_shared(purpose, attribute, users=users, login=login, place=place, verdict=verdict)


def sample_of(users: Users, *, size: int) -> tuple[Entry, ...]:
    """So many users, the same ones in every run, spread as if drawn by lot; 0 for all."""
    if size <= 0 or size >= len(users.entries):
        return users.entries
    return tuple(sorted(users.entries, key=lambda user: hashlib.sha256(user.dn.lower().encode()).digest())[:size])


def _judge_filled(
    purpose: str, attribute: str, *, users: Users, asked: Values, login: str, place: str, verdict: Verdict
) -> None:
    sample = sample_of(users, size=int(asked.get("sample") or 0))
    lacking = [user for user in sample if not user.of(attribute)]
    filled = len(sample) - len(lacking)
    share = 100 * filled / len(sample)
    wanted = float((asked.get("filled") or {}).get(purpose, _EVERYONE))
    counted = f"{attribute} is filled for {filled} of {len(sample)} users ({share:.1f} %)"
    verdict.saw(f"{counted}, out of {len(users.entries)} listed", place)
    if not filled and wanted > 0:
        verdict.fault(f"{attribute} is filled for none of {len(sample)} users, or the account may not read it")
    elif share < wanted:
        verdict.fault(f"{counted}, and {wanted:g} % are wanted; without it: {_named(lacking, login=login)}")
    else:
        verdict.good(counted)


def _judge_shared(purpose: str, attribute: str, *, users: Users, login: str, place: str, verdict: Verdict) -> None:
    owners: dict[str, dict[str, Entry]] = defaultdict(dict)
    for user in users.entries:
        for value in user.of(attribute):
            owners[value.lower()][user.dn.lower()] = user
    shared = [list(sharing.values()) for sharing in owners.values() if len(sharing) > 1]
    if not shared:
        verdict.saw(f"no {UNIQUE[purpose]} is shared among {len(users.entries)} users", place)
        return
    groups = sorted(_named(sharing, login="" if purpose == "login" else login) for sharing in shared)
    if len(groups) == 1:
        verdict.fault(f"a {UNIQUE[purpose]} is shared by {groups[0]}")
    else:
        told = "; ".join(f"by {group}" for group in groups[:_GROUPS])
        verdict.fault(f"{len(groups)} {UNIQUE[purpose]}s are shared: {told}{_more(groups)}")
    verdict.saw(f"{len(shared)} values of {attribute} belong to more than one user", place)


def _more(groups: t.Sequence[str]) -> str:
    return f"; and {len(groups) - _GROUPS} more" if len(groups) > _GROUPS else ""


def _named(users: t.Sequence[Entry], *, login: str) -> str:
    return names(sorted((user.first(login) if login else "") or user.dn for user in users))
