# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What newcomers write into an inventory, one mistake a file, and what they are told: each mistake in one line."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import typing as t

import ansible.template
import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import cause, each_of
from ansible_collections.printops.firewall.plugins.plugin_utils._estate import sources
from ansible_collections.printops.firewall.tests.older_ansible import trust_as_template

CHECKOUT = pathlib.Path(__file__).resolve().parents[5]
GOLDEN = CHECKOUT / "tests" / "golden" / "mistakes"
TOLD = GOLDEN / "told.json"
UPDATE = "PRINTOPS_UPDATE_GOLDEN"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.yml"))
RECAP = re.compile(r"\w+ +: ok=|skipping: ")
GATHERING = ("site", "drift", "preinstall")
"""They have a play before, which asks hosts for their addresses that the inventory knows by name only."""
AROUND = 12
"""Lines that Ansible may print around what is told."""


def as_told_here(lines: list[str]) -> list[str]:
    """Before ansible-core 2.19 templates fail in other words, and few values remember where they stand."""
    if hasattr(ansible.template, "trust_as_template"):
        return lines
    return [
        re.sub(r" \([^)]*:\d+\)", "", line)
        for line in lines
        if not re.search("is undefined|without a value here", line)
    ]


def told(source: pathlib.Path) -> list[str]:
    """The mistakes, or the warnings of the plan other than those that every such inventory has."""
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(source)])
    manager = VariableManager(loader=loader, inventory=inventory)
    hostvars = HostVars(inventory=inventory, variable_manager=manager, loader=loader)
    templar = Templar(loader=loader, variables={"hostvars": hostvars, "groups": inventory.get_groups_dict()})
    try:
        plan = templar.template(trust_as_template("{{ lookup('printops.firewall.plan', refresh=true) }}"))
    except AnsibleError as error:
        mistake = cause(error)
        assert mistake
        return [str(one) for one in each_of(mistake)]
    return [
        f"WARNING {one['kind']}: {one['detail']}"
        for one in plan["findings"]
        if one["severity"] == "warning" and one["kind"] != "plaintext"
    ]


@pytest.fixture(autouse=True)
def own_run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "run"))
    monkeypatch.chdir(GOLDEN)


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_is_told_as_it_was_reviewed(name: str) -> None:
    known = json.loads(TOLD.read_text(encoding="utf-8")) if TOLD.exists() else {}
    said = told(GOLDEN / f"{name}.yml")
    if os.environ.get(UPDATE) == "1":
        known[name] = said
        TOLD.write_text(json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    assert as_told_here(known[name]) == as_told_here(said), (
        f"if the change is meant, run this test with {UPDATE}=1 and review it in git"
    )


def test_nothing_is_told_of_what_is_not_there_any_more() -> None:
    assert sorted(json.loads(TOLD.read_text(encoding="utf-8"))) == NAMES


def play(playbook: str, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ansible-playbook", "-i", str(GOLDEN / f"{name}.yml"), f"{CHECKOUT}/playbooks/{playbook}.yml", *arguments],
        cwd=GOLDEN,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".collections"), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("playbook", ["plan", "site", "explain", "drift", "render", "preinstall", "remove"])
def test_a_playbook_tells_all_at_once_and_little_else(playbook: str) -> None:
    arguments = {"explain": ["-e", "explain_host=ts1"], "render": ["-e", "printops_render_folder=/nowhere"]}
    done = play(playbook, "everything_at_once", *arguments.get(playbook, ()))
    printed = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    mistakes = as_told_here(json.loads(TOLD.read_text(encoding="utf-8"))["everything_at_once"])
    assert done.returncode == 2
    assert [line for line in as_told_here(printed) if line in mistakes] == mistakes
    around = [line for line in printed if not {*as_told_here([line])} & {*mistakes} and not RECAP.match(line)]
    assert len(around) <= AROUND + 2 * (playbook in GATHERING), "\n".join(around)


@pytest.mark.parametrize("options", [["--tags", "plan"], ["--tags", "apply,check"], ["--skip-tags", "apply"]])
@pytest.mark.parametrize("playbook", ["plan", "site", "remove"])
def test_tags_are_refused_before_a_run_does_half_of_its_work(playbook: str, options: list[str]) -> None:
    done = play(playbook, "networks_overlap", *options)
    assert done.returncode == 2
    assert "The playbooks have no tags" in done.stdout + done.stderr
    assert "unreachable=1" not in done.stdout, "a host was asked"


def inventory_with(folder: pathlib.Path, files: t.Mapping[str, str]) -> list[str]:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return told(folder)


SMALL = "all: {children: {lrs_vpsx: {hosts: {a: {ansible_host: 192.0.2.1}, b: {ansible_host: 192.0.2.2}}}}}\n"


def test_the_place_is_that_of_the_variable_that_wins(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inventory").mkdir()
    monkeypatch.chdir(tmp_path / "inventory")
    said = inventory_with(
        tmp_path / "inventory",
        {
            "hosts.yml": SMALL,
            "group_vars/all.yml": "printops_security: secure\nprintops_site: 7\n",
            "group_vars/lrs_vpsx.yml": "printops_security: secret\n",
            "host_vars/b.yml": "\nprintops_security: secured\nprintops_egress: none\n",
        },
    )
    assert as_told_here(said) == as_told_here(
        [
            "group all (group_vars/all.yml:2): printops_site is 7; it must be a name",
            "group lrs_vpsx (group_vars/lrs_vpsx.yml:1): printops_security is 'secret'; it must be one of documented, "
            "secured, secured_only",
            "host b (host_vars/b.yml:3): printops_egress is 'none'; it must be one of allow, enforce",
        ]
    )


def test_a_mistake_of_many_hosts_is_one_line(tmp_path: pathlib.Path) -> None:
    hosts = "".join(f"h{n}: {{ansible_host: 192.0.2.{n}, printops_egress: deny}}, " for n in range(1, 31))
    (line,) = inventory_with(tmp_path, {"hosts.yml": f"all: {{children: {{lrs_vpsx: {{hosts: {{{hosts}}}}}}}}}\n"})
    assert line.startswith("host h1 (")
    assert " and 27 more: printops_egress is 'deny'" in line


def test_where_ansible_does_not_say_the_host_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "sort_groups", None)
    (line,) = inventory_with(tmp_path, {"hosts.yml": SMALL, "host_vars/a.yml": "printops_egress: deny\n"})
    assert line == "host a: printops_egress is 'deny'; it must be one of allow, enforce"
