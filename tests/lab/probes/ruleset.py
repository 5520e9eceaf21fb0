# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of a plan in words of nft, written once more to be another opinion."""

from __future__ import annotations

import typing as t

TABLE = "planned"


def ruleset(rules: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    """What enforces the incoming rules, with room for faults: the chains C(first) and C(lets_out)."""
    lines = [
        "iifname lo accept",
        "ct state established,related accept",
        "tcp dport 22 accept",
        "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, mld-listener-query } accept",
    ]
    for rule in rules:
        for remote in rule["remotes"]:
            family = "ip6" if ":" in remote else "ip"
            from_there = f"{family} saddr {remote}"
            if rule.get("destinations"):
                groups = [one for one in rule["destinations"] if (":" in one) == (":" in remote)]
                from_there += f" {family} daddr {{ {', '.join(groups)} }}" if groups else " drop"
            if rule["protocol"] == "icmp":
                kind = "icmpv6" if family == "ip6" else "icmp"
                lines.append(f"{from_there} {kind} type echo-request accept")
            elif "source_ports" in rule:
                lines.append(f"{from_there} {rule['protocol']} sport {{ {', '.join(rule['source_ports'])} }} accept")
            else:
                lines.append(f"{from_there} {rule['protocol']} dport {{ {', '.join(rule['ports'])} }} accept")
    body = "\n  ".join(lines)
    return f"""
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
 chain first {{ type filter hook input priority -10; }}
 chain lets_in {{ type filter hook input priority 0; policy drop;
  {body}
 }}
 chain lets_out {{ type filter hook output priority 0; }}
}}
"""
