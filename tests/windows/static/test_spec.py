# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the modules: their documentation says the same as their script, and they refuse what they are to."""

from __future__ import annotations

import ast
import re
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import COLUMNS

from ..fake.records import EMPTY
from .grammar import assigned, literal, parse
from .scripts import CHANGE, MODULES, NAMES

Spec = dict[str, t.Any]


def spec(name: str) -> Spec:
    text = (MODULES / f"windows_defender_{name}.ps1").read_text(encoding="utf-8")
    read: Spec = literal(assigned(parse(text), "$spec"))
    return read


def documentation(name: str, variable: str = "DOCUMENTATION") -> Spec:
    tree = ast.parse((MODULES / f"windows_defender_{name}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == variable:
            read: Spec = yaml.safe_load(ast.literal_eval(node.value))
            return read
    raise LookupError(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_says_what_the_script_takes(name: str) -> None:
    options = documentation(name)["options"]
    told = {key: {k: v for k, v in option.items() if k != "description"} for key, option in options.items()}
    taken = {key: {k: v for k, v in option.items() if k != "no_log"} for key, option in spec(name)["options"].items()}
    assert told == taken


def test_the_columns_of_a_table_are_the_same_everywhere() -> None:
    columns = literal(assigned(parse(CHANGE.read_text(encoding="utf-8")), "$script:RuleKeys"))
    assert columns == list(COLUMNS) == list(EMPTY)
    told = re.findall(r"C\(([a-z_]+)\)", "".join(documentation("info", "RETURN")["rules"]["description"]))
    assert told == columns


@pytest.mark.parametrize("name", NAMES)
def test_check_mode_is_supported_and_nothing_is_logged(name: str) -> None:
    assert documentation(name)["attributes"]["check_mode"]["support"] == "full"
    given = spec(name)
    assert given.pop("options")
    assert given == {"no_log": True, "supports_check_mode": True}


@pytest.mark.parametrize("name", NAMES)
def test_the_script_begins_as_ansible_wants_it(name: str) -> None:
    lines = (MODULES / f"windows_defender_{name}.ps1").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!powershell"
    assert "#AnsibleRequires -CSharpUtil Ansible.Basic" in lines


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("info", {}, "missing required arguments: group"),
        ("info", {"group": "g", "management_ports": ["https"]}, "management_ports"),
        ("info", {"group": "g", "colour": "red"}, "colour"),
        ("change", {"group": "g"}, "missing required arguments: operations, state_id"),
        ("change", {"group": "g", "state_id": "x", "operations": "", "session": "x"}, "session"),
        ("change", {"group": "g", "state_id": "x", "operations": "", "confirm_timeout": "soon"}, "confirm_timeout"),
        ("pending", {"want": "kept"}, "value of want must be one of: confirmed, restored, status, got: kept"),
    ],
)
def test_wrong_arguments_are_refused(name: str, arguments: Spec, message: str) -> None:
    checked = ArgumentSpecValidator(spec(name)["options"]).validate(arguments)
    assert message in "\n".join(checked.error_messages)


def test_defaults() -> None:
    checked = ArgumentSpecValidator(spec("change")["options"]).validate(
        {"group": "g", "state_id": "x", "operations": '{"do": "forget"}'}
    )
    assert checked.error_messages == []
    assert checked.validated_parameters == {
        "group": "g",
        "state_id": "x",
        "operations": '{"do": "forget"}',
        "token": None,
        "confirm_timeout": 0,
        "session": [],
        "restore_files": {},
    }
