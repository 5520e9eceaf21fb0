# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of ours among an administrator's: their order, equal rules, and what is told about the others."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.management import management_rules
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule, parse_rules
from ansible_collections.printops.firewall.plugins.module_utils._ufw.files import RuleFile, UfwRule, parse, render_rules
from ansible_collections.printops.firewall.plugins.module_utils._ufw.placement import (
    Placement,
    ping_sources,
    place,
)

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden" / "ufw"

HEAD = "*filter\n:ufw-user-input - [0:0]\n### RULES ###\n"
TAIL = "\n### END RULES ###\n\n### LOGGING ###\n### END LOGGING ###\nCOMMIT\n"
DENY = "\n### tuple ### deny any any 0.0.0.0/0 any 10.9.0.0/16 in\n-A ufw-user-input -s 10.9.0.0/16 -j DROP\n"
ALLOW = "\n### tuple ### allow tcp 9100 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -p tcp --dport 9100 -j ACCEPT\n"
LIMIT = (
    "\n### tuple ### limit tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -p tcp --dport 22 -j ufw-user-limit\n"
)
OUT = "\n### tuple ### deny any any 0.0.0.0/0 any 10.8.0.0/16 out\n-A ufw-user-output -s 10.8.0.0/16 -j DROP\n"
ROUTE = "\n### tuple ### route:deny any any 0.0.0.0/0 any 10.8.0.0/16 in\n-A ufw-user-forward -s 10.8.0.0/16 -j DROP\n"
BY_HAND = "-A ufw-user-input -s 10.7.0.0/16 -j DROP\n"
HARMLESS = "-A ufw-user-input -s 10.7.0.0/16 -j ACCEPT\n"
REMARK = "# an administrator's remark \xe9\n"
FOREIGN = [DENY, ALLOW, LIMIT, OUT, ROUTE, BY_HAND, HARMLESS, REMARK, "\n"]

PLAN = parse_rules(
    [
        {"direction": "in", "protocol": "tcp", "ports": ["443"], "remotes": ["10.1.0.0/24"], "flows": ["a/b/1"]},
        {"direction": "in", "protocol": "udp", "ports": ["161"], "remotes": ["10.1.0.9"], "flows": ["a/b/2"]},
    ]
)
MANAGEMENT = management_rules(networks=["192.0.2.0/28"], connection=None)


def file_of(*entries: str) -> RuleFile:
    return parse(HEAD + "".join(entries) + TAIL)


def placed(file: RuleFile, *plan: Rule) -> Placement:
    return place(file, render_rules(plan, version=4), version=4)


def order(file: RuleFile) -> list[str]:
    """A word for each entry: management, ours, or the foreign text."""
    return [
        entry.text if not entry.rule or not entry.is_own else "management" if entry.rule.is_management else "ours"
        for entry in file.entries
    ]


@given(st.lists(st.sampled_from(FOREIGN), max_size=8), st.booleans())
def test_foreign_lines_are_kept_and_adding_then_removing_gives_the_same_bytes(
    foreign: list[str], managed: bool
) -> None:
    before = file_of(*foreign)
    added = placed(before, *(MANAGEMENT if managed else ()), *PLAN).file
    assert [entry for entry in added.entries if not entry.is_own] == list(before.entries)
    assert (added.head, added.tail) == (before.head, before.tail)
    assert parse(added.render()) == added
    assert placed(parse(added.render())).file.render() == before.render()


@given(st.lists(st.sampled_from(FOREIGN), max_size=5), st.lists(st.sampled_from(FOREIGN), max_size=5))
def test_management_is_before_and_the_rest_after_whatever_denies(first: list[str], later: list[str]) -> None:
    ours = "".join(entry.text for entry in placed(file_of(), *MANAGEMENT, *PLAN).file.entries)
    file = placed(file_of(*first, ours, *later), *MANAGEMENT, *PLAN).file
    words = order(file)
    denies = [index for index, word in enumerate(words) if word in (DENY, LIMIT, BY_HAND)]
    assert words.count("management") == 1
    assert words.count("ours") == 2
    assert all(words.index("management") < index < words.index("ours") for index in denies)
    assert placed(file, *MANAGEMENT, *PLAN).file == file


