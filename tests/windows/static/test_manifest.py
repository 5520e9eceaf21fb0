# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible itself sends a Windows host for each module: all that the module needs, and nothing changed."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible.executor.powershell import module_manifest

from .scripts import CHANGE, MODULES, NAMES, PENDING, WINDOWS

COLLECTION = "ansible_collections.printops.firewall.plugins"
UTILS = {f"{COLLECTION}.module_utils._windows.{path.name}": path for path in (WINDOWS, CHANGE, PENDING)}


@pytest.fixture(params=NAMES)
def sent(request: pytest.FixtureRequest) -> tuple[str, dict[str, t.Any]]:
    """The name of a module, and the manifest that Ansible makes of it."""
    path = MODULES / f"windows_defender_{request.param}.ps1"
    raw = module_manifest._create_powershell_wrapper(
        name=f"{COLLECTION}.modules.{path.stem}",
        module_data=path.read_bytes(),
        module_path=str(path),
        module_args={"_ansible_tmpdir": "x"},
        environment={},
        async_timeout=0,
        become_plugin=None,
        substyle="powershell",
        task_vars={},
        profile="legacy",
    )
    _bootstrap, _marker, manifest = raw.partition(b"\n\0\0\0\0\n")
    read: dict[str, t.Any] = json.loads(manifest)
    return request.param, read


def test_the_scripts_of_the_collection_are_sent(sent: tuple[str, dict[str, t.Any]]) -> None:
    name, manifest = sent
    scripts = {key: base64.b64decode(one["script"]) for key, one in manifest["scripts"].items()}
    for key, path in UTILS.items():
        assert scripts[key] == path.read_bytes()
    module = f"{COLLECTION}.modules.windows_defender_{name}.ps1"
    assert scripts[module] == (MODULES / f"windows_defender_{name}.ps1").read_bytes()


def test_they_are_loaded_before_the_module(sent: tuple[str, dict[str, t.Any]]) -> None:
    _name, manifest = sent
    (action,) = manifest["actions"]
    assert set(UTILS) <= set(action["params"]["PowerShellModules"])
    assert action["params"]["CSharpModules"] == ["Ansible.Basic.cs"]
