# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify.yml on hosts that site.yml has just set up, and on the same hosts after each of many faults was planted."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._verify.evidence import digest

from .conftest import Lab
from .probes.playbooks import MANAGED, Played, firewalls, play

MGMT1, SITE1, SITE2 = "198.18.0.11", "198.18.1.11", "198.18.2.11"
MGMT1_6, SITE1_6, SITE2_6 = "2001:db8::11", "2001:db8:1::11", "2001:db8:2::11"
MIDDLE = "planted"
OURS_LEFT = (
    "ss -Hxlp | grep -a printops; ss -Hlntu | grep -E ':(61998|6010|5020|5555) '; "
    "find / -xdev -newer /run/begun -name '*printops*' -not -path '/proc/*'; "
    "find /tmp /root/.ansible/tmp -name 'ansible*'"
)

PLANTED: dict[str, tuple[str, ...]] = {
    "mgmt1": (
        f"sed -i 's|{SITE1}/32|198.18.9.9/32|' /etc/firewalld/policies/printops-in.xml",
        "firewall-cmd --reload",
        f"nft add table ip6 {MIDDLE}",
        f"nft add chain ip6 {MIDDLE} out '{{ type filter hook output priority 0; }}'",
        f"nft add rule ip6 {MIDDLE} out ip6 daddr {SITE2_6} tcp dport 5020 drop",
    ),
    "site1": (
        f"iptables -D ufw-user-input $(iptables -S ufw-user-input | grep -n -- '-s {MGMT1}/32.*5020' | "
        "cut -d: -f1 | awk '{print $1 - 1}')",
        "systemd-run --quiet --unit=planted-5600 python3 -m http.server --bind 127.0.0.1 5600",
        "ufw allow 5012/tcp",
        f"ip6tables -I INPUT -p tcp --dport 5555 -s {SITE2_6} -j REJECT --reject-with tcp-reset",
    ),
    "site2": (
        f"nft insert rule inet firewalld filter_INPUT ip saddr {SITE1} tcp dport 5555 'tcp flags & (syn|ack) == syn' "
        "limit rate over 1/minute burst 2 packets drop",
        f"ip route add unreachable {MGMT1}/32",
    ),
}
FOUND = [
    ("a rule that the kernel lacks for one family", MGMT1, SITE1, 5020, "dropped", "destination"),
    ("the same rule of the other family", MGMT1_6, SITE1_6, 5020, "answered", ""),
    ("a rule that is not in the file", SITE1, MGMT1, 6010, "rejected", "destination"),
    ("what the source's own firewall keeps in", MGMT1_6, SITE2_6, 5020, "dropped", "source"),
    ("a listener on localhost only", SITE2, SITE1, 5600, "nothing_listens", "destination"),
    ("a firewall that answers with a reset", SITE2_6, SITE1_6, 5555, "rejected", "destination"),
    ("a rate limit", SITE1, SITE2, 5555, "partly_answered", "destination"),
    ("a middle box that drops one port", SITE1, SITE2, 5600, "dropped", "between"),
    ("the port beside it", SITE1_6, SITE2_6, 5600, "answered", ""),
    ("no route", SITE2, MGMT1, 6010, "no_route", "source"),
]


class Runs(t.NamedTuple):
    """The playbook before and after planting, its evidence, and whether the firewalls were the same afterwards."""

    clean: Played
    clean_evidence: dict[str, t.Any]
    faulty: Played
    evidence: dict[str, t.Any]
    changed_anything: bool
    left: dict[str, str]


def verify(lab: Lab, file: pathlib.Path, *options: str) -> tuple[Played, dict[str, t.Any]]:
    played = play(lab, "verify", "-e", f"printops_verify_file={file}", *options)
    assert file.exists(), played.text
    return played, json.loads(file.read_text(encoding="utf-8"))


def plant(lab: Lab, host: str, commands: t.Iterable[str]) -> None:
    done = lab.enter(host, ["sh", "-ec", "\n".join(commands)])
    assert done.returncode == 0, done.stdout + done.stderr


def between(lab: Lab, *words: str) -> None:
    """A middle box: the lab's bridge."""
    done = lab.run(["nft", *words])
    assert done.returncode == 0, done.stderr


