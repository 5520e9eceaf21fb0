# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What real logins at a database server say.

They are results of community.postgresql.postgresql_query and community.general.mssql_script. Each result's C(item) is
an account and a database. A login that succeeds also lists what there is, so that what
is missing is told from what is only refused, and tells whether the account may create tables in its schema.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..model import problem_of
from ..verdict import (
    Result,
    Verdict,
    lacking_library,
    loop_results,
    said,
)

Values = t.Mapping[str, t.Any]

_REFUSED = ("password authentication failed", "is not permitted to log in")
_NO_ROLE = ("role", "does not exist")
_NOT_FROM_HERE = "no pg_hba.conf entry"
_MSSQL_REFUSED = "unable to connect, check login_user and login_password"


@dataclass(frozen=True)
class Known:
    """What successful logins listed; C(None) where none did. Accounts of Microsoft SQL Server cannot be listed."""

    databases: frozenset[str] | None
    accounts: frozenset[str] | None
    no_login: frozenset[str] = frozenset()


def judge_logins(observed: Values, *, asked: Values, host: str, verdict: Verdict) -> None:
    """Find each account's login and each database behind it."""
    accounts: list[Values] = list(asked.get("accounts") or ())
    databases = [str(one) for one in asked.get("databases") or ()]
    asking = str(asked.get("from") or host)
    for account in accounts:
        if not account.get("password"):
            verdict.attest(f"{account['name']} was not tried: preinstall_database_accounts has no password for it")
    tried = [account for account in accounts if account.get("password")]
    if not tried:
        return
    results = loop_results(observed, "logins")
    if reason := _why_untried(observed, results, asking=asking):
        verdict.unknown(reason)
        return
    known = _known(results)
    for account in tried:
        name = str(account["name"])
        _judge_account(
            name,
            {str(one["item"][1]): one for one in results if one["item"][0] == name},
            databases=list(map(str, account.get("databases") or databases)),
            known=known,
            same_host=asking == host,
            place=f"{asked['server']}, asked from {asking}",
            verdict=verdict,
        )
    for database in databases:
        if known.databases is not None and database not in known.databases:
            verdict.fault(f"the database {database} does not exist")


def _why_untried(observed: Values, results: t.Sequence[Result], *, asking: str) -> str:
    for result in results:
        if result.get("unreachable"):
            return f"{asking}, which is to log in, was not reached"
        if lack := lacking_library(result):
            return f"no login was tried: {lack}"
    return problem_of(observed, "logins", "results")


def _judge_account(
    name: str,
    results: t.Mapping[str, Result],
    *,
    databases: t.Sequence[str],
    known: Known,
    same_host: bool,
    place: str,
    verdict: Verdict,
) -> None:
    if known.accounts is not None and name not in known.accounts:
        verdict.fault(f"the account {name} does not exist")
        return
    if name in known.no_login:
        verdict.fault(f"the account {name} may not log in")
        return
    logged_in = [database for database, result in results.items() if _succeeded(result)]
    if logged_in:
        verdict.saw(f"{name} logged in to {', '.join(logged_in)}", place)
    for database in databases:
        if database in logged_in:
            _judge_rights(name, database, results[database], place=place, verdict=verdict)
    for database in databases:
        if database in logged_in or (known.databases is not None and database not in known.databases):
            continue
        result = results.get(database)
        if result is None:
            verdict.unknown(f"{name} was not tried at {database}")
            continue
        verdict.saw(f"{name} at {database}: {said(result)}", place)
        _judge_refusal(name, database, said(result), logged_in=bool(logged_in), same_host=same_host, verdict=verdict)
    if databases and set(databases) <= set(logged_in):
        verdict.good(f"{name} logs in to {' and '.join(databases)}")


def _judge_rights(name: str, database: str, result: Result, *, place: str, verdict: Verdict) -> None:
    """Since PostgreSQL 15 nobody but the owner of a database may create anything in its schema public."""
    schema, may_create = _rights(result)
    if may_create is None:
        verdict.unknown(f"{name} was not asked at {database} whether it may create tables")
    elif not schema:
        verdict.fault(f"{name} has no schema at {database} that it may create tables in")
    elif not may_create:
        verdict.fault(f"{name} may log in to {database} and may not create tables in its schema {schema}")
    else:
        verdict.saw(f"{name} may create tables in the schema {schema} of {database}", place)


def _rights(result: Result) -> tuple[str, bool | None]:
    """The schema that the account works in, if any, and whether it may create in it; None where it was not asked."""
    if len(result.get("query_all_results", ())) > 2:
        (row,) = result["query_all_results"][2]
        return str(row["schema"] or ""), bool(row["may_create"])
    if "query_results" in result and len(result["query_results"][0]) > 1:
        ((schema, *granted),) = result["query_results"][0][1]
        return str(schema or ""), all(granted)
    return "", None


def _judge_refusal(name: str, database: str, text: str, *, logged_in: bool, same_host: bool, verdict: Verdict) -> None:
    if _NOT_FROM_HERE in text and not same_host:
        verdict.unknown(f"the server lets the host that asked log in nowhere: {text}")
    elif any(one in text for one in _REFUSED):
        verdict.fault(f"{name} cannot log in: the account does not exist, or the password is another one")
    elif all(one in text for one in _NO_ROLE) and f'role "{name}"' in text:
        verdict.fault(f"the account {name} does not exist")
    elif f'database "{database}" does not exist' in text:
        verdict.fault(f"the database {database} does not exist")
    elif _MSSQL_REFUSED in text and not logged_in:
        verdict.fault(f"{name} cannot log in: the driver does not say why")
    elif "permission denied" in text or _NOT_FROM_HERE in text or _MSSQL_REFUSED in text:
        verdict.fault(f"{name} may not use the database {database}")
    else:
        verdict.unknown(f"{name} could not be tried at {database}: {text}")


def _succeeded(result: Result) -> bool:
    return not result.get("failed") and ("query_all_results" in result or "query_results" in result)


def _known(results: t.Sequence[Result]) -> Known:
    for result in filter(_succeeded, results):
        if "query_all_results" in result:
            databases, roles = ([dict(row) for row in rows or ()] for rows in result["query_all_results"][:2])
            return Known(
                databases=frozenset(str(row["datname"]) for row in databases),
                accounts=frozenset(str(row["rolname"]) for row in roles),
                no_login=frozenset(str(row["rolname"]) for row in roles if not row["rolcanlogin"]),
            )
        return Known(databases=frozenset(str(row[0]) for row in result["query_results"][0][0]), accounts=None)
    return Known(databases=None, accounts=None)
