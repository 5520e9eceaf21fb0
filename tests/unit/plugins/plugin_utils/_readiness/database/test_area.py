# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The item about the external database, over results as the modules document them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.areas import decide_area
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import Outcome, Status

AT = "2026-11-20T13:00:00Z"
REACHED_LINUX = {"changed": False, "elapsed": 0, "path": None, "port": 5432, "search_regex": None, "state": "started"}
REACHED_WINDOWS = {"changed": False, "elapsed": 0.01, "wait_attempts": 1}
CLOSED_LINUX = {"changed": False, "elapsed": 5, "failed": False, "msg": "Timeout when waiting for db1:5432"}
CLOSED_WINDOWS = {"elapsed": 5.1, "failed": False, "msg": "timed out while waiting for db1 port", "wait_attempts": 5}
LISTED = [
    [{"datname": "postgres"}, {"datname": "sqdb5"}, {"datname": "sqdw5"}],
    [{"rolname": "sync", "rolcanlogin": True}, {"rolname": "cml1", "rolcanlogin": True}],
]
POSTGRESQL: dict[str, t.Any] = {
    "engine": "postgresql",
    "server": "db1",
    "port": 0,
    "instance": "",
    "databases": ["sqdb5", "sqdw5"],
    "accounts": [{"name": name, "databases": [], "password": True} for name in ("sync", "cml1")],
    "from": "localhost",
    "elsewhere": {},
}
MSSQL = {**POSTGRESQL, "engine": "mssql"}
NAMED = {**MSSQL, "instance": "SAFEQ"}
REFUSED = 'unable to connect to database: connection to server at "db1", port 5432 failed: FATAL:  {}'
MSSQL_REFUSED = "unable to connect, check login_user and login_password are correct, or alternatively check your …"
NO_DRIVER = "Failed to import the required Python library ({}) on ctl's Python /usr/bin/python3. Please read …"
INSTANCE = {"server": "DB1", "instance": "SAFEQ", "clustered": False, "version": "15", "tcp": 49321, "pipe": ""}


def postgresql(
    account: str, database: str, *, schema: str | None = "public", may_create: bool | None = True
) -> dict[str, t.Any]:
    answers = [*LISTED, [{"schema": schema, "may_create": may_create}]]
    return {"item": [account, database], "query_all_results": answers, "changed": False, "failed": False}


def mssql(account: str, database: str, *, rights: t.Sequence[t.Any] = ("dbo", 1, 1)) -> dict[str, t.Any]:
    rows = [["master"], ["sqdb5"], ["sqdw5"]]
    return {"item": [account, database], "query_results": [[rows, [list(rights)]]], "changed": False, "failed": False}


def failing(account: str, database: str, text: str) -> dict[str, t.Any]:
    return {"item": [account, database], "msg": text, "failed": False, "failed_when_result": False}


def logins(*changed: dict[str, t.Any], make: t.Callable[[str, str], t.Any] = postgresql) -> dict[str, t.Any]:
    """Every account logged in everywhere, but for what is given."""
    other = {tuple(one["item"]): one for one in changed}
    extra = "postgres" if make is postgresql else "master"
    pairs = [(account, database) for account in ("sync", "cml1") for database in ("sqdb5", "sqdw5", extra)]
    return {"changed": False, "results": [other.get(pair, make(*pair)) for pair in pairs]}


def nobody(text: str, make: t.Callable[[str, str], t.Any] = postgresql) -> dict[str, t.Any]:
    return {"results": [failing(*one["item"], text) for one in logins(make=make)["results"]]}


def decide(asked: dict[str, t.Any], *, platform: str = "linux", host: str = "cml1", **probes: t.Any) -> Outcome:
    observed = {"platform": platform, "at": AT, **probes}
    (outcome,) = decide_area("database", observed=observed, asked=asked, host=host)
    return outcome


