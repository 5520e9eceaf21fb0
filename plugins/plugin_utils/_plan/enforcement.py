# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How a host's rules are enforced, and what its firewall opens, closes or spares besides them."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import EVERYWHERE

SSH_PORTS, REMOTING_PORTS = (22,), (5985, 5986)

ExtraRule = t.Mapping[str, t.Any]
_ONLY_WHERE_GIVEN = ("start", "profiles", "default_inbound", "egress_domain")


@dataclasses.dataclass(frozen=True)
class Enforcement:
    """The options of the provider's module besides the rules, each as the variable C(printops_<name>) has it.

    C(confirm_timeout) is in seconds, 0 for no confirmation. C(start) is None where the provider's role decides,
    C(profiles) and C(default_inbound) are for Windows only. Networks are in CIDR form, the fewest that say the same.
    """

    management: tuple[str, ...] = ()
    keep_connection: bool = True
    confirm_timeout: int = 60
    foreign_rules: str = "report"
    install: bool = False
    start: bool | None = None
    profiles: tuple[str, ...] | None = None
    default_inbound: str | None = None
    egress: str = "allow"
    egress_extra: tuple[ExtraRule, ...] = ()
    egress_dns: tuple[str, ...] = EVERYWHERE
    egress_time: tuple[str, ...] = EVERYWHERE
    egress_domain: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, t.Any]:
        """The members that a host of the plan has; one that only the role can settle is there where it was said."""
        return {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) is not None or field.name not in _ONLY_WHERE_GIVEN
        }


NAMES = tuple(field.name for field in dataclasses.fields(Enforcement))


def management_ports(provider: str) -> tuple[int, ...]:
    """The usual TCP ports that C(management) opens: SSH, or WinRM on Windows; a host that has not said may be either.

    On the host it is the port that the connection of the run comes in on.
    """
    if provider == "auto":
        return (*SSH_PORTS, *REMOTING_PORTS)
    return REMOTING_PORTS if provider == "windows_defender" else SSH_PORTS
