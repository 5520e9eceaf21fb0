# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the rule modules over SSH that may cut themselves off, and what the hosts are like before and after."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ..conftest import LAB
from ..topology import machine_named
from .packets import script
from .playbooks import CHECKOUT, KEPT

if t.TYPE_CHECKING:
    from ..conftest import Lab

STATE = r"""
nft list tables inet
nft list table inet firewalld 2>&1
for save in iptables-save ip6tables-save; do $save | sed -E 's/ ?\[[0-9]+:[0-9]+\]//' | grep -E '^-A| DROP'; done
find /etc/firewalld /etc/ufw /lib/ufw /etc/default/ufw -type f -exec sha256sum {} +
find /etc/firewalld /etc/ufw -printf '%p %u %g %m\n'
systemctl is-enabled firewalld ufw
systemctl is-active firewalld ufw
true
"""
LEFTOVERS = r"""
find /var/lib/printops-firewall -mindepth 2 -not -name found.json
find /etc/systemd/system /run/systemd/transient -name '*printops*'
find /etc/ufw /etc/firewalld -name '*printops-before' -o -name '*.unfinished'
systemctl list-units --plain --no-legend 'printops*'
true
"""
APPLIED_BOUND_S = 60.0
GAP_NOISE_S = 2.0

Gaps = t.Dict[str, float]


def spawn(command: t.Sequence[str], **options: t.Any) -> subprocess.Popen[str]:
    """A command in the lab's network that goes on, in a process group of its own."""
    return subprocess.Popen([LAB, "run", "--", *command], start_new_session=True, **options)


def provider_of(host: str) -> str:
    return machine_named(name=host).firewall


def task_of(host: str, **arguments: t.Any) -> dict[str, t.Any]:
    return {f"printops.firewall.{provider_of(host)}_rules": arguments}


class Run:
    """One run of the rule module on some hosts at the same time, each with a result of its own."""

    def __init__(
        self,
        lab: Lab,
        folder: pathlib.Path,
        hosts: t.Sequence[str],
        *,
        variables: t.Mapping[str, t.Any] | None = None,
        play: t.Mapping[str, t.Any] | None = None,
        environment: t.Mapping[str, str] | None = None,
        ssh: str = KEPT,
        family: int | None = 0,
        **arguments: t.Any,
    ) -> None:
        self.folder = folder
        self.hosts = hosts
        folder.mkdir(parents=True, exist_ok=True)
        addresses = {h: h if family is None else machine_named(name=h).addresses[family] for h in hosts}
        inventory = {"all": {"hosts": {h: {"ansible_host": a} for h, a in addresses.items()}, "vars": variables or {}}}
        self._write("inventory.json", inventory)
        save = {
            "content": "{{ outcome | to_json }}",
            "dest": f"{folder}/{{{{ inventory_hostname }}}}.json",
            "mode": "0600",
        }
        by_provider = [
            {
                f"printops.firewall.{provider}_rules": arguments,
                "register": f"of_{provider}",
                "ignore_errors": True,
                "when": f"inventory_hostname in {[h for h in hosts if provider_of(h) == provider]}",
            }
            for provider in ("firewalld", "ufw")
        ]
        outcome = "{{ of_ufw if of_ufw is not skipped else of_firewalld }}"
        saved = {
            "ansible.builtin.copy": save,
            "delegate_to": "localhost",
            "become": False,
            "vars": {"outcome": outcome},
        }
        self._write(
            "book.json",
            [
                {
                    "hosts": "all",
                    "gather_facts": False,
                    "strategy": "free",
                    **(play or {}),
                    "tasks": [*by_provider, saved],
                }
            ],
        )
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        environ |= {
            "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".collections"),
            "ANSIBLE_SSH_ARGS": f"-F {lab.ssh_config} {ssh}",
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_TIMEOUT": "4",
            "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
            "ANSIBLE_FORKS": "8",
            **(environment or {}),
        }
        book = [
            str(pathlib.Path(sys.executable).with_name("ansible-playbook")),
            "-v",
            "-i",
            str(folder / "inventory.json"),
        ]
        self.log = (folder / "log").open("w+", encoding="utf-8")
        self.process = spawn([*book, str(folder / "book.json")], env=environ, stdout=self.log, stderr=subprocess.STDOUT)

    def _write(self, name: str, content: t.Any) -> None:
        (self.folder / name).write_text(json.dumps(content), encoding="utf-8")

    def results(self) -> dict[str, t.Any]:
        """Wait for the end; what each host's module returned."""
        self.process.wait()
        self.log.seek(0)
        text = self.log.read()
        missing = [host for host in self.hosts if not (self.folder / f"{host}.json").exists()]
        assert not missing, f"no result of {missing}:\n{text}"
        return {host: json.loads((self.folder / f"{host}.json").read_text(encoding="utf-8")) for host in self.hosts}


def wait_until_applied(lab: Lab, host: str) -> None:
    """Until the host waits for the confirmation of a change that is made."""
    applied = f"/var/lib/printops-firewall/{provider_of(host)}/pending/applied"
    tries = f"for i in $(seq 600); do [ -e {applied} ] && exit 0; sleep 0.1; done; exit 1"
    done = lab.enter(host, ["sh", "-c", tries], timeout=APPLIED_BOUND_S + 30)
    assert done.returncode == 0, f"{host} has no unconfirmed change"


@contextlib.contextmanager
def watching(hosts: t.Sequence[str], *, family: int = 0) -> t.Iterator[Gaps]:
    """Fills in, for each host, the longest time in seconds that new connections to its SSH failed for."""
    addresses = {machine_named(name=host).addresses[family]: host for host in hosts}
    watcher = spawn([*script("reach"), "22", *addresses], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    longest: Gaps = {}
    assert watcher.stdin is not None
    assert watcher.stdout is not None
    assert watcher.stdout.readline() == "ready\n"
    try:
        yield longest
    finally:
        gaps = json.loads(watcher.communicate("")[0])
        now = time.monotonic()
        for address, host in addresses.items():
            longest[host] = max(((end or now) - begin for begin, end in gaps[address]), default=0.0)


def state_of(lab: Lab, host: str) -> list[str]:
    """Files and loaded rules of the firewall, each line in its place or not: the order of chains is the kernel's."""
    done = lab.enter(host, ["sh", "-c", STATE])
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.splitlines())


def states(lab: Lab, hosts: t.Sequence[str]) -> dict[str, list[str]]:
    with ThreadPoolExecutor(len(hosts)) as pool:
        return dict(zip(hosts, pool.map(lambda host: state_of(lab, host), hosts), strict=True))


def leftovers(lab: Lab, hosts: t.Sequence[str]) -> dict[str, str]:
    found = {host: lab.enter(host, ["sh", "-c", LEFTOVERS]).stdout for host in hosts}
    return {host: text for host, text in found.items() if text}
