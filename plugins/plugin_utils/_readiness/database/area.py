# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The external database: it answers, and each node has two databases and two accounts, one of them named sync.

Probes: C(reach) is M(ansible.builtin.wait_for) or M(ansible.windows.win_wait_for) on the host, C(browser) is
M(printops.firewall.mssql_browser_info), C(logins) one result for each account and database. No password comes here.
"""

from __future__ import annotations

import typing as t

from ..items import Item
from ..model import Outcome, Status, problem_of
from ..verdict import (
    Verdict,
    said,
    takes_connections,
)
from .logins import judge_logins

Values = t.Mapping[str, t.Any]

SYNC = "sync"
WANTED = 2
ENGINES = {"postgresql": "PostgreSQL", "mssql": "Microsoft SQL Server"}
USUAL_PORTS = {"postgresql": 5432, "mssql": 1433}
_BROWSER_PORT = 1434


def decide(*, observed: Values, asked: Values, host: str, items: t.Sequence[Item]) -> tuple[Outcome, ...]:
    """The outcome of the one item of this area.

    C(asked) has C(engine), C(server), C(port) (0 for the usual one), C(instance), C(databases), C(accounts) (each
    C(name), C(databases), and whether there is a C(password)), C(from) (the host that logs in), and C(elsewhere):
    databases of other nodes on the same server, by host.
    """
    return tuple(_outcome(observed=observed, asked=asked, host=host, item=item) for item in items)


def _outcome(*, observed: Values, asked: Values, host: str, item: Item) -> Outcome:
    verdict = Verdict(when=str(observed.get("at", "")))
    engine = asked.get("engine") or ""
    if engine == "embedded":
        reason = "preinstall_database_engine says that the product brings its own database"
        return Outcome(item.id, host, Status.NOT_APPLICABLE, item.title, reason=reason)
    if engine not in ENGINES:
        verdict.unknown("preinstall_database_engine is not set: embedded, postgresql or mssql")
    elif not asked.get("server"):
        verdict.unknown("preinstall_database_server is not set: the name or address of the database server")
    else:
        _judge_plan(asked, verdict=verdict)
        if _judge_reach(observed, asked=asked, host=host, verdict=verdict):
            judge_logins(observed, asked=asked, host=host, verdict=verdict)
    return verdict.outcome(item, host)


def _judge_plan(asked: Values, *, verdict: Verdict) -> None:
    accounts = [str(one["name"]) for one in asked.get("accounts") or ()]
    databases = [str(one) for one in asked.get("databases") or ()]
    for what, named in (("account", accounts), ("database", databases)):
        if not named:
            verdict.attest(
                f"preinstall_database_{what}s names none: the database administrator must say that the node has "
                f"{WANTED} {what}s" + (f", one of them {SYNC}" if what == "account" else "")
            )
        elif len(set(named)) != WANTED:
            verdict.fault(f"the node needs {WANTED} {what}s, and this is another number: {', '.join(named)}")
    if accounts and SYNC not in accounts:
        verdict.fault(f"no account is named {SYNC}: there are {', '.join(accounts)}")
    for other, theirs in sorted((asked.get("elsewhere") or {}).items()):
        if shared := sorted(set(databases) & {str(one) for one in theirs}):
            verdict.fault(f"{other} has the same database ({', '.join(shared)}), and each node needs its own")


def _judge_reach(observed: Values, *, asked: Values, host: str, verdict: Verdict) -> bool:
    """Whether the server takes connections, as far as is known."""
    engine, server = str(asked["engine"]), str(asked["server"])
    port = int(asked.get("port") or 0) or USUAL_PORTS[engine]
    if engine == "mssql" and asked.get("instance") and not asked.get("port"):
        found = _judge_browser(observed, asked=asked, verdict=verdict)
        if not found:
            return False
        port = found
    if reason := problem_of(observed, "reach"):
        verdict.unknown(reason)
        return False
    result = observed["reach"]
    place = f"{server}:{port}"
    taken = takes_connections(result)
    if taken is None:
        verdict.unknown(f"{place} was not tried: {said(result)}")
        return False
    if taken:
        verdict.good(f"{ENGINES[engine]} answers at {place}")
        verdict.saw(f"{place} takes connections", host)
        return True
    verdict.fault(f"{place} takes no connection from {host}")
    verdict.saw(said(result), host)
    return False


def _judge_browser(observed: Values, *, asked: Values, verdict: Verdict) -> int:
    """The port of the named instance, or 0."""
    place = f"{asked['server']}:{_BROWSER_PORT}/udp"
    wanted = str(asked["instance"])
    if reason := problem_of(observed, "browser", "answered"):
        verdict.unknown(reason)
        return 0
    result = observed["browser"]
    if not result["answered"]:
        verdict.fault(f"the browser service does not answer at {place}, which alone tells the port of {wanted}")
        verdict.saw(said(result), str(asked.get("from")))
        return 0
    instances = {str(one["instance"]).lower(): one for one in result["instances"]}
    verdict.saw(
        "instances: " + ", ".join(f"{one['instance']} (tcp {one['tcp'] or 'none'})" for one in result["instances"]),
        place,
    )
    instance = instances.get(wanted.lower())
    if instance is None:
        verdict.fault(f"the browser service at {place} knows no instance {wanted}")
        return 0
    if not instance["tcp"]:
        verdict.fault(f"the instance {wanted} does not listen on TCP")
        return 0
    verdict.good(f"the browser service names port {instance['tcp']} for {wanted}")
    return int(instance["tcp"])
