# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What befalls a firewall, what a run says of it, and what packets say before that run and after it."""

from __future__ import annotations

import typing as t

FIREWALLS = {"site1": "ufw 0.36.2", "site2": "firewalld 0.9.3", "mgmt1": "firewalld 1.3.3", "fw2": "firewalld 2.3.1"}
RICOH, RICOH6 = "198.18.21.20", "2001:db8:21::20"
USER, USER6 = "198.18.31.10", "2001:db8:31::10"
PLANNED_PORTS, OTHER_PORTS = (9100, 5014), (5017, 8081)
PRINTING = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["9100", "5014-5016"],
    "remotes": ["198.18.21.0/27", RICOH6],
    "flows": ["safeq6/mfd/1", "safeq6/mfd/2"],
}
MANAGEMENT = ["198.18.0.0/28", "2001:db8::/64"]

Knock = t.Tuple[int, str]
KNOCKS: tuple[Knock, ...] = tuple(
    (port, source) for port in (*PLANNED_PORTS, *OTHER_PORTS) for source in (RICOH, RICOH6, USER, USER6)
)
PLANNED = frozenset(knock for knock in KNOCKS if knock[0] in PLANNED_PORTS and knock[1] in (RICOH, RICOH6))


class Trouble(t.NamedTuple):
    """C(plant) are shell commands on the host; C(call) is what runs then: C(site), C(grow) and
    C(large) (a plan with more in it),
    C(detached) (that outside of any session), C(cut) (a plan that cuts the
    controller off, so that nothing confirms it), or C(drift)."""

    name: str
    host: str
    plant: str
    call: str
    says: str
    before: str
    after: str


def in_words(accepted: t.AbstractSet[Knock]) -> str:
    """The accepted knocks against the planned ones."""
    parts = {version: _of_version(accepted, version=version) for version in ("IPv4", "IPv6")}
    if len(set(parts.values())) == 1:
        return parts["IPv4"]
    others = [text if " " in text else f"{text} over {name}" for name, text in parts.items() if text != "as planned"]
    return ", ".join(others)


def _of_version(accepted: t.AbstractSet[Knock], *, version: str) -> str:
    knocks = {knock for knock in KNOCKS if (":" in knock[1]) == (version == "IPv6")}
    here, planned = accepted & knocks, PLANNED & knocks
    if here == planned:
        return "as planned"
    if here in (knocks, frozenset()):
        return "open" if here else "shut"
    gained = [f"{source} reaches {port}" for port, source in sorted(here - planned)]
    lost = [f"{source} does not reach {port}" for port, source in sorted(planned - here)]
    return ", ".join([*gained, *lost])


def table() -> str:
    """The page's table."""
    rows = [
        f"| {one.name} | {FIREWALLS[one.host]} | `{one.call}` | {one.says} | {one.before} | {one.after} |"
        for one in TROUBLES
    ]
    head = (
        "| trouble | firewall | run | what it says | packets before it | packets after it |\n|---|---|---|---|---|---|"
    )
    return "\n".join([head, *rows])


METER = "nft add rule {} filter OUTPUT tcp dport 9 meter many '{{' {} saddr limit rate 10/second '}}' accept"
QUOTA = "nft add rule ip filter OUTPUT tcp dport 9 quota over 10 mbytes drop"
LOCKED = """
for one in iptables ip6tables; do update-alternatives --set $one /usr/sbin/$one-legacy; done
nft flush ruleset
ufw reload
systemd-run --quiet --unit=holder flock /run/xtables.lock sleep 60
"""
FLUSHED = "for one in iptables ip6tables; do $one -P INPUT ACCEPT; $one -F; done"
UNREADABLE, REPAIRED, TAKEN_BACK = (
    "tables cannot tell which rules are loaded: ",
    "repaired",
    "so the host took them back",
)
KEPT, OPEN, SHUT = "as planned", "open", "shut"

UFW = [
    ("a native nft rule that iptables cannot print", METER.format("ip", "ip"), "grow", f"ip{UNREADABLE}", KEPT, KEPT),
    ("such a rule, only over IPv6", METER.format("ip6", "ip6"), "grow", f"ip6{UNREADABLE}", KEPT, KEPT),
    ("a native quota", QUOTA, "site", f"ip{UNREADABLE}", KEPT, KEPT),
    ("another program holds the xtables lock", LOCKED, "grow", "holding the xtables lock", KEPT, KEPT),
    ("all chains flushed, policies ACCEPT", FLUSHED, "site", REPAIRED, OPEN, KEPT),
    ("`nft flush ruleset`", "nft flush ruleset", "site", REPAIRED, OPEN, KEPT),
    ("the IPv6 table is gone", "nft delete table ip6 filter", "site", REPAIRED, f"{OPEN} over IPv6", KEPT),
    (
        "INPUT flushed, its policy ACCEPT",
        "iptables -P INPUT ACCEPT; iptables -F INPUT",
        "site",
        REPAIRED,
        f"{OPEN} over IPv4",
        KEPT,
    ),
    ("the policy of INPUT set to ACCEPT", "ip6tables -P INPUT ACCEPT", "site", REPAIRED, f"{OPEN} over IPv6", KEPT),
    ("a chain of ufw's flushed", "ip6tables -F ufw6-user-input", "site", REPAIRED, f"{SHUT} over IPv6", KEPT),
    ("`nft flush ruleset`, and nothing confirms the run", "nft flush ruleset", "cut", TAKEN_BACK, OPEN, KEPT),
]
NO_OWNER = "sed -i s/^NftablesTableOwner=yes/NftablesTableOwner=no/ /etc/firewalld/firewalld.conf"
WITH_IPTABLES = "sed -i s/^FirewallBackend=nftables/FirewallBackend=iptables/ /etc/firewalld/firewalld.conf"
RESTART = "systemctl restart firewalld; until firewall-cmd --quiet --state; do sleep 0.2; done"
GONE = "the kernel filters no incoming packets for it: THE HOST IS OPEN"
UNREACHED = "no packet comes to the chain of the policy printops-in"
FLUSH = "nft flush ruleset"
UNHOOK = r"""
nft insert rule inet firewalld filter_INPUT tcp dport 22 accept
for chain in filter_INPUT_POLICIES_pre filter_INPUT_POLICIES; do
    listing=$(nft -a list chain inet firewalld $chain 2>/dev/null) || continue
    handle=$(echo "$listing" | sed -n 's/.*jump filter_IN_policy_printops-in # handle //p')
    [ -z "$handle" ] || nft delete rule inet firewalld $chain handle $handle
done
"""

