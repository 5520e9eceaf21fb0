# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What C(nft -j list ruleset) printed, as chains that a new packet goes through."""

from __future__ import annotations

import ipaddress
import typing as t

from .openings import ANYONE, without
from .paths import ACCEPT, DROP, PASS, RETURN, Networks, Step, Table
from .rules import PortRange, RuleError

Json = t.Any
_FAMILIES = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}
_HOOKS = ("prerouting", "input")
_TO = {"accept": ACCEPT, "drop": DROP, "reject": DROP, "return": RETURN}
_GOES_ON = frozenset(["counter", "log", "mangle"])
_GOES_AWAY = frozenset(["jump", "goto", "continue", "queue", "fwd", "tproxy"])


class _Packets(t.NamedTuple):
    """The packets that the matches of a rule leave; C(none) where that is no new one that comes from elsewhere."""

    protocols: t.Tuple[str, ...] = ()
    ports: t.Tuple[PortRange, ...] = ()
    sources: t.Optional[Networks] = None
    exact: bool = True
    none: bool = False


def tables_of(objects: t.Sequence[Json], *, but: t.Container[t.Tuple[str, str]]) -> t.List[Table]:
    """The tables that packets to this host come through, but for those of this family and name."""
    names = dict.fromkeys(
        (one["table"]["family"], one["table"]["name"])
        for one in objects
        if "table" in one and one["table"]["family"] in _FAMILIES
    )
    tables = []
    for family, name in names:
        if (family, name) in but:
            continue
        mine = [
            (kind, one)
            for each in objects
            for kind, one in each.items()
            if kind in ("chain", "rule", "set") and (one["family"], one["table"]) == (family, name)
        ]
        tables += [_table(mine, family=family, name=name, version=version) for version in _FAMILIES[family]]
    return [table for table in tables if table.entries]


def _table(objects: t.Sequence[t.Tuple[str, Json]], *, family: str, name: str, version: int) -> Table:
    sets = {one["name"]: one.get("elem", ()) for kind, one in objects if kind == "set"}
    chains: t.Dict[str, t.List[Step]] = {one["name"]: [] for kind, one in objects if kind == "chain"}
    entries = {
        one["name"]: one.get("policy", ACCEPT)
        for kind, one in objects
        if kind == "chain" and one.get("hook") in _HOOKS and one.get("type") == "filter"
    }
    for kind, one in objects:
        if kind == "rule":
            chains[one["chain"]] += _steps(one, sets=sets, version=version)
    return Table(f"nftables table {family} {name}", version, chains, entries)


def _steps(rule: Json, *, sets: t.Mapping[str, Json], version: int) -> t.Iterator[Step]:
    packets = _Packets()
    text = f"chain {rule['chain']}, rule {rule['handle']}"
    for expression in rule["expr"]:
        ((kind, value),) = expression.items()
        if packets.none:
            return
        if kind == "match":
            packets = _matched(packets, value, sets=sets, version=version)
        elif kind == "vmap":
            for key, verdict in _entries(value, sets=sets):
                match = {"op": "==", "left": value["key"], "right": key}
                each = _matched(packets, match, sets=sets, version=version)
                yield from [] if each.none else [_step(text, each, *one) for one in verdict.items()]
        elif kind in _TO or kind in _GOES_AWAY:
            yield _step(text, packets, kind, value)
            return
        elif kind not in _GOES_ON:
            packets = packets._replace(exact=False)


def _step(text: str, packets: _Packets, kind: str, value: Json) -> Step:
    """What becomes of the packets; where another program decides that, they may be accepted."""
    to = _TO.get(kind) or (value["target"] if kind in ("jump", "goto") else PASS if kind == "continue" else ACCEPT)
    return Step(f"{text}: {kind}", to, packets.protocols, packets.ports, packets.sources, packets.exact, kind == "goto")


def _entries(vmap: Json, *, sets: t.Mapping[str, Json]) -> t.Iterator[t.Tuple[Json, Json]]:
    data = vmap["data"]
    entries = sets.get(data[1:], ()) if isinstance(data, str) else data["set"]
    for entry in entries:
        key, verdict = entry
        yield (key["elem"]["val"] if isinstance(key, dict) and "elem" in key else key), verdict


def _matched(packets: _Packets, match: Json, *, sets: t.Mapping[str, Json], version: int) -> _Packets:
    values, about = _values(match["right"], sets=sets), _about(match["left"])
    reader = _READERS.get(about)
    if values is None or match["op"] not in ("==", "!=", "in") or reader is None:
        return packets._replace(exact=False)
    return reader(packets, values, match["op"] == "!=", version)


