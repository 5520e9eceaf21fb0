# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets from and to machines of the lab, and what a rule set says about them."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import pathlib
import subprocess
import typing as t
from concurrent.futures import ThreadPoolExecutor

if t.TYPE_CHECKING:
    from ..conftest import Lab

HERE = pathlib.Path(__file__).parent
CONTROLLER = "controller"
PATIENT_BOUND_S = 3.0


class Probe(t.NamedTuple):
    """One new connection, or one question over UDP; both addresses in canonical form."""

    protocol: str
    source: str
    target: str
    port: int

    def __str__(self) -> str:
        return f"{self.source} -> {self.target} {self.port}/{self.protocol}"


def canonical(address: str) -> str:
    return str(ipaddress.ip_address(address))


def script(name: str) -> list[str]:
    """The command that runs one of the scripts beside this file on a machine that does not have it."""
    return ["python3", "-c", (HERE / f"{name}.py").read_text(encoding="utf-8")]


@contextlib.contextmanager
def listening(lab: Lab, host: str, *, tcp: t.Iterable[int] = (), udp: t.Iterable[int] = ()) -> t.Iterator[None]:
    """Have something behind these ports of the host."""
    wanted = json.dumps({"tcp": sorted(tcp), "udp": sorted(udp)})
    with lab.start(host, [*script("listen"), wanted], stdin=subprocess.PIPE) as listener:
        assert listener.stdin is not None
        assert listener.stdout is not None
        try:
            assert listener.stdout.readline() == "ready\n", f"nothing listens on {host}"
            yield
        finally:
            listener.stdin.close()


def knock(lab: Lab, player: str, probes: t.Collection[Probe], *, bound_s: float, attempts: int) -> set[Probe]:
    """The probes that got through, sent from the machine (or the controller) that has their source addresses."""
    ordered = list(probes)
    asked = json.dumps({"bound_s": bound_s, "attempts": attempts, "probes": ordered})
    if player == CONTROLLER:
        done = lab.run(script("knock"), input=asked)
    else:
        done = lab.enter(player, script("knock"), input=asked)
    assert done.returncode == 0, done.stderr
    return {ordered[index] for index in json.loads(done.stdout)}


def got_through(
    lab: Lab, probes_of: t.Mapping[str, t.Collection[Probe]], *, expected: set[Probe], bound_s: float = 1.0
) -> set[Probe]:
    """The probes that got through; the players, by name, knock at the same time.

    Of those expected, the ones that did not are tried once more with patience: this machine may be busy.
    """

    def by_player(player: str) -> set[Probe]:
        through = knock(lab, player, probes_of[player], bound_s=bound_s, attempts=2)
        lacking = expected.intersection(probes_of[player]) - through
        return through | knock(lab, player, lacking, bound_s=PATIENT_BOUND_S, attempts=2) if lacking else through

    with ThreadPoolExecutor(max_workers=len(probes_of)) as pool:
        return set().union(*pool.map(by_player, probes_of))


def is_in(port: int, ports: t.Iterable[str]) -> bool:
    """Whether one of C("443") or C("5014-5019") has the port."""
    for text in ports:
        first, _dash, last = text.partition("-")
        if int(first) <= port <= int(last or first):
            return True
    return False


def is_narrow(rule: t.Mapping[str, t.Any]) -> bool:
    """Whether the rule is about source ports or groups, which no probe here has."""
    return "source_ports" in rule or "destinations" in rule


class Expectation:
    """What incoming rules, as the plan has them, let through to a host."""

    def __init__(self, rules: t.Iterable[t.Mapping[str, t.Any]]) -> None:
        self.rules = [
            (rule["protocol"], rule["ports"], [ipaddress.ip_network(remote) for remote in rule["remotes"]])
            for rule in rules
            if rule["direction"] == "in" and rule["protocol"] in ("tcp", "udp") and not is_narrow(rule)
        ]

    def lets_through(self, probe: Probe) -> bool:
        source = ipaddress.ip_address(probe.source)
        return any(
            probe.protocol == protocol and is_in(probe.port, ports) and any(source in remote for remote in remotes)
            for protocol, ports, remotes in self.rules
        )


def difference(*, expected: set[Probe], seen: set[Probe]) -> str:
    """What got through and should not have, and the reverse, as a person reads it; empty where they agree."""
    lines = [f"let through, against the rules: {probe}" for probe in sorted(seen - expected)]
    lines += [f"not let through, against the rules: {probe}" for probe in sorted(expected - seen)]
    more = f"\n... and {len(lines) - 20} more" if len(lines) > 20 else ""
    return "\n".join(lines[:20]) + more
