# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an administrator's own ufw lets in, and where ufw's files and the kernel say different things."""

from __future__ import annotations

import collections
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.iptables import beside, meanings, verdicts
from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import (
    Denial,
    Opening,
    after_denials,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    Network,
    RuleError,
    parse_network,
)

from .files import (
    ANYWHERE,
    VERSIONS,
    RuleFile,
    UfwRule,
    chain,
    ports_of,
)
from .host import Kernel

_OPENS = ("allow", "limit")
_DENIES = ("deny", "reject")


def foreign_openings(
    files: t.Mapping[int, RuleFile], *, before: t.Mapping[int, str], kernel: t.Mapping[int, Kernel]
) -> t.List[Opening]:
    """What rules of others accept: of C(user.rules), of C(before.rules), and of all chains that INPUT leads to.

    All mappings are by IP version; C(before) is text, C(kernel) is empty where ufw is not enabled.
    """
    found: t.List[Opening] = []
    number = 0
    for version in VERSIONS:
        denials: t.List[Denial] = []
        found += _of_lines(before.get(version, "").splitlines(), version=version, where=_before_name(version))
        lines = kernel[version].lines if version in kernel else ()
        found += _of_lines((line for line in lines if line.startswith("-A INPUT ")), version=version, where="INPUT")
        found += _beside(lines, version=version)
        previous: t.Tuple[str, ...] = ()
        for entry in files[version].entries:
            rule = entry.rule
            if rule is None:
                found += _of_lines(entry.text.splitlines(), version=version, where=_user_name(version))
                continue
            number += not (rule.applications and rule.applications == previous)
            previous = rule.applications
            if rule.is_own or not rule.is_input:
                continue
            verdict = _verdict(rule, version=version, number=number)
            if isinstance(verdict, Denial):
                denials.append(verdict)
            elif verdict:
                left = after_denials(verdict, denials)
                found += [left] if left.sources else []
    return found


_OF_UFW = re.compile(
    r"ufw6?-((before|after|reject|track|skip-to-policy|user)(-logging)?-input|user-limit(-accept)?|not-local|logging-\w+)"
)
"""Its chains that an incoming packet comes to; what an administrator adds to the first two is told by its file."""


def _beside(lines: t.Sequence[str], *, version: int) -> t.Iterator[Opening]:
    """The openings of chains of others that INPUT leads to, directly or through ufw's."""
    return beside(lines, version=version, is_known=lambda name: bool(_OF_UFW.fullmatch(name)) and "-after-" not in name)


def _before_name(version: int) -> str:
    return "/etc/ufw/before.rules" if version == 4 else "/etc/ufw/before6.rules"


def _user_name(version: int) -> str:
    return "/etc/ufw/user.rules" if version == 4 else "/etc/ufw/user6.rules"


def _of_lines(lines: t.Iterable[str], *, version: int, where: str) -> t.Iterator[Opening]:
    """The openings of iptables lines, without those that ufw's own files have."""
    place = f"kernel chain INPUT (IPv{version})" if where == "INPUT" else where
    chains = ("-A INPUT ", f"-A {chain(version)} ", f"-A {chain(version).replace('user', 'before')} ")
    wanted = [line for line in map(str.strip, lines) if line.startswith(chains) and not _is_packaged(line)]
    return verdicts(wanted, version=version, place=place)


def _is_packaged(line: str) -> bool:
    return line.split(" ", 2)[2] in _SHIPPED


_SHIPPED = frozenset(["-p udp --sport 67 --dport 68 -j ACCEPT"])
"""Answers of a DHCP server: what ufw's own before.rules accept of single ports."""


def _verdict(rule: UfwRule, *, version: int, number: int) -> t.Union[Opening, Denial, None]:
    action = rule.action.split("_")[0]
    if rule.protocol not in ("tcp", "udp", "any") or rule.interfaces == "in_lo":
        return None
    try:
        ports, source_ports = map(ports_of, (rule.ports, rule.source_ports))
        sources: t.Tuple[Network, ...] = (parse_network(rule.source),)
    except RuleError:
        return None
    if action in _OPENS:
        name = f"ufw rule {number} ({_as_status(rule, version=version)})"
        own = () if rule.destination == ANYWHERE[version] else (parse_network(rule.destination),)
        return Opening(name, rule.protocol, ports, sources, source_ports, own)
    everywhere = rule.destination == ANYWHERE[version] and rule.source_ports == "any" and rule.interfaces == "in"
    return Denial(rule.protocol, ports, sources) if action in _DENIES and everywhere else None


def _as_status(rule: UfwRule, *, version: int) -> str:
    """About as C(ufw status) prints the rule."""
    protocol = "" if rule.protocol == "any" else f"/{rule.protocol}"
    anywhere = "Anywhere" if version == 4 else "Anywhere (v6)"
    to = "" if rule.destination == ANYWHERE[version] else f"{rule.destination} "
    ports = f"{rule.ports}{protocol}" if rule.ports != "any" else (f"{protocol[1:]} " if protocol else "") + anywhere
    interface = f" on {rule.interfaces[3:]}" if rule.interfaces.startswith("in_") else ""
    source = anywhere if rule.source == ANYWHERE[version] else rule.source
    source_ports = "" if rule.source_ports == "any" else f" port {rule.source_ports}"
    action = rule.action.split("_")[0].upper()
    remark = f" # {rule.comment}" if rule.comment else ""
    return f"{to}{ports}{interface} {action} IN {source}{source_ports}{remark}"


def disagreements(
    files: t.Mapping[int, RuleFile], *, before: t.Mapping[int, str], kernel: t.Mapping[int, Kernel]
) -> t.List[str]:
    """One sentence for each line that only a file has, or only the kernel.

    Of the chains of C(before.rules) only what the kernel accepts beyond the file is told: ufw itself adds to them.
    """
    found = []
    for version in VERSIONS:
        if version not in kernel:
            continue
        prefixes = (f"-A {chain(version)} ", f"-I {chain(version)} ")
        in_file = [line for line in files[version].render().split("\n") if line.startswith(prefixes)]
        in_kernel = [line for line in kernel[version].lines if line.startswith(prefixes)]
        path = _user_name(version)
        found += [f"{path} has it, the kernel has not: {line}" for line in _only(in_file, in_kernel)]
        found += [f"the kernel has it, {path} has not: {line}" for line in _only(in_kernel, in_file)]
        prefix = f"-A {chain(version).replace('user', 'before')} "
        lines = [line for line in kernel[version].lines if line.startswith(prefix) and line.endswith(" -j ACCEPT")]
        extra = _only(lines, before.get(version, "").splitlines())
        found += [f"the kernel has it, {_before_name(version)} has not: {line}" for line in extra]
    return found


def _only(lines: t.Sequence[str], others: t.Sequence[str]) -> t.List[str]:
    """Lines whose meaning occurs more often than in the others."""
    left = collections.Counter(meaning for line in others for meaning in meanings(line))
    found = []
    for line in lines:
        for meaning in meanings(line):
            if left[meaning]:
                left[meaning] -= 1
            else:
                found.append(line)
                break
    return found
