# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The connection that Ansible itself came in by, and the rules that keep it open."""

from __future__ import annotations

import ipaddress
import os
import pathlib
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules import (
    Network,
    PortRange,
    Rule,
    RuleError,
    parse_network,
)

MANAGEMENT_FLOW = "management-connection"
DEFAULT_PORT = 22


@dataclass(frozen=True)
class Connection:
    """A live SSH session: the client's address as this host sees it, and the port it came in on."""

    client: str
    port: int


def live_connection(
    *, pid: t.Optional[int] = None, proc: pathlib.Path = pathlib.Path("/proc")
) -> t.Optional[Connection]:
    """The SSH session that started this process, or None where there is none.

    C(become) may drop C(SSH_CONNECTION), so the environments of all parent processes are searched too.
    """
    current = os.getpid() if pid is None else pid
    while current > 1:
        found = _connection_of(proc / str(current))
        if found:
            return found
        current = _parent_of(proc / str(current))
    return None


def _connection_of(process: pathlib.Path) -> t.Optional[Connection]:
    try:
        environment = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return None
    for entry in environment:
        name, _equals, value = entry.partition(b"=")
        if name == b"SSH_CONNECTION":
            fields = value.decode("ascii").split()
            if len(fields) == 4:
                return Connection(client=fields[0].partition("%")[0], port=int(fields[3]))
    return None


def _parent_of(process: pathlib.Path) -> int:
    try:
        after_name = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(after_name[1])


def management_rules(*, networks: t.Iterable[str], connection: t.Optional[Connection]) -> tuple[Rule, ...]:
    """Rules, literal and first, for the operator's management networks and for the live connection.

    The live client gets an address of its own only where no management network covers it. Raises C(RuleError) for a
    network that is none.
    """
    try:
        remotes: list[Network] = sorted(map(parse_network, networks), key=lambda network: (network.version, network))
    except RuleError as error:
        raise RuleError(f"management: {error}") from error
    port = connection.port if connection else DEFAULT_PORT
    if connection:
        client = ipaddress.ip_address(connection.client)
        mapped = getattr(client, "ipv4_mapped", None)
        live = ipaddress.ip_network(str(mapped or client))
        if not any(live.version == network.version and live.subnet_of(t.cast("t.Any", network)) for network in remotes):
            remotes.insert(0, live)
    if not remotes:
        return ()
    return (Rule("in", "tcp", (PortRange(port, port),), (), tuple(remotes), (MANAGEMENT_FLOW,)),)
