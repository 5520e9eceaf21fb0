# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps that lead from our rules as they are on a host to those that it is to have."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.compare import compare
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import Record
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.rules import desired_records
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import as_read, rule


def way_in(remote: str) -> Record:
    raw = rule(ports=["5986"], remotes=[remote], flows=["management-connection"])
    return desired_records((), management=parse_rules([raw]))[0]


WAY_IN, OLD_WAY_IN = way_in("192.0.2.10/32"), way_in("192.0.2.11/32")
WEB, DNS, OLD = desired_records(
    parse_rules([rule(), rule(protocol="udp", ports=["53"]), rule(ports=["80"], remotes=["10.9.0.0/16"])])
)
NAMES = {
    WAY_IN.name: "way-in",
    OLD_WAY_IN.name: "old-way-in",
    WEB.name: "web",
    DNS.name: "dns",
    OLD.name: "old",
}


def change(record: Record, **changes: t.Any) -> Record:
    return as_read(record._replace(**changes))


def steps(*existing: Record, desired: tuple[Record, ...] = (WAY_IN, WEB, DNS)) -> list[str]:
    """The steps in words; a rule that was renamed has a star."""
    told = []
    for step in compare(desired=desired, existing=existing):
        name = step.rule.name if step.rule else step.name
        word = NAMES.get(name) or f"{NAMES.get(name.removesuffix(' (replaced)'), name)}*"
        told.append(f"{step.do} {word}{''.join(f' {key}' for key in step.values)}")
    return told


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        ((), ["add way-in", "add web", "add dns"]),
        ((DNS, WEB, WAY_IN), []),
        ((WAY_IN, WEB, DNS, OLD), ["remove old"]),
        ((OLD_WAY_IN, OLD, WEB, DNS), ["add way-in", "remove old", "remove old-way-in"]),
        ((change(WAY_IN, enabled=False), OLD, WEB), ["set way-in enabled", "add dns", "remove old"]),
        ((WAY_IN, WEB, change(DNS, description="x")), ["set dns description"]),
        ((WAY_IN, WEB, change(DNS, description="x", enabled=False)), ["set dns enabled description"]),
        ((WAY_IN, WEB, WEB, DNS), ["rename web", "add web", "remove web*"]),
        ((WAY_IN, change(WEB, application="x"), DNS), ["rename web", "add web", "remove web*"]),
        ((WAY_IN, change(WEB, action="block"), DNS), ["rename web", "add web", "remove web*"]),
        ((change(WAY_IN, remote_addresses="*"), WEB, DNS), ["rename way-in", "add way-in", "remove way-in*"]),
        ((WAY_IN, WEB, DNS, change(OLD, name=f"{WEB.name} (replaced)")), ["remove web*"]),
        ((WAY_IN, WEB, DNS, change(OLD, name="by hand")), ["remove by hand*"]),
        ((WAY_IN, WEB, DNS, OLD, OLD), ["remove old"]),
    ],
)
def test_the_steps_are_in_order(existing: tuple[Record, ...], expected: list[str]) -> None:
    assert steps(*existing) == expected


def test_rules_that_swapped_what_they_say_are_both_there_before_either_goes() -> None:
    swapped = (change(WEB, name=DNS.name), change(DNS, name=WEB.name))
    assert steps(WAY_IN, *swapped) == [
        "rename web",
        "rename dns",
        "add web",
        "add dns",
        "remove web*",
        "remove dns*",
    ]


def test_a_leftover_of_an_earlier_renaming_goes_with_the_new_one() -> None:
    leftover = change(OLD, name=f"{WEB.name} (replaced)")
    assert steps(WAY_IN, leftover, change(WEB, profiles=1), DNS) == ["rename web", "add web", "remove web*"]


@pytest.mark.parametrize("name", ["PRINTOPS WEB", "", "\u017ftra\u00dfe", "\u212a", "\u0130", "web (replaced)"])
def test_a_name_that_is_none_of_ours_is_taken_off_whatever_some_folding_makes_of_it(name: str) -> None:
    there = [change(WEB, name=name), change(WEB, name=name.swapcase()), WEB]
    told = compare(desired=(WEB,), existing=there)
    assert {step.as_json()["name"] for step in told} == {one.name for one in there[:2]}
    assert {step.do for step in told} == {"remove"}


def test_removal_ends_with_the_way_in() -> None:
    assert steps(WAY_IN, WEB, DNS, desired=()) == ["remove web", "remove dns", "remove way-in"]
