# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of a plan as rules of Windows Defender Firewall: few, named by what they are, each with its flows."""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    Network,
    PortRange,
    Rule,
    compact_flows,
    join_ports,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from .forms import (
    address_tokens,
    folded,
    network_set,
)
from .record import (
    ANY,
    EVERY_PROFILE,
    FIELD_SEPARATOR,
    ICMP4,
    ICMP6,
    IGMP,
    LONGEST_TEXT,
    TCP,
    UDP,
    Record,
    WindowsError,
    profile_names,
)

MOST_ADDRESSES = 1000
"""Remote addresses that one rule takes on every Windows."""

DESCRIPTION = "printops.firewall: "
_MANAGEMENT = "management"
_FEWEST_ADDRESSES = 500
_CUT_EVERY = 256
_LONGEST_NAME = 120
_NUMBERS = {"tcp": TCP, "udp": UDP}
_PINGS = {4: (ICMP4, "8:*"), 6: (ICMP6, "128:*")}
_MEMBERSHIP = {("in", 4): (IGMP, ""), ("in", 6): (ICMP6, "130:*"), ("out", 4): (IGMP, "")}
_MEMBERSHIP["out", 6] = (ICMP6, "131:*,132:*,143:*")
_NEIGHBOURS = "neighbours"
_DISCOVERY = "131:*,132:*,133:*,135:*,136:*,143:*"


class _What(t.NamedTuple):
    """What a rule is about, apart from the other side's addresses."""

    kind: str
    direction: str
    protocol: str
    ports: tuple[PortRange, ...]
    source_ports: tuple[PortRange, ...]
    profiles: int

    def by_version(self, version: int) -> tuple[int, str]:
        """The number of the protocol and the types of ICMP where these are of one IP version."""
        return _PINGS[version] if self.protocol == "icmp" else _MEMBERSHIP[self.direction, version]


def desired_records(
    rules: t.Iterable[Rule],
    *,
    management: t.Iterable[Rule] = (),
    profiles: int = EVERY_PROFILE,
    egress: t.Iterable[Rule] | None = None,
) -> tuple[Record, ...]:
    """The rules of ours that a host is to have, those for management first.

    Rules with the same remotes become one. Those for management hold on networks of every profile, so that a network
    that changes its profile locks nobody out. Of C(rules) those are left out that are C(out): where egress is enforced,
    C(egress) has all that may leave. Destinations limit nothing: no Windows was seen that compares them with groups.
    Raises C(WindowsError) for what Windows takes no rule for.
    """
    records = _records(management, kind=_MANAGEMENT, profiles=EVERY_PROFILE)
    wanted = [*(rule for rule in rules if rule.direction == "in"), *(egress or ())]
    link = [] if egress is None else [_neighbours(profiles)]
    return (*records, *_records(wanted, kind="", profiles=profiles), *link)


def is_management(record: Record) -> bool:
    """Whether the rule is one that keeps the way in open, by its name."""
    return folded(record.name).split(" ")[2:3] == [_MANAGEMENT]


def _records(rules: t.Iterable[Rule], *, kind: str, profiles: int) -> t.Iterator[Record]:
    remotes: dict[tuple[t.Any, ...], list[Rule]] = {}
    for rule in rules:
        _check(rule)
        key = rule.direction, rule.protocol, network_set(rule.remotes), rule.source_ports, bool(rule.ports)
        remotes.setdefault(key, []).append(rule)
    flows: dict[tuple[_What, int, tuple[str, ...]], dict[str, None]] = {}
    for (direction, protocol, networks, source_ports, _has_ports), members in remotes.items():
        ports = join_ports(port for rule in members for port in rule.ports)
        what = _What(kind, direction, protocol, ports, join_ports(source_ports), profiles)
        for version, part in ((0, networks),) if protocol in _NUMBERS else _parts(networks):
            for tokens in chunks(address_tokens(part)):
                asked = flows.setdefault((what, version, tokens), {})
                asked.update(dict.fromkeys(flow for rule in members for flow in rule.flows))
    for (what, version, tokens), asked in flows.items():
        yield _record(what, version=version, tokens=tokens, flows=asked)


