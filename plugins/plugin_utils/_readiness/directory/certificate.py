# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The certificate of a directory server: its dates, and whether it is about the name that the product will use."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from ..model import problem_of
from ..verdict import (
    Verdict,
    lacking_library,
    said,
)

Values = t.Mapping[str, t.Any]

_ASN1_TIME = "%Y%m%d%H%M%SZ"


def judge_certificate(observed: Values, *, asked: Values, verdict: Verdict) -> None:
    """C(asked["certificate_days"]) is how many days it must still be valid, C(asked["certificate_names"]) its names."""
    result = observed.get("certificate")
    reason = problem_of(observed, "certificate", "not_after", "not_before")
    if reason or not isinstance(result, t.Mapping):
        lack = lacking_library(result) if isinstance(result, t.Mapping) else ""
        verdict.unknown(f"the certificate was not read: {lack or reason}")
        return
    now = time_of(str(observed["at"]))
    begins, ends = (asn1_time(str(result[key])) for key in ("not_before", "not_after"))
    place = f"{asked['server']}:{asked['port']}"
    verdict.saw(f"certificate of {_subject(result)}, valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}", place)
    if ends <= now:
        verdict.fault(f"the certificate of {place} ended on {ends:%Y-%m-%d}")
    elif begins > now:
        verdict.fault(f"the certificate of {place} begins on {begins:%Y-%m-%d}")
    elif ends <= now + timedelta(days=int(asked.get("certificate_days") or 0)):
        verdict.fault(f"the certificate of {place} ends on {ends:%Y-%m-%d}, within {asked['certificate_days']} days")
    else:
        verdict.good(f"the certificate is valid until {ends:%Y-%m-%d}")
    _judge_names(observed, asked=asked, place=place, verdict=verdict)


def _judge_names(observed: Values, *, asked: Values, place: str, verdict: Verdict) -> None:
    if reason := problem_of(observed, "certificate_names", "subject_alt_name"):
        result = observed.get("certificate_names")
        lack = lacking_library(result) if isinstance(result, t.Mapping) else ""
        verdict.unknown(f"the names in the certificate were not read: {lack or said(result or {}) or reason}")
        return
    held = [str(one) for one in observed["certificate_names"]["subject_alt_name"] or ()]
    verdict.saw(f"certificate for {', '.join(held) or 'no name'}", place)
    for name in asked.get("certificate_names") or ():
        if any(matches(str(name), one) for one in held):
            verdict.good(f"the certificate is about {name}")
        else:
            verdict.fault(f"the certificate of {place} is not about {name}, but about {', '.join(held) or 'no name'}")


def matches(name: str, held: str) -> bool:
    """Whether a subject alternative name, C(DNS:…) or C(IP:…), is about a name or address."""
    kind, _colon, value = held.partition(":")
    if (address := _address(name)) is not None:
        return kind == "IP" and address == _address(value)
    if kind != "DNS":
        return False
    wanted, pattern = name.lower().rstrip("."), value.lower().rstrip(".")
    if pattern.startswith("*."):
        first, _dot, rest = wanted.partition(".")
        return bool(first) and rest == pattern[2:]
    return wanted == pattern


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def time_of(text: str) -> datetime:
    """A time in ISO 8601, as UTC where it does not say."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def asn1_time(text: str) -> datetime:
    return datetime.strptime(text, _ASN1_TIME).replace(tzinfo=UTC)


def _subject(result: Values) -> str:
    subject = result.get("subject") or {}
    return str(subject.get("CN") or subject.get("commonName") or "no name")
