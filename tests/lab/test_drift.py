# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""drift.yml on hosts that site.yml has just set up, and on the same hosts after each of many faults was planted."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from .conftest import Lab
from .probes.playbooks import INVENTORY, MANAGED, Played, firewalls, play
from .test_remove import everything_of
from .topology import machine_named

ADDED = "-p tcp --dport 8081 -j ACCEPT"
SERVE = "systemd-run --quiet --unit=planted-{port} python3 -m http.server {port}"
PLANTED: dict[str, tuple[str, ...]] = {
    "site1": (
        "ufw allow 5012/tcp",
        "ufw allow 8443/tcp comment mine",
        "ufw delete allow proto tcp from 198.18.0.11 to any port 5020",
        "ufw allow proto tcp from 198.18.66.0/24 to any port 7001 comment 'printops:safeq6/mfd/1'",
        "iptables -I ufw-user-input -s 198.18.31.10 -j ACCEPT",
        "ip6tables -D ufw6-user-input 1",
        f"iptables -I INPUT {ADDED}",
        SERVE.format(port=7777),
    ),
    "mgmt1": (
        "firewall-cmd --permanent --add-service=ssh",
        "firewall-cmd --permanent --zone=trusted --add-source=198.18.31.0/24",
        "firewall-cmd --permanent --add-rich-rule="
        "'rule family=ipv4 source address=198.18.66.0/24 port port=443 protocol=tcp accept'",
        "sed -i 's|198.18.1.11/32|198.18.9.9/32|' /etc/firewalld/policies/printops-in.xml",
        "firewall-cmd --reload",
        "firewall-cmd --zone=public --add-port=8443/tcp",
        "nft insert rule inet firewalld filter_INPUT tcp dport 8081 accept",
        SERVE.format(port=19898),
    ),
    "site2": (
        "firewall-cmd --permanent --add-service=ssh",
        "nft flush chain inet firewalld filter_IN_policy_printops-in_allow",
        SERVE.format(port=7777),
    ),
}
FOUND = [
    ("site1", "foreign_wider", "(5012/tcp ALLOW IN Anywhere) lets everyone (IPv4) reach 5012/tcp"),
    ("site1", "foreign_open", "(8443/tcp ALLOW IN Anywhere # mine) lets everyone (IPv4) reach 8443/tcp"),
    ("site1", "missing", "in tcp 5020 from 198.18.0.11/32 [safeq6/spooler-controller/2]"),
    ("site1", "stale", "in tcp 7001 from 198.18.66.0/24 [safeq6/mfd/1]"),
    ("site1", "disagreement", "the kernel has it, /etc/ufw/user.rules has not: -A ufw-user-input -s 198.18.31.10/32"),
    ("site1", "disagreement", "/etc/ufw/user6.rules has it, the kernel has not: -A ufw6-user-input"),
    ("site1", "foreign_open", "kernel chain INPUT (IPv4): -A INPUT -p tcp -m tcp --dport 8081 -j ACCEPT"),
    ("site1", "undocumented_listener", "python3 (7777/tcp) listens on 0.0.0.0, and no row documents it"),
    ("mgmt1", "foreign_wider", "firewalld zone public: service ssh lets everyone reach 22/tcp"),
    ("mgmt1", "foreign_wider", "firewalld zone trusted: target ACCEPT lets 198.18.31.0/24 reach 22/tcp, 6010/tcp"),
    ("mgmt1", "foreign_wider", 'source address="198.18.66.0/24" lets 198.18.66.0/24 reach 443/tcp'),
    ("mgmt1", "changed", "198.18.9.9/32"),
    ("mgmt1", "disagreement", "zone public has loaded and not in the files: port 8443/tcp"),
    ("mgmt1", "foreign_open", "firewalld zone public: port 8443/tcp lets everyone reach 8443/tcp"),
    ("mgmt1", "disagreement", "the kernel has it, firewalld has not: chain filter_INPUT: tcp dport 8081 accept"),
    ("mgmt1", "jmx_exposed", "python3 (19898/tcp) listens on 0.0.0.0"),
    ("site2", "disagreement", "zone public has in the files and not loaded: service ssh"),
    ("site2", "foreign_wider", "firewalld zone public: service ssh lets everyone reach 22/tcp"),
    ("site2", "disagreement", "firewalld has it, the kernel has not: tcp 4096"),
    ("site2", "undocumented_listener", "python3 (7777/tcp) listens on 0.0.0.0, and no row documents it"),
]


class Runs(t.NamedTuple):
    """The playbook before and after planting, and whether the firewalls were the same afterwards."""

    clean: Played
    clean_report: dict[str, t.Any]
    drifted: Played
    report: dict[str, t.Any]
    forgiven: Played
    changed_anything: bool


