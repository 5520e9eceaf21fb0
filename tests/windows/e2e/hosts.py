# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts behind servers, opened for a test and closed with it."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass

from ..wsman.certificate import Certificate
from ..wsman.command import Computer
from ..wsman.server import WsManServer
from .inventory import ACCOUNT, Way, variables

Some = t.TypeVar("Some", bound=Computer)


@dataclass(frozen=True)
class Host(t.Generic[Some]):
    """One host of the inventory, and what stands behind it."""

    computer: Some
    server: WsManServer
    way: Way
    certificate: Certificate

    def variables(self, **more: t.Any) -> dict[str, t.Any]:
        return {**variables(self.way, self.server, self.certificate), **more}


@contextlib.contextmanager
def serve(computers: list[Some], way: Way, certificate: Certificate) -> t.Iterator[list[Host[Some]]]:
    """A server for each computer."""
    with contextlib.ExitStack() as stack:
        tls = certificate.server_context() if way.scheme == "https" else None
        servers = [stack.enter_context(WsManServer(one, accounts=[ACCOUNT], tls=tls)) for one in computers]
        yield [Host(computer, server, way, certificate) for computer, server in zip(computers, servers, strict=True)]


def inventory(hosts: list[Host[Some]], **more: t.Any) -> dict[str, t.Any]:
    """The hosts as win1, win2 and so on, with more variables for all."""
    named = {f"win{number}": host.variables() for number, host in enumerate(hosts, start=1)}
    return {"all": {"hosts": named, "vars": more}}
