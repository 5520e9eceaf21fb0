# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Entries of a directory, from printops.firewall.directory_search_info and microsoft.ad.object_info.

The first returns digests of most values, the second the values themselves; what reads them takes both for the same.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..model import problem_of
from ..verdict import (
    lacking_library,
    loop_results,
    said,
)

Values = t.Mapping[str, t.Any]

_CHANGED = ("modifytimestamp", "whenchanged")

_REFUSALS = {
    "Invalid credentials": "the server refuses the account's name or password",
    "Strong(er) authentication required": "the server takes logins over TLS only",
    "Confidentiality required": "the server takes logins over TLS only",
    "Inappropriate authentication": "the server does not take a password from this account",
    "Insufficient access": "the account may do nothing",
    "has rejected the client credentials": "the server refuses the account's name or password",
}
_SUBCODES = {
    "525": "there is no such account",
    "52e": "the server refuses the account's name or password",
    "530": "the account may not log in at this hour",
    "531": "the account may not log in from here",
    "532": "the account's password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the account must change its password first",
    "775": "the account is locked",
}
_SUBCODE = re.compile(r"AcceptSecurityContext error, data ([0-9a-f]{3}),")


@dataclass(frozen=True)
class Entry:
    """One entry: its DN, and the filled values of each attribute under its name in small letters."""

    dn: str
    values: t.Mapping[str, tuple[str, ...]]

    def of(self, attribute: str) -> tuple[str, ...]:
        return self.values.get(attribute.lower(), ())

    def first(self, attribute: str) -> str:
        return next(iter(self.of(attribute)), "")

    @property
    def changed(self) -> bool:
        return any(self.of(attribute) for attribute in _CHANGED)


@dataclass(frozen=True)
class Users:
    """The users below all containers, each once, and why a container could not be listed."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()


def read_users(observed: Values) -> Users:
    by_dn: dict[str, Entry] = {}
    problems = []
    for result in loop_results(observed, "users"):
        if not searched(result):
            problems.append(f"{result.get('item')}: {said(result)}")
            continue
        for entry in entries_of(result):
            by_dn.setdefault(entry.dn.lower(), entry)
    return Users(entries=tuple(by_dn[dn] for dn in sorted(by_dn)), problems=tuple(problems))


def searched(result: Values) -> bool:
    """Whether a search was carried out; object_info returns an empty list of objects where it failed, too."""
    return "entries" in result or ("objects" in result and not result.get("failed") and not result.get("msg"))


def entries_of(result: Values) -> tuple[Entry, ...]:
    """The entries of one search."""
    if "objects" in result:
        return tuple(
            Entry(dn=str(one.get("DistinguishedName") or ""), values=_filled(one)) for one in result["objects"] or ()
        )
    return tuple(
        Entry(dn=str(one["dn"]), values={name: tuple(values) for name, values in one["attributes"].items()})
        for one in result.get("entries") or ()
    )


def barrier(observed: Values, probe: str, *, asked: Values) -> str:
    """Why a search tells nothing: nobody to ask as, the way to the server, the library, or the login; else empty."""
    for name in ("account", "password"):
        if not asked.get(name):
            return f"preinstall_directory_{name} is not set, so the directory was not asked"
    results = loop_results(observed, probe) or (
        (observed[probe],) if isinstance(observed.get(probe), t.Mapping) else ()
    )
    for result in (*_bind(observed), *results):
        if result.get("unreachable") or result.get("asker_unreachable"):
            return f"the host that asks the directory was not reached: {said(result)}"
        if lack := lacking_library(result):
            return f"the directory was not asked: {lack}"
    for result in _bind(observed):
        if not result.get("skipped") and not searched(result):
            return f"the account could not log in: {refusal_of(result) or said(result)}"
    return problem_of(observed, probe)


def refusal_of(result: Values) -> str:
    """Why a login was refused, in words; empty where it was not, or the server said nothing."""
    if searched(result) or lacking_library(result):
        return ""
    text = said(result)
    subcode = _SUBCODE.search(text)
    if subcode and subcode[1] in _SUBCODES:
        return _SUBCODES[subcode[1]]
    return next((words for code, words in _REFUSALS.items() if code in text), "")


def _bind(observed: Values) -> tuple[Values, ...]:
    found = observed.get("bind")
    return (found,) if isinstance(found, t.Mapping) else ()


def _filled(raw: Values) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in raw.items():
        texts = ["" if one is None else str(one).strip() for one in (value if isinstance(value, list) else [value])]
        if filled := tuple(text for text in texts if text):
            found[str(name).lower()] = filled
    return found
