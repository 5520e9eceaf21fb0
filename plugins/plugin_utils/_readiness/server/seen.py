# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What runs and what listens on a server, the same for Windows and Linux."""

from __future__ import annotations

import fnmatch
import typing as t

from ..case import Case, UnreadableError

SOCKETS = {True: "Get-NetTCPConnection, Get-NetUDPEndpoint", False: "listening sockets (ss or netstat)"}
SERVICES = {True: "services", False: "units of the init system"}


class Listener(t.NamedTuple):
    """A socket that listens, and its process, whose name is empty where it is not known."""

    protocol: str
    address: str
    port: int
    process: str
    pid: int

    def __str__(self) -> str:
        who = self.process or "a process without a name"
        if self.process == "System" and self.pid == 4:
            who = "System (the HTTP service of Windows)"
        return f"{who} (pid {self.pid}) on {self.address} {self.port}/{self.protocol}"


class Service(t.NamedTuple):
    """A service; C(starts) tells whether it starts with the system."""

    name: str
    title: str
    running: bool
    starts: bool

    def __str__(self) -> str:
        return f"{self.name} ({'running' if self.running else 'stopped'}{', starts by itself' if self.starts else ''})"


def listeners_of(case: Case) -> list[Listener]:
    """Every listening socket once for each process; raises C(UnreadableError)."""
    facts = case.probe("listeners", "ansible_facts")["ansible_facts"]
    if "tcp_listen" not in facts:
        raise UnreadableError("listeners could not be read: the result has no tcp_listen")
    found = {
        Listener(protocol, str(one["address"]), int(one["port"]), str(one.get("name") or ""), int(one.get("pid") or 0))
        for protocol in ("tcp", "udp")
        for one in facts.get(f"{protocol}_listen") or ()
    }
    return sorted(found, key=lambda one: (one.protocol, one.port, one.address, one.pid))


def services_of(case: Case) -> list[Service]:
    """Every service that is installed; raises C(UnreadableError)."""
    if case.windows:
        return [
            Service(
                name=str(one["name"]),
                title=str(one.get("display_name") or ""),
                running=one.get("state") == "started",
                starts=one.get("start_mode") in ("auto", "delayed"),
            )
            for one in case.probe("services", "services")["services"]
        ]
    facts = case.probe("services", "ansible_facts")["ansible_facts"]
    if "services" not in facts:
        raise UnreadableError("services could not be read: the result has no services")
    return [
        Service(
            name=str(one["name"]).removesuffix(".service"),
            title="",
            running=one.get("state") == "running",
            starts=one.get("status") == "enabled",
        )
        for one in facts["services"].values()
    ]


def named(patterns: t.Mapping[str, t.Sequence[str]], service: Service) -> str:
    """The product whose patterns match the service's name or title; empty where none does."""
    for product, wanted in patterns.items():
        for pattern in wanted:
            if any(fnmatch.fnmatchcase(name.lower(), pattern) for name in (service.name, service.title)):
                return product
    return ""
