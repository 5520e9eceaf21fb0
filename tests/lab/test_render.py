# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of render.yml make a host, without Ansible on it, what site.yml makes it, and take that off again."""

from __future__ import annotations

import hashlib
import itertools
import json
import pathlib
import shutil
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


RAN_FILE = "/root/ran"
RAN = f'echo \'open("{RAN_FILE}", "w")\' >'
EDITS = (
    ("sed -i s/tcp/udp/ rules.json && ./apply", "rules.json is not the file that was rendered"),
    ("rm lib/ansible_collections/printops/firewall/plugins/module_utils/_ufw/apply.py && ./apply", "lacks: lib/"),
    (f"{RAN} lib/json.py && ./confirm", "has besides what was rendered: lib/json.py"),
    (
        f"{RAN} lib/ansible_collections/printops/firewall/plugins/module_utils/_offline/commands.py && ./apply",
        "is not the",
    ),
    (
        f"{RAN} lib/ansible_collections/printops/firewall/plugins/module_utils/_offline/check.py && ./remove",
        "is not the",
    ),
    (f"{RAN} argparse.py && python3 apply", "has besides what was rendered: argparse.py"),
    (
        f"mkdir ../own && {RAN} ../own/argparse.py && PYTHONPATH=../own PYTHONSTARTUP=$PYTHONPATH sh apply --wrong; "
        "s=$?; rm -r ../own; [ $s = 2 ] && rm SHA256SUMS && ./apply",
        "SHA256SUMS",
    ),
    (": > SHA256SUMS && ./apply", "SHA256SUMS names no file"),
    ("sed -i 's/$/\\r/' rules.json && ./apply", "the line ends of"),
    ("find . -type f -exec sed -i 's/$/\\r/' {} + && python3 apply", "the line ends of"),
    ("chmod o+w lib && ./apply", "others than root may change"),
    ("chown 65534 . && ./apply", "others than root may change"),
    ("./apply >&-", "the standard output is closed"),
    (
        "./apply --wrong; [ $? = 2 ] && ./apply --confirm-timeout 5; "
        "[ $? = 2 ] && chmod 777 ..; ./apply; s=$?; chmod 755 ..; (exit $s)",
        "others than root may change",
    ),
)


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
    assert "s before the change, and goes on whatever the rules are: open a new session" in told.stderr
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
    for edit, said in EDITS:
        told = command(
            lab, host, f"cp -a . ../edited && cd ../edited && {edit}; s=$?; cd; rm -r {PLACE}/edited; exit $s"
        )
        assert told.returncode == 1, edit
        assert said in told.stderr, edit
        assert all(line.endswith("Nothing was changed") for line in told.stderr.splitlines()), told.stderr
    assert lab.enter(host, ["ls", RAN_FILE]).returncode != 0
    packed = subprocess.run(["tar", "-C", rendered, "-c", "mgmt1"], check=True, capture_output=True).stdout
    subprocess.run([*LAB_RUN, "ssh", "-F", lab.ssh_config, host, "tar -x"], input=packed, check=True)
    elsewhere = command(lab, host, "~/mgmt1/apply; s=$?; rm -r ~/mgmt1; exit $s")
    assert elsewhere.returncode == 1
    assert "this folder is for mgmt1 (198.18.0.11" in elsewhere.stderr
    assert everything_of(lab, host) == as_found


SAYS_WHEN_CHANGED = "while [ ! -e /var/lib/printops-firewall/*/pending/applied ]; do sleep 0.1; done; sleep 0.5"
OWN_SSH = "ssh -i /root/own -o StrictHostKeyChecking=no"
OLD_SESSIONS = {
    "./confirm": "s before the change, and goes on whatever the rules are",
    "env -i setsid -w ./confirm": "s before the change, and goes on whatever the rules are",
    f"{OWN_SSH} 127.0.0.1 $PWD/confirm": "comes from this host itself (127.0.0.1)",
    f"{OWN_SSH} $(hostname -I | cut -d' ' -f1) $PWD/confirm": "comes from this host itself",
    "systemd-run --quiet --wait --pipe $PWD/confirm": "neither in an SSH session nor on a console",
    "(script -qec ./confirm /dev/null >&2; exit 1)": "s before the change, and goes on whatever the rules are",
    "(setsid -f ./confirm 2>/tmp/said; sleep 2; cat /tmp/said >&2; exit 1)": "neither in an SSH session nor on",
}
OWN_KEY = "ssh-keygen -qt ed25519 -N '' -f /root/own && cat /root/own.pub >>/root/.ssh/authorized_keys"