OPEN_TO_USER = ", ".join(f"{USER} reaches {port}" for port in (5014, 5017, 8081, 9100))
BESIDE = "iptables -N ts-input; iptables -A ts-input -p tcp --dport 9100 -j ACCEPT; iptables -I INPUT -j ts-input"
LIMITED = "nft add rule ip6 filter OUTPUT tcp dport 9 ct count over 20 drop"
UFW += [
    ("a connection limit made with nft, only over IPv6", LIMITED, "site", f"ip6{UNREADABLE}", KEPT, KEPT),
    (
        "a chain of others before ufw's accepts",
        BESIDE,
        "site",
        "lets everyone (IPv4) reach 9100/tcp, wider than the plan",
        f"{USER} reaches 9100",
        f"{USER} reaches 9100",
    ),
    (
        "an accept inserted into the chain of user rules",
        f"iptables -I ufw-user-input -s {USER} -j ACCEPT",
        "site",
        "the IPv4 rules in the kernel were not those of user.rules",
        OPEN_TO_USER,
        KEPT,
    ),
    (
        "a drop inserted into the chain of user rules",
        f"ip6tables -I ufw6-user-input -s {RICOH6} -j DROP",
        "site",
        "the IPv6 rules in the kernel were not those of user6.rules",
        f"{SHUT} over IPv6",
        KEPT,
    ),
]
NO_NFT = ("the command `nft` is not there", "mv /usr/sbin/nft /usr/sbin/nft.away", "grow", "changed", KEPT, KEPT)
WRAPPED = r"""
printf '#!/bin/sh\nexec systemd-run --quiet --pipe --wait /usr/bin/python3 "$@"\n' > /usr/local/bin/python-of-no-session
chmod +x /usr/local/bin/python-of-no-session
"""
DETACHED = (
    "a run below `systemd-run`, no management network",
    WRAPPED,
    "detached",
    "no SSH session of it is seen",
    KEPT,
    KEPT,
)

TURNED_ON = "TURNED ON: default deny; listening and not in the plan, cut off: 5017/tcp python3, 8081/tcp python3"
UFW += [("ufw is disabled", "ufw disable", "site", TURNED_ON, OPEN, KEPT)]
FIREWALLD = [
    ("firewalld is stopped", "systemctl stop firewalld", "site", TURNED_ON, OPEN, KEPT),
    ("`nft flush ruleset`", FLUSH, "site", GONE, OPEN, KEPT),
    ("`nft flush ruleset`", FLUSH, "large", GONE, OPEN, KEPT),
    ("INPUT flushed", "nft flush chain inet firewalld filter_INPUT", "site", "THE HOST IS OPEN", OPEN, KEPT),
    (
        "our policy is no longer jumped to",
        UNHOOK,
        "site",
        UNREACHED,
        SHUT,
        KEPT,
    ),
    (
        "the chain of our policy flushed",
        "nft flush chain inet firewalld filter_IN_policy_printops-in_allow",
        "site",
        "firewalld has it, the kernel has not: tcp 9100",
        SHUT,
        KEPT,
    ),
    (
        "an accept inserted into INPUT",
        "nft insert rule inet firewalld filter_INPUT accept",
        "site",
        "the kernel has it, firewalld has not: chain filter_INPUT: accept",
        OPEN,
        KEPT,
    ),
    (
        "iptables as backend, and `iptables -F`",
        f"{WITH_IPTABLES}; {RESTART}; iptables -F; ip6tables -F",
        "site",
        "THE HOST IS OPEN",
        OPEN,
        KEPT,
    ),
]
OLD_FIREWALLD = ("site2", "mgmt1")
ON_FW2 = [
    FIREWALLD[0],
    ("`nft flush ruleset`, and the table has an owner", FLUSH, "site", "no change", KEPT, KEPT),
    ("`nft flush ruleset`", f"{NO_OWNER}; {RESTART}; {FLUSH}", "site", GONE, OPEN, KEPT),
    ("`nft flush ruleset`", f"{NO_OWNER}; {RESTART}; {FLUSH}", "large", GONE, OPEN, KEPT),
    ("iptables as backend, and `iptables -F`", *FIREWALLD[-1][1:]),
]
TROUBLES = [
    *(Trouble(DETACHED[0], host, *DETACHED[1:]) for host in FIREWALLS),
    *(Trouble(NO_NFT[0], host, *NO_NFT[1:]) for host in FIREWALLS if host != "site1"),
    *(Trouble(name, "site1", *rest) for name, *rest in UFW),
    *(Trouble(name, host, *rest) for host in OLD_FIREWALLD for name, *rest in FIREWALLD),
    *(Trouble(name, "fw2", *rest) for name, *rest in ON_FW2),
]
