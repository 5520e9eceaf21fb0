# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded results of a server of Windows have no key that the documentation of its module does not have."""

from __future__ import annotations

import functools
import json
import pathlib
import subprocess
import typing as t

import ansible_collections.ansible.windows.plugins.modules as windows_modules
import pytest

from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._readiness import recorded as rec

ALWAYS = set(rec.OK) | {"msg", "ansible_facts"}
MODULES = {
    "listeners": "ansible.windows.win_listen_ports_facts",
    "services": "ansible.windows.win_service_info",
    "features": "ansible.windows.win_feature_info",
    "installer": "community.windows.win_file_version",
    "programs": "ansible.windows.win_powershell",
    "explorer": "ansible.windows.win_reg_stat",
    "disks": "community.windows.win_disk_facts",
    "updates": "ansible.windows.win_updates",
    "whoami": "ansible.windows.win_whoami",
    "share": "ansible.windows.win_stat",
}
BY_ID = {"updates": "updates"}
"""Dictionaries whose keys are ids, and whose values have the documented keys."""
FROM_OUR_SCRIPT = "result"

Documented = t.Mapping[str, t.Any]


@functools.cache
def documented() -> dict[str, Documented]:
    done = subprocess.run(
        ["ansible-doc", "--json", "--type", "module", *MODULES.values()], capture_output=True, text=True, check=True
    )
    return {name: entry["return"] for name, entry in json.loads(done.stdout).items()}


def unknown_keys(value: t.Any, shape: Documented, *, place: str) -> list[str]:
    found = []
    for key, one in value.items():
        if key in ALWAYS:
            continue
        if key not in shape:
            found.append(f"{place}.{key}")
            continue
        inner = {} if key == FROM_OUR_SCRIPT else contained(shape[key])
        elements = one if isinstance(one, list) else list(one.values()) if key in BY_ID else [one]
        for element in elements:
            if inner and isinstance(element, dict):
                found += unknown_keys(element, inner, place=f"{place}.{key}")
    return found


def contained(entry: Documented) -> Documented:
    """The documented keys below one; some modules have only a sample of them."""
    if entry.get("contains"):
        return t.cast("Documented", entry["contains"])
    sample = entry.get("sample")
    first = sample[0] if isinstance(sample, list) and sample else sample
    return {key: {} for key in first} if isinstance(first, dict) else {}


@pytest.mark.parametrize("probe", sorted(MODULES))
def test_recorded_results_of_windows_have_the_documented_keys(probe: str) -> None:
    result = rec.windows(updates=rec.searched("Security Update (KB3004365)"))[probe]
    shape = dict(documented()[MODULES[probe]])
    shape |= contained(shape.get("ansible_facts", {}))
    facts = result.get("ansible_facts", {})
    assert unknown_keys({**result, **facts}, shape, place=probe) == []


def test_a_key_that_is_not_documented_is_found() -> None:
    shape = documented()["ansible.windows.win_service_info"]
    result = rec.services({"name": "x", "display": "y"})
    assert unknown_keys(result, shape, place="services") == ["services.services.display"]


def test_facts_of_windows_are_those_that_the_module_sets() -> None:
    (folder,) = windows_modules.__path__
    source = pathlib.Path(folder, "setup.ps1").read_text(encoding="utf-8")
    for fact in rec.windows_facts()["ansible_facts"]:
        assert f"$ansibleFacts.{fact} " in source
