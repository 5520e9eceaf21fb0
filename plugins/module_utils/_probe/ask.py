# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""All questions of a host about its network in one pass: targets and latencies at the same time."""

from __future__ import annotations

import asyncio
import ipaddress
import typing as t
from dataclasses import dataclass

from .remote import Attempt, Prober, Target

_PORTS = range(1, 65536)


@dataclass(frozen=True)
class Peer:
    """An address whose latency is wanted, and the TCP ports to try where it does not answer ICMP, best first."""

    address: str
    ports: t.Tuple[int, ...]

    @property
    def ways(self) -> t.Tuple[Target, ...]:
        return (Target("icmp", self.address), *(Target("tcp", self.address, port) for port in self.ports))


@dataclass(frozen=True)
class Questions:
    """C(samples) attempts a peer, C(pause_s) apart, each with at most C(timeout_s) seconds."""

    targets: t.Tuple[Target, ...]
    peers: t.Tuple[Peer, ...]
    samples: int
    pause_s: float
    timeout_s: float


def parse_questions(raw: t.Mapping[str, t.Any]) -> Questions:
    """The options of the module; raises ValueError with what was given and what would be right."""
    for name, least in (("samples", 1), ("pause", 0), ("timeout", 0.1)):
        if raw[name] < least:
            raise ValueError(f"{name} is {raw[name]}, and must be at least {least}")
    return Questions(
        targets=tuple(_target(one) for one in raw["targets"]),
        peers=tuple(
            Peer(_address(one["address"], of="latency"), tuple(_port(port, of="latency") for port in one["ports"]))
            for one in raw["latency"]
        ),
        samples=raw["samples"],
        pause_s=raw["pause"],
        timeout_s=raw["timeout"],
    )


def _target(raw: t.Mapping[str, t.Any]) -> Target:
    protocol, port = raw["protocol"], raw.get("port")
    address = _address(raw["address"], of="targets")
    if protocol == "icmp":
        if port is not None:
            raise ValueError(f"targets: {address} has port {port}, and icmp has no ports")
        return Target(protocol, address)
    return Target(protocol, address, _port(port, of=f"targets: {address}"))


def _address(text: str, *, of: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ValueError(f"{of}: {text!r} is no literal IPv4 or IPv6 address") from error


def _port(port: t.Any, *, of: str) -> int:
    if port not in _PORTS:
        raise ValueError(f"{of}: port {port} is not between 1 and 65535")
    return int(port)


def ask(questions: Questions) -> t.Dict[str, t.Any]:
    """Answers in the order of the questions, as C(targets) and C(latency)."""
    return asyncio.run(_ask(questions))


async def _ask(questions: Questions) -> t.Dict[str, t.Any]:
    prober = Prober(timeout=questions.timeout_s)
    attempts = asyncio.gather(*(prober.attempt(target) for target in questions.targets))
    latencies = asyncio.gather(*(_latency(prober, peer, questions) for peer in questions.peers))
    return {
        "targets": [_as_json(*pair) for pair in zip(questions.targets, await attempts)],
        "latency": list(await latencies),
    }


def _as_json(target: Target, attempt: Attempt) -> t.Dict[str, t.Any]:
    return {
        "protocol": target.protocol,
        "address": target.address,
        "port": target.port,
        "state": attempt.state,
        "ms": attempt.ms,
        "detail": attempt.detail,
    }


async def _latency(prober: Prober, peer: Peer, questions: Questions) -> t.Dict[str, t.Any]:
    """Samples over the first way that is open, else the first that is refused; C(way) is empty where there is neither.

    A refusal may come from a firewall on the way, and ICMP burdens no service.
    """
    first = await asyncio.gather(*(prober.attempt(way) for way in peer.ways))
    answering = [(attempt.state != "open", rank) for rank, attempt in enumerate(first) if attempt.has_answer]
    way = peer.ways[min(answering)[1]] if answering else None
    times: t.List[float] = []
    lost = 0
    while way and len(times) + lost < questions.samples:
        attempt = await prober.attempt(way)
        if attempt.has_answer:
            times.append(attempt.ms)
        else:
            lost += 1
        await asyncio.sleep(questions.pause_s)
    return {
        "address": peer.address,
        "way": "" if way is None else (f"tcp/{way.port}" if way.port else way.protocol),
        "times_ms": times,
        "lost": lost,
        "tried": [_as_json(*pair) for pair in zip(peer.ways, first)],
    }
