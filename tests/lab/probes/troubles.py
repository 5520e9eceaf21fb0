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
Row = t.Tuple[str, ...]
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

UFW: list[Row] = [
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

CLOUD_IMAGE = "for one in iptables ip6tables; do $one -I INPUT -p tcp --dport 9100 -j REJECT; done"
SHUT_9100 = ", ".join(f"{source} does not reach 9100" for source in (RICOH, RICOH6))
LEGACY = """
iptables-legacy -N ufw-user-input; iptables-legacy -A ufw-user-input -p tcp --dport 22 -j ACCEPT
iptables-legacy -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables-legacy -A INPUT -i lo -j ACCEPT
iptables-legacy -A INPUT -j ufw-user-input; iptables-legacy -P INPUT DROP
"""
NATIVE = """
nft add table inet site
nft 'add chain inet site input { type filter hook input priority 20; policy drop; }'
nft add rule inet site input ct state vmap '{ established : accept, related : accept, invalid : drop }'
nft add rule inet site input iifname lo accept
nft add rule inet site input meta l4proto ipv6-icmp accept
nft add rule inet site input tcp dport '{ 22, 5014-5016 }' accept
"""
BAN = f"""
nft add table inet f2b-table
nft 'add set inet f2b-table addr-set-printers {{ type ipv4_addr; }}'
nft add element inet f2b-table addr-set-printers '{{ {RICOH} }}'
nft 'add chain inet f2b-table f2b-chain {{ type filter hook input priority -1; policy accept; }}'
nft add rule inet f2b-table f2b-chain tcp dport 9100 ip saddr @addr-set-printers reject
"""
KEPT_OUT = f"kept_out: {RICOH}/32 may not reach 9100/tcp, which the plan opens to it: "
NO_PACKET = "reaches 9100/tcp, which the plan opens: "
BANNED = f"{RICOH} does not reach 9100"
CHAIN = f"iptables -N f2b-x; iptables -A f2b-x -s {RICOH} -j REJECT; iptables -I INPUT -p tcp --dport 9100 -j f2b-x"
DROPPING: list[Row] = [
    ("none", "true", "drift", KEPT, KEPT, KEPT),
    (
        "a native table drops what it does not name",
        NATIVE,
        "drift",
        f"{NO_PACKET}nftables table inet site",
        *[SHUT_9100] * 2,
    ),
    ("fail2ban bans with a set of nftables", BAN, "drift", f"{KEPT_OUT}nftables table inet f2b-table", *[BANNED] * 2),
    ("fail2ban bans with a chain of iptables", CHAIN, "drift", f"{KEPT_OUT}iptables", *[BANNED] * 2),
    (
        "iptables of the older variant drops",
        LEGACY,
        "drift",
        "not_enforced: no packet over IPv4 reaches 5014-5016/tcp, 9100/tcp",
        *[f"{SHUT} over IPv4"] * 2,
    ),
]
UFW += [
    ("a REJECT before ufw's chains", CLOUD_IMAGE, "drift", NO_PACKET, *[SHUT_9100] * 2),
    ("a REJECT before ufw's chains", CLOUD_IMAGE, "site", NO_PACKET, *[SHUT_9100] * 2),
    *DROPPING,
]
DROP_IN = r"""
mkdir -p /etc/systemd/system/@.service.d
printf '[Unit]\nConditionPathExists=/nowhere\n' > /etc/systemd/system/@.service.d/site.conf; systemctl daemon-reload
"""
OTHER = "systemctl --quiet enable nftables"
AT_BOOT: list[Row] = [
    (
        "a drop-in overrules the start at boot",
        DROP_IN,
        "drift",
        "starts at boot: ConditionPathExists=/nowhere",
        KEPT,
        KEPT,
    ),
    ("nftables is enabled at boot too", OTHER, "drift", "not_at_boot: nftables is enabled at boot too", KEPT, KEPT),
    ("disabled at boot", "systemctl --quiet disable @", "drift", "not_at_boot: ", KEPT, KEPT),
]
NO_IPV6 = "sed -i s/^IPV6=yes/IPV6=no/ /etc/default/ufw; ufw reload"
UFW += [
    *((name, plant.replace("@", "ufw"), *rest) for name, plant, *rest in AT_BOOT),
    ("`IPV6=no` in ufw's defaults", NO_IPV6, "drift", "so IPv6 is dropped", *[f"{SHUT} over IPv6"] * 2),
]
TURNED_ON = "TURNED ON: default deny; listening and not in the plan, cut off: 5017/tcp python3, 8081/tcp python3"
UFW += [("ufw is disabled", "ufw disable", "site", TURNED_ON, OPEN, KEPT)]
DIRECT = "firewall-cmd --quiet --direct --add-rule ipv4 filter INPUT 0 -p tcp --dport 9100 -j ACCEPT"
RICH_BAN = (
    f"firewall-cmd --quiet --add-rich-rule='rule family=ipv4 source address={RICOH} port port=9100 protocol=tcp reject'"
)
OVERRIDDEN = f"{RICOH}/32 is kept out there, and our rules, which come first, open "
OLD_REMEDY = f"firewall-cmd --quiet --zone=drop --add-source={RICOH}"
FIREWALLD: list[Row] = [
    *DROPPING,
    *((name, plant.replace("@", "firewalld"), *rest) for name, plant, *rest in AT_BOOT),
    ("a rich rule of fail2ban is overridden", RICH_BAN, "drift", OVERRIDDEN, KEPT, KEPT),
    ("a source in the zone drop is overridden", OLD_REMEDY, "drift", OVERRIDDEN, KEPT, KEPT),
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
ACCEPTED = f"{USER} reaches 9100"
FIREWALLD += [
    (
        "a chain of others accepts, with iptables as backend",
        f"{WITH_IPTABLES}; {RESTART}; {BESIDE}",
        "drift",
        "foreign_wider: kernel chain ts-input (IPv4)",
        ACCEPTED,
        ACCEPTED,
    ),
    (
        "a direct rule accepts, with iptables as backend",
        f"{WITH_IPTABLES}; {RESTART}; {DIRECT}",
        "drift",
        "foreign_wider: kernel chain INPUT_direct (IPv4)",
        ACCEPTED,
        ACCEPTED,
    ),
    ("a direct rule accepts, with nftables", DIRECT, "drift", KEPT, KEPT, KEPT),
]
OLD_FIREWALLD = ("site2", "mgmt1")
ON_FW2: list[Row] = [
    *FIREWALLD[: len(DROPPING) + len(AT_BOOT) + 3],
    ("`nft flush ruleset`, and the table has an owner", FLUSH, "site", "no change", KEPT, KEPT),
    ("`nft flush ruleset`", f"{NO_OWNER}; {RESTART}; {FLUSH}", "site", GONE, OPEN, KEPT),
    ("`nft flush ruleset`", f"{NO_OWNER}; {RESTART}; {FLUSH}", "large", GONE, OPEN, KEPT),
    *FIREWALLD[-4:],
]
TROUBLES = [
    *(Trouble(DETACHED[0], host, *DETACHED[1:]) for host in FIREWALLS),
    *(Trouble(NO_NFT[0], host, *NO_NFT[1:]) for host in FIREWALLS if host != "site1"),
    *(Trouble(name, "site1", *rest) for name, *rest in UFW),
    *(Trouble(name, host, *rest) for host in OLD_FIREWALLD for name, *rest in FIREWALLD),
    *(Trouble(name, "fw2", *rest) for name, *rest in ON_FW2),
]
