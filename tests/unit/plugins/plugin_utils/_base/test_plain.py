# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's values, tagged and encrypted, as plain data."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import literal_json, plain

PLAIN = {"a": [1, 1.5, True, None, "x"], "b": {"c": []}}


def kinds(value: object) -> set[type]:
    if isinstance(value, dict):
        return {type(value)}.union(*map(kinds, [*value, *value.values()]))
    return {type(value)}.union(*map(kinds, value)) if isinstance(value, list) else {type(value)}


def from_yaml(text: str) -> t.Any:
    """As a playbook has it, each value with the place that it comes from."""
    return DataLoader().load(text, file_name="/playbook.yml")


def test_plain_keeps_values_and_their_types() -> None:
    assert plain({**PLAIN, 2: (3,)}) == {**PLAIN, 2: [3]}
    assert kinds(plain({**PLAIN, 2: (3,)})) == {dict, list, int, float, bool, type(None), str}


def test_nothing_of_ansibles_own_types_is_left() -> None:
    given = from_yaml("[{direction: in, ports: ['443'], first: 1, rest: {a: [b]}}]")
    assert kinds(given) - {dict, list, str, int}
    assert plain(given) == json.loads(literal_json(given)) == given
    assert kinds(plain(given)) == {dict, list, str, int}


@pytest.mark.parametrize("text", ["{ {", "a#jinja2:x", '"#jinja', "} }}", "{", "%}", "{ %", "\u20ac", "\\", "{\n{"])
def test_a_text_that_is_no_template_is_literal(text: str) -> None:
    assert json.loads(literal_json([{text: text}])) == [{text: text}]


@pytest.mark.parametrize("text", ["{{ a }}", "x{{", "{% if a %}", "{#", "#jinja2:variable_start_string:'[%'\n[% a"])
def test_what_may_be_a_template_anywhere_is_not_literal(text: str) -> None:
    assert json.loads(literal_json(PLAIN)) == PLAIN
    for value in ([text], {text: 1}, {**PLAIN, "d": [{"e": ["x", text]}]}, text):
        assert literal_json(value) == ""


@pytest.mark.parametrize("value", [datetime.date(2026, 1, 1), {1, 2}, b"x", object()])
def test_what_has_no_json_is_not_literal(value: object) -> None:
    assert literal_json([value]) == ""


def test_an_encrypted_text_is_not_literal() -> None:
    (given,) = from_yaml("[!vault '$ANSIBLE_VAULT;1.1;AES256\n6162']")
    assert literal_json([given]) == ""
