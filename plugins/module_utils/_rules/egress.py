# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What may leave a host whose egress is enforced."""

from __future__ import annotations

import ipaddress
import typing as t

from .rules import (
    RULE_OPTIONS,
    Rule,
    RuleError,
    parse_rules,
)

EVERYWHERE = ("0.0.0.0/0", "::/0")
ANYWHERE = {4: ipaddress.ip_network("0.0.0.0/0"), 6: ipaddress.ip_network("::/0")}
CLOSING_FLOW = "egress"
DNS_FLOW, TIME_FLOW, DHCP_FLOW, EXTRA_FLOW = "egress-dns", "egress-time", "egress-dhcp", "egress-extra"
DOMAIN_FLOW = "egress-domain"
BASIC_FLOWS = (DNS_FLOW, TIME_FLOW, DHCP_FLOW)

EGRESS_OPTIONS: dict[str, dict[str, t.Any]] = {
    "egress": {"type": "str", "choices": ["allow", "enforce"], "default": "allow"},
    "egress_extra": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {key: RULE_OPTIONS[key] for key in ("protocol", "ports", "icmp_types", "remotes")},
    },
    "egress_dns": {"type": "list", "elements": "str", "default": list(EVERYWHERE)},
    "egress_time": {"type": "list", "elements": "str", "default": list(EVERYWHERE)},
    "egress_domain": {"type": "list", "elements": "str", "default": []},
}

DOMAIN_SERVICES = (
    ("dns", "tcp", "53"),
    ("dns", "udp", "53"),
    ("kerberos", "tcp", "88"),
    ("kerberos", "udp", "88"),
    ("time", "udp", "123"),
    ("rpc-endpoint-mapper", "tcp", "135"),
    ("ldap", "tcp", "389"),
    ("ldap", "udp", "389"),
    ("smb", "tcp", "445"),
    ("kerberos-password-change", "tcp", "464"),
    ("kerberos-password-change", "udp", "464"),
    ("ldap-ssl", "tcp", "636"),
    ("ldap-global-catalog", "tcp", "3268"),
    ("ldap-global-catalog-ssl", "tcp", "3269"),
    ("rpc", "tcp", "49152-65535"),
)
"""What a member of a domain reaches of its controllers: Microsoft, How to configure a firewall for Active Directory
domains and trusts (article 179442), Windows Server 2008 and later, but for replication between controllers."""

_BASICS = (
    (DNS_FLOW, "egress_dns", (("udp", "53"), ("tcp", "53"))),
    (TIME_FLOW, "egress_time", (("udp", "123"),)),
)
_DHCP_SERVERS = {"0.0.0.0/0": "67", "::/0": "547"}


class Egress(t.NamedTuple):
    """C(rules) are what may be reached, all of direction C(out); everything else is dropped.

    C(replies) are the management rules: what comes from their ports may go to their remotes, so that the session of a
    run goes on even where connection tracking does not know it, as on the first start of a firewall.
    """

    rules: tuple[Rule, ...]
    replies: tuple[Rule, ...]


def egress_of(params: t.Mapping[str, t.Any], *, rules: t.Iterable[Rule], management: t.Iterable[Rule]) -> Egress | None:
    """What the module's parameters make of the plan's C(out) rules; None where output is left alone.

    Raises C(RuleError) for a parameter that is no rule or no network, in either case.
    """
    extra = _parse(params["egress_extra"], flow=EXTRA_FLOW, place="egress_extra")
    basics = [
        rule
        for flow, name, services in _BASICS
        for protocol, port in services
        for rule in _basic(protocol, port, params[name], flow=flow, place=name)
    ]
    domain = [
        rule
        for name, protocol, port in DOMAIN_SERVICES
        for rule in _basic(
            protocol, port, params.get("egress_domain") or (), flow=f"{DOMAIN_FLOW}/{name}", place="egress_domain"
        )
    ]
    if params["egress"] != "enforce":
        return None
    dhcp = [
        rule
        for remote, port in _DHCP_SERVERS.items()
        for rule in _basic("udp", port, [remote], flow=DHCP_FLOW, place=DHCP_FLOW)
    ]
    planned = [rule for rule in rules if rule.direction == "out"]
    return Egress((*planned, *extra, *basics, *domain, *dhcp), tuple(management))


def _basic(protocol: str, port: str, remotes: t.Sequence[str], *, flow: str, place: str) -> t.Sequence[Rule]:
    return _parse(
        [{"protocol": protocol, "ports": [port], "remotes": remotes}] if remotes else [], flow=flow, place=place
    )


def _parse(raw_rules: t.Iterable[t.Mapping[str, t.Any]], *, flow: str, place: str) -> tuple[Rule, ...]:
    whole = [
        {**{key: value for key, value in raw.items() if value is not None}, "direction": "out", "flows": [flow]}
        for raw in raw_rules
    ]
    try:
        return parse_rules(whole)
    except RuleError as error:
        index, _colon, fault = str(error).partition(": ")
        number = index[len("rules") :] if flow == EXTRA_FLOW else ""
        raise RuleError(f"{place}{number}: {fault}") from error


def closing_line(version: int) -> str:
    """The line of a diff that stands for the end of the rules."""
    return f"drop out everything else to {ANYWHERE[version]} [{CLOSING_FLOW}]"
