# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Rich rules of firewalld, and those that every host needs whose egress is enforced."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Network, Rule

FAMILIES = {4: "ipv4", 6: "ipv6"}
REMOTE_END = {"in": "source", "out": "destination"}
LOCAL_END = {"in": "destination", "out": "source"}
MANAGEMENT_PRIORITY = -100
CLOSING_PRIORITY = 32767
CLOSED_PROTOCOLS = ("tcp", "udp", "udplite", "sctp", "dccp", "gre", "esp", "ah")
CONTROL_PROTOCOLS = {4: "icmp", 6: "ipv6-icmp"}
MEMBERSHIP_PROTOCOLS = {4: "igmp", 6: CONTROL_PROTOCOLS[6]}
NEIGHBOUR_TYPES = ("neighbour-solicitation", "neighbour-advertisement")
LINK_MULTICAST = "ff02::/16"

Remote = t.Optional[t.Tuple[str, str]]


class RichRule(t.NamedTuple):
    """One rule of a policy.

    C(remote) is an attribute of the element of the remote end, such as C(('address', '10.0.0.0/8')), or None for
    everyone of the family; C(element) is the name and the attributes of what is accepted or dropped; C(local) is like
    C(remote), of the host's own end.
    """

    version: int
    remote: Remote
    element: tuple[str, tuple[tuple[str, str], ...]]
    priority: int = 0
    direction: str = "in"
    action: str = "accept"
    local: Remote = None

    def xml(self) -> str:
        """The rule as a policy file has it."""
        priority = f'priority="{self.priority}" ' if self.priority else ""
        ends = "".join(f'    <{name} {key}="{value}"/>\n' for name, (key, value) in self._ends())
        name, attributes = self.element
        values = " ".join(f'{key}="{value}"' for key, value in attributes)
        return (
            f'  <rule {priority}family="{FAMILIES[self.version]}">\n{ends}'
            f"    <{name} {values}/>\n    <{self.action}/>\n  </rule>\n"
        )

    def text(self) -> str:
        """The rule as C(firewall-cmd) and D-Bus say it."""
        priority = f' priority="{self.priority}"' if self.priority else ""
        ends = "".join(f' {name} {key}="{value}"' for name, (key, value) in self._ends())
        name, attributes = self.element
        values = " ".join(f'{key}="{value}"' for key, value in attributes)
        return f'rule{priority} family="{FAMILIES[self.version]}"{ends} {name} {values} {self.action}'

    def _ends(self) -> t.Iterator[tuple[str, tuple[str, str]]]:
        if self.remote:
            yield REMOTE_END[self.direction], self.remote
        if self.local:
            yield LOCAL_END[self.direction], self.local


def address(remote: Network) -> Remote:
    return ("address", str(remote)) if remote.prefixlen else None


def literal_rules(rule: Rule) -> list[RichRule]:
    """The management rule, address by address, before all others."""
    return [_of_port(rule, remote, port=str(port)) for remote in rule.remotes for port in rule.ports]


def reply_rules(rule: Rule) -> list[RichRule]:
    """What answers over the ports of the management rule, whether connection tracking knows the session or not."""
    return [
        _of_port(rule, remote, port=str(port), element="source-port", direction="out")
        for remote in rule.remotes
        for port in rule.ports
    ]


def _of_port(rule: Rule, remote: Network, *, port: str, element: str = "port", direction: str = "in") -> RichRule:
    what = (element, (("port", port), ("protocol", rule.protocol)))
    return RichRule(remote.version, address(remote), what, MANAGEMENT_PRIORITY, direction)


def neighbour_rules() -> list[RichRule]:
    """What IPv6 needs on its link: neighbour and router discovery, and reports of multicast listeners."""
    unicast = [RichRule(6, None, ("icmp-type", (("name", name),)), direction="out") for name in NEIGHBOUR_TYPES]
    control = ("protocol", (("value", CONTROL_PROTOCOLS[6]),))
    return [RichRule(6, ("address", LINK_MULTICAST), control, direction="out"), *unicast]


def closing_rules() -> list[RichRule]:
    """Drop what is new, for a firewalld before 1.0: the target of its policies would drop established traffic too."""
    return [
        RichRule(version, None, ("protocol", (("value", protocol),)), CLOSING_PRIORITY, "out", "drop")
        for version in FAMILIES
        for protocol in (*CLOSED_PROTOCOLS, CONTROL_PROTOCOLS[version])
    ]
