# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory before an installation: real OpenLDAP and DNS, faults planted in them, and each found by name."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import Lab
from .probes.playbooks import Played
from .services import directory, others
from .services.certificates import Authority
from .services.machine import ADDRESS, HOST, succeed
from .services.played import Outcomes, check

Values = t.Mapping[str, t.Any]

ITEMS = tuple(f"safeq5/ldap/{number}" for number in range(1, 12))
CLEAN: Values = {
    "preinstall_directory_server": ADDRESS,
    "preinstall_directory_ports": [389],
    "preinstall_directory_ca_file": directory.AUTHORITY_FILE,
    "preinstall_directory_domains": [others.DOMAIN],
    "preinstall_directory_nameservers": [ADDRESS],
    "preinstall_directory_bases": [directory.CLEAN],
    "preinstall_directory_account": directory.account("safeq"),
    "preinstall_directory_password": directory.PASSWORD,
    "preinstall_directory_attributes": {
        "login": "uid",
        "name": "givenName",
        "surname": "sn",
        "department": "departmentNumber",
        "card": "employeeNumber",
        "id": "employeeType",
        "email": "mail",
    },
    "preinstall_directory_full_every": 1440,
    "preinstall_directory_differential_every": 60,
    "preinstall_directory_from": HOST,
    "preinstall_directory_timeout": 2,
}
FAULTY: Values = {"preinstall_directory_bases": [directory.FAULTY]}


def as_account(name: str) -> Values:
    return {"preinstall_directory_account": directory.account(name)}


def named(names: t.Sequence[str]) -> str:
    return ", ".join(names)


def shared_login() -> str:
    """Who shares one is named by the distinguished names."""
    return named([f"cn={name},{directory.FAULTY}" for name in directory.SHARING_A_LOGIN])


PLANTED: dict[str, tuple[Values, dict[str, tuple[str, str]]]] = {
    "ways": (
        {
            "preinstall_directory_ports": [3268],
            "preinstall_directory_domains": [others.DOMAIN, "elsewhere.test"],
            "preinstall_directory_bases": [directory.CLEAN, f"ou=nowhere,{directory.SUFFIX}", "people"],
            "preinstall_directory_differential_every": 1440,
        },
        {
            "1": ("fail", f"{ADDRESS}:3268 takes no connection from ways"),
            "2": ("fail", "DNS knows no directory server of elsewhere.test"),
            "3": ("fail", f"ou=nowhere,{directory.SUFFIX} does not exist"),
            "10": ("fail", "no more frequent than a full one"),
        },
    ),
    "ended-certificate": (
        {"preinstall_directory_port": 1636, "preinstall_directory_nameservers": ["198.18.9.99"]},
        {
            "1": ("fail", f"the certificate of {ADDRESS}:1636 ended on"),
            "2": ("could_not_check", "no answer"),
            "4": ("could_not_check", "could not log in"),
        },
    ),
    "other-name": (
        {"preinstall_directory_certificate_names": ["ldap.example.test"], "preinstall_directory_certificate_days": 400},
        {"1": ("fail", f"within 400 days; the certificate of {ADDRESS}:636 is not about ldap.example.test")},
    ),
    "faulty": (
        {"preinstall_directory_bases": [directory.FAULTY]},
        {
            "4": ("fail", f"a login name is shared by {shared_login()}"),
            "5": ("fail", f"without it: {named(directory.WITHOUT_NAME)}"),
            "6": ("fail", f"without it: {named(directory.WITHOUT_DEPARTMENT)}"),
            "7": ("fail", "filled for 488 of 500 users (97.6 %), and 100 % are wanted"),
            "8": ("fail", f"a unique id is shared by {named(directory.SHARING_AN_ID)}"),
            "9": ("fail", f"without it: {named(directory.WITHOUT_MAIL)}"),
        },
    ),
    "two-of-a-card": (
        {"preinstall_directory_bases": [directory.FAULTY], "preinstall_directory_filled": {"card": 90, "email": 99}},
        {
            "7": ("fail", f"a card number is shared by {named(directory.SHARING_A_CARD)}"),
            "9": ("pass", "mail is filled for 497 of 500 users (99.4 %)"),
        },
    ),
    "wrong-attribute": (
        {"preinstall_directory_attributes": {**CLEAN["preinstall_directory_attributes"], "card": "carLicense"}},
        {"7": ("fail", "carLicense is filled for none of 500 users"), "11": ("fail", "reads carLicense of no user")},
    ),
    "wrong-password": (
        {"preinstall_directory_password": "another-one-9"},
        {
            "11": ("fail", "the server refuses the account's name or password"),
            "3": ("could_not_check", "could not log in"),
            "7": ("could_not_check", "could not log in"),
            "10": ("could_not_check", "could not log in"),
        },
    ),
    "may-not-read-mail": (
        as_account("blind"),
        {"9": ("fail", "mail is filled for none of 500 users, or the account may not read it"), "11": ("fail", "mail")},
    ),
    "may-not-list-all": (
        as_account("limited"),
        {"11": ("fail", "cuts the account's list of users short"), "7": ("could_not_check", "limit exceeded")},
    ),
    "may-not-list": (
        as_account("stranger"),
        {"3": ("fail", "or the account may not see it"), "11": ("fail", "sees nothing of")},
    ),
    "no-users": (
        {"preinstall_directory_bases": [f"ou=empty,{directory.SUFFIX}"]},
        {"11": ("fail", "is shown no user below"), "4": ("could_not_check", "no user")},
    ),
    "password-ends-soon": (
        {**as_account("ending"), "preinstall_directory_password_days": 30},
        {"11": ("fail", "the account's password ends on")},
    ),
    "nobody-answers": (
        {"preinstall_directory_server": "198.18.9.99"},
        {
            "1": ("fail", "198.18.9.99:636 takes no connection"),
            **{str(number): ("could_not_check", "could not log in") for number in range(3, 12)},
        },
    ),
    "nothing-said": (
        {"preinstall_directory_server": ""},
        {str(number): ("could_not_check", "preinstall_directory_server is not set") for number in range(1, 12)},
    ),
    "no-account": (
        {"preinstall_directory_account": "", "preinstall_directory_full_every": 0},
        {
            "10": ("needs_attestation", "full_every"),
            "11": ("needs_attestation", "preinstall_directory_account"),
            "5": ("could_not_check", "_account is not set"),
        },
    ),
    "nobody-asks": (
        {"preinstall_directory_from": "gone"},
        {"5": ("could_not_check", "the host that asks the directory was not reached")},
    ),
    "no-python-ldap": (
        {"preinstall_directory_from": "localhost"},
        {
            "4": ("could_not_check", "the Python package python-ldap is lacking"),
            "11": ("could_not_check", "the Python package python-ldap is lacking"),
        },
    ),
}
UNTOUCHED = {
    "two-of-a-card": (1, 2, 3, 9, 10, 11),
    "wrong-attribute": (1, 2, 3, 4, 5, 6, 8, 9, 10),
    "wrong-password": (1, 2),
    "may-not-read-mail": (1, 2, 3, 4, 5, 6, 7, 8, 10),
    "password-ends-soon": tuple(range(1, 11)),
    "nobody-asks": (2,),
    "no-python-ldap": (1, 2),
}
FORGIVEN: dict[str, Values] = {
    "clean": {},
    "starttls": {
        "preinstall_directory_port": 389,
        "preinstall_directory_tls": "starttls",
        "preinstall_directory_server": HOST,
    },
    "plain": {"preinstall_directory_port": 389, "preinstall_directory_tls": "none"},
    "sampled": {"preinstall_directory_sample": 50},
}


