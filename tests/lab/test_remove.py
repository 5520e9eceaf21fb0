# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""remove.yml leaves hosts as the first site.yml found them, to the byte: off, or running with foreign rules."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import Lab
from .probes.playbooks import MANAGED, firewall_of, play

WHAT_WE_LEAVE = r"""
find / -xdev \( -name '*printops*' -o -path '/run/*printops*' \) -not -path '/proc/*' -not -path '/root/.ansible*'
find /run -name '*printops*'
find /etc/firewalld /etc/ufw /etc/systemd/system | sort
find /etc/firewalld /etc/ufw -type f -exec stat -c '%n %U %a' {} + | sort
grep -rs . /proc/sys/net/ipv4/conf/all/accept_redirects /proc/sys/net/ipv4/conf/default/accept_redirects
"""
ADMINISTRATORS = {
    "site1": (
        "ufw allow 8443/tcp comment mine",
        "ufw deny from 203.0.113.0/24",
        "ufw allow from 198.18.0.1 to any port 22 proto tcp",
        "ufw --force enable",
        "ufw reload",
    ),
    "mgmt1": (
        "systemctl enable --now firewalld",
        "firewall-cmd --permanent --add-service=ssh",
        "firewall-cmd --reload",
    ),
    "site2": (
        "systemctl enable --now firewalld",
        "firewall-cmd --permanent --add-service=ssh",
        "firewall-cmd --reload",
    ),
}
FOUND: dict[str, t.Mapping[str, tuple[str, ...]]] = {
    "off": dict.fromkeys(MANAGED, ()),
    "running": ADMINISTRATORS,
    "off with rules": {**dict.fromkeys(MANAGED, ()), "site1": ADMINISTRATORS["site1"][:3]},
}


def everything_of(lab: Lab, host: str) -> list[str]:
    done = lab.enter(host, ["sh", "-c", WHAT_WE_LEAVE])
    return [*str(firewall_of(lab, host)).split("\\n"), *done.stdout.splitlines()]


@pytest.mark.parametrize("found", FOUND)
def test_a_host_is_left_as_it_was_found(lab: Lab, found: str) -> None:
    lab.reset(*MANAGED)
    for host, commands in FOUND[found].items():
        done = lab.enter(host, ["sh", "-ec", "\n".join(commands)])
        assert done.returncode == 0, done.stdout + done.stderr
    before = {host: everything_of(lab, host) for host in MANAGED}

    applied = play(lab, "site")
    assert applied.status == 0, applied.text
    again = play(lab, "site", "-e", "printops_security=secured")
    assert again.status == 0, again.text
    assert all(everything_of(lab, host) != before[host] for host in MANAGED)
    foreseen = play(lab, "remove", "--check")
    assert foreseen.status == 0, foreseen.text
    assert ("WILL BE TURNED OFF" in foreseen.text) == (found != "running"), foreseen.text

    removed = play(lab, "remove")
    assert removed.status == 0, removed.text
    if found != "running":
        told = " ".join(removed.text.split())
        assert "TURNED OFF, as it was found; listening, and open to everyone: 22/tcp sshd" in told
    for host in MANAGED:
        assert everything_of(lab, host) == before[host]
    second = play(lab, "remove")
    assert second.status == 0, second.text
    assert not any(second.changes.values()), second.text
    assert {host: everything_of(lab, host) for host in MANAGED} == before


def test_what_an_administrator_did_meanwhile_stays(lab: Lab) -> None:
    lab.reset("site1")
    assert play(lab, "site", "--limit", "site1").status == 0
    done = lab.enter("site1", ["ufw", "allow", "7777/tcp"])
    assert done.returncode == 0, done.stderr
    assert play(lab, "site", "--limit", "site1", "-e", "printops_security=secured").status == 0
    removed = play(lab, "remove", "--limit", "site1")
    assert removed.status == 0, removed.text
    rules = lab.enter("site1", ["cat", "/etc/ufw/user.rules", "/etc/ufw/ufw.conf"]).stdout
    assert "tuple ### allow tcp 7777" in rules
    assert "printops" not in rules
    assert "ENABLED=no" in rules


class Refused(t.NamedTuple):
    host: str
    commands: t.Tuple[str, ...]
    name: str


WIDE = (
    Refused("site1", ("ufw allow 5012/tcp",), "ufw rule 1 (5012/tcp ALLOW IN Anywhere)"),
    Refused("mgmt1", ("firewall-offline-cmd --add-service=https",), "firewalld zone public: service https"),
    Refused("site2", ("firewall-offline-cmd --add-service=ssh",), "firewalld zone public: service ssh"),
)


@pytest.mark.parametrize("wide", WIDE, ids=lambda wide: wide.host)
def test_a_wide_foreign_rule_is_reported_or_refused(lab: Lab, wide: Refused) -> None:
    lab.reset(wide.host)
    done = lab.enter(wide.host, ["sh", "-ec", "\n".join(wide.commands)])
    assert done.returncode == 0, done.stderr
    before = everything_of(lab, wide.host)

    refused = play(lab, "site", "--limit", wide.host, "-e", "printops_foreign_rules=refuse")
    said = " ".join(refused.text.split())
    assert refused.status != 0
    assert wide.name in said
    assert "foreign_rules is refuse, so nothing was changed" in said
    assert [line for line in everything_of(lab, wide.host) if not line.startswith("/run/")] == before

    reported = play(lab, "site", "--limit", wide.host)
    assert reported.status == 0, reported.text
    assert f"WARNING foreign rule: {wide.host}: {wide.name}" in " ".join(reported.text.split())
