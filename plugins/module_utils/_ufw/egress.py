# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""An enforced egress as rules of ufw, and what must hold on the host for it.

ufw has no rules for ICMP. So a ping of the plan is let out by three rules for its network: deny TCP, deny UDP, allow
what remains, which is ICMP and the protocols that nobody plans. The last rule of all denies everything.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import CLOSING_FLOW, Egress
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Network, Rule, compact_flows

from .files import (
    ANYWHERE,
    OWNER,
    PING_FLOW,
    UfwRule,
    render_rules,
    ufw_address,
)

_ANY = "any"
_WITHOUT_PORTS = ("tcp", "udp")
_NEEDED = {
    "established traffic": r"-m (?:conntrack --ctstate|state --state) (?:RELATED,ESTABLISHED|ESTABLISHED,RELATED)",
    "loopback": r"-o lo",
}
_NEEDED_OF_6 = {
    "neighbor-solicitation": r"-p (?:icmpv6|ipv6-icmp) --icmpv6-type (?:neighbor-solicitation|135)\b.*",
    "neighbor-advertisement": r"-p (?:icmpv6|ipv6-icmp) --icmpv6-type (?:neighbor-advertisement|136)\b.*",
}
_ECHO_REQUEST = r"-p (?:icmp --icmp-type (?:echo-request|8)|(?:icmpv6|ipv6-icmp) --icmpv6-type (?:echo-request|128))"


def render_egress(egress: Egress, *, version: int, before_rules: str) -> list[UfwRule]:
    """The tuples for one IP version, in their order; C(before_rules) are what ufw accepts before it asks them."""
    replies = [
        _out("allow", rule.protocol, ufw_address(remote), flows=rule.flows, source_ports=str(port))
        for rule in egress.replies
        for remote in rule.remotes_of(version=version)
        for port in rule.ports
    ]
    allowed = render_rules(egress.rules, version=version, direction="out")
    pings = [] if _accepts(_ECHO_REQUEST, before_rules) else _ping_remotes(egress.rules, version=version)
    triples = [rule for remote, flows in pings if remote.prefixlen for rule in _ping(ufw_address(remote), flows=flows)]
    everywhere = [flows for remote, flows in pings if not remote.prefixlen]
    anywhere = ANYWHERE[version]
    if everywhere:
        closing = [_out("deny", protocol, anywhere, flows=(CLOSING_FLOW,)) for protocol in _WITHOUT_PORTS]
    else:
        closing = [_out("deny", _ANY, anywhere, flows=(CLOSING_FLOW,))]
    return [*replies, *allowed, *triples, *closing]


def _out(
    action: str, protocol: str, destination: str, *, flows: t.Iterable[str], source_ports: str = _ANY, mark: str = ""
) -> UfwRule:
    anywhere = ANYWHERE[6 if ":" in destination else 4]
    comment = OWNER + " ".join(filter(None, [mark, compact_flows(flows)]))
    return UfwRule(action, protocol, _ANY, destination, source_ports, anywhere, "out", comment=comment)


def _ping(destination: str, *, flows: t.Iterable[str]) -> list[UfwRule]:
    denied = [_out("deny", protocol, destination, flows=flows, mark=PING_FLOW) for protocol in _WITHOUT_PORTS]
    return [*denied, _out("allow", _ANY, destination, flows=flows, mark=PING_FLOW)]


def _ping_remotes(rules: t.Iterable[Rule], *, version: int) -> list[tuple[Network, tuple[str, ...]]]:
    """Networks that may be pinged, none inside another, each with the flows that ask for it."""
    asked = [
        (remote, rule.flows) for rule in rules if rule.protocol == "icmp" for remote in rule.remotes_of(version=version)
    ]
    networks = ipaddress.collapse_addresses(t.cast("t.Any", [remote for remote, _flows in asked]))
    return [
        (
            network,
            tuple(flow for remote, flows in asked if remote.subnet_of(t.cast("t.Any", network)) for flow in flows),
        )
        for network in networks
    ]


def lacking(before_rules: str, *, version: int) -> list[str]:
    """What C(before.rules) does not let out though nothing works without; ufw's own file lets it out."""
    needed = {**_NEEDED, **(_NEEDED_OF_6 if version == 6 else {})}
    return [name for name, pattern in needed.items() if not _accepts(pattern, before_rules)]


def _accepts(pattern: str, before_rules: str) -> bool:
    return bool(re.search(rf"(?m)^-A ufw6?-before-output {pattern} -j ACCEPT\s*$", before_rules))
