# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a rule of Windows asks for beyond protocol, port, address and profile: whose it is, and on which way in."""

from __future__ import annotations

import re

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few

from .forms import Addresses
from .lines import port_words, remote_words
from .meaning import meaning_of
from .record import FIELD_SEPARATOR, LOCAL, MDM, POLICY, Record

REMOTING_PORTS = (5985, 5986)
"""Where WinRM listens, plain and with TLS."""

INTERNET = "internet"
LOOPBACK = NetworkSet.parse(["127.0.0.0/8", "::1/128"])
INTRANET = NetworkSet.parse(
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1"]
)
"""What Windows never takes for the internet, whatever else its administrators declare to be inside."""

_ORIGINS = {LOCAL: "the Windows rule", POLICY: "the Group Policy rule", MDM: "the rule of the device management"}
_INTERFACE_TYPES = frozenset(["lan", "wireless", "remoteaccess"])
_GRANTS = re.compile(r"\((?:A|OA|XA|ZA);", re.IGNORECASE)
_GRANTS_EVERYONE = re.compile(r"\((?:A|XA);[^)]*;(?:WD|S-1-1-0)(?:;[^)]*)?\)", re.IGNORECASE)
_SSH_PORT = 22


def matches_nothing(record: Record) -> bool:
    """Whether no packet from another host can be meant: descriptors that grant nobody, or loopback only."""
    meaning = meaning_of(record)
    return any(map(_grants_nobody, _descriptors(record))) or any(map(_is_loopback, (meaning.local, meaning.remote)))


def is_of_an_app(record: Record) -> bool:
    """Whether it is about one packaged app or one of Windows' own features, none of which serves what a plan opens.

    Since Windows 11 24H2 apps are named by a family that COM does not tell; their rules have an owner.
    """
    return bool(record.package or record.local_user_owner or record.trust)


def subject(record: Record) -> str:
    """The service, program or accounts that a rule is about: C(service Spooler); empty for everybody's."""
    if record.service:
        return "any service" if record.service == "*" else f"service {record.service}"
    if record.application:
        return f"program {record.application}"
    return "programs of certain accounts" if _is_limiting(record.local_users) else ""


def told(record: Record) -> str:
    """Where an administrator finds the rule, and what it is about."""
    about = subject(record)
    article = "" if about.startswith(("any", "programs")) else "the "
    return f"{_ORIGINS[record.store]} {record.name!r}{f' of {article}{about}' if about else ''}"


def conditions(record: Record) -> list[str]:
    """What a packet must meet that comes for the right program to the right port from the right address."""
    meaning = meaning_of(record)
    names = record.interfaces.split(FIELD_SEPARATOR) if meaning.interfaces else []
    types = sorted(_types(record))
    return [
        *([f"only on the interface {few(names)}"] if names else []),
        *([f"only on interfaces of the type {' or '.join(types)}"] if types and not names else []),
        *([] if meaning.local.is_everyone else [f"only at {few(remote_words(_own(meaning.local)))}"]),
        *([] if meaning.remote_ports.is_every_port else [f"only from port {port_words(meaning.remote_ports)}"]),
        *(["only where IPsec tells who comes"] if is_authenticated(record) else []),
    ]


def is_authenticated(record: Record) -> bool:
    """Whether it holds only for packets that IPsec secures, or tells the sender of."""
    return bool(
        record.secure_flags
        or record.action == "bypass"
        or _is_limiting(record.remote_users)
        or _is_limiting(record.remote_machines)
    )


def is_for_some_networks(record: Record) -> bool:
    """Whether it holds only on some of the host's ways to its networks: named interfaces, or none of a cable."""
    types = _types(record)
    return bool(record.interfaces or (types and "lan" not in types))


def serves(record: Record, *, port: int) -> bool:
    """Whether what a rule is about may be what answers there: the HTTP server of WinRM, or that of SSH."""
    if is_of_an_app(record) or _is_limiting(record.local_users):
        return False
    program, service = record.application.lower(), record.service.lower()
    if port not in REMOTING_PORTS and service in ("", "sshd") and program.rpartition("\\")[2] == "sshd.exe":
        return True
    return not service and (not program or (program == "system" and port != _SSH_PORT))


def unread(record: Record) -> list[str]:
    """Words of its addresses and ports that nobody here can read."""
    meaning = meaning_of(record)
    return sorted({*meaning.local.unread, *meaning.remote.unread, *meaning.local_ports.unread})


def without_loopback(networks: NetworkSet) -> NetworkSet:
    """The networks but those that are loopback and nothing else: no more than that, so that everyone stays everyone."""
    return NetworkSet(
        v4=tuple(one for one in networks.v4 if NetworkSet(v4=(one,)) - LOOPBACK),
        v6=tuple(one for one in networks.v6 if NetworkSet(v6=(one,)) - LOOPBACK),
    )


def _own(addresses: Addresses) -> Addresses:
    return addresses._replace(networks=without_loopback(addresses.networks))


def _is_loopback(addresses: Addresses) -> bool:
    return not (addresses.keywords or addresses.unread) and addresses.networks <= LOOPBACK


def _types(record: Record) -> frozenset[str]:
    types = meaning_of(record).interface_types
    return frozenset() if types >= _INTERFACE_TYPES else types


def _descriptors(record: Record) -> tuple[str, str, str]:
    return record.local_users, record.remote_users, record.remote_machines


def _is_limiting(descriptor: str) -> bool:
    return bool(descriptor) and not _GRANTS_EVERYONE.search(descriptor)


def _grants_nobody(descriptor: str) -> bool:
    return "D:" in descriptor.upper() and not _GRANTS.search(descriptor)
