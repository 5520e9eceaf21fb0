# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The integration account of a directory: it logs in, is shown every user and the mapped attributes, and goes on to."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from ..verdict import (
    Verdict,
    names,
    said,
)
from .certificate import time_of
from .expiry import Expiry, read_expiry
from .ldap import Users, barrier, refusal_of

Values = t.Mapping[str, t.Any]

_CUT_SHORT = ("Size limit exceeded", "Administrative limit exceeded", "Time limit exceeded")


def judge_account(*, observed: Values, asked: Values, host: str, users: Users, verdict: Verdict) -> None:
    del host
    if not asked.get("account"):
        verdict.attest("preinstall_directory_account is not set: the administrator must provide the account")
        return
    if not asked.get("password"):
        verdict.attest(f"{asked['account']} was not tried: preinstall_directory_password is not set")
        return
    place = f"{asked['server']}, asked from {asked.get('from')}"
    bind = observed.get("bind")
    if isinstance(bind, t.Mapping) and (refusal := refusal_of(bind)):
        verdict.fault(f"{asked['account']} cannot log in: {refusal}")
        verdict.saw(said(bind), place)
        return
    if reason := barrier(observed, "users", asked=asked):
        verdict.unknown(reason)
        return
    verdict.saw(f"{asked['account']} logged in", place)
    _judge_listing(users, asked=asked, place=place, verdict=verdict)
    _judge_expiry(observed, asked=asked, place=place, verdict=verdict)


def _judge_listing(users: Users, *, asked: Values, place: str, verdict: Verdict) -> None:
    bases = names(map(str, asked.get("bases") or ()))
    if users.problems and all("Base not found" in one for one in users.problems) and not users.entries:
        verdict.fault(f"the account sees nothing of {bases}")
        return
    for problem in users.problems:
        if any(limit in problem for limit in _CUT_SHORT):
            verdict.fault(f"the server cuts the account's list of users short: {problem}")
        elif "Insufficient access" in problem:
            verdict.fault(f"the account may not list the users: {problem}")
        else:
            verdict.unknown(f"the users could not be listed: {problem}")
    if users.problems:
        return
    if not bases:
        verdict.unknown("preinstall_directory_bases names no container to list")
        return
    if not users.entries:
        verdict.fault(f"the account is shown no user below {bases}")
        return
    verdict.saw(f"{len(users.entries)} users listed below {bases}", place)
    mapped = {str(one) for one in (asked.get("attributes") or {}).values() if one}
    hidden = sorted(one for one in mapped if not any(user.of(one) for user in users.entries))
    if hidden:
        verdict.fault(f"the account reads {', '.join(hidden)} of no user: filled nowhere, or not shown to it")
    verdict.good(
        f"{asked['account']} lists {len(users.entries)} users and reads {len(mapped) - len(hidden)} attributes"
    )


def _judge_expiry(observed: Values, *, asked: Values, place: str, verdict: Verdict) -> None:
    expiry = read_expiry(observed)
    now = time_of(str(observed["at"]))
    days = int(asked.get("password_days") or 0)
    if expiry.trouble:
        verdict.fault(expiry.trouble)
    if expiry.ends is not None:
        when = f"{expiry.ends:%Y-%m-%d}"
        verdict.saw(f"{expiry.what} ends on {when}", place)
        if expiry.ends <= now:
            verdict.fault(f"{expiry.what} ended on {when}")
        elif expiry.ends <= now + timedelta(days=days):
            verdict.fault(f"{expiry.what} ends on {when}, within {days} days")
        else:
            verdict.good(f"{expiry.what} ends on {when}")
    else:
        verdict.saw(_without_end(expiry), place)
        verdict.good(_without_end(expiry))


def _without_end(expiry: Expiry) -> str:
    return "the account's password does not end" if expiry.never else "when the account's password ends cannot be seen"
