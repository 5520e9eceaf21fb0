# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a Windows host tells of its firewall, as the module C(windows_defender_info) answers."""

from __future__ import annotations

import ipaddress
import typing as t

from .record import (
    PROFILES,
    Record,
    WindowsError,
    profile_bits,
    read_table,
)

Raw = t.Mapping[str, t.Any]


class Profile(t.NamedTuple):
    """Settings of one profile; C(local_rules_apply) is false where a Group Policy has rules of the host ignored."""

    enabled: bool
    default_inbound: str
    block_all_inbound: bool
    local_rules_apply: bool


class Live(t.NamedTuple):
    """An established connection of the kind that the run came by: the local port, and who is at the other end."""

    port: int
    client: str

    def __str__(self) -> str:
        return f"{self.client}, which is connected to port {self.port}"


class State(t.NamedTuple):
    """Our C(rules), the enabled incoming ones of C(others), and what decides whether any of them is in force.

    C(current) are the profiles of the networks that the host is in, all where it tells of none. C(services) maps
    C(firewall) and C(filtering_engine) to their states; where one does not run there are no C(profiles). C(found) are
    the profile settings before a run of ours first changed them, if any did. C(answer) is the whole as it came.
    """

    rules: tuple[Record, ...]
    others: tuple[Record, ...]
    modify_state: str
    policy_rules: tuple[str, ...]
    profiles: t.Mapping[str, Profile]
    current: tuple[str, ...]
    services: t.Mapping[str, str]
    products: tuple[str, ...]
    connections: tuple[Live, ...]
    found: t.Mapping[str, t.Any] | None
    answer: Raw

    @property
    def current_bits(self) -> int:
        return profile_bits(self.current)

    @property
    def is_enforced(self) -> bool:
        """Whether the firewall filters in every network that the host is in."""
        return bool(self.profiles) and all(self.profiles[name].enabled for name in self.current)

    @classmethod
    def of(cls, answer: Raw) -> State:
        """Read the answer; raises C(WindowsError) where it lacks a part."""
        try:
            return cls._of(answer)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WindowsError(f"the host's answer about its firewall cannot be understood: {error!r}") from error

    @classmethod
    def _of(cls, answer: Raw) -> State:
        policy = answer["policy"]
        services = {name: str(one["state"]) for name, one in answer["service"].items()}
        is_running = all(state == "running" for state in services.values())
        current = tuple(name for name in PROFILES if name in (policy["current_profiles"] or PROFILES))
        return cls(
            rules=read_table(answer["rules"]),
            others=read_table(answer["others"]),
            modify_state=policy["local_policy_modify_state"],
            policy_rules=tuple(policy["policy_rules"]),
            profiles={name: _profile(policy["profiles"][name]) for name in PROFILES if is_running},
            current=current,
            services=services,
            products=tuple(answer["products"]),
            connections=tuple(filter(None, map(_live, answer["connections"]))),
            found=answer.get("found"),
            answer=answer,
        )


def _profile(raw: Raw) -> Profile:
    return Profile(
        enabled=raw["enabled"],
        default_inbound=raw["default_inbound"],
        block_all_inbound=raw["block_all_inbound"],
        local_rules_apply=raw["local_rules_apply"],
    )


def _live(raw: Raw) -> Live | None:
    """A connection without the link of its address, and as IPv4 where it is that; nothing for one of no address."""
    try:
        address = ipaddress.ip_address(str(raw["remote_address"]).partition("%")[0])
    except ValueError:
        return None
    return Live(int(raw["local_port"]), str(getattr(address, "ipv4_mapped", None) or address))