@pytest.mark.parametrize(
    ("asked", "probes"),
    [
        (POSTGRESQL, {"reach": REACHED_LINUX, "logins": logins()}),
        (POSTGRESQL, {"reach": REACHED_WINDOWS, "logins": logins(), "platform": "windows"}),
        (MSSQL, {"reach": REACHED_LINUX, "logins": logins(make=mssql)}),
        (
            NAMED,
            {
                "reach": REACHED_WINDOWS,
                "platform": "windows",
                "browser": {"answered": True, "instances": [INSTANCE], "msg": ""},
                "logins": logins(make=mssql),
            },
        ),
    ],
)
def test_two_databases_and_two_accounts_pass(asked: dict[str, t.Any], probes: dict[str, t.Any]) -> None:
    outcome = decide(asked, **probes)
    assert outcome.status is Status.PASS, outcome
    assert "sync logged in to sqdb5, sqdw5" in str(outcome.evidence)
    assert outcome.evidence[0].when == AT
    assert not outcome.remedy


@pytest.mark.parametrize(
    ("asked", "probes", "words"),
    [
        ({}, {"reach": CLOSED_LINUX}, "db1:5432 takes no connection from cml1"),
        ({}, {"reach": CLOSED_WINDOWS, "platform": "windows"}, "db1:5432 takes no connection from cml1"),
        ({"databases": ["sqdb5"]}, {}, "the node needs 2 databases, and this is another number: sqdb5"),
        (
            {"accounts": [{"name": "sync", "password": True}]},
            {},
            "the node needs 2 accounts, and this is another number: sync",
        ),
        (
            {"accounts": [{"name": name, "password": True} for name in ("cml1", "cml2")]},
            {},
            "no account is named sync: there are cml1, cml2",
        ),
        ({"elsewhere": {"cml2": ["sqdw5", "x"]}}, {}, "cml2 has the same database (sqdw5)"),
        (
            {},
            {"logins": logins(failing("cml1", "sqdw5", REFUSED.format('permission denied for database "sqdw5"')))},
            "cml1 may not use the database sqdw5",
        ),
        (
            {"databases": ["sqdb5", "missing"]},
            {"logins": logins(failing("sync", "missing", REFUSED.format('database "missing" does not exist')))},
            "the database missing does not exist",
        ),
        (
            {},
            {"logins": nobody(REFUSED.format('password authentication failed for user "sync"'))},
            "sync cannot log in: the account does not exist, or the password is another one",
        ),
        ({}, {"logins": nobody(REFUSED.format('role "sync" does not exist'))}, "the account sync does not exist"),
        (
            {"accounts": [{"name": name, "password": True} for name in ("sync", "gone")]},
            {"logins": logins()},
            "the account gone does not exist",
        ),
        (
            {},
            {"logins": logins(postgresql("sync", "sqdb5", may_create=False))},
            "sync may log in to sqdb5 and may not create tables in its schema public",
        ),
        (
            {},
            {"logins": logins(postgresql("cml1", "sqdw5", schema=None, may_create=None))},
            "cml1 has no schema at sqdw5 that it may create tables in",
        ),
        (
            {"from": "cml1"},
            {"logins": nobody(REFUSED.format('no pg_hba.conf entry for host "192.0.2.1", user "sync"'))},
            "sync may not use the database sqdb5",
        ),
    ],
)
def test_what_is_wrong_with_postgresql_is_named(asked: t.Any, probes: t.Any, words: str) -> None:
    outcome = decide({**POSTGRESQL, **asked}, **{"reach": REACHED_LINUX, "logins": logins(), **probes})
    assert outcome.status is Status.FAIL, outcome
    assert words in outcome.summary
    assert outcome.remedy