def _by_state(packets: _Packets, values: t.Sequence[Json], is_not: bool, _version: int) -> _Packets:
    return packets._replace(none=("new" in values) == is_not)


def _by_status(packets: _Packets, _values: t.Sequence[Json], is_not: bool, _version: int) -> _Packets:
    """A packet that no address translation is about has none of them."""
    return packets._replace(none=not is_not)


def _by_interface(packets: _Packets, values: t.Sequence[Json], is_not: bool, _version: int) -> _Packets:
    if values == ["lo"]:
        return packets._replace(none=not is_not)
    return packets._replace(exact=False)


def _by_family(packets: _Packets, values: t.Sequence[Json], is_not: bool, version: int) -> _Packets:
    return packets._replace(none=(f"ipv{version}" in values) == is_not)


def _by_protocol(packets: _Packets, values: t.Sequence[Json], is_not: bool, _version: int) -> _Packets:
    if is_not or packets.protocols:
        return packets._replace(exact=False)
    return packets._replace(protocols=tuple(map(str, values)))


def _by_port(protocol: str) -> t.Callable[..., _Packets]:
    def read(packets: _Packets, values: t.Sequence[Json], is_not: bool, _version: int) -> _Packets:
        known = packets._replace(protocols=(protocol,) if protocol else packets.protocols)
        ports = _ports(values)
        if ports is None or is_not or packets.ports:
            return known._replace(exact=False)
        return known._replace(ports=ports)

    return read


def _by_source(of: int) -> t.Callable[..., _Packets]:
    def read(packets: _Packets, values: t.Sequence[Json], is_not: bool, version: int) -> _Packets:
        networks = _networks(values)
        if of != version:
            return packets._replace(none=True)
        if networks is None or packets.sources is not None:
            return packets._replace(exact=False)
        return packets._replace(sources=without([ANYONE[version]], networks) if is_not else networks)

    return read


_READERS: t.Mapping[str, t.Callable[..., _Packets]] = {
    "ct state": _by_state,
    "ct status": _by_status,
    "iifname": _by_interface,
    "iif": _by_interface,
    "nfproto": _by_family,
    "l4proto": _by_protocol,
    "tcp dport": _by_port("tcp"),
    "udp dport": _by_port("udp"),
    "th dport": _by_port(""),
    "ip saddr": _by_source(4),
    "ip6 saddr": _by_source(6),
}


def _about(left: Json) -> str:
    """What a match looks at, as C(nft) writes it."""
    if not isinstance(left, dict):
        return ""
    if "payload" in left:
        return f"{left['payload'].get('protocol', '')} {left['payload'].get('field', '')}"
    if "ct" in left:
        return f"ct {left['ct'].get('key', '')}"
    return str(left.get("meta", {}).get("key", ""))


def _values(right: Json, *, sets: t.Mapping[str, Json]) -> t.Optional[t.List[Json]]:
    """What the match compares with, one by one."""
    if isinstance(right, str) and right.startswith("@"):
        right = {"set": sets[right[1:]]} if right[1:] in sets else None
    if isinstance(right, dict) and "set" in right:
        right = right["set"]
    if right is None:
        return None
    several = right if isinstance(right, list) else [right]
    return [one["elem"]["val"] if isinstance(one, dict) and "elem" in one else one for one in several]


def _ports(values: t.Sequence[Json]) -> t.Optional[t.Tuple[PortRange, ...]]:
    try:
        return tuple(
            PortRange(*map(int, one["range"])) if isinstance(one, dict) else PortRange.parse(str(one)) for one in values
        )
    except (RuleError, KeyError, ValueError, TypeError):
        return None


def _networks(values: t.Sequence[Json]) -> t.Optional[Networks]:
    found: t.List[t.Any] = []
    try:
        for one in values:
            if isinstance(one, dict) and "prefix" in one:
                found.append(ipaddress.ip_network(f"{one['prefix']['addr']}/{one['prefix']['len']}"))
            elif isinstance(one, dict):
                first, last = map(ipaddress.ip_address, one["range"])
                found += ipaddress.summarize_address_range(first, t.cast("t.Any", last))
            else:
                found.append(ipaddress.ip_network(one))
    except (KeyError, ValueError, TypeError):
        return None
    return tuple(found)
