# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake firewall: rules, profiles, services and policies, and the operations on them."""

from __future__ import annotations

import copy
import hashlib
import json
import typing as t
from dataclasses import dataclass, field

from .records import FakeFirewallError, Record, stored

Profiles = dict[str, dict[str, t.Any]]
Operation = dict[str, t.Any]

FILE_SHARING = stored(
    {
        "name": "File and Printer Sharing (SMB-In)",
        "enabled": True,
        "protocol": 6,
        "local_ports": "445",
        "remote_addresses": "LocalSubnet",
        "grouping": "@FirewallAPI.dll,-28502",
    }
)
REMOTE_MANAGEMENT = "Windows Remote Management (HTTP-In)"


def default_profiles() -> Profiles:
    return {
        name: {
            "enabled": True,
            "default_inbound": "block",
            "default_outbound": "allow",
            "block_all_inbound": False,
            "local_rules_apply": True,
            "excluded_interfaces": "",
            "unicast_responses": True,
        }
        for name in ("domain", "private", "public")
    }


@dataclass
class FakeFirewall:
    """One host's; tests set the fields, and the fake modules read and change them."""

    rules: list[Record] = field(default_factory=lambda: [dict(FILE_SHARING)])
    profiles: Profiles = field(default_factory=default_profiles)
    current_profiles: list[str] = field(default_factory=lambda: ["domain"])
    modify_state: str = "ok"
    policy_rules: list[str] = field(default_factory=list)
    stored: dict[str, list[str]] = field(default_factory=lambda: {"policy": [], "mdm": [], "local": []})
    services: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "firewall": {"state": "running", "start": "auto"},
            "filtering_engine": {"state": "running", "start": "auto"},
        }
    )
    products: list[str] = field(default_factory=list)
    found: Profiles | None = None
    listeners: list[dict[str, t.Any]] = field(default_factory=list)
    domain: dict[str, t.Any] = field(default_factory=lambda: {"member": False, "name": "", "controllers": []})

    def allow_remote_management(self, port: int) -> None:
        """The rule that Windows itself has for WinRM, for the port of the tests' server."""
        ports = {"protocol": 6, "local_ports": str(port)}
        self.rules.append(stored({**FILE_SHARING, **ports, "name": REMOTE_MANAGEMENT, "remote_addresses": "*"}))

    @property
    def running(self) -> bool:
        return self.services["firewall"]["state"] == "running"

    def of_group(self, group: str) -> list[Record]:
        return [rule for rule in self.rules if rule["grouping"] == group]

    def named(self, group: str, name: str) -> list[Record]:
        return [rule for rule in self.of_group(group) if rule["name"] == name]

    def state_id(self, group: str) -> str:
        seen = json.dumps([self.of_group(group), self.profiles], sort_keys=True)
        return hashlib.sha256(seen.encode()).hexdigest()

    def snapshot(self) -> tuple[list[Record], Profiles, Profiles | None]:
        return copy.deepcopy((self.rules, self.profiles, self.found))

    def restore(self, snapshot: tuple[list[Record], Profiles, Profiles | None]) -> None:
        self.rules, self.profiles, self.found = copy.deepcopy(snapshot)

    def operate(self, operation: Operation, *, group: str) -> None:
        """Raises C(FakeFirewallError), or KeyError where the operation lacks something."""
        kinds = {
            "add": self._add,
            "set": self._set,
            "rename": self._rename,
            "remove": self._remove,
            "profile": self._profile,
            "forget": self._forget,
            "release": self._release,
        }
        if operation["do"] not in kinds:
            raise FakeFirewallError(f"there is no operation {operation['do']!r}")
        kinds[operation["do"]](operation, group)

    def _add(self, operation: Operation, group: str) -> None:
        record = stored(operation["rule"])
        if record["grouping"] != group:
            raise FakeFirewallError(f"the rule belongs to the group {record['grouping']!r}")
        self.rules.append(record)

    def _set(self, operation: Operation, group: str) -> None:
        if set(operation["values"]) - {"description", "enabled"}:
            raise FakeFirewallError(f"set takes no {sorted(operation['values'])}")
        for rule in self._existing(operation["name"], group):
            rule.update(operation["values"])

    def _rename(self, operation: Operation, group: str) -> None:
        for rule in self._existing(operation["name"], group):
            rule["name"] = operation["to"]

    def _remove(self, operation: Operation, group: str) -> None:
        gone = {id(rule) for rule in self._existing(operation["name"], group)}
        self.rules = [rule for rule in self.rules if id(rule) not in gone]

    def _profile(self, operation: Operation, _group: str) -> None:
        values, changed = operation["values"], self.profiles[operation["profile"]]
        if set(values) - {"enabled", "default_inbound", "default_outbound"}:
            raise FakeFirewallError(f"profile takes no {sorted(values)}")
        found = self.found = self.found or {name: {} for name in self.profiles}
        if "default_outbound" in values:
            found[operation["profile"]].setdefault("default_outbound", changed["default_outbound"])
        if set(values) - {"default_outbound"}:
            for name, profile in self.profiles.items():
                for key in ("enabled", "default_inbound"):
                    found[name].setdefault(key, profile[key])
        changed.update(values)

    def _release(self, operation: Operation, _group: str) -> None:
        found = self.found or {}
        found.get(operation["profile"], {}).pop(operation["setting"], None)
        self.found = found if any(found.values()) else None

    def _forget(self, _operation: Operation, _group: str) -> None:
        self.found = None

    def _existing(self, name: str, group: str) -> list[Record]:
        rules = self.named(group, name)
        if not rules:
            raise FakeFirewallError(f"The system cannot find the file specified. (no rule {name!r} of the group)")
        return rules
