# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where rules of ours stand among an administrator's, and what the administrator's do to them."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Network

from .files import (
    ANYWHERE,
    Entry,
    RuleFile,
    UfwRule,
    entry_of,
)


class Placement(t.NamedTuple):
    """A rules file with the rules of ours in it.

    C(covered) are rules that an equal foreign rule enforces already, C(contradicted) those that an equal foreign
    rule denies or limits, or lets out where ours would not, and every end of an egress that is not ours; neither is
    written, because ufw would take the two for one.
    """

    file: RuleFile
    covered: tuple[UfwRule, ...]
    contradicted: tuple[UfwRule, ...]


def place(file: RuleFile, rules: t.Iterable[UfwRule], *, version: int) -> Placement:
    """Put the management rules before every foreign rule and the other rules after them.

    The first match decides, so an administrator's own C(deny) keeps winning over what a plan opens, and nothing
    wins over the management connection. So it is with what leaves the host, where the end of an egress is last of all.
    A file whose rules are right already is left as it is, even where foreign rules for what comes in that only allow
    stand on the other side of ours.
    """
    foreign = tuple(entry for entry in file.entries if not entry.is_own)
    twins = {entry.rule.key: entry.rule for entry in foreign if entry.rule}
    first: list[Entry] = []
    last: list[Entry] = []
    covered: list[UfwRule] = []
    contradicted: list[UfwRule] = []
    for rule in rules:
        twin = twins.get(rule.key)
        if rule.is_management:
            if _accepted_first(rule, foreign):
                covered.append(rule)
            else:
                first.append(entry_of(rule, version=version))
        elif twin is None:
            last.append(entry_of(rule, version=version))
        else:
            agrees = twin.allows == rule.allows and not rule.is_closing
            (covered if agrees else contradicted).append(rule)
    if [entry for entry in file.entries if entry.is_own] != first + last or not (
        _in_order(file) and _output_in_order(file)
    ):
        file = RuleFile(file.head, (*first, *foreign, *last), file.tail)
    return Placement(file, tuple(covered), tuple(contradicted))


def _accepted_first(rule: UfwRule, foreign: t.Iterable[Entry]) -> bool:
    for entry in foreign:
        if entry.restricts_output if rule.is_output else entry.restricts:
            return False
        if entry.rule and entry.rule.key == rule.key:
            return True
    return False


def _in_order(file: RuleFile) -> bool:
    restricted = others_begun = False
    for entry in file.entries:
        if entry.is_output:
            continue
        if entry.is_own and entry.rule and entry.rule.is_management:
            if restricted:
                return False
        elif entry.is_own:
            others_begun = True
        elif entry.restricts:
            if others_begun:
                return False
            restricted = True
    return True


def _output_in_order(file: RuleFile) -> bool:
    restricted = others_begun = False
    for entry in file.entries:
        if not entry.is_output:
            continue
        if entry.is_own:
            management = entry.rule is not None and entry.rule.is_management
            if management and restricted:
                return False
            others_begun = others_begun or not management
        elif others_begun:
            return False
        else:
            restricted = restricted or entry.restricts_output
    return True


_PING = re.compile(
    r"-A ufw6?-before-input -p (?:icmp|icmpv6|ipv6-icmp) (?:-s (?P<source>\S+) )?(?:-m icmp6? )?"
    r"--icmp(?:v6)?-type (?:echo-request|8|128)(?: -s (?P<source_after>\S+))? -j ACCEPT"
)


def ping_sources(before_rules: str, *, version: int) -> list[Network]:
    """The networks whose echo requests C(before.rules) accepts; ufw's own file accepts them from everyone."""
    found: list[Network] = []
    for line in before_rules.splitlines():
        match = _PING.fullmatch(line.strip())
        if match:
            source = match["source"] or match["source_after"] or ANYWHERE[version]
            try:
                found.append(ipaddress.ip_network(source, strict=False))
            except ValueError:
                continue
    return found