class Runs(t.NamedTuple):
    played: Played
    outcomes: Outcomes
    changed_anything: bool


@pytest.fixture(name="runs", scope="module")
def runs_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    lab.call("up", HOST)
    directory.start(lab, authority=Authority())
    others.start_dns(lab)
    hosts = {name: {**CLEAN, **values} for name, (values, _found) in PLANTED.items()}
    hosts |= {name: {**CLEAN, **values} for name, values in FORGIVEN.items()}
    before = state_of(lab)
    played, outcomes = check(lab, ["directory"], hosts=hosts, folder=tmp_path_factory.mktemp("directory"))
    return Runs(played, outcomes, before != state_of(lab))


def state_of(lab: Lab) -> tuple[str, str]:
    """What is in the directory and in the files of both machines, without what Python compiles for itself."""
    files = "find /etc /root /usr /opt -type f ! -name '*.pyc' -exec sha256sum {} + | sort | sha256sum"
    floor = lab.enter("floor", ["sh", "-ec", files])
    return succeed(lab, f"slapcat -n 1 -F /etc/ldap/lab/config | sha256sum; {files}"), floor.stdout


def test_the_run_fails_nowhere_and_changes_nothing(runs: Runs) -> None:
    assert runs.played.status == 0, runs.played.text
    assert not runs.changed_anything
    assert set(runs.outcomes) == {*PLANTED, *FORGIVEN}
    assert all(tuple(found) == ITEMS for found in runs.outcomes.values())


@pytest.mark.parametrize("name", FORGIVEN)
def test_a_directory_without_faults_passes(runs: Runs, name: str) -> None:
    found = {item: one["summary"] for item, one in runs.outcomes[name].items() if one["status"] != "pass"}
    assert found == {}
    assert all(one["evidence"] and not one["remedy"] for one in runs.outcomes[name].values())


@pytest.mark.parametrize(
    ("name", "item", "status", "words"),
    [(name, item, *outcome) for name, (_values, found) in PLANTED.items() for item, outcome in found.items()],
)
def test_what_was_planted_is_found_by_name(runs: Runs, name: str, item: str, status: str, words: str) -> None:
    outcome = runs.outcomes[name][f"safeq5/ldap/{item}"]
    assert outcome["status"] == status, outcome
    assert words in f"{outcome['summary']} {outcome['reason']}", outcome


@pytest.mark.parametrize("name", UNTOUCHED)
def test_items_that_the_fault_does_not_touch_pass(runs: Runs, name: str) -> None:
    found = {number: runs.outcomes[name][f"safeq5/ldap/{number}"] for number in UNTOUCHED[name]}
    assert {number: one["summary"] for number, one in found.items() if one["status"] != "pass"} == {}


def test_no_card_number_is_told(runs: Runs) -> None:
    cards = [directory.card(number) for number in range(1, directory.USERS + 1)]
    text = runs.played.text + str(runs.outcomes)
    assert [one for one in cards if one in text] == []
