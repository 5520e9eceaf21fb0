# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake of Windows Defender Firewall: it gives rules back in other words than it was given, and carries out steps."""

from __future__ import annotations

import ipaddress
import json
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.compare import Operation
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.limits import (
    conditions,
    is_of_an_app,
    subject,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.meaning import meaning_of
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import (
    ANY,
    COLUMNS,
    PROFILES,
    Record,
    WindowsError,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.state import State
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.survey import Survey, survey
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.traffic import traffic_of

CONTROLLER = "192.0.2.10"
PORT = 5986
WAY_IN = "allow in tcp 5986 from 192.0.2.10/32 [management-connection]"
LINE = "allow in tcp 443 from 10.0.0.0/24 [safeq6/mfd/1]"
Packet = tuple[int, int, str, int]
"""Protocol, port (0 for a ping), source, and the bit of the network's profile."""

PACKETS: tuple[Packet, ...] = tuple(
    (protocol, port, source, profile)
    for protocol, ports in ((6, (80, 443, 5986)), (17, (161,)), (1, (0,)), (58, (0,)))
    for port in ports
    for source in ("10.0.0.5", "10.0.0.77", "10.0.1.9", "2001:db8::5", "2001:db8:1::1")
    for profile in PROFILES.values()
    if protocol not in (1, 58) or (protocol == 58) == (":" in source)
)


def as_read(record: Record) -> Record:
    """The rule in the words that Windows gives back."""
    return record._replace(
        local_ports=_reversed(record.local_ports),
        remote_ports=record.remote_ports or ("" if record.protocol in (1, 58) else ANY),
        remote_addresses=_reversed(",".join(map(_address, record.remote_addresses.split(",")))),
        interface_types=record.interface_types or "All",
        profiles=7 if record.profiles == 0x7FFFFFFF else record.profiles,
    )


def _reversed(text: str) -> str:
    return ",".join(reversed(text.split(",")))


def _address(token: str) -> str:
    if token == ANY or "-" in token or not token[0].isalnum() or not (token[0].isdigit() or ":" in token):
        return token
    network = ipaddress.ip_network(token)
    if network.version == 4:
        return f"{network.network_address}/{network.netmask}"
    return f"{network[0]}-{network[0]}" if network.num_addresses == 1 else str(network).upper()


def apply(records: t.Sequence[Record], operations: t.Iterable[Operation]) -> list[Record]:
    """Our rules after the steps, of which those of profiles are about none."""
    rules = list(records)
    for step in operations:
        if step.do not in ("profile", "release", "forget"):
            rules = _after(rules, step)
    return rules


def _after(rules: list[Record], step: Operation) -> list[Record]:
    if step.do == "add":
        assert step.rule is not None
        return [*rules, as_read(step.rule)]
    assert any(rule.name == step.name for rule in rules), f"no rule is called {step.name!r}"
    if step.do == "remove":
        return [rule for rule in rules if rule.name != step.name]
    values = {"name": step.to} if step.do == "rename" else dict(step.values)
    assert step.do in ("rename", "set")
    return [rule._replace(**values) if rule.name == step.name else rule for rule in rules]


def lets_in(records: t.Iterable[Record], packet: Packet) -> bool:
    """Whether the rules let the packet in: one allows it, and none blocks it."""
    actions = {record.action for record in records if record.enabled and _matches(record, packet)}
    return actions == {"allow"}


def _matches(record: Record, packet: Packet) -> bool:
    protocol, port, source, profile = packet
    kind = {6: "tcp", 17: "udp", 1: "ping4", 58: "ping6"}[protocol]
    return (
        not (subject(record) or conditions(record) or is_of_an_app(record))
        and record.direction == "in"
        and any(one.kind == kind and one.ports.first <= (port or 1) <= one.ports.last for one in traffic_of(record))
        and NetworkSet.parse([source]) <= meaning_of(record).remote.networks
        and bool(record.profiles & profile)
    )


def let_in(records: t.Sequence[Record]) -> set[Packet]:
    """All packets of the model's small world that the rules let in."""
    return {packet for packet in PACKETS if lets_in(records, packet)}


def table(records: t.Iterable[Record]) -> str:
    """As the module answers rules: a row of column names, then a row for each."""
    return json.dumps([COLUMNS, *([getattr(record, name) for name in COLUMNS] for record in records)])


def answer(*, rules: t.Iterable[Record] = (), others: t.Iterable[Record] = (), **changes: t.Any) -> dict[str, t.Any]:
    """What the module windows_defender_info answers of a sound server in a domain network.

    C(changes) with two underscores are of inner keys, such as C(profiles__domain__enabled) and C(service__firewall).
    What no policy sets, the host itself has set.
    """
    profile = {
        "enabled": True,
        "default_inbound": "block",
        "default_outbound": "allow",
        "block_all_inbound": False,
        "local_rules_apply": True,
        "excluded_interfaces": "",
        "unicast_responses": True,
        "set_by": {},
    }
    told: dict[str, t.Any] = {
        "changed": False,
        "rules": table(rules),
        "others": table(others),
        "policy": {
            "local_policy_modify_state": "ok",
            "policy_rules": [],
            "profiles": {name: {**profile, "set_by": {}} for name in PROFILES},
            "local_profiles": {name: dict(profile) for name in PROFILES},
            "stored": {"policy": [], "mdm": [], "local": []},
            "current_profiles": ["domain"],
        },
        "service": {name: {"state": "running", "start": "auto"} for name in ("firewall", "filtering_engine")},
        "products": [],
        "connections": [{"local_port": PORT, "remote_address": CONTROLLER, "remote_port": 50000}],
        "pending": {"state": "none", "token": None, "detail": ""},
        "state_id": "1",
        "administrator": True,
        "domain": {"member": False, "name": "", "controllers": []},
        "listeners": [],
    }
    for path, value in changes.items():
        *folders, name = path.split("__")
        place = told
        for folder in folders:
            place = place[folder]
        place[name] = value
    for name, settings in told["policy"]["profiles"].items() if "local_profiles" not in str(changes) else ():
        for key in told["policy"]["local_profiles"][name]:
            if key not in settings["set_by"]:
                told["policy"]["local_profiles"][name][key] = settings[key]
    return told


def remoting(**changes: t.Any) -> Record:
    """The rule that Windows has for its own remote management."""
    record = Record(
        name="Windows Remote Management (HTTP-In)",
        protocol=6,
        local_ports="5985,5986",
        remote_ports=ANY,
        profiles=3,
        application="System",
        interface_types="All",
        grouping="@FirewallAPI.dll,-30267",
    )
    return record._replace(**changes)


def params(*rules: dict[str, t.Any], **changes: t.Any) -> dict[str, t.Any]:
    """The validated parameters of a task, as their defaults are."""
    return {
        "rules": list(rules),
        "management": [],
        "profiles": ["any"],
        "default_inbound": "keep",
        "state": "present",
        "egress": "allow",
        "egress_extra": [],
        "egress_dns": ["0.0.0.0/0", "::/0"],
        "egress_time": ["0.0.0.0/0", "::/0"],
        "egress_domain": [],
        "foreign_rules": "report",
        "as_found": False,
        "keep_connection": True,
        "start": False,
        "confirm_timeout": 60,
        "confirm_token": None,
        **changes,
    }


def rule(**changes: t.Any) -> dict[str, t.Any]:
    """A rule of a plan."""
    return {
        "direction": "in",
        "protocol": "tcp",
        "ports": ["443"],
        "remotes": ["10.0.0.0/24"],
        "flows": ["safeq6/mfd/1"],
        **changes,
    }


def look(*rules: dict[str, t.Any], host: dict[str, t.Any] | None = None, **changes: t.Any) -> Survey:
    return survey(params(*rules, **changes), State.of(host or answer()), port=PORT)


def refused(*rules: dict[str, t.Any], host: dict[str, t.Any] | None = None, **changes: t.Any) -> str:
    with pytest.raises(WindowsError) as caught:
        look(*rules, host=host, **changes)
    assert str(caught.value).endswith("nothing was changed") or "foreign_rules" in str(caught.value)
    return str(caught.value)


def steps(plan: Survey) -> list[str]:
    return [step.do for step in plan.operations]


def after(plan: Survey) -> list[Record]:
    return apply([], plan.operations)


def foreign(**changes: t.Any) -> Record:
    record = Record(name="Web", protocol=6, local_ports="443", remote_ports="*", grouping="")
    return record._replace(**changes)
