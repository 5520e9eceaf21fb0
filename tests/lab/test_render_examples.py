# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every third host of the example inventories, as a folder for a host with ufw and for one with firewalld."""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._render.folder import Update
from ansible_collections.printops.firewall.plugins.plugin_utils._render.host import render_host, request_of

from .conftest import LAB, Lab
from .test_remove import everything_of
from .test_render import added

PLANS = LAB.parents[1] / "golden" / "plans"
PLACE = "/root/examples"
PROVIDERS = {"site1": "ufw", "mgmt1": "firewalld"}


def examples() -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    hosts = [
        (f"{path.stem}-{name}", host)
        for path in sorted(PLANS.glob("*.json"))
        for name, host in json.loads(path.read_text())["hosts"].items()
    ]
    yield from hosts[::3]


def run(lab: Lab, machine: str, folder: str, words: str) -> subprocess.CompletedProcess[str]:
    """In a new SSH session."""
    return lab.run(["ssh", "-F", str(lab.ssh_config), machine, f"cd {PLACE}/{folder} && {words}"])


@pytest.mark.parametrize("machine", PROVIDERS)
def test_folders_of_the_example_hosts_one_after_another(lab: Lab, tmp_path: pathlib.Path, machine: str) -> None:
    lab.reset(machine)
    for name, host in examples():
        Update.of(tmp_path / name, render_host(request_of(name, plan={**host, "provider": PROVIDERS[machine]}))).make()
    packed = subprocess.run(["tar", "-C", tmp_path, "-c", "."], check=True, capture_output=True).stdout
    unpack = f"mkdir {PLACE} && tar -C {PLACE} -x --no-same-owner"
    sent = [str(LAB), "run", "--", "ssh", "-F", str(lab.ssh_config), machine, unpack]
    subprocess.run(sent, input=packed, check=True)
    as_found = everything_of(lab, machine)
    for name, _host in examples():
        rules = set((tmp_path / name / "rules.txt").read_text().splitlines())
        applied = run(lab, machine, name, "./apply --any-address --confirm-timeout 0")
        assert applied.returncode == 0, f"{name}: {applied.stdout}{applied.stderr}"
        again = run(lab, machine, name, "./apply --any-address")
        assert (again.returncode, again.stdout) == (0, "Nothing to change.\n"), f"{name}: {again.stderr}"
        removed = run(lab, machine, name, "./remove --any-address --confirm-timeout 0")
        assert removed.returncode == 0, f"{name}: {removed.stdout}{removed.stderr}"
        assert rules <= set(added(applied.stdout)), name
        assert everything_of(lab, machine) == as_found, name