@pytest.mark.parametrize(
    ("probes", "words"),
    [
        ({"browser": {"answered": False, "instances": [], "msg": "no answer"}}, "does not answer at db1:1434/udp"),
        ({"browser": {"answered": True, "instances": [{**INSTANCE, "instance": "X"}]}}, "knows no instance SAFEQ"),
        ({"browser": {"answered": True, "instances": [{**INSTANCE, "tcp": None}]}}, "does not listen on TCP"),
        ({"reach": CLOSED_LINUX}, "db1:49321 takes no connection"),
        ({"logins": nobody(MSSQL_REFUSED, mssql)}, "sync cannot log in: the driver does not say why"),
        (
            {"logins": logins(failing("sync", "sqdw5", MSSQL_REFUSED), make=mssql)},
            "sync may not use the database sqdw5",
        ),
        (
            {"logins": logins(mssql("sync", "sqdw5", rights=("dbo", 1, 0)), make=mssql)},
            "sync may log in to sqdw5 and may not create tables in its schema dbo",
        ),
        (
            {"logins": logins(mssql("sync", "sqdw5", rights=("dbo", 0, 1)), make=mssql)},
            "sync may log in to sqdw5 and may not create tables in its schema dbo",
        ),
    ],
)
def test_what_is_wrong_with_sql_server_is_named(probes: t.Any, words: str) -> None:
    usual = {
        "reach": REACHED_LINUX,
        "browser": {"answered": True, "instances": [INSTANCE]},
        "logins": logins(make=mssql),
    }
    outcome = decide(NAMED, **{**usual, **probes})
    assert outcome.status is Status.FAIL, outcome
    assert words in outcome.summary


@pytest.mark.parametrize(
    ("asked", "probes", "words"),
    [
        ({"engine": ""}, {}, "preinstall_database_engine is not set"),
        ({"server": ""}, {}, "preinstall_database_server is not set"),
        ({}, {"reach": {"unreachable": True, "msg": "no route"}}, "the host was not reached: no route"),
        ({}, {"reach": {"msg": "MODULE FAILURE", "rc": 1}}, "db1:5432 was not tried: MODULE FAILURE"),
        ({}, {"logins": nobody(NO_DRIVER.format("psycopg2"))}, "the Python package psycopg2 is lacking on ctl"),
        ({"engine": "mssql"}, {"logins": nobody(NO_DRIVER.format("pymssql"))}, "package pymssql is lacking on ctl"),
        ({}, {"logins": {"failed": True, "msg": "the controller lacks community.postgresql"}}, "community.postgresql"),
        ({}, {"logins": nobody(REFUSED.format("too many connections for role"))}, "too many connections"),
        ({}, {"logins": nobody(REFUSED.format('no pg_hba.conf entry for host "192.0.2.9"'))}, "no pg_hba.conf entry"),
        (
            {},
            {"logins": {"results": [{"unreachable": True, "item": ["sync", "sqdb5"]}]}},
            "localhost, which is to log in",
        ),
        ({"engine": "mssql", "instance": "SAFEQ"}, {}, "browser was not gathered"),
    ],
)
def test_what_could_not_be_checked_says_why(asked: t.Any, probes: t.Any, words: str) -> None:
    outcome = decide({**POSTGRESQL, **asked}, **{"reach": REACHED_LINUX, "logins": logins(), **probes})
    assert outcome.status is Status.UNKNOWN, outcome
    assert words in outcome.reason


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"accounts": []}, "one of them sync"),
        ({"databases": []}, "preinstall_database_databases names none"),
        ({"accounts": [{"name": "sync"}, {"name": "cml1", "password": True}]}, "sync was not tried"),
    ],
)
def test_what_only_the_database_administrator_knows_needs_attestation(asked: t.Any, words: str) -> None:
    outcome = decide({**POSTGRESQL, **asked}, reach=REACHED_LINUX, logins=logins())
    assert outcome.status is Status.ATTEST, outcome
    assert words in outcome.summary


def test_a_database_of_the_products_own_is_not_checked() -> None:
    outcome = decide({**POSTGRESQL, "engine": "embedded"})
    assert outcome.status is Status.NOT_APPLICABLE
    assert "brings its own database" in outcome.reason
