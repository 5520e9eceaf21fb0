# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a Windows host tells of its firewall, as the module C(windows_defender_info) answers."""

from __future__ import annotations

import ipaddress
import types
import typing as t

from .record import (
    FIELD_SEPARATOR,
    GROUP,
    LOCAL,
    MDM,
    POLICY,
    PROFILES,
    Record,
    WindowsError,
    read_table,
)
from .stored import read_rule, with_trust

Raw = t.Mapping[str, t.Any]


class Profile(t.NamedTuple):
    """Settings of one profile that are in force, whoever set them.

    C(local_rules_apply) is false where a policy has rules of the host ignored. On C(excluded_interfaces) nothing is
    filtered. C(unicast_responses) tells whether answers to a broadcast of the host are let in. C(set_by) has for
    settings that a policy sets, which nobody changes on the host, where it comes from.
    """

    enabled: bool
    default_inbound: str
    block_all_inbound: bool
    local_rules_apply: bool
    default_outbound: str = "allow"
    excluded_interfaces: tuple[str, ...] = ()
    unicast_responses: bool = True
    set_by: t.Mapping[str, str] = types.MappingProxyType({})


class Live(t.NamedTuple):
    """An established connection of the kind that the run came by: the local port, and who is at the other end."""

    port: int
    client: str

    def __str__(self) -> str:
        return f"{self.client}, which is connected to port {self.port}"


class Domain(t.NamedTuple):
    """Whether the host is a member of an Active Directory domain, None where it does not say, and of which.

    C(controllers) are the addresses of those that it uses.
    """

    is_member: bool | None = None
    name: str = ""
    controllers: tuple[str, ...] = ()


class State(t.NamedTuple):
    """Our C(rules), the enabled ones of C(others), and what decides whether any of them is in force.

    Others are those on the host itself, of Group Policies and of device management, see C(Record.store). C(stored) of
    ours has what COM does not tell of them.

    C(profiles) are the settings in force, C(local_profiles) what the host itself has set; both are empty where a
    service of C(services), C(firewall) and C(filtering_engine), does not run. C(current) are the profiles of the
    networks that the host is in, all where it tells of none. C(found) are the profile settings before a run of ours
    first changed them, if any did. Outgoing rules of others and the C(domain) are there where they were asked for.
    C(answer) is the whole as it came.
    """

    rules: tuple[Record, ...]
    others: tuple[Record, ...]
    modify_state: str
    policy_rules: tuple[str, ...]
    profiles: t.Mapping[str, Profile]
    local_profiles: t.Mapping[str, t.Mapping[str, t.Any]]
    current: tuple[str, ...]
    services: t.Mapping[str, str]
    products: tuple[str, ...]
    connections: tuple[Live, ...]
    found: t.Mapping[str, t.Any] | None
    is_administrator: bool
    domain: Domain
    answer: Raw

    def profiles_apply(self, record: Record) -> bool:
        """Whether a rule of others is in force in any network that the host is in, whatever it says."""
        return record.store != LOCAL or any(self.profiles[name].local_rules_apply for name in self.current)

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
        stored = policy["stored"]
        services = {name: str(one["state"]) for name, one in answer["service"].items()}
        is_running = all(state == "running" for state in services.values())
        current = tuple(name for name in PROFILES if name in (policy["current_profiles"] or PROFILES))
        return cls(
            rules=with_trust(read_table(answer["rules"]), stored[LOCAL]),
            others=_others(answer["others"], stored),
            modify_state=policy["local_policy_modify_state"],
            policy_rules=tuple(policy["policy_rules"]),
            profiles={name: _profile(policy["profiles"][name]) for name in PROFILES if is_running},
            local_profiles={name: dict(policy["local_profiles"][name]) for name in PROFILES if is_running},
            current=current,
            services=services,
            products=tuple(answer["products"]),
            connections=tuple(filter(None, map(_live, answer["connections"]))),
            found=answer.get("found"),
            is_administrator=answer["administrator"],
            domain=_domain(answer["domain"]),
            answer=answer,
        )


def _profile(raw: Raw) -> Profile:
    return Profile(
        enabled=raw["enabled"],
        default_inbound=raw["default_inbound"],
        block_all_inbound=raw["block_all_inbound"],
        local_rules_apply=raw["local_rules_apply"],
        default_outbound=raw["default_outbound"],
        excluded_interfaces=tuple(filter(None, raw["excluded_interfaces"].split(FIELD_SEPARATOR))),
        unicast_responses=raw["unicast_responses"],
        set_by=dict(raw["set_by"]),
    )


def _domain(raw: Raw) -> Domain:
    return Domain(raw["member"], raw["name"], tuple(str(ipaddress.ip_address(one)) for one in raw["controllers"]))


def _others(table: str, stored: t.Mapping[str, t.Sequence[str]]) -> tuple[Record, ...]:
    """The rules that others have on the host, and those that come from elsewhere."""
    here = with_trust(read_table(table), stored[LOCAL])
    brought = [read_rule(text, store=store) for store in (POLICY, MDM) for text in stored[store]]
    return (*here, *(rule for rule in brought if rule.grouping != GROUP))


def _live(raw: Raw) -> Live | None:
    """A connection without the link of its address, and as IPv4 where it is that; nothing for one of no address."""
    try:
        address = ipaddress.ip_address(str(raw["remote_address"]).partition("%")[0])
    except ValueError:
        return None
    return Live(int(raw["local_port"]), str(getattr(address, "ipv4_mapped", None) or address))
