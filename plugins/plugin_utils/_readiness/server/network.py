# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Items about a server's place in the network: fixed addresses in the inventory and in DNS, the shared folder."""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few

from ..case import Case, UnreadableError
from ..model import Evidence, Outcome
from .asked import Asked, Share

_STATUS = re.compile(r"NT_STATUS_[A-Z_]+")
_REFUSALS = {
    "NT_STATUS_BAD_NETWORK_NAME": "the server has no share of this name",
    "NT_STATUS_OBJECT_NAME_NOT_FOUND": "the share has no folder of this name",
    "NT_STATUS_OBJECT_PATH_NOT_FOUND": "the share has no folder of this name",
    "NT_STATUS_ACCESS_DENIED": "the account may not read it",
    "NT_STATUS_LOGON_FAILURE": "the server does not know the account or its password",
    "NT_STATUS_ACCOUNT_DISABLED": "the account is disabled",
    "NT_STATUS_PASSWORD_EXPIRED": "the password of the account has expired",
    "NT_STATUS_CONNECTION_REFUSED": "nothing answers on TCP 445",
    "NT_STATUS_IO_TIMEOUT": "nothing answers on TCP 445",
    "NT_STATUS_HOST_UNREACHABLE": "the server is not reached",
    "NT_STATUS_NETWORK_UNREACHABLE": "the server is not reached",
    "NT_STATUS_UNSUCCESSFUL": "the name of the server is not known, or it is not reached",
    "NT_STATUS_NOT_FOUND": "the name of the server is not known",
}


class Address(t.NamedTuple):
    """An address of the host, and whether it is only lent."""

    address: str
    leased: bool


class Names(t.NamedTuple):
    """What DNS says: the addresses of the host's name, and the names of its addresses."""

    name: str
    forward: tuple[str, ...]
    reverse: dict[str, tuple[str, ...]]


def addresses(case: Case, asked: Asked) -> Outcome:
    """The inventory's addresses are the host's, for good, and DNS says the same both ways."""
    found = {one.address: one for one in _addresses(case)}
    wanted = [_canonical(address) for address in asked.addresses]
    own = case.saw(
        ", ".join(f"{one.address}{' (leased)' if one.leased else ''}" for one in found.values()) or "no address",
        "Get-NetIPAddress" if case.windows else "ip address show",
    )
    if not wanted:
        return case.attest(
            "the inventory does not say which addresses the server has",
            own,
            reason="printops_addresses, or preinstall_server_addresses, would make this automatic",
        )
    names = _names(case, asked)
    faults = [
        *(f"{one} of the inventory is no address of the host" for one in wanted if one not in found),
        *(f"{one} is leased (DHCP or router advertisement)" for one in wanted if one in found and found[one].leased),
        *_dns_faults(names, wanted=wanted, own=set(found)),
    ]
    evidence = [own, *_dns_evidence(case, names)]
    if faults:
        return case.failed(few(faults), *evidence)
    return case.passed(f"{few(wanted)} is fixed, and DNS knows it as {names.name}", *evidence)


def shared_folder(case: Case, asked: Asked) -> Outcome:
    """The folder can be listed over SMB from the host."""
    share = asked.share
    if share is None:
        return case.attest(
            "nobody said which folder the installation uses",
            reason="preinstall_server_share with its path would make this automatic",
        )
    return _share_windows(case, asked, share) if case.windows else _share_linux(case, share)


def _addresses(case: Case) -> list[Address]:
    if case.windows:
        answer = case.probe("addresses", "result")["result"]
        if "addresses" not in answer:
            raise UnreadableError("addresses could not be read: the script gave no list")
        return [
            Address(_canonical(str(one["address"])), one.get("origin") in ("Dhcp", "RouterAdvertisement"))
            for one in answer["addresses"]
        ]
    answer = case.probe("addresses", "rc", "stdout")
    try:
        interfaces = json.loads(answer["stdout"])
    except ValueError:
        raise UnreadableError(
            f"addresses could not be read: {str(answer.get('stderr') or answer.get('msg'))[:300]}"
        ) from None
    return [
        Address(_canonical(one["local"]), bool(one.get("dynamic")))
        for interface in interfaces
        for one in interface.get("addr_info") or ()
        if one.get("scope") == "global" and "local" in one
    ]


