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

from .rules import (
    Network,
    PortRange,
    Rule,
    RuleError,
    parse_network,
)

MANAGEMENT_FLOW = "management-connection"
DEFAULT_PORT = 22


class Connection(t.NamedTuple):
    """A live SSH session: the client's address and port as this host sees them, and the port it came in on."""

    client: str
    port: int
    client_port: int = 0

    def __str__(self) -> str:
        return f"{self.client} {self.client_port} {self.port}"


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
                client = fields[0].partition("%")[0]
                return Connection(client=client, port=int(fields[3]), client_port=int(fields[1]))
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
        live = _network_of(connection)
        if not any(live.version == network.version and live.subnet_of(t.cast("t.Any", network)) for network in remotes):
            remotes.insert(0, live)
    if not remotes:
        return ()
    return (Rule("in", "tcp", (PortRange(port, port),), (), tuple(remotes), (MANAGEMENT_FLOW,)),)


def is_covered(connection: Connection, rules: t.Iterable[Rule]) -> bool:
    """Whether one of the rules lets a new connection like this one in."""
    live = _network_of(connection)
    return any(
        rule.direction == "in"
        and rule.protocol == "tcp"
        and any(ports.first <= connection.port <= ports.last for ports in rule.ports)
        and any(live.subnet_of(t.cast("t.Any", remote)) for remote in rule.remotes_of(version=live.version))
        for rule in rules
    )


def _network_of(connection: Connection) -> Network:
    client = ipaddress.ip_address(connection.client)
    return ipaddress.ip_network(str(getattr(client, "ipv4_mapped", None) or client))