@pytest.mark.parametrize("host", ["site1", "mgmt1"])
def test_only_a_session_that_began_after_the_change_confirms_it(lab: Lab, rendered: pathlib.Path, host: str) -> None:
    lab.reset(host)
    carry(lab, rendered, host)
    assert lab.enter(host, ["sh", "-c", f"mkdir -p /root/.ssh; {OWN_KEY}"]).returncode == 0
    tries = [f"echo == >&2; {words} >/dev/null && exit 9" for words in OLD_SESSIONS]
    told: list[subprocess.CompletedProcess[str]] = []
    old = threading.Thread(
        target=lambda: told.append(command(lab, host, "; ".join([SAYS_WHEN_CHANGED, *tries, "exit 0"])))
    )
    applied: list[subprocess.CompletedProcess[str]] = []
    changing = threading.Thread(target=lambda: applied.append(command(lab, host, "./apply --confirm-timeout 60")))
    old.start()
    changing.start()
    old.join()
    assert told[0].returncode == 0, told[0].stderr
    for answer, (words, expected) in zip(told[0].stderr.split("==\n")[1:], OLD_SESSIONS.items(), strict=True):
        assert expected in answer, (words, answer)

    for again in ("./apply", "./apply --check", "./remove", "./remove --check"):
        refused = command(lab, host, again)
        assert refused.returncode == 1, again
        assert "what apply changed is not confirmed: it is taken back at " in refused.stderr, again
        assert f"unless {PLACE}/{host}/confirm is run in a new session" in refused.stderr, again
    assert "Nothing would change." in command(lab, host, "./apply --check").stdout
    confirmed = command(lab, host, "./confirm")
    assert (confirmed.returncode, confirmed.stdout) == (0, "Confirmed.\n"), confirmed.stderr
    changing.join()
    assert applied[0].returncode == 0, applied[0].stderr
    first, *_others = applied[0].stdout.splitlines()
    assert first.startswith("The firewall is changed: it is taken back at ")
    assert "was off until now, and knows no session that is open" in applied[0].stderr


def is_enabled(lab: Lab, host: str) -> bool:
    unit = f"{PROVIDERS[host]}.service"
    return lab.enter(host, ["systemctl", "--quiet", "is-enabled", unit]).returncode == 0


@pytest.mark.parametrize("host", ["mgmt1"])
@pytest.mark.parametrize("output", ["| (exec <&-; sleep 4)", ">/dev/full", "2>/dev/full >/dev/full"])
def test_output_that_fails_decides_nothing(lab: Lab, rendered: pathlib.Path, host: str, output: str) -> None:
    lab.reset(host)
    assert lab.enter(host, ["systemctl", "--quiet", "disable", "--now", "firewalld"]).returncode == 0
    carry(lab, rendered, host)
    done = command(lab, host, f"bash -o pipefail -c './apply --confirm-timeout 0 {output}'")
    assert done.returncode == 1, done
    assert ("what was asked for is done" in done.stderr) is ("2>" not in output)
    assert is_enabled(lab, host)
    assert "Nothing to change." in command(lab, host, "./apply").stdout


