# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles of the checks before an installation, over many hosts that are one machine with different variables."""

from __future__ import annotations

import json
import pathlib
import typing as t

from ..probes.playbooks import Played, play_file
from .machine import ADDRESS, HOST

if t.TYPE_CHECKING:
    from ..conftest import Lab

NODE_ADDRESS = "198.18.20.11"
"""The machine C(floor), which plays the server that is to be installed."""

GONE = "gone"
"""A host of the inventory that nobody reaches."""

Outcomes = t.Mapping[str, t.Mapping[str, t.Mapping[str, t.Any]]]


Hosts = t.Mapping[str, t.Mapping[str, t.Any]]


def write_inventory(folder: pathlib.Path, *, groups: t.Mapping[str, Hosts]) -> pathlib.Path:
    """Hosts with their variables by group, all of them one machine, and the machine that plays the servers."""
    children: dict[str, t.Any] = {
        group: {"hosts": {name: {"ansible_host": NODE_ADDRESS, **values} for name, values in hosts.items()}}
        for group, hosts in groups.items()
    }
    children["servers"] = {"hosts": {HOST: {"ansible_host": ADDRESS}, GONE: {"ansible_host": "198.18.9.98"}}}
    file = folder / "inventory.json"
    content = {"all": {"vars": {"ansible_python_interpreter": "/usr/bin/python3"}, "children": children}}
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def check(
    lab: Lab,
    roles: t.Sequence[str],
    *,
    hosts: Hosts,
    folder: pathlib.Path,
    options: t.Sequence[str] = (),
) -> tuple[Played, Outcomes]:
    """What the run said, and the outcome of each item by host and item; C(hosts) are their variables."""
    inventory = write_inventory(folder, groups={"nodes": hosts})
    facts = " + ".join(f"preinstall_{role}_outcomes" for role in roles)
    book = [
        {
            "hosts": "nodes",
            "gather_facts": False,
            "roles": [f"printops.firewall.preinstall_{role}" for role in roles],
            "post_tasks": [
                {
                    "name": "Keep the outcomes",
                    "ansible.builtin.copy": {
                        "dest": f"{folder}/{{{{ inventory_hostname }}}}.json",
                        "content": f"{{{{ ({facts}) | to_json }}}}",
                        "mode": "0600",
                    },
                    "delegate_to": "localhost",
                    "connection": "local",
                    "check_mode": False,
                }
            ],
        }
    ]
    (folder / "book.json").write_text(json.dumps(book), encoding="utf-8")
    played = play_file(lab, folder / "book.json", "--inventory", str(inventory), *options)
    found: dict[str, dict[str, t.Any]] = {}
    for name in hosts:
        file = folder / f"{name}.json"
        outcomes = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
        found[name] = {one["item"]: one for one in outcomes}
    return played, found