def _neighbours(profiles: int) -> Record:
    """What a host must send to have neighbours and a router over IPv6, and to be heard in groups."""
    what = _What(_NEIGHBOURS, "out", "icmp", (), (), profiles)
    record = _record(what, version=6, tokens=(ANY,), flows=(f"egress-{_NEIGHBOURS}",))
    return record._replace(icmp_types=_DISCOVERY)


def _parts(networks: NetworkSet) -> tuple[tuple[int, NetworkSet], ...]:
    return (4, NetworkSet(v4=networks.v4)), (6, NetworkSet(v6=networks.v6))


def chunks(tokens: tuple[str, ...]) -> t.Iterator[tuple[str, ...]]:
    """Parts of at most C(MOST_ADDRESSES); one more address changes one part or two, and not all that follow it.

    A list that is short enough is not cut. A longer one is cut after addresses that their own digest chooses.
    """
    begin = 0
    for index, token in enumerate(tokens):
        size = index - begin + 1
        rest = len(tokens) - begin
        if rest <= MOST_ADDRESSES:
            break
        if size == MOST_ADDRESSES or (size >= _FEWEST_ADDRESSES and _digest(token)[0] % _CUT_EVERY == 0):
            yield tokens[begin : index + 1]
            begin = index + 1
    if begin < len(tokens):
        yield tokens[begin:]


def _record(what: _What, *, version: int, tokens: tuple[str, ...], flows: t.Iterable[str]) -> Record:
    remotes = ",".join(tokens)
    ports, source_ports = (",".join(map(str, one)) for one in (what.ports, what.source_ports))
    protocol, icmp_types = what.by_version(version) if version else (_NUMBERS[what.protocol], "")
    other = "" if version else ANY
    ends = (ports or other, source_ports or other)
    local_ports, remote_ports = ends if what.direction == "in" else ends[::-1]
    return Record(
        name=_name(what, protocol=protocol, ports=ports, tokens=tokens),
        description=_description(flows),
        direction=what.direction,
        protocol=protocol,
        local_ports=local_ports,
        remote_ports=remote_ports,
        remote_addresses=remotes,
        icmp_types=icmp_types,
        profiles=what.profiles,
    )


def _name(what: _What, *, protocol: int, ports: str, tokens: tuple[str, ...]) -> str:
    """C(printops), the digest of what the rule is, and words of that for a person, always the same ones."""
    profiles = [] if what.profiles == EVERY_PROFILE else list(profile_names(what.profiles))
    source = [f"from {','.join(map(str, what.source_ports))}"] if what.source_ports else []
    identity = json.dumps([what.kind, what.direction, protocol, ports, tokens, profiles, *source])
    more = f" and {len(tokens) - 1} more" if len(tokens) > 1 else ""
    who = "everyone" if tokens == (ANY,) else f"{tokens[0]}{more}"
    shown = ports if len(ports) <= _LONGEST_NAME // 2 else f"{ports[: _LONGEST_NAME // 2].rpartition(',')[0]},..."
    side = "from" if what.direction == "in" else "to"
    words = [
        what.kind,
        what.direction,
        what.protocol,
        shown,
        f"port {source[0]}" if source else "",
        side,
        who,
        *(["on", ",".join(profiles)] if profiles else []),
    ]
    return " ".join(["printops", _digest(identity).hex()[:12], *filter(None, words)])


def _description(flows: t.Iterable[str]) -> str:
    """The flows, the first of them where all would be too long."""
    flows = list(flows)
    text = DESCRIPTION + compact_flows(flows)
    if len(text) <= LONGEST_TEXT:
        return text
    ending = f" ... ({len(flows)} flows)"
    return text[: LONGEST_TEXT - len(ending)].rpartition(" ")[0] + ending


def _check(rule: Rule) -> None:
    for flow in rule.flows:
        if FIELD_SEPARATOR in flow:
            raise WindowsError(f"the flow {flow!r} has a {FIELD_SEPARATOR!r}, which Windows takes in no text of a rule")
    for remote in rule.remotes:
        if _is_refused(remote):
            raise WindowsError(
                f"rule {rule.lines()[0]!r}: Windows takes no rule about the IPv6 address {remote}, which is a loopback "
                "or multicast one; take it out of the networks that the inventory names"
            )


def _is_refused(remote: Network) -> bool:
    return remote.version == 6 and (remote.is_loopback or remote.is_multicast)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
