# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of render.yml make a host, without Ansible on it, what site.yml makes it, and take that off again."""

from __future__ import annotations

import itertools
import json
import pathlib
import subprocess
import threading
import typing as t

import pytest

from .conftest import LAB, Lab
from .probes.packets import Expectation, Probe, canonical, difference, got_through, listening
from .probes.playbooks import MANAGED, Firewall, firewall_of, firewalls, play
from .test_remove import ADMINISTRATORS, everything_of
from .topology import machine_named

PROVIDERS = {"mgmt1": "firewalld", "site1": "ufw", "site2": "firewalld"}
PLACE = "/root/for-review"
PORTS_OF_NO_ROW = (23, 3389)
LAB_RUN = [str(LAB), "run", "--"]
NO_ANSIBLE = ["python3", "-c", "import ansible"]


@pytest.fixture(name="rendered", scope="module")
def rendered_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("rendered")
    providers = folder / "providers.yml"
    providers.write_text(
        json.dumps({"all": {"hosts": {host: {"printops_provider": name} for host, name in PROVIDERS.items()}}})
    )
    played = play(lab, "render", "-i", str(providers), "-e", f"printops_render_folder={folder}")
    assert played.status == 0, played.text
    return folder


@pytest.fixture(name="as_played", scope="module")
def as_played_fixture(lab: Lab) -> dict[str, Firewall]:
    """What site.yml makes of new machines, in the place of which there are new ones again."""
    lab.reset(*MANAGED)
    played = play(lab, "site")
    assert played.status == 0, played.text
    found = firewalls(lab)
    lab.reset(*MANAGED)
    return found


def command(lab: Lab, host: str, words: str, **options: t.Any) -> subprocess.CompletedProcess[str]:
    """In the folder on the host, over a new SSH session."""
    return lab.run(["ssh", "-F", str(lab.ssh_config), host, f"cd {PLACE}/{host}; {words}"], **options)


def carry(lab: Lab, rendered: pathlib.Path, host: str) -> None:
    assert lab.enter(host, NO_ANSIBLE).returncode != 0, "a host of this test has no Ansible"
    assert lab.enter(host, ["mkdir", PLACE]).returncode == 0
    packed = subprocess.run(["tar", "-C", rendered, "-c", host], check=True, capture_output=True).stdout
    sent = subprocess.run(
        [*LAB_RUN, "ssh", "-F", lab.ssh_config, host, f"tar -C {PLACE} -x --no-same-owner"],
        input=packed,
        check=False,
    )
    assert sent.returncode == 0
    whole = command(lab, host, "sha256sum --quiet --check SHA256SUMS")
    assert whole.returncode == 0, whole.stdout


def change_and_confirm(lab: Lab, host: str, words: str) -> subprocess.CompletedProcess[str]:
    """What the session says that makes the change, while another one confirms it."""
    told: list[subprocess.CompletedProcess[str]] = []
    changing = threading.Thread(target=lambda: told.append(command(lab, host, f"{words} --confirm-timeout 30")))
    changing.start()
    for _attempt in range(40):
        confirmed = command(lab, host, "./confirm")
        if confirmed.returncode == 0:
            break
    changing.join()
    assert confirmed.returncode == 0, confirmed.stderr + told[0].stdout + told[0].stderr
    assert told[0].returncode == 0, told[0].stdout + told[0].stderr
    return told[0]


def added(text: str) -> list[str]:
    return [line[1:] for line in text.splitlines() if line.startswith("+") and not line.startswith("+++")]


