# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL server with two accounts and two databases, and what of Microsoft SQL Server can be played."""

from __future__ import annotations

import typing as t

from .machine import listening, put, start_unit, succeed

if t.TYPE_CHECKING:
    from ..conftest import Lab

DATABASES = ("sqdb5", "sqdw5")
ACCOUNTS = ("sync", "cml1")
LOCKED_OUT = "cml2"
"""An account that may log in, and may use the first database only."""
WITHOUT_LOGIN = "cml3"
WITHOUT_SCHEMA = "cml4"
"""An account that may use both databases and create schemas in them, and no table in their schema C(public)."""
PASSWORD = "Dreizehn-graue-Esel-4"  # noqa: S105 - of the lab

INSTANCE, INSTANCE_PORT = "SAFEQ", 49321

_SQL = f"""
DROP DATABASE IF EXISTS {DATABASES[0]};
DROP DATABASE IF EXISTS {DATABASES[1]};
DROP ROLE IF EXISTS {ACCOUNTS[0]}, {ACCOUNTS[1]}, {LOCKED_OUT}, {WITHOUT_LOGIN}, {WITHOUT_SCHEMA};
CREATE ROLE {ACCOUNTS[0]} LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE {ACCOUNTS[1]} LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE {LOCKED_OUT} LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE {WITHOUT_LOGIN} NOLOGIN;
CREATE ROLE {WITHOUT_SCHEMA} LOGIN PASSWORD '{PASSWORD}';
CREATE DATABASE {DATABASES[0]} OWNER {ACCOUNTS[1]};
CREATE DATABASE {DATABASES[1]} OWNER {ACCOUNTS[1]};
REVOKE CONNECT ON DATABASE {DATABASES[1]} FROM PUBLIC;
GRANT CONNECT ON DATABASE {DATABASES[1]} TO {", ".join(ACCOUNTS)}, {WITHOUT_SCHEMA};
GRANT CREATE ON DATABASE {DATABASES[0]} TO {WITHOUT_SCHEMA};
\\connect {DATABASES[0]}
GRANT CREATE ON SCHEMA public TO {ACCOUNTS[0]}, {LOCKED_OUT};
\\connect {DATABASES[1]}
GRANT CREATE ON SCHEMA public TO {ACCOUNTS[0]};
"""

_NAMED = "ServerName;SQL1;InstanceName;{};IsClustered;No;Version;15.0.2000.5;{};;"
_TOLD = _NAMED.format(INSTANCE, f"tcp;{INSTANCE_PORT}") + _NAMED.format("PIPES", "np;SQL1-pipe")
_HIDDEN = _NAMED.format("HIDDEN", f"tcp;{INSTANCE_PORT}")
_BROWSER = f"""
import socket
taking = socket.create_server(("0.0.0.0", {INSTANCE_PORT}))
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.bind(("0.0.0.0", 1434))
answers = {{b"\\x03": {_TOLD!r}, b"\\x04HIDDEN\\x00": {_HIDDEN!r}}}
while True:
    question, peer = asked.recvfrom(512)
    if question in answers:
        text = answers[question].encode()
        asked.sendto(b"\\x05" + len(text).to_bytes(2, "little") + text, peer)
"""


def start(lab: Lab) -> None:
    """PostgreSQL on 5432, with passwords for whoever comes from the lab's network."""
    folder = "/etc/postgresql/15/main"
    put(lab, f"{folder}/conf.d/lab.conf", "listen_addresses = '*'\nfsync = off\n")
    put(
        lab,
        f"{folder}/pg_hba.conf",
        "local all postgres peer\nhost all all 198.18.0.0/15 scram-sha-256\nhost all all 2001:db8::/32 scram-sha-256\n",
    )
    succeed(lab, f"systemctl restart postgresql@15-main; {listening(5432)}; pg_isready -q")
    put(lab, "/run/lab.sql", _SQL)
    succeed(lab, "su postgres -s /bin/sh -c 'psql -q -v ON_ERROR_STOP=1' < /run/lab.sql; rm /run/lab.sql")


def start_browser(lab: Lab) -> None:
    """A browser service as the specification has it, and a port where its first instance takes connections."""
    put(lab, "/run/lab-browser.py", _BROWSER)
    start_unit(lab, "mssql-browser", "python3 /run/lab-browser.py", ports=[INSTANCE_PORT])
