# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database before an installation: real PostgreSQL and a browser service, with faults planted and found."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from .conftest import Lab
from .probes.playbooks import Played
from .services import database
from .services.machine import ADDRESS, HOST, succeed
from .services.played import GONE, Outcomes, check

Values = t.Mapping[str, t.Any]

ITEM = "safeq5/server/11"
FIRST, SECOND = database.DATABASES
CLEAN: Values = {
    "preinstall_database_engine": "postgresql",
    "preinstall_database_server": ADDRESS,
    "preinstall_database_databases": [FIRST, SECOND],
    "preinstall_database_accounts": [{"name": name, "password": database.PASSWORD} for name in database.ACCOUNTS],
    "preinstall_database_timeout": 2,
}
NAMED: Values = {"preinstall_database_engine": "mssql", "preinstall_database_instance": database.INSTANCE}


def accounts(*names: str, password: str | None = database.PASSWORD) -> Values:
    given = {"password": password} if password else {}
    return {"preinstall_database_accounts": [{"name": name, **given} for name in names]}


PLANTED: dict[str, tuple[Values, str, str]] = {
    "nobody-answers": ({"preinstall_database_server": "198.18.9.99"}, "fail", "198.18.9.99:5432 takes no connection"),
    "closed-port": ({"preinstall_database_port": 5433}, "fail", f"{ADDRESS}:5433 takes no connection from closed-port"),
    "no-database": (
        {"preinstall_database_databases": [FIRST, "sqdw6"]},
        "fail",
        "the database sqdw6 does not exist",
    ),
    "no-account": (accounts("sync", "cml9"), "fail", "the account cml9 does not exist"),
    "no-sync": (accounts("cml1", "cml2"), "fail", "no account is named sync: there are cml1, cml2"),
    "wrong-password": (
        accounts(*database.ACCOUNTS, password="another-one-9"),  # noqa: S106 - of the lab
        "fail",
        "sync cannot log in: the account does not exist, or the password is another one",
    ),
    "no-right": (accounts("sync", database.LOCKED_OUT), "fail", f"cml2 may not use the database {SECOND}"),
    "no-login": (accounts("sync", database.WITHOUT_LOGIN), "fail", "the account cml3 may not log in"),
    "no-create": (
        accounts("sync", database.WITHOUT_SCHEMA),
        "fail",
        f"cml4 may log in to {FIRST} and may not create tables in its schema public",
    ),
    "one-account": (accounts("sync"), "fail", "the node needs 2 accounts, and this is another number: sync"),
    "shared-one": (
        {"preinstall_database_instance": "x"},
        "fail",
        f"shared-two has the same database ({FIRST}, {SECOND})",
    ),
    "shared-two": (
        {"preinstall_database_instance": "x"},
        "fail",
        f"shared-one has the same database ({FIRST}, {SECOND})",
    ),
    "no-password": (accounts(*database.ACCOUNTS, password=None), "needs_attestation", "sync was not tried"),
    "nothing-named": (
        {"preinstall_database_accounts": [], "preinstall_database_databases": []},
        "needs_attestation",
        "one of them sync",
    ),
    "nothing-said": ({"preinstall_database_engine": ""}, "could_not_check", "preinstall_database_engine is not set"),
    "asker-gone": (
        {"preinstall_database_from": GONE},
        "could_not_check",
        f"{GONE}, which is to log in, was not reached",
    ),
    "asker-refused": (
        {"preinstall_database_from": "outsider"},
        "could_not_check",
        "the Python package psycopg2 is lacking on outsider",
    ),
    "no-browser": (
        {**NAMED, "preinstall_database_server": "198.18.20.11"},
        "fail",
        "does not answer at 198.18.20.11:1434",
    ),
    "no-instance": ({**NAMED, "preinstall_database_instance": "OTHER"}, "fail", "knows no instance OTHER"),
    "no-tcp": ({**NAMED, "preinstall_database_instance": "pipes"}, "fail", "pipes does not listen on TCP"),
    "no-driver": (NAMED, "could_not_check", "the Python package pymssql is lacking"),
    "hidden": ({**NAMED, "preinstall_database_instance": "HIDDEN", **accounts()}, "needs_attestation", "of them sync"),
    "embedded": ({"preinstall_database_engine": "embedded"}, "not_applicable", "brings its own database"),
}
FORGIVEN: dict[str, Values] = {
    "clean": {},
    "by-name": {"preinstall_database_server": HOST, "preinstall_database_from": HOST},
}


class Runs(t.NamedTuple):
    played: Played
    outcomes: Outcomes
    changed_anything: bool


@pytest.fixture(name="runs", scope="module")
def runs_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    lab.call("up", HOST)
    database.start(lab)
    database.start_browser(lab)
    hosts = {name: {**CLEAN, **values} for name, (values, *_found) in PLANTED.items()}
    hosts |= {name: {**CLEAN, **values} for name, values in FORGIVEN.items()}
    for number, name in enumerate(hosts):
        alone = not name.startswith("shared") and "preinstall_database_instance" not in PLANTED.get(name, ({},))[0]
        hosts[name] |= {"preinstall_database_instance": f"own{number}"} if alone else {}
    before = state_of(lab)
    folder = tmp_path_factory.mktemp("database")
    played, outcomes = check(lab, ["database"], hosts=hosts, folder=folder)
    return Runs(played, outcomes, before != state_of(lab))


def test_check_mode_finds_the_same(runs: Runs, lab: Lab, tmp_path: pathlib.Path) -> None:
    hosts = {"clean": CLEAN, "no-account": {**CLEAN, **PLANTED["no-account"][0], "preinstall_database_port": 5432}}
    played, outcomes = check(lab, ["database"], hosts=hosts, folder=tmp_path, options=["--check"])
    assert played.status == 0, played.text
    for name in hosts:
        both = outcomes[name][ITEM], runs.outcomes[name][ITEM]
        assert both[0]["status"] == both[1]["status"]
        assert both[0]["summary"] == both[1]["summary"]


def state_of(lab: Lab) -> str:
    """What the server has: accounts, databases and their contents."""
    return succeed(lab, "su postgres -s /bin/sh -c pg_dumpall | grep -v -e restrict | sha256sum")


def test_the_run_fails_nowhere_and_changes_nothing(runs: Runs) -> None:
    assert runs.played.status == 0, runs.played.text
    assert not runs.changed_anything
    assert all(tuple(found) == (ITEM,) for found in runs.outcomes.values())


@pytest.mark.parametrize("name", FORGIVEN)
def test_a_database_without_faults_passes(runs: Runs, name: str) -> None:
    outcome = runs.outcomes[name][ITEM]
    assert outcome["status"] == "pass", outcome
    assert "sync logs in to sqdb5 and sqdw5" in outcome["summary"]
    assert outcome["evidence"]


@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_found_by_name(runs: Runs, name: str) -> None:
    _values, status, words = PLANTED[name]
    outcome = runs.outcomes[name][ITEM]
    assert outcome["status"] == status, outcome
    assert words in f"{outcome['summary']} {outcome['reason']}", outcome
