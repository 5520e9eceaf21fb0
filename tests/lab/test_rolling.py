# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml in batches: canaries first, then site by site; where too many fail, the rest is untouched."""

from __future__ import annotations

import contextlib
import re
import typing as t

import pytest

from .conftest import Lab
from .probes.playbooks import MANAGED, Firewall, Played, firewall_of, firewalls, play

ROLLING = ("-e", "printops_rolling=true")
OTHER = ("-e", "printops_security=secured")
BATCH = re.compile(r"^TASK \[Remember that the run is about this host\] \*+\n(.*?)\n\n", re.MULTILINE | re.DOTALL)


@pytest.fixture(name="applied", scope="module")
def applied_fixture(lab: Lab) -> dict[str, Firewall]:
    """The firewalls after a whole run, which each test begins with."""
    lab.reset(*MANAGED)
    played = play(lab, "site")
    assert played.status == 0, played.text
    return firewalls(lab)


def begun(played: Played) -> list[list[str]]:
    return [re.findall(r"^ok: \[(\w+)\]", batch, re.MULTILINE) for batch in BATCH.findall(played.text)]


@contextlib.contextmanager
def unreachable(lab: Lab, host: str) -> t.Iterator[None]:
    assert lab.enter(host, ["systemctl", "stop", "ssh"]).returncode == 0
    try:
        yield
    finally:
        lab.enter(host, ["systemctl", "start", "ssh"])


@contextlib.contextmanager
def without_a_firewall(lab: Lab, host: str) -> t.Iterator[None]:
    """The run fails on the host, whose firewall's program is away."""
    assert lab.enter(host, ["mv", "/usr/sbin/ufw", "/usr/sbin/ufw.away"]).returncode == 0
    try:
        yield
    finally:
        lab.enter(host, ["mv", "/usr/sbin/ufw.away", "/usr/sbin/ufw"])


@pytest.mark.usefixtures("applied")
def test_canary_then_site_by_site_and_the_same_firewalls(lab: Lab, applied: dict[str, Firewall]) -> None:
    rolled = play(lab, "site", *ROLLING, "-e", "printops_canary=site2", *OTHER)
    assert rolled.status == 0, rolled.text
    assert [batch for batch in begun(rolled) if {*batch} & {*MANAGED}] == [["site2"], ["site1"], ["mgmt1"]]
    assert all(rolled.summary[host].startswith("changed: ") for host in MANAGED), rolled.text
    assert play(lab, "site", *OTHER).summary == dict.fromkeys(MANAGED, "no change")

    back = play(lab, "site", *ROLLING)
    assert back.status == 0, back.text
    assert {host: one.files for host, one in firewalls(lab).items()} == {
        host: one.files for host, one in applied.items()
    }


@pytest.mark.parametrize("trouble", [unreachable, without_a_firewall])
def test_a_canary_that_fails_leaves_the_rest_untouched(
    lab: Lab, applied: dict[str, Firewall], trouble: t.Callable[[Lab, str], t.ContextManager[None]]
) -> None:
    before = {host: firewall_of(lab, host) for host in ("mgmt1", "site2")}
    assert applied
    with trouble(lab, "site1"):
        stopped = play(lab, "site", *ROLLING, "-e", "printops_canary=site1", *OTHER, keep_connections=False)
    assert stopped.status != 0
    assert not {"mgmt1", "site2"} & {host for batch in begun(stopped) for host in batch}, stopped.text
    assert {host: firewall_of(lab, host) for host in before} == before


def test_max_fail_percentage_counts_those_that_were_not_reached(lab: Lab, applied: dict[str, Firewall]) -> None:
    before = firewall_of(lab, "mgmt1")
    assert applied
    options = (*ROLLING, "-e", "printops_canary=site1,site2", *OTHER)
    with unreachable(lab, "site1"):
        stopped = play(lab, "site", *options, keep_connections=False)
        assert stopped.status != 0
        said = " ".join(stopped.text.split())
        assert "Stopped after the first batch: 1 of 2 failed or were not reached (site1)" in said
        assert firewall_of(lab, "mgmt1") == before

        went_on = play(lab, "site", *options, "-e", "printops_max_fail_percentage=50", keep_connections=False)
    assert went_on.summary["mgmt1"].startswith("changed: "), went_on.text
    assert went_on.summary["site1"].startswith("NOT APPLIED"), went_on.text


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("share", ["-1", "101", "some", "1.5"])
def test_a_share_that_is_none_is_told_before_anything(lab: Lab, share: str) -> None:
    refused = play(lab, "site", *ROLLING, "-e", f"printops_max_fail_percentage={share}", *OTHER)
    assert refused.status != 0
    assert f"printops_max_fail_percentage is {share}; it must be a whole number from 0 to 100." in refused.text
    assert begun(refused) == []


@pytest.mark.usefixtures("applied")
def test_a_limit_takes_batches_out(lab: Lab) -> None:
    limited = play(lab, "site", *ROLLING, "--limit", "site1,site2", "--check")
    assert limited.status == 0, limited.text
    assert [batch for batch in begun(limited) if batch] == [["site1"], ["site2"]]
