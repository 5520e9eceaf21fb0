# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every task of every role, without running it: its module exists, knows each argument, and lacks none that it needs.

This is what stands in for a run where no machine of the kind is at hand, first of all for tasks of Windows. The roles
that check before an installation are read-only besides: only modules that read, and commands that check mode runs too.
"""

from __future__ import annotations

import functools
import json
import pathlib
import re
import subprocess
import typing as t

import pytest
import yaml
from ansible.playbook.block import Block
from ansible.playbook.task import Task

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted([*CHECKOUT.glob("roles/*/tasks/*.yml"), *CHECKOUT.glob("roles/*/handlers/*.yml")])
CHECKS = [file for file in FILES if file.parts[-3].startswith("preinstall_")]
KEYWORDS = {*Task.fattributes, *Block.fattributes, "block", "rescue", "always", "local_action", "with_items"}
FREE_ARGUMENTS = {"ansible.builtin.set_fact"}
FREE_TEXT = {"ansible.builtin.include_tasks", "ansible.builtin.meta"}
RUNS_ANYTHING = {"ansible.builtin.command", "ansible.windows.win_powershell"}
ASKS_DATABASES = {"community.general.mssql_script", "community.postgresql.postgresql_query"}
READ_ONLY = {
    *RUNS_ANYTHING,
    *ASKS_DATABASES,
    "ansible.builtin.assert",
    "ansible.builtin.async_status",
    "ansible.builtin.find",
    "ansible.builtin.getent",
    "ansible.builtin.include_tasks",
    "ansible.builtin.package_facts",
    "ansible.builtin.service_facts",
    "ansible.builtin.set_fact",
    "ansible.builtin.setup",
    "ansible.builtin.slurp",
    "ansible.builtin.stat",
    "ansible.builtin.wait_for",
    "ansible.windows.setup",
    "ansible.windows.win_feature_info",
    "ansible.windows.win_listen_ports_facts",
    "ansible.windows.win_reg_stat",
    "ansible.windows.win_service_info",
    "ansible.windows.win_stat",
    "ansible.windows.win_updates",  # asserted to search only
    "ansible.windows.win_wait_for",
    "ansible.windows.win_whoami",
    "community.crypto.get_certificate",
    "community.crypto.x509_certificate_info",
    "community.general.listen_ports_facts",
    "community.postgresql.postgresql_ping",
    "community.windows.win_disk_facts",
    "community.windows.win_file_version",
    "microsoft.ad.object_info",
    "printops.firewall.clock_info",
    "printops.firewall.directory_search_info",
    "printops.firewall.mssql_browser_info",
    "printops.firewall.network_probe_info",
    "printops.firewall.network_throughput_info",  # holds a port for a while, and only where the operator names one
}


class Step(t.NamedTuple):
    """A task: its file, its name, its module, and what is given to it."""

    file: pathlib.Path
    name: str
    module: str
    arguments: t.Any
    raw: dict[str, t.Any]

    def __str__(self) -> str:
        return f"{self.file.relative_to(CHECKOUT)}: {self.name}"


def steps_of(file: pathlib.Path) -> list[Step]:
    return list(_steps(yaml.safe_load(file.read_text(encoding="utf-8")) or [], file=file))


def _steps(tasks: list[dict[str, t.Any]], *, file: pathlib.Path) -> t.Iterator[Step]:
    for task in tasks:
        nested = [part for key in ("block", "rescue", "always") for part in task.get(key, [])]
        if "block" in task:
            yield from _steps(nested, file=file)
            continue
        modules = [key for key in task if key not in KEYWORDS]
        assert len(modules) == 1, f"{file}: {task.get('name')}: which of {modules} is the module?"
        yield Step(file, str(task.get("name")), modules[0], task[modules[0]], task)


@functools.cache
def documented() -> dict[str, dict[str, t.Any]]:
    """The options of every module in use, by its full name."""
    modules = sorted({step.module for file in FILES for step in steps_of(file)})
    done = subprocess.run(
        ["ansible-doc", "--json", "--type", "module", *modules],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: entry["doc"].get("options", {}) for name, entry in json.loads(done.stdout).items()}


def faults(arguments: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any], *, place: str) -> list[str]:
    """What a module would not accept, of arguments and of the dictionaries below them."""
    names = {alias: name for name, option in options.items() for alias in (name, *option.get("aliases", ()))}
    found = [f"{place} has no {key!r}" for key in arguments if key not in names]
    given = {names[key]: value for key, value in arguments.items() if key in names}
    found += [
        f"{place} needs {name!r}" for name, option in options.items() if option.get("required") and name not in given
    ]
    for name, value in given.items():
        option = options[name]
        values = value if isinstance(value, list) else [value]
        choices = option.get("choices")
        if choices:
            known = {str(choice).lower() for choice in choices}
            found += [
                f"{place}.{name} cannot be {one!r}"
                for one in values
                if isinstance(one, (str, int)) and "{{" not in str(one) and str(one).lower() not in known
            ]
        if option.get("suboptions"):
            for one in values:
                if isinstance(one, dict):
                    found += faults(one, option["suboptions"], place=f"{place}.{name}")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CHECKOUT)))
def test_every_module_knows_what_its_task_gives_it(file: pathlib.Path) -> None:
    found = []
    for step in steps_of(file):
        if step.module not in documented():
            found.append(f"{step}: there is no module {step.module}")
        elif isinstance(step.arguments, dict) and step.module not in FREE_ARGUMENTS:
            found += faults(step.arguments, documented()[step.module], place=f"{step}: {step.module}")
        elif isinstance(step.arguments, str) and step.module not in FREE_TEXT:
            found.append(f"{step}: the arguments of {step.module} are a text")
    assert found == []


@pytest.mark.parametrize("file", CHECKS, ids=lambda file: str(file.relative_to(CHECKOUT)))
def test_the_checks_before_an_installation_only_read(file: pathlib.Path) -> None:
    for step in steps_of(file):
        assert step.module in READ_ONLY, f"{step}: is {step.module} sure to change nothing?"
        if step.module in RUNS_ANYTHING:
            assert step.raw.get("check_mode") is False or "SupportsShouldProcess" in script_of(step), (
                f"{step}: check mode would skip it"
            )
        if step.module == "ansible.builtin.command":
            assert step.raw.get("changed_when") is False, str(step)
        if step.module == "ansible.windows.win_updates":
            assert step.arguments["state"] == "searched", str(step)
        if step.module in ASKS_DATABASES:
            asked = step.arguments.get("query") or step.arguments["script"]
            for text in asked if isinstance(asked, list) else [asked]:
                assert text.lstrip().upper().startswith("SELECT"), f"{step}: {text[:60]}"


def script_of(step: Step) -> str:
    """The script of a task, also where it is in a file of the role."""
    text = str(step.arguments.get("script", ""))
    named = re.search(r"lookup\('ansible\.builtin\.file', '([^']+)'\)", text)
    return (step.file.parents[1] / "files" / named[1]).read_text(encoding="utf-8") if named else text


@pytest.mark.parametrize("file", CHECKS, ids=lambda file: str(file.relative_to(CHECKOUT)))
def test_a_task_with_a_password_is_kept_out_of_every_output(file: pathlib.Path) -> None:
    for step in steps_of(file):
        given = json.dumps([step.arguments, step.raw.get("vars"), step.raw.get("environment"), step.raw.get("loop")])
        if re.search(r"password\b", given, flags=re.IGNORECASE):
            assert step.raw.get("no_log") is True, str(step)


def test_faults_are_found() -> None:
    options = {
        "path": {"required": True, "aliases": ["dest"]},
        "state": {"choices": ["a", "b"]},
        "rules": {"suboptions": {"port": {"required": True}}},
    }
    given = {"dest": "/x", "state": "c", "rules": [{"prot": 1}], "stat": "a"}
    assert faults(given, options, place="x") == [
        "x has no 'stat'",
        "x.state cannot be 'c'",
        "x.rules has no 'prot'",
        "x.rules needs 'port'",
    ]
    assert faults({}, options, place="x") == ["x needs 'path'"]
    assert faults({"path": "{{ x }}", "state": "{{ y }}"}, options, place="x") == []
