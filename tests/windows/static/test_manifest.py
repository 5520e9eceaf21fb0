# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible itself sends a Windows host for each module: all that the module needs, and nothing changed."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ..wsman.ansible_input import parse_module_call, read_manifest
from .scripts import CHANGE, CHECKOUT, MODULES, NAMES, PENDING, WINDOWS

COLLECTION = "ansible_collections.printops.firewall"
INSTALLED = CHECKOUT / ".collections" / COLLECTION.replace(".", "/")
UTILS = (WINDOWS, CHANGE, PENDING)


@pytest.fixture(params=NAMES)
def sent(request: pytest.FixtureRequest) -> tuple[str, bytes]:
    """The name of a module, and what Ansible pipes into PowerShell for it."""
    path = INSTALLED / (MODULES / f"windows_defender_{request.param}.ps1").relative_to(CHECKOUT)
    built = modify_module(
        module_name=f"{COLLECTION}.{path.stem}",
        module_path=str(path),
        module_args={"_ansible_tmpdir": "x"},
        templar=Templar(loader=DataLoader(), variables={}),
        task_vars={},
    )
    # A tuple until 2.18.
    return request.param, built[0] if isinstance(built, tuple) else built.b_module_data


def name_in(names: t.Iterable[str], path: pathlib.Path) -> str:
    """What Ansible calls a script of the collection: its full name; until 2.18, as the module does, without suffix."""
    full = ".".join((COLLECTION, *path.relative_to(CHECKOUT).parts))
    relative = full.removeprefix(f"{COLLECTION}.plugins").removesuffix(path.suffix)
    (name,) = {full, f".{relative}"} & set(names)
    return name


def test_the_scripts_of_the_collection_are_sent(sent: tuple[str, bytes]) -> None:
    name, stdin = sent
    scripts = parse_module_call(stdin).scripts
    for path in UTILS:
        assert scripts[name_in(scripts, path)] == path.read_text(encoding="utf-8")
    module = MODULES / f"windows_defender_{name}.ps1"
    assert module.read_text(encoding="utf-8") in scripts.values()


def loaded(manifest: dict[str, t.Any]) -> tuple[set[str], set[str]]:
    """Names of what is loaded before the module: of PowerShell, of C#."""
    if "module_entry" in manifest:
        return set(manifest["powershell_modules"]), set(manifest["csharp_utils_module"])
    (action,) = manifest["actions"]
    return set(action["params"]["PowerShellModules"]), {
        name.removesuffix(".cs") for name in action["params"]["CSharpModules"]
    }


def test_they_are_loaded_before_the_module(sent: tuple[str, bytes]) -> None:
    _name, stdin = sent
    powershell, csharp = loaded(read_manifest(stdin))
    assert {name_in(powershell, path) for path in UTILS} <= powershell
    assert "Ansible.Basic" in csharp
