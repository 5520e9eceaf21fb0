# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The eleven items about the directory, over results as the modules document them, from Linux and from Windows."""

from __future__ import annotations

import base64
import copy
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.areas import decide_area
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.directory.entries import reduced
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.directory.expiry import (
    ATTRIBUTES as ATTRIBUTES_OF_EXPIRY,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import Outcome, Status

AT = "2026-11-20T13:00:00Z"
BASE = "OU=People,DC=example,DC=test"
ATTRIBUTES = {
    "login": "sAMAccountName",
    "name": "givenName",
    "surname": "sn",
    "department": "department",
    "card": "pager",
    "id": "objectGUID",
    "email": "mail",
}
ASKED: dict[str, t.Any] = {
    "server": "dc1.example.test",
    "port": 636,
    "tls": "ldaps",
    "certificate_names": ["dc1.example.test"],
    "certificate_days": 0,
    "domains": ["example.test"],
    "bases": [BASE],
    "account": "svc@example.test",
    "password": True,
    "password_days": 0,
    "attributes": ATTRIBUTES,
    "sample": 0,
    "filled": {},
    "full_every": 1440,
    "differential_every": 60,
    "from": "localhost",
}
CARD = "04A2B6C81190"
SERVER, DOMAIN, CONTAINER, COPIES, ACCOUNT = (f"safeq5/ldap/{number}" for number in (1, 2, 3, 10, 11))
NO_LIBRARY = {"msg": "Failed to import the required Python library (python-ldap) on ctl's Python /usr/bin/python3. …"}
INVALID = "{{'result': 49, 'desc': 'Invalid credentials', 'ctrls': [], 'info': '{}'}}"
AD_INFO = "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {}, v4563"
NEVER = str(0x7FFFFFFFFFFFFFFF)


def searched(*results: dict[str, t.Any], plain: t.Sequence[str] = ("sAMAccountName",)) -> dict[str, t.Any]:
    """What C(directory_search_info) makes of what community.general.ldap_search returns."""
    return {"changed": False, "entries": reduced(results, plain=plain, key=b"password")}


def coded(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def plain_user(number: int) -> dict[str, t.Any]:
    return {
        "sAMAccountName": f"user{number}",
        "givenName": f"Name{number}",
        "sn": f"Surname{number}",
        "department": "17",
        "pager": f"04A2B6C8{number:04}",
        "objectGUID": f"guid-{number}",
        "mail": f"user{number}@example.test",
        "whenChanged": "20261101120000.0Z",
    }


def linux_user(number: int, **changed: str | None) -> dict[str, t.Any]:
    values = {**plain_user(number), **changed}
    return {"dn": f"CN=user{number},{BASE}", **{key: coded(value) for key, value in values.items() if value}}


def windows_user(number: int, **changed: str | None) -> dict[str, t.Any]:
    values = {**plain_user(number), **changed}
    return {"DistinguishedName": f"CN=user{number},{BASE}", "Name": f"user{number}", "ObjectClass": "user", **values}


def linux(*users: dict[str, t.Any]) -> dict[str, t.Any]:
    entry = {"dn": f"CN=svc,{BASE}", "userAccountControl": coded("66048"), "accountExpires": coded(NEVER)}
    return {
        "platform": "linux",
        "at": AT,
        "reach": {"results": [{"item": 636, "state": "started", "elapsed": 0, "failed": False}]},
        "srv": {
            "where": "DNS 192.0.2.53",
            "results": [
                {"item": [prefix, "example.test"], "records": [{"target": "dc1.example.test.", "port": 389}]}
                for prefix in ("_ldap._tcp.dc._msdcs", "_ldap._tcp")
            ],
        },
        "certificate": {
            "not_before": "20260101000000Z",
            "not_after": "20271231000000Z",
            "subject": {"CN": "dc1.example.test"},
            "cert": "…",
        },
        "certificate_names": {"subject_alt_name": ["DNS:dc1.example.test", "DNS:example.test"]},
        "bind": searched({"dn": "", "defaultNamingContext": coded("DC=example,DC=test")}),
        "bases": {"results": [{"item": BASE, **searched({"dn": BASE})}]},
        "users": {"results": [{"item": BASE, **searched(*(users or [linux_user(one) for one in range(4)]))}]},
        "account": searched(entry, plain=ATTRIBUTES_OF_EXPIRY),
        "policy": {"skipped": True},
        "listing_seconds": 2.5,
    }


def windows(*users: dict[str, t.Any]) -> dict[str, t.Any]:
    entry = {"DistinguishedName": f"CN=svc,{BASE}", "userAccountControl": 66048, "accountExpires": int(NEVER)}
    base = {"item": BASE, "objects": [{"DistinguishedName": BASE, "ObjectClass": "organizationalUnit"}]}
    listed = list(users) or [windows_user(one) for one in range(4)]
    return {
        **linux(),
        "platform": "windows",
        "reach": {"results": [{"item": 636, "elapsed": 0.1, "wait_attempts": 1, "failed": False}]},
        "bind": base,
        "bases": {"results": [base]},
        "users": {"results": [{"item": BASE, "objects": listed}]},
        "account": {"objects": [entry]},
    }


def decide(observed: dict[str, t.Any], **asked: t.Any) -> dict[str, Outcome]:
    outcomes = decide_area("directory", observed=observed, asked={**ASKED, **asked}, host="cml1")
    return {outcome.item: outcome for outcome in outcomes}


def changed(observed: dict[str, t.Any], **probes: t.Any) -> dict[str, t.Any]:
    return {**copy.deepcopy(observed), **probes}


def in_loop(item: t.Any, **result: t.Any) -> dict[str, t.Any]:
    return {"results": [{"item": item, "failed": False, **result}]}


@pytest.mark.parametrize("observed", [linux(), windows()], ids=["linux", "windows"])
@pytest.mark.parametrize("number", range(1, 12))
def test_a_directory_without_faults_passes(observed: dict[str, t.Any], number: int) -> None:
    outcome = decide(observed)[f"safeq5/ldap/{number}"]
    assert outcome.status is Status.PASS, outcome
    assert outcome.evidence
    assert all(one.when == AT and one.where and one.seen for one in outcome.evidence)


FAULTS: list[tuple[str, dict[str, t.Any], dict[str, t.Any], str]] = [
    (SERVER, {"reach": in_loop(636, elapsed=5, msg="Timeout when waiting for dc1:636")}, {}, "636 takes no connection"),
    (SERVER, {"reach": in_loop(636, elapsed=5.0, wait_attempts=5, msg="timed out")}, {}, "636 takes no connection"),
    (SERVER, {}, {"certificate_days": 900}, "ends on 2027-12-31, within 900 days"),
    (SERVER, {}, {"certificate_names": ["192.0.2.1"]}, "not about 192.0.2.1, but about DNS:dc1.example.test"),
    (SERVER, {"certificate_names": {"subject_alt_name": None}}, {}, "not about dc1.example.test, but about no name"),
    (DOMAIN, {"srv": in_loop(["_ldap._tcp", "example.test"], records=["NXDOMAIN"])}, {}, "no directory server of"),
    (CONTAINER, {"bases": in_loop(BASE, msg=f"Base not found: {BASE}")}, {}, f"{BASE} does not exist"),
    (CONTAINER, {"bases": in_loop(BASE, objects=[])}, {}, f"{BASE} does not exist"),
    (CONTAINER, {"bases": in_loop(BASE, msg="Attribute action failed.", details="Invalid DN syntax")}, {}, "not exist"),
    (COPIES, {}, {"differential_every": 2000}, "no more frequent"),
    (COPIES, {"listing_seconds": 3700.0}, {}, "listing the users took 3700 s, longer than the 60 min"),
    (ACCOUNT, {"bind": {"msg": "Cannot bind", "details": INVALID.format("")}}, {}, "refuses the account's name"),
    (ACCOUNT, {"bind": {"msg": "Cannot bind", "details": INVALID.format(AD_INFO.format("532"))}}, {}, "has expired"),
    (ACCOUNT, {"bind": {"msg": "x", "details": INVALID.format(AD_INFO.format("775"))}}, {}, "is locked"),
    (ACCOUNT, {"bind": {"objects": [], "msg": "The server has rejected the client credentials."}}, {}, "refuses"),
    (ACCOUNT, {"users": in_loop(BASE, entries=[])}, {}, f"is shown no user below {BASE}"),
    (
        ACCOUNT,
        {"users": in_loop(BASE, msg="…", details="{'desc': 'Size limit exceeded'}")},
        {},
        "cuts the account's list",
    ),
    (ACCOUNT, {"users": in_loop(BASE, msg="…", details="{'desc': 'Insufficient access'}")}, {}, "may not list"),
]


@pytest.mark.parametrize(("item", "probes", "asked", "words"), FAULTS)
def test_what_is_wrong_is_named(item: str, probes: t.Any, asked: t.Any, words: str) -> None:
    outcome = decide(changed(linux(), **probes), **asked)[item]
    assert outcome.status is Status.FAIL, outcome
    assert words in outcome.summary
    assert outcome.remedy


@pytest.mark.parametrize(
    ("dates", "words"), [(("20200101", "20261119"), "ended on 2026-11-19"), (("20261121", "20270101"), "begins on")]
)
def test_a_certificate_counts_from_its_begin_to_its_end(dates: tuple[str, str], words: str) -> None:
    observed = linux()
    observed["certificate"] |= {"not_before": f"{dates[0]}000000Z", "not_after": f"{dates[1]}000000Z"}
    outcome = decide(observed)[SERVER]
    assert outcome.status is Status.FAIL
    assert words in outcome.summary


@pytest.mark.parametrize(
    ("number", "attribute"),
    [
        (4, "sAMAccountName"),
        (5, "givenName"),
        (5, "sn"),
        (6, "department"),
        (7, "pager"),
        (8, "objectGUID"),
        (9, "mail"),
    ],
)
@pytest.mark.parametrize("empty", [None, "", "  "])
@pytest.mark.parametrize("system", ["linux", "windows"])
def test_users_without_an_attribute_are_named(system: str, empty: str | None, number: int, attribute: str) -> None:
    make, observe = (linux_user, linux) if system == "linux" else (windows_user, windows)
    observed = observe(make(1), make(2, **{attribute: empty}), make(3), make(4))
    outcomes = decide(observed)
    outcome = outcomes[f"safeq5/ldap/{number}"]
    who = f"CN=user2,{BASE}" if attribute == "sAMAccountName" else "user2"
    assert outcome.status is Status.FAIL
    assert (
        f"{attribute} is filled for 3 of 4 users (75.0 %), and 100 % are wanted; without it: {who}" in outcome.summary
    )
    purpose = next(key for key, value in ATTRIBUTES.items() if value == attribute)
    assert decide(observed, filled={purpose: 75})[outcome.item].status is Status.PASS
    assert {one.status for item, one in outcomes.items() if item != outcome.item} == {Status.PASS}


@pytest.mark.parametrize(("number", "attribute"), [(4, "sAMAccountName"), (7, "pager"), (8, "objectGUID")])
@pytest.mark.parametrize("system", ["linux", "windows"])
def test_users_who_share_a_value_are_named_and_the_value_is_not(system: str, number: int, attribute: str) -> None:
    make, observe = (linux_user, linux) if system == "linux" else (windows_user, windows)
    outcomes = decide(observe(make(1), make(2, **{attribute: CARD}), make(3, **{attribute: CARD})))
    outcome = outcomes[f"safeq5/ldap/{number}"]
    both = f"CN=user2,{BASE}, CN=user3,{BASE}" if attribute == "sAMAccountName" else "user2, user3"
    assert outcome.status is Status.FAIL
    assert f"is shared by {both}" in outcome.summary
    if attribute != "sAMAccountName":
        assert CARD not in str(outcomes)


def test_several_shared_cards_are_told_each_with_its_users() -> None:
    users = [linux_user(number, pager=f"CARD{number // 2}") for number in range(14)]
    summary = decide(linux(*users))["safeq5/ldap/7"].summary
    assert summary.startswith("7 card numbers are shared: by user0, user1; by user10, user11; by user12, user13; ")
    assert summary.endswith("; and 2 more")


def test_a_user_may_have_several_cards_and_be_below_two_containers() -> None:
    observed = linux({**linux_user(1), "pager": [coded("A1"), coded("A2")]}, linux_user(2))
    observed["users"]["results"].append({"item": "DC=example,DC=test", **searched(linux_user(2))})
    outcome = decide(observed)["safeq5/ldap/7"]
    assert outcome.status is Status.PASS
    assert "2 of 2 users" in outcome.summary


def test_ids_that_are_no_text_keep_their_difference() -> None:
    users = [{**linux_user(number), "objectGUID": coded(bytes([0xFF, 0xFE, number]))} for number in range(2)]
    assert decide(linux(*users))["safeq5/ldap/8"].status is Status.PASS


def test_a_sample_counts_fewer_users_and_misses_no_shared_card() -> None:
    users = [linux_user(number) for number in range(100)]
    users[7]["pager"] = users[93]["pager"]
    outcome = decide(linux(*users), sample=10)["safeq5/ldap/7"]
    assert "user7, user93" in outcome.summary
    assert "pager is filled for 10 of 10 users" in outcome.evidence[0].seen
    assert outcome == decide(linux(*reversed(users)), sample=10)["safeq5/ldap/7"]


@pytest.mark.parametrize("size", [0, -1, 100, 101])
def test_a_sample_of_no_number_is_everybody(size: int) -> None:
    users = [linux_user(number) for number in range(100)]
    assert "100 of 100 users" in decide(linux(*users), sample=size)["safeq5/ldap/9"].summary


def test_an_attribute_that_no_user_shows_counts_against_the_account() -> None:
    outcomes = decide(linux(), attributes={**ATTRIBUTES, "card": "extensionAttribute1"})
    assert "filled for none of 4 users, or the account may not read it" in outcomes["safeq5/ldap/7"].summary
    assert outcomes[ACCOUNT].status is Status.FAIL
    assert "reads extensionAttribute1 of no user" in outcomes[ACCOUNT].summary


UNKNOWNS: list[tuple[t.Sequence[int], dict[str, t.Any], dict[str, t.Any], str]] = [
    (range(1, 12), {}, {"server": ""}, "preinstall_directory_server is not set"),
    ([1], {"reach": {"unreachable": True, "msg": "no route"}}, {}, "was not reached"),
    ([1], {"reach": in_loop(636, msg="MODULE FAILURE")}, {}, "was not tried"),
    ([1], {"certificate": {"msg": "Failed to get cert from dc1:636, error: timed out"}}, {}, "timed out"),
    ([1], {"certificate": {"msg": NO_LIBRARY["msg"].replace("python-ldap", "cryptography")}}, {}, "cryptography"),
    ([2], {}, {"domains": []}, "names no domain"),
    ([2], {"srv": in_loop(["_ldap._tcp", "example.test"], records=[""])}, {}, "DNS gave no answer about _ldap._tcp"),
    ([2], {"srv": {"failed": True, "msg": "the python 'dnspython' library is not installed"}}, {}, "dnspython"),
    ([3], {}, {"bases": []}, "names no container"),
    (range(3, 12), {"bind": NO_LIBRARY}, {}, "the Python package python-ldap is lacking on ctl"),
    (range(3, 11), {"bind": {"msg": "Cannot bind", "details": INVALID.format("")}}, {}, "could not log in"),
    (range(3, 12), {"bind": {"msg": "Cannot bind", "details": "Can't contact LDAP server"}}, {}, "Can't contact"),
    (range(3, 12), {"bind": {"asker_unreachable": True, "msg": "no route"}}, {}, "the host that asks the directory"),
    (range(4, 10), {}, {"attributes": {}}, "does not say which attribute"),
    (range(4, 10), {"users": in_loop(BASE, entries=[])}, {}, "shown no user"),
    (range(4, 10), {"users": in_loop(BASE, msg="…", details="Size limit exceeded")}, {}, "Size limit exceeded"),
    ([11], {"users": in_loop(BASE, msg="…", details="Timed out")}, {}, "Timed out"),
    (range(3, 11), {}, {"account": ""}, "preinstall_directory_account is not set"),
]


@pytest.mark.parametrize(("numbers", "probes", "asked", "words"), UNKNOWNS)
def test_what_could_not_be_checked_says_why(numbers: t.Sequence[int], probes: t.Any, asked: t.Any, words: str) -> None:
    outcomes = decide(changed(linux(), **probes), **asked)
    for number in numbers:
        outcome = outcomes[f"safeq5/ldap/{number}"]
        assert outcome.status is Status.UNKNOWN, outcome
        assert words in outcome.reason


@pytest.mark.parametrize("probe", ["reach", "srv", "certificate", "certificate_names", "bind", "bases", "users"])
def test_a_probe_that_is_missing_ends_no_item_as_passed_by_chance(probe: str) -> None:
    observed = linux()
    del observed[probe]
    statuses = [outcome.status for outcome in decide(observed).values()]
    assert Status.UNKNOWN in statuses or probe == "bind"
    assert Status.FAIL not in statuses


@pytest.mark.parametrize(
    ("item", "asked", "words"),
    [
        (COPIES, {"full_every": 0}, "preinstall_directory_full_every"),
        (ACCOUNT, {"account": ""}, "preinstall_directory_account"),
        (ACCOUNT, {"password": False}, "preinstall_directory_password"),
    ],
)
def test_what_only_people_know_needs_attestation(item: str, asked: t.Any, words: str) -> None:
    outcome = decide(linux(), **asked)[item]
    assert outcome.status is Status.ATTEST, outcome
    assert words in outcome.summary


def test_unencrypted_passwords_are_told() -> None:
    outcome = decide(linux(), tls="none", port=389)[SERVER]
    assert outcome.status is Status.PASS
    assert "cross the network unencrypted" in str(outcome.evidence)
