# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Entries of a directory with digests in the place of values, so that card numbers go no further than they must."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import typing as t

_DIGITS = 32


def reduced(
    results: t.Sequence[t.Mapping[str, t.Any]], *, plain: t.Collection[str], key: bytes
) -> list[dict[str, t.Any]]:
    """For each entry of ldap_search (every value in Base64) its C(dn), and C(values) by attribute in small letters.

    Values of the attributes C(plain) are text; of the others a digest under C(key), equal for values that differ at
    most in case and surrounding space. Values of nothing but space, and attributes without others, are left out.
    """
    readable = {name.lower() for name in plain}
    return [
        {
            "dn": str(entry.get("dn") or ""),
            "attributes": {
                name.lower(): values
                for name, raw in entry.items()
                if name != "dn" and (values := _values(raw, plain=name.lower() in readable, key=key))
            },
        }
        for entry in results
    ]


def _values(raw: t.Any, *, plain: bool, key: bytes) -> list[str]:
    found = []
    for one in raw if isinstance(raw, list) else [raw]:
        value = _decoded(one)
        if value.strip():
            found.append(value.decode("utf-8", "backslashreplace").strip() if plain else _digest(value, key=key))
    return found


def _decoded(value: t.Any) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error:
        return str(value).encode()


def _digest(value: bytes, *, key: bytes) -> str:
    with contextlib.suppress(UnicodeDecodeError):
        value = value.decode("utf-8").strip().lower().encode()
    return hmac.new(key, value, hashlib.sha256).hexdigest()[:_DIGITS]