@pytest.mark.parametrize("host", ["site1", "mgmt1"])
def test_the_way_in_of_an_earlier_apply_outlives_one_from_no_session(
    lab: Lab, rendered: pathlib.Path, tmp_path: pathlib.Path, host: str
) -> None:
    lab.reset(host)
    edited = tmp_path / host
    shutil.copytree(rendered / host, edited)
    document = json.loads((edited / "rules.json").read_text())
    document["arguments"]["management"] = []
    render_again(edited, "rules.json", json.dumps(document))
    carry(lab, tmp_path, host)
    change_and_confirm(lab, host, "./apply")
    before = firewall_of(lab, host)
    applied = lab.enter(host, [f"{PLACE}/{host}/apply", "--confirm-timeout", "0"])
    assert (applied.returncode, applied.stdout) == (0, "Nothing to change.\n"), applied.stderr
    assert "keeps its way to the SSH port" in applied.stderr
    assert firewall_of(lab, host) == before

    removing = lab.start(host, [f"{PLACE}/{host}/remove"])
    confirm = [f"{PLACE}/{host}/confirm"]
    for _attempt in range(40):
        refused = lab.enter(host, confirm)
        if "neither in an SSH session nor on a console" in refused.stderr:
            break
    assert "neither in an SSH session nor on a console" in refused.stderr
    confirmed = lab.enter(host, [*confirm, "--unproven"])
    assert (confirmed.returncode, confirmed.stdout) == (0, "Confirmed.\n"), confirmed.stderr
    assert removing.wait(30) == 0


def render_again(folder: pathlib.Path, name: str, text: str) -> None:
    sums = folder / "SHA256SUMS"
    old = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / name).write_text(text)
    sums.write_text(sums.read_text().replace(old, hashlib.sha256(text.encode()).hexdigest()))


STANDING_IN_THE_WAY = {
    "site1": (
        ("systemctl mask ufw", "systemctl unmask ufw", "its service is masked"),
        ("mkdir -m 777 /var/lib/printops-firewall", "rmdir /var/lib/printops-firewall", "that only root can write"),
    ),
    "mgmt1": (
        ("systemctl mask firewalld", "systemctl unmask firewalld", "its service is masked"),
        ("ufw allow 22/tcp; ufw --force enable", "ufw --force disable", "ufw is active on this host"),
    ),
}


@pytest.mark.parametrize("host", ["site1", "mgmt1"])
def test_check_ends_as_apply_would(lab: Lab, rendered: pathlib.Path, host: str) -> None:
    lab.reset(host)
    carry(lab, rendered, host)
    for there, gone, said in STANDING_IN_THE_WAY[host]:
        assert lab.enter(host, ["sh", "-c", there]).returncode == 0, there
        before = everything_of(lab, host)
        for words in ("./apply --check", "./apply"):
            told = command(lab, host, words)
            assert told.returncode == 1, (there, told.stdout)
            assert said in told.stderr, (there, told.stderr)
        assert everything_of(lab, host) == before
        assert lab.enter(host, ["sh", "-c", gone]).returncode == 0, gone


def test_an_address_that_is_not_the_hosts_own_is_none_though_it_can_be_bound(lab: Lab, rendered: pathlib.Path) -> None:
    lab.reset("site1")
    carry(lab, rendered, "site1")
    assert lab.enter("site1", ["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind"]).returncode == 0
    packed = subprocess.run(["tar", "-C", rendered, "-c", "mgmt1"], check=True, capture_output=True).stdout
    subprocess.run([*LAB_RUN, "ssh", "-F", lab.ssh_config, "site1", "tar -x --no-same-owner"], input=packed, check=True)
    told = command(lab, "site1", "~/mgmt1/apply --check")
    assert told.returncode == 1
    assert "this folder is for mgmt1 (198.18.0.11" in told.stderr


def test_a_folder_that_is_kept_where_we_keep_the_way_back_stays(lab: Lab, rendered: pathlib.Path) -> None:
    lab.reset("site1")
    carry(lab, rendered, "site1")
    place = "/var/lib/printops-firewall/site1"
    assert (
        lab.enter("site1", ["sh", "-c", f"mkdir /var/lib/printops-firewall; cp -r {PLACE}/site1 {place}"]).returncode
        == 0
    )
    assert command(lab, "site1", f"{place}/apply --confirm-timeout 0").returncode == 0
    removed = command(lab, "site1", f"{place}/remove --confirm-timeout 0")
    assert removed.returncode == 0, removed.stderr
    assert command(lab, "site1", f"cd {place} && sha256sum --quiet --check SHA256SUMS && ls -A ..").stdout == "site1\n"