def test_rules_that_only_allow_may_stand_anywhere() -> None:
    file = placed(file_of(ALLOW), *MANAGEMENT, *PLAN).file
    ours = [entry.text for entry in file.entries if entry.is_own]
    for entries in ([ALLOW, *ours], [*ours, ALLOW, OUT, ROUTE, HARMLESS, REMARK], [ours[0], ALLOW, *ours[1:]]):
        assert placed(file_of(*entries), *MANAGEMENT, *PLAN).file == file_of(*entries)


def twin(action: str, *, rule: UfwRule) -> str:
    fields = (action, rule.protocol, rule.ports, rule.destination, "any", rule.source, "in")
    return f"\n### tuple ### {' '.join(fields)} comment=6d696e65\n-A ufw-user-input -j WHATEVER\n"


@pytest.mark.parametrize("action", ["allow", "allow_log", "allow_log-all"])
def test_an_equal_rule_of_the_administrator_is_kept_and_not_doubled(action: str) -> None:
    first, second = render_rules(PLAN, version=4)
    before = file_of(twin(action, rule=first))
    placement = placed(before, *PLAN)
    assert placement.covered == (first,)
    assert placement.contradicted == ()
    assert placement.file.own == [second]
    assert placed(placement.file).file == before


@pytest.mark.parametrize("action", ["deny", "reject", "limit", "deny_log"])
def test_an_equal_rule_that_denies_is_kept_and_told(action: str) -> None:
    first, second = render_rules(PLAN, version=4)
    placement = placed(file_of(twin(action, rule=first)), *PLAN)
    assert placement.covered == ()
    assert placement.contradicted == (first,)
    assert placement.file.own == [second]


def test_management_leans_on_an_equal_rule_only_where_nothing_denies_before_it() -> None:
    (rule,) = render_rules(MANAGEMENT, version=4)
    assert placed(file_of(ALLOW, twin("allow", rule=rule), DENY), *MANAGEMENT).covered == (rule,)
    for entries in ([DENY, twin("allow", rule=rule)], [twin("deny", rule=rule)], [BY_HAND, twin("allow", rule=rule)]):
        placement = placed(file_of(*entries), *MANAGEMENT)
        assert placement.covered == ()
        assert order(placement.file)[0] == "management"


def test_a_rule_of_ours_that_someone_edited_is_written_anew() -> None:
    right = placed(file_of(), *PLAN).file
    wrong = parse(right.render().replace("--dport 443", "--dport 444"))
    assert placed(wrong, *PLAN).file == right


@pytest.mark.parametrize(
    ("line", "version", "expected"),
    [
        ("-A ufw-before-input -p icmp --icmp-type echo-request -j ACCEPT", 4, ["0.0.0.0/0"]),
        ("-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT", 4, ["0.0.0.0/0"]),
        ("-A ufw-before-input -p icmp --icmp-type echo-request -s 10.0.0.0/8 -j ACCEPT", 4, ["10.0.0.0/8"]),
        ("-A ufw-before-input -p icmp -s 10.0.0.0/8 --icmp-type echo-request -j ACCEPT", 4, ["10.0.0.0/8"]),
        ("-A ufw6-before-input -p icmpv6 --icmpv6-type echo-request -j ACCEPT", 6, ["::/0"]),
        ("-A ufw6-before-input -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT", 6, ["::/0"]),
        ("-A ufw-before-input -p icmp --icmp-type echo-request -j DROP", 4, []),
        ("# -A ufw-before-input -p icmp --icmp-type echo-request -j ACCEPT", 4, []),
        ("-A ufw-before-forward -p icmp --icmp-type echo-request -j ACCEPT", 4, []),
        ("-A ufw-before-input -p icmp --icmp-type time-exceeded -j ACCEPT", 4, []),
        ("-A ufw-before-input -p icmp --icmp-type echo-request -s print.example -j ACCEPT", 4, []),
    ],
)
def test_sources_that_may_ping_are_read(line: str, version: int, expected: list[str]) -> None:
    assert [str(source) for source in ping_sources(f"*filter\n{line}\nCOMMIT\n", version=version)] == expected


@pytest.mark.parametrize(("name", "version"), [("before.rules", 4), ("before6.rules", 6)])
def test_the_packaged_file_lets_everyone_ping(name: str, version: int) -> None:
    (source,) = ping_sources((GOLDEN / name).read_text(encoding="utf-8"), version=version)
    assert source.prefixlen == 0
