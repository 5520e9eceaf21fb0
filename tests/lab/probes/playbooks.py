# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as a person runs them, on the example inventory of the lab, and what they leave on a host."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import typing as t

if t.TYPE_CHECKING:
    from ..conftest import Lab

CHECKOUT = pathlib.Path(__file__).parents[3]
INVENTORY = CHECKOUT / "inventory_examples" / "lab"
MANAGED = ("mgmt1", "site1", "site2")
KEPT = "-o ControlMaster=auto -o ControlPersist=60s"
RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
SUMMARY = re.compile(r"^(\S+)\s+(?:auto|firewalld|ufw)\s+\S+\s+\S+\s+(\S.*)$", re.MULTILINE)

FILES_OF_FIREWALLS = "find /etc/firewalld /etc/ufw /lib/ufw /etc/default/ufw -type f -exec sha256sum {} + | sort -k 2"
STATE_OF_FIREWALLS = r"""
nft list ruleset | sed -E 's/packets [0-9]+ bytes [0-9]+//'
for save in iptables-save ip6tables-save; do $save | sed -E '/^#/d; s/ ?\[[0-9]+:[0-9]+\]//'; done
systemctl is-enabled firewalld ufw
systemctl is-active firewalld ufw
true
"""


class Played(t.NamedTuple):
    """What a run of a playbook said: C(changes) and C(summary) are by host."""

    status: int
    text: str

    @property
    def changes(self) -> dict[str, int]:
        return {host: int(changed) for host, changed, _unreachable, _failed in RECAP.findall(self.text)}

    @property
    def summary(self) -> dict[str, str]:
        return {host: outcome.strip() for host, outcome in SUMMARY.findall(self.text)}


def play(
    lab: Lab, name: str, *options: str, keep_connections: bool = True, inventory: pathlib.Path = INVENTORY
) -> Played:
    """Run a playbook of the collection on the lab's inventory; without C(keep_connections) every task makes its own."""
    book = CHECKOUT / "playbooks" / f"{name}.yml"
    ssh = KEPT if keep_connections else "-o ControlMaster=no"
    return _run(lab, book, "-i", str(inventory), *options, ssh=ssh)


def play_file(lab: Lab, book: pathlib.Path, *options: str) -> Played:
    """Run any playbook on machines by their names; connections are kept for the next run."""
    return _run(lab, book, *options, ssh=f"-F {lab.ssh_config} {KEPT}")


def start(lab: Lab, name: str) -> subprocess.Popen[bytes]:
    """A playbook of the collection on the lab's inventory, in a process group of its own; the caller ends it."""
    command = _command(CHECKOUT / "playbooks" / f"{name}.yml", "-i", str(INVENTORY))
    return lab.begin(
        command, cwd=CHECKOUT, env=_environment(ssh=KEPT), stdin=subprocess.DEVNULL, start_new_session=True
    )


def _environment(*, ssh: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {**kept, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_SSH_ARGS": ssh}


def _command(book: pathlib.Path, *options: str) -> list[str]:
    return [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), str(book), *options]


def _run(lab: Lab, book: pathlib.Path, *options: str, ssh: str) -> Played:
    done = lab.run(
        _command(book, *options),
        cwd=CHECKOUT,
        env=_environment(ssh=ssh),
        stdin=subprocess.DEVNULL,
    )
    return Played(done.returncode, done.stdout + done.stderr)


class Firewall(t.NamedTuple):
    """What a run could change of a host's firewall, without counters and times: checksums of files, and what runs."""

    files: str
    running: str


def firewall_of(lab: Lab, host: str) -> Firewall:
    parts = [lab.enter(host, ["sh", "-c", script]) for script in (FILES_OF_FIREWALLS, STATE_OF_FIREWALLS)]
    assert all(part.returncode == 0 for part in parts), [part.stderr for part in parts]
    return Firewall(*(part.stdout for part in parts))


def firewalls(lab: Lab) -> dict[str, Firewall]:
    return {host: firewall_of(lab, host) for host in MANAGED}
