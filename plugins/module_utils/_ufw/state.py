# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The facts about a host with ufw that drift is found in."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule, RuleError

from .files import VERSIONS, RuleFile, read_rule, unreadable
from .foreign import disagreements, foreign_openings
from .host import Host


def state_of(host: Host) -> t.Dict[str, t.Any]:
    """The state as JSON; raises C(UfwHostError) where it cannot be read."""
    settings = host.settings()
    files = {version: host.rules(version) for version in VERSIONS}
    before = {version: host.before_rules(version) for version in VERSIONS}
    kernel = host.kernel() if settings.enabled else {}
    faults = [
        *(() if settings.enabled else ["ufw is not enabled"]),
        *(["DEFAULT_INPUT_POLICY is ACCEPT in /etc/default/ufw"] if settings.input_policy == "ACCEPT" else ()),
        *settings.unenforced(kernel),
    ]
    rules, stray = _read(files)
    openings = foreign_openings(files, before=before, kernel=kernel)
    return {
        "provider": "ufw",
        "faults": faults,
        "told": settings.told,
        "own": [rule.as_json() for rule in rules if rule.direction == "in"],
        "own_out": _outgoing(files, rules),
        "stray": stray,
        "foreign": [opening.as_json() for opening in openings],
        "disagreements": disagreements(files, before=before, kernel=kernel) if not faults else [],
    }


def _read(files: t.Mapping[int, RuleFile]) -> t.Tuple[t.List[Rule], t.List[str]]:
    """Our rules in the files, and those with our comment that we never write."""
    rules, stray = [], []
    for rule in (rule for version in VERSIONS for rule in files[version].own):
        try:
            read = read_rule(rule)
        except RuleError:
            stray.append(f"a rule with our comment is not as we write it: {unreadable(rule)}")
            continue
        if read:
            rules.append(read)
    return rules, stray


def _outgoing(files: t.Mapping[int, RuleFile], rules: t.Iterable[Rule]) -> t.Optional[t.List[t.Dict[str, t.Any]]]:
    """What may leave the host, without pings, which ufw has no rule for; None where output is not restricted."""
    if not any(rule.is_closing for version in VERSIONS for rule in files[version].own):
        return None
    return [rule.as_json() for rule in rules if rule.direction == "out" and rule.protocol != "icmp"]