@pytest.fixture(name="runs", scope="module")
def runs_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Runs]:
    folder = tmp_path_factory.mktemp("verify")
    lab.reset(*MANAGED)
    site = play(lab, "site", "-e", "printops_verify=true", "-e", f"printops_verify_file={folder}/clean.json")
    clean = json.loads((folder / "clean.json").read_text(encoding="utf-8"))
    for host, commands in PLANTED.items():
        plant(lab, host, (*commands, "touch /run/begun"))
    between(lab, "add", "table", "bridge", MIDDLE)
    between(lab, "add", "chain", "bridge", MIDDLE, "forward", "{ type filter hook forward priority 0; }")
    rule = f"ether type ip ip daddr {SITE2} tcp dport 5600 drop"
    between(lab, "add", "rule", "bridge", MIDDLE, "forward", *rule.split())
    before = firewalls(lab)
    faulty, evidence = verify(lab, folder / "faulty.json")
    left = {host: lab.enter(host, ["sh", "-c", OURS_LEFT]).stdout for host in MANAGED}
    yield Runs(site, clean, faulty, evidence, before != firewalls(lab), left)
    between(lab, "delete", "table", "bridge", MIDDLE)


def probe_of(evidence: dict[str, t.Any], source: str, destination: str, port: int) -> dict[str, t.Any]:
    (found,) = [
        one
        for one in evidence["probes"]
        if (one["source"], one["destination"], one["port"], one["expected"]) == (source, destination, port, "allowed")
    ]
    return t.cast("dict[str, t.Any]", found)


def test_what_site_has_set_up_passes_whole(runs: Runs) -> None:
    assert runs.clean.status == 0, runs.clean.text
    summary = runs.clean_evidence["summary"]
    assert summary["passed"]
    assert summary["allowed"] == {"pass": 16, "fail": 0, "unproven": 0}
    assert summary["refused"]["pass"] > 50
    assert {one["proof"] for one in runs.clean_evidence["probes"] if one["expected"] == "allowed"} == {"token"}
    assert {one["from"] for one in runs.clean_evidence["probes"]} > {"localhost", "outsider", "mgmt1"}
    assert "PASSED: 16 of 16 that must get through do" in runs.clean.text


def test_the_evidence_has_its_own_digest(runs: Runs) -> None:
    for evidence in (runs.clean_evidence, runs.evidence):
        assert digest(evidence) == evidence["digest"]


@pytest.mark.parametrize(
    ("source", "destination", "port", "verdict", "at"), [one[1:] for one in FOUND], ids=[one[0] for one in FOUND]
)
def test_the_verdict_names_the_fault(
    runs: Runs, source: str, destination: str, port: int, verdict: str, at: str
) -> None:
    found = probe_of(runs.evidence, source, destination, port)
    assert (found["verdict"], found["at"]) == (verdict, at), found
    assert found["result"] == ("pass" if verdict == "answered" else "fail")


def test_what_another_hand_opened_is_found(runs: Runs) -> None:
    opened = [
        (one["to"], one["port"], one["verdict"])
        for one in runs.evidence["probes"]
        if one["expected"] == "refused" and one["result"] == "fail"
    ]
    assert {*opened} == {("site1", 5012, "answered")}


def test_faults_fail_the_run_and_nothing_is_changed_or_left(runs: Runs) -> None:
    assert runs.faulty.status == 2, runs.faulty.text
    assert max(len(line) for line in runs.faulty.text.splitlines() if line.startswith(("FAIL", "RESULT"))) <= 100
    assert not runs.changed_anything
    assert runs.left == dict.fromkeys(MANAGED, "")


@pytest.mark.usefixtures("runs")
def test_a_whole_ruleset_that_is_gone_lets_in_what_must_be_refused(lab: Lab, tmp_path: pathlib.Path) -> None:
    plant(lab, "site2", ["nft flush ruleset", f"ip route del unreachable {MGMT1}/32"])
    plant(lab, "site1", ["iptables -P INPUT ACCEPT", "iptables -F", "ip6tables -P INPUT ACCEPT", "ip6tables -F"])
    _played, evidence = verify(lab, tmp_path / "flushed.json")
    results = {
        (one["to"], one["result"])
        for one in evidence["probes"]
        if one["expected"] == "refused" and one["to"] != "mgmt1" and one["port"] != 5600
    }
    assert results == {("site1", "fail"), ("site2", "fail")}