def assert_packets(lab: Lab, host: str, rules: t.Sequence[dict[str, t.Any]]) -> None:
    """What of the floor gets through to the host is what the rules say."""
    expectation = Expectation(rules)
    ports = {
        int(port.partition("-")[0]) for rule in rules for port in rule.get("ports", ()) if rule["direction"] == "in"
    }
    ports |= set(PORTS_OF_NO_ROW)
    sources, targets = (map(canonical, machine_named(name=name).addresses) for name in ("floor", host))
    probes = [
        Probe("tcp", source, target, port)
        for source, target, port in itertools.product(sources, list(targets), sorted(ports))
        if (":" in source) == (":" in target)
    ]
    expected = {probe for probe in probes if expectation.lets_through(probe)}
    with listening(lab, host, tcp=ports):
        seen = got_through(lab, {"floor": probes}, expected=expected, bound_s=0.4)
    assert expected
    assert difference(expected=expected, seen=seen) == ""


@pytest.mark.parametrize("host", MANAGED)
def test_a_folder_does_what_the_playbook_does(
    lab: Lab, rendered: pathlib.Path, as_played: dict[str, Firewall], host: str
) -> None:
    carry(lab, rendered, host)
    as_found = everything_of(lab, host)
    foreseen = command(lab, host, "./apply --check")
    assert foreseen.returncode == 0, foreseen.stderr
    assert everything_of(lab, host) == as_found
    assert set((rendered / host / "rules.txt").read_text().splitlines()) < set(added(foreseen.stdout))

    applied = change_and_confirm(lab, host, "./apply")
    assert added(applied.stdout) == added(foreseen.stdout)
    assert firewall_of(lab, host) == as_played[host]
    assert_packets(lab, host, json.loads((rendered / host / "rules.json").read_text())["arguments"]["rules"])

    again = command(lab, host, "./apply")
    assert (again.returncode, again.stdout) == (0, "Nothing to change.\n")
    assert firewall_of(lab, host) == as_played[host]

    change_and_confirm(lab, host, "./remove")
    assert everything_of(lab, host) == as_found
    removed = command(lab, host, "./remove")
    assert (removed.returncode, everything_of(lab, host)) == (0, as_found)


@pytest.mark.parametrize("host", ["site1"])
def test_a_change_that_no_new_session_confirms_is_taken_back(lab: Lab, rendered: pathlib.Path, host: str) -> None:
    lab.reset(host)
    carry(lab, rendered, host)
    assert lab.enter(host, ["sh", "-ec", "\n".join(ADMINISTRATORS[host])]).returncode == 0
    as_found = firewall_of(lab, host)
    same_session = "./apply --confirm-timeout 10 & sleep 2; ./confirm; wait $!"
    told = command(lab, host, same_session)
    assert told.returncode == 1
    assert "the connection is not a new one" in told.stderr
    assert "this host took it back, and is on its old rules" in told.stderr
    assert firewall_of(lab, host) == as_found
    late = command(lab, host, "./confirm")
    assert late.returncode == 1
    assert "no change of ufw waits" in late.stderr


@pytest.mark.parametrize("host", ["site1"])
def test_a_folder_that_is_not_for_this_host_or_was_edited_changes_nothing(
    lab: Lab, rendered: pathlib.Path, host: str
) -> None:
    lab.reset(host)
    carry(lab, rendered, host)
    as_found = everything_of(lab, host)
    for edit, said in (
        ("sed -i s/tcp/udp/ rules.json", "rules.json is not the file that was rendered"),
        ("rm lib/ansible_collections/printops/firewall/plugins/module_utils/_ufw/apply.py", "cannot be read"),
    ):
        told = command(
            lab, host, f"cp -a . ../edited && cd ../edited && {edit} && ./apply; s=$?; rm -r ../edited; exit $s"
        )
        assert told.returncode == 1
        assert said in told.stderr
    packed = subprocess.run(["tar", "-C", rendered, "-c", "mgmt1"], check=True, capture_output=True).stdout
    subprocess.run([*LAB_RUN, "ssh", "-F", lab.ssh_config, host, "tar -x"], input=packed, check=True)
    elsewhere = command(lab, host, "~/mgmt1/apply; s=$?; rm -r ~/mgmt1; exit $s")
    assert elsewhere.returncode == 1
    assert "this folder is for mgmt1 (198.18.0.11" in elsewhere.stderr
    assert everything_of(lab, host) == as_found
