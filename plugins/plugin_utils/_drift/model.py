# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One difference between a plan and a host."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

KINDS = {
    "unreached": "the host failed or was not reached",
    "not_enforced": "the firewall does not enforce its rules",
    "kept_out": "a rule of somebody else keeps out some of whom the plan lets in",
    "ban_overridden": "our rules let in whom a ban of somebody else is to keep out",
    "ipv6_dropped": "ufw drops all of IPv6, as its defaults say",
    "not_at_boot": "the firewall runs, and will not after the next boot, or not alone",
    "pending": "a change is neither confirmed nor taken back",
    "missing": "a rule of the plan is not on the host",
    "changed": "a rule of ours is not as the plan has it",
    "stale": "a rule or a file of ours that the plan does not have",
    "not_planned": "a host that is not in the plan has rules of ours",
    "disagreement": "the files, the daemon and the kernel say different things",
    "foreign_wider": "a rule of somebody else lets in whom the plan keeps out of a port it opens",
    "foreign_open": "a rule of somebody else opens a port that the plan keeps closed",
    "jmx_exposed": "a port for JMX or RMI is not on loopback only",
    "jmx_local": "Java listens for its own host on all addresses, and drops callers from others",
    "undocumented_listener": "something listens on a port that no row documents",
    "not_listening": "nothing listens on a port that the plan opens",
}
DEFAULT_NOTES = ("not_listening", "jmx_local", "ipv6_dropped")


@dataclass(frozen=True)
class Drift:
    """C(kind) is one of C(KINDS); C(what) tells a person; C(flows) are the rows that it is about."""

    kind: str
    what: str
    flows: tuple[str, ...] = ()

    def as_json(self, *, notes: t.Collection[str]) -> dict[str, t.Any]:
        """The shape that the report has; kinds in C(notes) do not make a run fail."""
        severity = "note" if self.kind in notes else "drift"
        return {"kind": self.kind, "severity": severity, "what": self.what, "flows": list(self.flows)}
