# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be decided, as YAML that stays YAML whatever somebody takes the comment signs from."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DecisionError, PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.worksheet import add_questions, worksheet
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory

GROUPS = {"safeq6_management": ["mgmt1"], "safeq6_terminal_server": ["site1"]}


def compiled(**decisions: t.Any) -> Plan:
    networks = {"user": ["10.9.0.0/16"], "mfd_hp": ["10.1.0.0/24"], "mail_server": ["10.0.9.25"]}
    hosts = {
        "mgmt1": {"ansible_host": "10.0.0.1", "printops_networks": networks, **decisions},
        "site1": {"ansible_host": "10.0.0.2", "printops_networks": networks, **decisions},
    }
    return compile_plan(inventory(GROUPS, hosts))


PLAN = compiled()
ASKED = {one.get("feature") or one["set"].rpartition(".")[2] for one in PLAN["open_inputs"]}
FILE = add_questions(PLAN, "", file="d.yml")
COMMENTED = [number for number, line in enumerate(FILE.splitlines()) if line.startswith("  # ")]


def uncommented(text: str, numbers: t.Container[int]) -> str:
    lines = text.splitlines()
    return "\n".join(line.replace("  # ", "  ", 1) if at in numbers else line for at, line in enumerate(lines)) + "\n"


def test_everything_is_asked_a_line_each() -> None:
    assert {line.strip(" #:").split(":")[0] for line in FILE.splitlines() if line.startswith("  # ")} == ASKED
    assert all(len(line) <= 100 for line in (*FILE.splitlines(), *worksheet(PLAN)))


def test_what_is_pasted_answers_what_has_a_suggestion() -> None:
    pasted = yaml.safe_load("\n".join(worksheet(PLAN)))
    suggested = {one["set"] for one in PLAN["open_inputs"] if one["suggested"]}
    assert "printops_ports.mfd_hp_installation_port" in suggested
    assert not suggested & {one["set"] for one in compiled(**pasted)["open_inputs"]}


@given(st.sets(st.sampled_from(COMMENTED)))
def test_any_lines_can_be_uncommented(numbers: set[int]) -> None:
    text = uncommented(FILE, numbers)
    answers = yaml.safe_load(text)
    assert set(answers) <= {"printops_features", "printops_ports"}
    given_names = {name for section in answers.values() for name in section or ()}
    assert given_names == {FILE.splitlines()[number].strip(" #").split(":")[0] for number in numbers}
    assert add_questions(PLAN, text, file="d.yml") == text


def test_answers_in_a_file_hold_for_every_host_and_the_inventory_wins(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "decisions.yml"
    file.write_text(uncommented(FILE, COMMENTED), encoding="utf-8")
    plan = compiled(printops_decisions_file=str(file))
    assert {one["set"] for one in plan["open_inputs"]} == {"printops_ports.mail_server_port"}
    own = {"mfd_hp_installation_port": 8443}
    plan = compiled(printops_decisions_file=str(file), printops_ports=own)
    (ports,) = {tuple(host["decided_ports"].get("safeq6/mfd/7", ())) for host in plan["hosts"].values()} - {()}
    assert ports == ("8443/tcp",)


def test_a_new_question_is_added_and_comments_stay() -> None:
    text = "# ours\nprintops_ports: # below\n  mfd_snmp_port: 161 # as the office said\n"
    made = add_questions(PLAN, text, file="d.yml")
    assert [line for line in made.splitlines() if line in text.splitlines()] == text.splitlines()
    assert "  # mfd_hp_installation_port:" in made
    assert add_questions(PLAN, made, file="d.yml") == made
    assert yaml.safe_load(made)["printops_ports"] == {"mfd_snmp_port": 161}


def test_a_section_on_one_line_is_refused() -> None:
    with pytest.raises(DecisionError, match=r"d\.yml, line 2: write the entries of printops_ports below it"):
        add_questions(PLAN, "---\nprintops_ports: {}\n", file="d.yml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("printops_port: {}", "printops_port: there is no such key; did you mean 'printops_ports'"),
        ("printops_accept: x", "printops_accept is 'x'; it must be a list of strings"),
        ("[1]", r"is \[1\]; it must be a mapping"),
        ("printops_features: {scanning: maybe}", "printops_features"),
        ("a: [", "decisions.yml"),
    ],
)
def test_mistakes_in_the_file_are_told_with_its_path(text: str, message: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "decisions.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PrintopsError, match=message):
        compiled(printops_decisions_file=str(file))


def test_a_file_that_is_missing_is_told_and_a_blank_name_is_none(tmp_path: pathlib.Path) -> None:
    with pytest.raises(DecisionError, match=r"printops_decisions_file is .*gone\.yml: No such file"):
        compiled(printops_decisions_file=str(tmp_path / "gone.yml"))
    assert compiled(printops_decisions_file="")["open_inputs"] == PLAN["open_inputs"]
