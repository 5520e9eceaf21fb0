# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One rule of Windows Defender Firewall, in the words that its COM interface INetFwRule has for it."""

from __future__ import annotations

import itertools
import json
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError

GROUP = "printops.firewall"
"""The Grouping of every rule of ours; a rule without it is somebody else's, whatever its name."""

TCP, UDP, ICMP4, ICMP6, IGMP, ANY_PROTOCOL = 6, 17, 1, 58, 2, 256
PROFILES = {"domain": 1, "private": 2, "public": 4}
EVERY_PROFILE = 0x7FFFFFFF
ANY = "*"
LOCAL, POLICY, MDM = "local", "policy", "mdm"
"""Where rules and settings are stored: on the host itself, by a Group Policy, by a device management."""

LONGEST_TEXT = 10_000
FIELD_SEPARATOR = "|"


class WindowsError(PrintopsError):
    """A host's Windows firewall cannot be given its rules; the message says why and what to do."""


class Record(t.NamedTuple):
    """A rule as C(INetFwRule3) has it: lists are texts with commas, C(*) is any, absent text is empty.

    C(direction) is C(in) or C(out), C(action) is C(allow), C(block) or C(bypass), C(protocol) is the number of the IP
    protocol or 256 for any, C(profiles) are bits, see C(PROFILES). Names of C(interfaces) have C(|) between them.
    C(local_users), C(remote_users) and C(remote_machines) are descriptors in SDDL.

    COM does not tell the last two: C(trust) holds keywords and package families of the rule as it is stored, and
    C(store) is where that is.
    """

    name: str
    description: str = ""
    enabled: bool = True
    direction: str = "in"
    action: str = "allow"
    protocol: int = ANY_PROTOCOL
    local_ports: str = ""
    remote_ports: str = ""
    local_addresses: str = ANY
    remote_addresses: str = ANY
    icmp_types: str = ""
    profiles: int = EVERY_PROFILE
    application: str = ""
    service: str = ""
    package: str = ""
    interface_types: str = ""
    interfaces: str = ""
    edge_traversal: bool = False
    edge_traversal_options: int = 0
    local_user_owner: str = ""
    local_users: str = ""
    remote_users: str = ""
    remote_machines: str = ""
    secure_flags: int = 0
    grouping: str = GROUP
    trust: str = ""
    store: str = LOCAL

    def as_json(self) -> dict[str, t.Any]:
        """What the host's modules take and answer: all but what COM has no word for."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = Record._fields[: Record._fields.index("grouping") + 1]
_KINDS = [type(value) for value in Record("")][: len(COLUMNS)]


def read_table(text: str) -> tuple[Record, ...]:
    """The rules of a host's answer, in JSON: a row of column names, then for each rule a row of values.

    Raises C(ValueError) or C(TypeError) for anything else.
    """
    names, *rows = json.loads(text)
    if names != list(COLUMNS) or any(list(map(type, row)) != _KINDS for row in rows):
        raise ValueError(f"{text[:200]!r} begins no table of rules with the columns {', '.join(COLUMNS)}")
    return tuple(itertools.starmap(Record, rows))


def profile_bits(names: t.Iterable[str]) -> int:
    """The bits of profile names, of which C(any) is all."""
    bits = 0
    for name in names:
        bits |= EVERY_PROFILE if name == "any" else PROFILES[name]
    return EVERY_PROFILE if bits & 7 == 7 else bits


def profile_names(bits: int) -> tuple[str, ...]:
    """The names of the profiles that are among the bits, in order."""
    return tuple(name for name, bit in PROFILES.items() if bits & bit)