@pytest.fixture(name="runs", scope="module")
def runs_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("drift")
    lab.reset(*MANAGED)
    assert play(lab, "site").status == 0
    clean = play(lab, "drift", "-e", f"printops_drift_file={folder}/clean.json")
    for host, commands in PLANTED.items():
        done = lab.enter(host, ["sh", "-ec", "\n".join(commands)])
        assert done.returncode == 0, done.stdout + done.stderr
    before = firewalls(lab)
    drifted = play(lab, "drift", "-e", f"printops_drift_file={folder}/drift.json")
    forgiven = play(lab, "drift", "--check", "-e", "printops_drift_fail=false")
    reports = [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("clean", "drift")]
    return Runs(clean, reports[0], drifted, reports[1], forgiven, before != firewalls(lab))


def drift_of(report: dict[str, t.Any], host: str) -> list[tuple[str, str]]:
    findings = report["hosts"][host]["findings"]
    return [(one["kind"], one["what"]) for one in findings if one["severity"] == "drift"]


def test_hosts_that_site_has_set_up_have_no_drift(runs: Runs) -> None:
    assert runs.clean.status == 0, runs.clean.text
    assert {host: drift_of(runs.clean_report, host) for host in MANAGED} == {host: [] for host in MANAGED}
    assert (runs.clean_report["drift"], runs.clean_report["unreached"]) == (False, [])
    assert "3 hosts as planned." in runs.clean.text


@pytest.mark.parametrize(("host", "kind", "what"), FOUND)
def test_what_was_planted_is_found_by_name(runs: Runs, host: str, kind: str, what: str) -> None:
    words = what.split(" lets ") if kind == "foreign_wider" and "source address" in what else [what]
    found = drift_of(runs.report, host)
    assert any(one == kind and all(word in text for word in words) for one, text in found), found


def test_drift_fails_the_run_and_changes_nothing(runs: Runs) -> None:
    assert (runs.drifted.status, runs.forgiven.status) == (2, 0), runs.forgiven.text
    assert runs.report["drift"]
    assert not runs.changed_anything
    assert "3 with drift (mgmt1, site1, site2)." in runs.drifted.text


@pytest.mark.usefixtures("runs")
def test_a_host_that_is_not_reached_counts_as_failure(lab: Lab, tmp_path: pathlib.Path) -> None:
    assert lab.enter("site2", ["systemctl", "stop", "ssh"]).returncode == 0
    try:
        options = ("-e", "printops_drift_fail=false", "-e", f"printops_drift_file={tmp_path}/drift.json")
        partial = play(lab, "drift", *options, keep_connections=False)
    finally:
        lab.enter("site2", ["systemctl", "start", "ssh"])
    assert partial.status != 0
    assert "1 NOT REACHED (site2)" in partial.text
    assert json.loads((tmp_path / "drift.json").read_text())["unreached"] == ["site2"]


@pytest.fixture(name="with_fw2")
def with_fw2_fixture(lab: Lab, tmp_path: pathlib.Path) -> list[str]:
    """Options of a run on the host with firewalld 2 and the one with ufw, as servers of the example."""
    lab.reset("fw2", "site1")
    addresses = list(machine_named(name="fw2").addresses)
    host = {
        "ansible_host": addresses[0],
        "printops_addresses": addresses,
        "printops_site": "prague",
        "printops_cluster": "prague",
        "lab_state": str(lab.state),
    }
    hosts = tmp_path / "fw2.json"
    hosts.write_text(json.dumps({"all": {"children": {"site_servers": {"hosts": {"fw2": host}}}}}), encoding="utf-8")
    return ["-i", str(hosts), "-i", str(INVENTORY), "--limit", "fw2,site1"]


def test_what_leaves_a_host_and_what_was_changed_without_a_reload(
    lab: Lab, with_fw2: list[str], tmp_path: pathlib.Path
) -> None:
    """Each host with egress enforced, after a large and a small change, and off again; then everything is removed."""
    found = {host: everything_of(lab, host) for host in ("fw2", "site1")}
    enforce = ["-e", "printops_egress=enforce"]
    extra = ["-e", '{"printops_egress_extra": [{"protocol": "tcp", "ports": ["443"], "remotes": ["192.0.2.80"]}]}']

    def drift(*options: str) -> dict[str, list[tuple[str, str]]]:
        played = play(lab, "drift", *with_fw2, *options, "-e", f"printops_drift_file={tmp_path}/drift.json")
        report = json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))
        assert played.status == (2 if report["drift"] else 0), played.text
        return {host: drift_of(report, host) for host in ("fw2", "site1")}

    for options in (enforce, [*enforce, "-e", '{"printops_refuse": ["safeq6/terminal-server/45"]}']):
        applied = play(lab, "site", *with_fw2, *options)
        assert applied.status == 0, applied.text
        assert drift(*options) == {"fw2": [], "site1": []}
    missing = "out tcp 443 to 192.0.2.80/32 [egress-extra]"
    for findings in drift(*options, *extra).values():
        assert findings == [("missing", missing)]
    for findings in drift(*options[2:]).values():
        assert findings == [("stale", "what leaves the host is restricted, and egress is not to be enforced")]
    removed = play(lab, "remove", *with_fw2)
    assert removed.status == 0, removed.text
    assert {host: everything_of(lab, host) for host in found} == found
