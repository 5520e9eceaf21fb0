# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel holds of firewalld, with both backends, whole and after each thing was done to it."""

from __future__ import annotations

import ipaddress
import pathlib
import re

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._firewalld.daemon import FirewalldError
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.enforcement import judge
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.look import (
    RESIDUE,
    Look,
    SeenRight,
    begin_look,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, Rule

OWN = [Rule("in", "tcp", (PortRange(443, 443),), (), (ipaddress.ip_network("10.1.0.0/16"),), ())]
POLICIES = {"IN": "printops-in"}
NFT = """table inet firewalld
table inet firewalld {
\tchain filter_INPUT {
\t\ttype filter hook input priority filter + 10; policy accept;
\t\tct state { established, related } accept
\t\tct status dnat accept
\t\tiifname "lo" accept
\t\tct state invalid drop
\t\tjump filter_INPUT_ZONES
\t\treject with icmpx admin-prohibited
\t}

\tchain filter_INPUT_ZONES {
\t\tiifname "eth1" goto filter_IN_work
\t\tgoto filter_IN_public
\t}

\tchain filter_IN_public {
\t\tjump filter_INPUT_POLICIES_pre
\t\tmeta l4proto { icmp, ipv6-icmp } accept
\t\treject with icmpx admin-prohibited
\t}

\tchain filter_INPUT_POLICIES_pre {
\t\tjump filter_IN_policy_printops-in
\t}

\tchain filter_IN_policy_printops-in {
\t\tjump filter_IN_policy_printops-in_allow
\t}

\tchain filter_IN_policy_printops-in_allow {
\t\tip saddr 10.1.0.0/16 tcp dport 443 accept
\t}
}
"""
IPTABLES = """-P INPUT ACCEPT
-N INPUT_ZONES
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -j INPUT_direct
-A INPUT -j INPUT_ZONES
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A INPUT_POLICIES_pre -j IN_printops-in
-A INPUT_ZONES -g IN_public
-A IN_printops-in -j IN_printops-in_allow
-A IN_printops-in_allow -s 10.1.0.0/16 -p tcp -m tcp --dport 443 -j ACCEPT
-A IN_public -j INPUT_POLICIES_pre
"""
IP6TABLES = IPTABLES.replace("-A IN_printops-in_allow -s 10.1.0.0/16 -p tcp -m tcp --dport 443 -j ACCEPT\n", "")
OPEN, UNREACHED = "THE HOST IS OPEN", "no packet comes to the chain of the policy printops-in"


def told(look: Look) -> tuple[str, str]:
    judged = judge(look, own=OWN, policies=POLICIES, sets=lambda _name: None)
    return "; ".join(judged.unenforced), "; ".join(judged.different)


def test_kernels_that_have_what_firewalld_has() -> None:
    assert told(Look(False, (NFT,))) == ("", "")
    assert told(Look(True, (IPTABLES, IP6TABLES))) == ("", "")
    assert told(Look(False, (), can_see=False)) == ("", "")


@pytest.mark.parametrize(
    ("old", "new", "unenforced", "different"),
    [
        (NFT, "table inet other\n", OPEN, ""),
        ("table inet firewalld\n", f"table inet firewalld\n{RESIDUE}\n", "left of a reload that failed", ""),
        ("\t\tjump filter_INPUT_ZONES\n\t\treject with icmpx admin-prohibited\n", "", OPEN, ""),
        ("\t\tjump filter_INPUT_ZONES\n", "", UNREACHED, ""),
        ("\t\tjump filter_INPUT_ZONES\n", "\t\tdrop\n\t\tjump filter_INPUT_ZONES\n", UNREACHED, ""),
        ("\t\tgoto filter_IN_public\n", "", UNREACHED, ""),
        ("\t\tjump filter_IN_policy_printops-in\n", "", UNREACHED, ""),
        ("\t\tct status dnat", "\t\taccept\n\t\tct status dnat", UNREACHED, "chain filter_INPUT: accept"),
        ("\t\tct status dnat", "\t\ttcp dport 8081 accept\n\t\tct status dnat", "", "tcp dport 8081 accept"),
        ("\t\tip saddr 10.1.0.0/16 tcp dport 443 accept\n", "", "", "firewalld has it, the kernel has not: tcp 443"),
        ("10.1.0.0/16", "10.0.0.0/8", "", "the kernel has it, firewalld has not: ip saddr 10.0.0.0/8"),
    ],
)
def test_what_was_done_to_the_table(old: str, new: str, unenforced: str, different: str) -> None:
    look = Look(False, (NFT.replace(old, new),))
    found = told(look)
    assert unenforced in found[0]
    assert different in found[1]
    assert bool(unenforced) == bool(found[0])
    assert look.digest() != Look(False, (NFT,)).digest() or look.has_residue


@pytest.mark.parametrize(
    ("old", "new", "unenforced", "different"),
    [
        (IPTABLES, "-P INPUT ACCEPT\n", OPEN, ""),
        ("-A INPUT -j INPUT_ZONES\n", "", UNREACHED, ""),
        ("-A INPUT -j INPUT_ZONES\n", "-A INPUT -j DROP\n-A INPUT -j INPUT_ZONES\n", UNREACHED, ""),
        ("-A INPUT -j REJECT --reject-with icmp-host-prohibited\n", "", OPEN, ""),
        ("-A INPUT -i lo", "-A INPUT -p tcp -m tcp --dport 8081 -j ACCEPT\n-A INPUT -i lo", "", "--dport 8081"),
        ("443 -j ACCEPT", "444 -j ACCEPT", "", "firewalld has it, the kernel has not: tcp 443 (IPv4)"),
    ],
)
def test_what_was_done_to_iptables(old: str, new: str, unenforced: str, different: str) -> None:
    look = Look(True, (IPTABLES.replace(old, new), IP6TABLES))
    found = told(look)
    assert unenforced in found[0]
    assert different in found[1]
    assert bool(unenforced) == bool(found[0])
    assert look.digest() != Look(True, (IPTABLES, IP6TABLES)).digest()


def test_a_listing_that_fails_is_no_empty_listing() -> None:
    def refused(_command: list[str], _data: str | None = None, /) -> tuple[int, str, str]:
        return 1, "", "Operation not permitted (you must be root)"

    def missing(_command: list[str], _data: str | None = None, /) -> tuple[int, str, str]:
        return 1, "table inet other\n", "Error: No such file or directory; did you mean table 'x'?"

    def no_command(_command: list[str], _data: str | None = None, /) -> tuple[int, str, str]:
        raise FileNotFoundError("nft")

    with pytest.raises(FirewalldError, match=re.escape("nft cannot tell which rules are loaded: Operation not perm")):
        begin_look(refused, uses_iptables=False)()
    assert begin_look(missing, uses_iptables=False)().is_empty
    assert not begin_look(no_command, uses_iptables=False)().can_see
    with pytest.raises(FirewalldError, match=r"^iptables cannot tell"):
        begin_look(refused, uses_iptables=True)()


def test_what_was_found_right_is_known_again(tmp_path: pathlib.Path) -> None:
    seen, look = SeenRight(tmp_path / "kernel"), Look(False, (NFT,))
    assert not seen.is_as_before(look)
    seen.remember(look)
    assert seen.is_as_before(Look(False, (NFT.replace("}\n}", "}\n\tchain filter_FWD_x {\n\t}\n}"),)))
    assert not seen.is_as_before(Look(False, (NFT.replace("443", "444"),)))
    assert not seen.is_as_before(Look(False, (f"{RESIDUE}\n{NFT}",)))
