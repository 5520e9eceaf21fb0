# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The directory that users are copied from, item by item.

Probes: C(reach) (one M(ansible.builtin.wait_for) or M(ansible.windows.win_wait_for) a port), C(certificate) and
C(certificate_names) (M(community.crypto.get_certificate), M(community.crypto.x509_certificate_info)), C(srv) (the
C(records) of each C(item), a prefix and a domain), C(bind), C(bases), C(users), C(account), C(policy)
(M(printops.firewall.directory_search_info), on Windows M(microsoft.ad.object_info)).
"""

from __future__ import annotations

import typing as t

from ..items import Item
from ..model import Outcome, problem_of
from ..verdict import (
    Verdict,
    loop_results,
    names,
    said,
    takes_connections,
)
from .account import judge_account
from .certificate import judge_certificate
from .ldap import (
    Users,
    barrier,
    read_users,
    searched,
)
from .mapping import judge_attribute

Values = t.Mapping[str, t.Any]

ATTRIBUTES = {
    "safeq5/ldap/4": ("login",),
    "safeq5/ldap/5": ("name", "surname"),
    "safeq5/ldap/6": ("department",),
    "safeq5/ldap/7": ("card",),
    "safeq5/ldap/8": ("id",),
    "safeq5/ldap/9": ("email",),
}


def decide(*, observed: Values, asked: Values, host: str, items: t.Sequence[Item]) -> tuple[Outcome, ...]:
    """One outcome for each item; C(asked) has the variables of the role without their prefix, and no password."""
    users = read_users(observed)
    outcomes = []
    for item in items:
        verdict = Verdict(when=str(observed.get("at", "")))
        if not asked.get("server"):
            verdict.unknown("preinstall_directory_server is not set: the name or address of the directory server")
        elif item.id in ATTRIBUTES:
            for purpose in ATTRIBUTES[item.id]:
                judge_attribute(purpose, users=users, observed=observed, asked=asked, verdict=verdict)
        else:
            _JUDGES[item.id](observed=observed, asked=asked, host=host, users=users, verdict=verdict)
        outcomes.append(verdict.outcome(item, host))
    return tuple(outcomes)


def _judge_server(*, observed: Values, asked: Values, host: str, users: Users, verdict: Verdict) -> None:
    del users
    server = str(asked["server"])
    if reason := problem_of(observed, "reach", "results"):
        verdict.unknown(reason)
    for result in loop_results(observed, "reach"):
        place = f"{server}:{result.get('item')}"
        if result.get("unreachable"):
            verdict.unknown(f"the host was not reached: {said(result)}")
        elif (taken := takes_connections(result)) is None:
            verdict.unknown(f"{place} was not tried: {said(result)}")
        elif taken:
            verdict.good(f"{place} takes connections")
            verdict.saw(f"{place} takes connections", host)
        else:
            verdict.fault(f"{place} takes no connection from {host}")
            verdict.saw(said(result), host)
    if asked.get("tls") == "none":
        verdict.saw(
            "users and the account's password are to cross the network unencrypted", f"{server}:{asked['port']}"
        )
    if asked.get("tls") == "ldaps":
        judge_certificate(observed, asked=asked, verdict=verdict)


def _judge_domains(*, observed: Values, asked: Values, host: str, users: Users, verdict: Verdict) -> None:
    del users
    domains = [str(one) for one in asked.get("domains") or ()]
    if not domains:
        verdict.unknown("preinstall_directory_domains names no domain")
        return
    if reason := problem_of(observed, "srv", "results"):
        verdict.unknown(reason)
        return
    place = str(observed["srv"].get("where") or host)
    for domain in domains:
        answers = [one for one in loop_results(observed, "srv") if one["item"][1] == domain]
        targets: set[str] = set()
        silent = []
        for answer in answers:
            found = [f"{one['target']}:{one['port']}" for one in answer["records"] if isinstance(one, t.Mapping)]
            targets.update(found)
            if not found and "NXDOMAIN" not in answer["records"]:
                silent.append(".".join(answer["item"]))
            verdict.saw(f"{'.'.join(answer['item'])}: {', '.join(found) or 'no SRV record'}", place)
        if targets:
            verdict.good(f"{domain} is served by {names(sorted(targets))}")
        elif silent:
            verdict.unknown(f"DNS gave no answer about {', '.join(silent)}")
        else:
            verdict.fault(f"DNS knows no directory server of {domain}")


def _judge_bases(*, observed: Values, asked: Values, host: str, users: Users, verdict: Verdict) -> None:
    del host, users
    bases = [str(one) for one in asked.get("bases") or ()]
    if not bases:
        verdict.unknown("preinstall_directory_bases names no container")
        return
    if reason := barrier(observed, "bases", asked=asked):
        verdict.unknown(reason)
        return
    by_base = {str(one.get("item")): one for one in loop_results(observed, "bases")}
    for base in bases:
        result = by_base.get(base, {})
        text = said(result)
        if searched(result) and (result.get("entries") or result.get("objects")):
            verdict.good(f"{base} exists")
            verdict.saw(f"{base} was read", str(asked["server"]))
        elif any(one in text for one in ("Base not found", "Invalid DN syntax", "Insufficient access")) or (
            searched(result)
        ):
            verdict.fault(f"{base} does not exist, or the account may not see it")
            verdict.saw(text, str(asked["server"]))
        else:
            verdict.unknown(f"{base} could not be read: {text}")


def _judge_replication(*, observed: Values, asked: Values, host: str, users: Users, verdict: Verdict) -> None:
    """What was decided, against what the directory shows: how long a listing takes, and whether changes are told."""
    del host
    full, differential = (int(asked.get(f"{kind}_every") or 0) for kind in ("full", "differential"))
    if not full:
        verdict.attest("preinstall_directory_full_every says nothing of how often users are copied")
        return
    if reason := barrier(observed, "users", asked=asked):
        verdict.unknown(reason)
        return
    if differential and differential >= full:
        verdict.fault(
            f"a differential copy every {differential} min is no more frequent than a full one every {full} min"
        )
    seconds = float(observed.get("listing_seconds") or 0)
    shortest = differential or full
    if seconds > shortest * 60:
        verdict.fault(f"listing the users took {seconds:.0f} s, longer than the {shortest} min between two copies")
    told = sum(1 for user in users.entries if user.changed)
    if differential and users.entries and not told:
        verdict.fault("no user shows when it was changed, which a differential copy needs")
    verdict.saw(
        f"{len(users.entries)} users listed in {seconds:.1f} s, {told} of them say when they were changed",
        str(asked["server"]),
    )
    how = f", a differential one every {differential} min" if differential else ""
    verdict.good(f"a full copy is decided on every {full} min{how}")


_Judge = t.Callable[..., None]
_JUDGES: dict[str, _Judge] = {
    "safeq5/ldap/1": _judge_server,
    "safeq5/ldap/2": _judge_domains,
    "safeq5/ldap/3": _judge_bases,
    "safeq5/ldap/10": _judge_replication,
    "safeq5/ldap/11": judge_account,
}
