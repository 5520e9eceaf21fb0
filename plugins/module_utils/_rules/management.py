# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The connection that Ansible itself came in by, and the rules that keep it open."""

from __future__ import annotations

import ipaddress
import os
import pathlib
import re
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
_WAY_IN = re.compile(rf"allow in tcp \S+ from (\S+) \[{MANAGEMENT_FLOW}\]")


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
        found = connection_of(proc / str(current))
        if found:
            return found
        current = _parent_of(proc / str(current))
    return None


def connection_of(process: pathlib.Path) -> t.Optional[Connection]:
    """What the environment says in which C(/proc/PID) was started; None where sshd did not know it either."""
    try:
        environment = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return None
    for entry in environment:
        name, _equals, value = entry.partition(b"=")
        fields = value.decode("ascii", "replace").split()
        if name == b"SSH_CONNECTION" and len(fields) == 4:
            client = fields[0].partition("%")[0]
            try:
                ipaddress.ip_address(client)
                return Connection(client=client, port=int(fields[3]), client_port=int(fields[1]))
            except ValueError:
                return None
    return None


def _parent_of(process: pathlib.Path) -> int:
    try:
        after_name = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(after_name[1])


def ssh_ports(run: t.Callable[[t.List[str]], t.Tuple[int, str, str]]) -> t.Tuple[int, ...]:
    """The ports that sshd listens on by its configuration, or the usual one where nothing tells."""
    try:
        status, out, _error = run(["sshd", "-T"])
    except OSError:
        return (DEFAULT_PORT,)
    found = {int(port) for port in re.findall(r"(?m)^listenaddress \S+:(\d+)$", out)} if status == 0 else set()
    return tuple(sorted(found)) or (DEFAULT_PORT,)


def management_rules(
    *,
    networks: t.Iterable[str],
    connection: t.Optional[Connection],
    ports: t.Callable[[], t.Sequence[int]] = lambda: (DEFAULT_PORT,),
) -> tuple[Rule, ...]:
    """Rules, literal and first, for the operator's management networks and for the live connection.

    The live client gets an address of its own only where no management network covers it. C(ports) are asked for where
    there is no connection that shows one. Raises C(RuleError) for a network that is none.
    """
    try:
        remotes: list[Network] = sorted(map(parse_network, networks), key=lambda network: (network.version, network))
    except RuleError as error:
        raise RuleError(f"management: {error}") from error
    if connection:
        live = _network_of(connection)
        if not any(live.version == network.version and live.subnet_of(t.cast("t.Any", network)) for network in remotes):
            remotes.insert(0, live)
    if not remotes:
        return ()
    opened = tuple(PortRange(port, port) for port in ((connection.port,) if connection else ports()))
    return (Rule("in", "tcp", opened, (), tuple(remotes), (MANAGEMENT_FLOW,)),)


def is_covered(connection: Connection, rules: t.Iterable[Rule]) -> bool:
    """Whether one of the rules lets a new connection like this one in."""
    live = _network_of(connection)
    return any(
        rule.direction == "in"
        and rule.protocol == "tcp"
        and not (rule.source_ports or rule.destinations)
        and any(ports.first <= connection.port <= ports.last for ports in rule.ports)
        and any(live.subnet_of(t.cast("t.Any", remote)) for remote in rule.remotes_of(version=live.version))
        for rule in rules
    )


def ways_in(lines: t.Iterable[str]) -> t.List[str]:
    """The remotes of those of the C(lines) that tell of rules which keep the way in open."""
    return [found.group(1) for found in map(_WAY_IN.fullmatch, lines) if found]


def is_in(network: str, others: t.Iterable[Network]) -> bool:
    """Whether one of the C(others) has all of the network."""
    wanted = parse_network(network)
    return any(wanted.version == other.version and wanted.subnet_of(t.cast("t.Any", other)) for other in others)


def _network_of(connection: Connection) -> Network:
    client = ipaddress.ip_address(connection.client)
    return ipaddress.ip_network(str(getattr(client, "ipv4_mapped", None) or client))
