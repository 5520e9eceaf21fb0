# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import typing as t
from datetime import UTC, datetime

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.directory.certificate import matches
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.directory.entries import reduced
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.directory.expiry import (
    ATTRIBUTES,
    Expiry,
    read_expiry,
)

NEVER = 0x7FFFFFFFFFFFFFFF
PASSWORD, ACCOUNT = "the account's password", "the account"


def entry(**values: t.Any) -> dict[str, t.Any]:
    coded = {key.replace("__", "-"): base64.b64encode(str(value).encode()).decode() for key, value in values.items()}
    return {"entries": reduced([{"dn": "cn=svc", **coded}], plain=(*ATTRIBUTES, "pwdMaxAge"), key=b"password")}


def filetime(moment: datetime) -> int:
    return int((moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7


MOMENT = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("account", "policy", "expected"),
    [
        (entry(msDS__UserPasswordExpiryTimeComputed=filetime(MOMENT)), None, Expiry(ends=MOMENT, what=PASSWORD)),
        (entry(msDS__UserPasswordExpiryTimeComputed=NEVER), None, Expiry(never=True)),
        (
            entry(userAccountControl=0x10200, msDS__UserPasswordExpiryTimeComputed=filetime(MOMENT)),
            None,
            Expiry(never=True),
        ),
        (entry(accountExpires=filetime(MOMENT)), None, Expiry(ends=MOMENT, what=ACCOUNT)),
        (entry(accountExpires=NEVER), None, Expiry()),
        (entry(userAccountControl=0x202), None, Expiry(trouble="the account is disabled")),
        (entry(pwdLastSet=0), None, Expiry(trouble="the account must change its password first")),
        (entry(pwdReset="TRUE"), None, Expiry(trouble="the account must change its password first")),
        (entry(pwdAccountLockedTime="20261101000000Z"), None, Expiry(trouble="the account is locked")),
        (entry(passwordExpirationTime="20270301120000Z"), None, Expiry(ends=MOMENT, what=PASSWORD)),
        (entry(krbPasswordExpiration="20270301120000.0Z"), None, Expiry(ends=MOMENT, what=PASSWORD)),
        (
            entry(pwdChangedTime="20270228120000Z"),
            entry(pwdMaxAge=86400),
            Expiry(ends=MOMENT, what=PASSWORD),
        ),
        (entry(pwdChangedTime="20270228120000Z"), entry(pwdMaxAge=0), Expiry(never=True)),
        (entry(pwdChangedTime="20270228120000Z"), None, Expiry()),
        (entry(shadowLastChange=20000, shadowMax=99999), None, Expiry()),
        (entry(shadowLastChange=0, shadowMax=1), None, Expiry(ends=datetime(1970, 1, 2, tzinfo=UTC), what=PASSWORD)),
        (entry(shadowExpire=1), None, Expiry(ends=datetime(1970, 1, 2, tzinfo=UTC), what=ACCOUNT)),
        (entry(passwordExpirationTime="soon"), None, Expiry()),
        ({"entries": []}, None, Expiry()),
        ({"msg": "failed"}, None, Expiry()),
    ],
)
def test_when_an_account_or_its_password_ends(account: t.Any, policy: t.Any, expected: Expiry) -> None:
    assert read_expiry({"account": account, "policy": policy}) == expected


def test_what_ends_first_counts() -> None:
    later = datetime(2028, 1, 1, tzinfo=UTC)
    account = entry(accountExpires=filetime(MOMENT), msDS__UserPasswordExpiryTimeComputed=filetime(later))
    assert read_expiry({"account": account}) == Expiry(ends=MOMENT, what=ACCOUNT)


@pytest.mark.parametrize(
    ("name", "held", "about"),
    [
        ("dc1.example.test", "DNS:DC1.example.test", True),
        ("dc1.example.test.", "DNS:dc1.example.test", True),
        ("dc1.example.test", "DNS:*.example.test", True),
        ("a.dc1.example.test", "DNS:*.example.test", False),
        ("example.test", "DNS:*.example.test", False),
        ("dc1.example.test", "email:dc1.example.test", False),
        ("192.0.2.1", "IP:192.0.2.1", True),
        ("192.0.2.1", "DNS:192.0.2.1", False),
        ("2001:db8::1", "IP:2001:DB8:0::1", True),
        ("dc1", "IP:192.0.2.1", False),
    ],
)
def test_which_names_a_certificate_is_about(name: str, held: str, about: bool) -> None:
    assert matches(name, held) is about
