# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories as AWX gives them to the slices of a job."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

from .playbooks import CHECKOUT, INVENTORY

if t.TYPE_CHECKING:
    from ..conftest import Lab


def slices(lab: Lab, folder: pathlib.Path, *, count: int) -> list[pathlib.Path]:
    """A file for each slice of the lab's inventory: every C(count)th host by name, and of the groups only theirs."""
    listed = subprocess.run(
        [str(pathlib.Path(sys.executable).with_name("ansible-inventory")), "-i", str(INVENTORY), "--list"],
        capture_output=True,
        text=True,
        check=True,
        cwd=CHECKOUT,
    )
    whole = json.loads(listed.stdout)
    state = {"lab_state": str(lab.ssh_config.parent)}
    variables = {name: {**values, **state} for name, values in whole.pop("_meta")["hostvars"].items()}
    files = []
    for number in range(count):
        hosts = sorted(variables)[number::count]
        groups = {
            name: {"hosts": dict.fromkeys(seen)}
            for name in whole
            if name not in ("all", "ungrouped") and (seen := [host for host in _members(whole, name) if host in hosts])
        }
        file = folder / f"slice-{number + 1}-of-{count}.yml"
        inventory = {"all": {"hosts": {name: variables[name] for name in hosts}, "children": groups}}
        file.write_text(json.dumps(inventory), encoding="utf-8")
        files.append(file)
    return files


def _members(whole: t.Mapping[str, t.Any], name: str) -> list[str]:
    group = whole.get(name, {})
    return [*group.get("hosts", ()), *(host for child in group.get("children", ()) for host in _members(whole, child))]
