# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of preinstall_server for Windows, really run, over modules that answer with the recorded results.

It proves that what each task registers comes to the decision of its item. What the modules do is theirs, and that they
know their arguments is proven in C(test_role_tasks.py).
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._readiness import recorded as rec

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
MODULES = {
    "ansible.windows.setup": "facts",
    "ansible.windows.win_listen_ports_facts": "listeners",
    "ansible.windows.win_service_info": "services",
    "ansible.windows.win_feature_info": "features",
    "community.windows.win_file_version": "installer",
    "ansible.windows.win_reg_stat": "explorer",
    "community.windows.win_disk_facts": "disks",
    "ansible.windows.win_updates": "updates",
    "ansible.windows.win_whoami": "whoami",
    "ansible.windows.win_stat": "share",
}
SCRIPTS = {
    "Uninstall": "programs",
    "Get-NetIPAddress": "addresses",
    "Resolve-DnsName": "names",
    "MpPreference": "defender",
}
STAND_IN = """\
#!{python}
# WANT_JSON: takes a file with its arguments
import json
import sys

ANSWERS = json.loads({answers!r})
with open(sys.argv[1]) as file:
    arguments = json.load(file)
for word, answer in ANSWERS.items():
    if word in arguments.get("script", word):
        print(json.dumps({{**answer, "invocation": {{"module_args": {{}}}}}}))
        break
else:
    print(json.dumps({{"failed": True, "msg": "no answer"}}))
"""
VARIABLES: dict[str, t.Any] = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "__preinstall_server_platform": "windows",
    "preinstall_server_components": ["safeq5_cml"],
    "preinstall_server_ports": ["80/tcp", "515/tcp"],
    "preinstall_server_addresses": ["192.0.2.10"],
    "preinstall_server_share": "//files.example/safeq",
    "preinstall_server_software": [{"name": "*"}],
    "preinstall_server_browsers": {"internet_explorer": "11.0"},
    "preinstall_server_thresholds": {"disk_free_mb": {"D:": 1}, "source": "x"},
    "preinstall_server_antivirus": {"paths": ["D:\\spool\\jobs"], "source": "x"},
}
BOOK = """\
- hosts: cml1
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: printops.firewall.preinstall_server
    - ansible.builtin.copy:
        dest: "{{ outcomes_file }}"
        content: "{{ preinstall_server_outcomes | to_json }}"
        mode: "0600"
      check_mode: false
"""


def outcomes(tmp_path: pathlib.Path, *options: str, **changed: t.Any) -> dict[str, str]:
    """The status of each item, by its number."""
    recorded = rec.windows(**changed)
    answers = {module: {"": recorded[probe]} for module, probe in MODULES.items() if recorded[probe]}
    answers["ansible.windows.win_powershell"] = {
        word: recorded[probe] for word, probe in SCRIPTS.items() if recorded[probe]
    }
    for module, given in answers.items():
        namespace, collection, name = module.split(".")
        file = tmp_path / "ansible_collections" / namespace / collection / "plugins" / "modules" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(STAND_IN.format(python=sys.executable, answers=json.dumps(given)), encoding="utf-8")
    (tmp_path / "book.yml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "variables.json").write_text(
        json.dumps({**VARIABLES, "outcomes_file": str(tmp_path / "outcomes.json")}), encoding="utf-8"
    )
    command = ["ansible-playbook", "-i", "cml1,", "book.yml", "-e", "@variables.json", *options]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": f"{tmp_path}:{CHECKOUT / '.collections'}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "outcomes.json").read_text(encoding="utf-8"))
    return {one["item"].rpartition("/")[2]: f"{one['status']}: {one['reason']}" for one in found}


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_what_every_task_registers_comes_to_its_item(tmp_path: pathlib.Path, options: list[str]) -> None:
    found = outcomes(tmp_path, *options)
    assert len(found) == 12
    assert set(found.values()) == {"pass: "}, found


def test_faults_of_windows_are_found_through_the_tasks(tmp_path: pathlib.Path) -> None:
    found = outcomes(
        tmp_path,
        listeners=rec.listening(rec.socket("System", 80, pid=4)),
        installer=rec.msi("3.1.4001.5512"),
        defender=rec.powershell(real_time=True, paths=[]),
        features=rec.features(Print_Server=True, Print_LPD_Service=True),
        updates=rec.searched("Security Update (KB3004365)"),
        addresses=rec.powershell(addresses=[{"address": "192.0.2.10", "origin": "Dhcp"}]),
        whoami=rec.whoami(label=8192),
        disks=rec.disks(("C", 1)),
        programs=None,
    )
    assert [number for number, ending in found.items() if ending == "fail: "] == [
        "1",
        "2",
        "5",
        "8",
        "9",
        "10",
        "12",
        "13",
    ]
    assert found["7"].startswith("could_not_check: no file system of the host holds D:")
    assert found["4"].startswith("could_not_check: programs could not be read")