def _names(case: Case, asked: Asked) -> Names:
    facts = case.probe("facts", "ansible_facts")["ansible_facts"]
    name = asked.name or str(facts.get("ansible_fqdn") or facts.get("ansible_hostname") or "")
    if case.windows:
        answer = case.probe("names", "result")["result"]
        if "forward" not in answer:
            raise UnreadableError("names could not be read: the script gave no answer")
        forward = [str(one) for one in answer["forward"]]
        reverse = {str(key): [str(one) for one in names] for key, names in answer["reverse"].items()}
    else:
        # Without the key, getent itself failed. A name that DNS does not know has None.
        known = case.probe("forward", "ansible_facts")["ansible_facts"].get("getent_ahosts") or {}
        forward = [str(key) for key, value in known.items() if value is not None]
        reverse = {}
        for one in case.probe("reverse", "results")["results"]:
            if "ansible_facts" not in one:
                raise UnreadableError(
                    f"the name of {one.get('item')} could not be asked: {str(one.get('msg') or '')[:300]}"
                )
            entries = one["ansible_facts"].get("getent_hosts") or {}
            reverse[str(one["item"])] = [str(text) for value in entries.values() for text in value or ()]
    return Names(
        name=name,
        forward=tuple(sorted({_canonical(one) for one in forward})),
        reverse={_canonical(key): tuple(value) for key, value in reverse.items()},
    )


def _dns_faults(names: Names, *, wanted: t.Sequence[str], own: t.Collection[str]) -> t.Iterator[str]:
    if not names.forward:
        yield f"DNS does not know {names.name}"
    for address in names.forward:
        if address not in own:
            yield f"DNS says that {names.name} is {address}, which is no address of the host"
    known = [address for address in wanted if address in names.forward]
    if names.forward and not known:
        yield f"DNS has no address of the inventory for {names.name}"
    for address in known:
        pointers = names.reverse.get(address, ())
        if not pointers:
            yield f"DNS has no name for {address}"
        elif not any(_same_name(pointer, names.name) for pointer in pointers):
            yield f"DNS says that {address} is {few(pointers)}, and not {names.name}"


def _dns_evidence(case: Case, names: Names) -> list[Evidence]:
    where = "DNS, asked on the host"
    return [
        case.saw(f"{names.name}: {', '.join(names.forward) or 'unknown'}", where),
        *(case.saw(f"{address}: {', '.join(found) or 'unknown'}", where) for address, found in names.reverse.items()),
    ]


def _same_name(left: str, right: str) -> bool:
    one, other = (text.rstrip(".").lower() for text in (left, right))
    return one == other or (one.split(".")[0] == other.split(".")[0] and ("." not in one or "." not in other))


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return address


def _share_windows(case: Case, asked: Asked, share: Share) -> Outcome:
    answer = case.probe("share", "stat")["stat"]
    account = asked.share_user or "the account of the connection"
    where = f"{share}, as {account}"
    if not answer.get("exists"):
        return case.failed(f"{share} is not reachable as {account}", case.saw("it does not exist", where))
    if not answer.get("isdir"):
        return case.failed(f"{share} is no folder", case.saw("it is a file", where))
    return case.passed(f"{share} is reachable", case.saw("it is a folder", where))


def _share_linux(case: Case, share: Share) -> Outcome:
    on_port = f"TCP 445 of {share.server}"
    if "state" not in case.probe("share_port", "elapsed"):
        return case.failed(f"{share.server} does not answer on TCP 445", case.saw("no connection", on_port))
    result = case.probe("share", "rc")
    text = " ".join(f"{result.get('stdout', '')} {result.get('stderr', '')} {result.get('msg', '')}".split())
    where = f"smbclient {share}"
    if result["rc"] == 0:
        return case.passed(f"{share} can be listed", case.saw("its content was listed", where))
    status = _STATUS.search(text)
    if status:
        said = _REFUSALS.get(status[0], "it could not be listed")
        return case.failed(f"{share}: {said}", case.saw(status[0], where))
    why = "smbclient is not installed on the host" if "No such file or directory" in text else text[:300]
    return case.unknown(
        f"TCP 445 of {share.server} answers, and the share could not be listed: {why}",
        case.saw("a connection", on_port),
    )
