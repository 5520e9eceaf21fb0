# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

import pytest
from aerleon import api
from aerleon.lib import naming

from ansible_collections.printops.firewall.tests.bench import compilers, model
from ansible_collections.printops.firewall.tests.bench.measure import BenchError

HOSTS = 4


def test_model_has_the_size_it_is_named_for() -> None:
    allows = model.allows(HOSTS)
    assert len(allows) == HOSTS * model.TERMS * model.ADDRESSES_PER_ROLE
    assert (0, "10.0.0.1", 5000) in allows
    assert (1, "10.3.0.10", 5019) in allows
    assert (1, "10.3.0.11", 5019) not in allows


@pytest.mark.parametrize("side", compilers.SIDES)
def test_each_side_lets_through_exactly_what_the_model_says(side: str) -> None:
    seconds, allows = compilers.SIDES[side](HOSTS)
    assert all(value > 0 for value in seconds.values())
    assert set(allows) == model.allows(HOSTS)


def test_our_reading_of_aerleons_text_agrees_with_aerleons_own_check() -> None:
    definitions = naming.Naming()
    definitions.ParseDefinitionsObject(model.aerleon_definitions(HOSTS), "")
    policies = model.aerleon_policies(HOSTS)
    allows = model.allows(HOSTS)
    chance = random.Random(40)  # noqa: S311
    probes = [
        (chance.randrange(HOSTS), f"10.{chance.randrange(20)}.0.{chance.randint(1, 11)}", chance.randrange(5000, 5200))
        for _ in range(40)
    ]
    probes += chance.sample(sorted(allows), 20)
    verdicts = []
    for host, source, port in probes:
        hit = api.AclCheck(
            policies[host],
            definitions,
            src=source,
            dst=model.host_address(host),
            sport="any",
            dport=str(port),
            proto="tcp",
        )
        verdicts.append(bool(hit))
    assert verdicts == [probe in allows for probe in probes]
    assert {True, False} <= set(verdicts)


def test_rules_for_another_host_do_not_count() -> None:
    text = "ip saddr 10.0.0.1/32 ip daddr 10.200.0.2/32 tcp dport 5000 ct state new accept"
    assert set(compilers.allows_of_nftables({"host1.nft": text})) == {(1, "10.0.0.1", 5000)}
    with pytest.raises(BenchError, match="has a rule for"):
        set(compilers.allows_of_nftables({"host0.nft": text}))


def test_sets_and_ranges_are_read() -> None:
    text = (
        "ip saddr { 10.0.0.1/32, 10.0.0.4/31 } ip daddr 10.200.0.1/32 tcp dport { 5000, 5002-5003 } ct state new accept"
    )
    assert set(compilers.allows_of_nftables({"host0.nft": text})) == {
        (0, f"10.0.0.{last}", port) for last in (1, 4, 5) for port in (5000, 5002, 5003)
    }
