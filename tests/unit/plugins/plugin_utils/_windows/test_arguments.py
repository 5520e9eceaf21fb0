# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments as Ansible's template engine gives them to the action, where rules are not templated for nothing."""

from __future__ import annotations

import typing as t

import pytest
from ansible._internal._templating._engine import TemplateEngine
from ansible.errors import AnsibleActionFail, AnsibleError, AnsibleUndefinedVariable, AnsibleValueOmittedError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

from ansible_collections.printops.firewall.plugins.plugin_utils._windows.apply import WindowsRules
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.arguments import checked
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import rule

PORTS = trust_as_template("{{ ports }}")
VARIABLES: dict[str, t.Any] = {
    "given": [rule()],
    "named": trust_as_template("{{ given }}"),
    "nested": [rule(ports=PORTS)],
    "ports": ["443"],
    "network": "10.0.0.0/24",
}


def finalized(value: t.Any, *, name: str = "rules", **variables: t.Any) -> t.Any:
    engine = TemplateEngine(variables={**VARIABLES, **variables})
    return WindowsRules.finalize_task_arg(name, value, engine, None)


def rules_of(value: t.Any) -> t.Any:
    return checked({"rules": finalized(value)})["rules"]


@pytest.mark.parametrize("text", ["{{ given }}", "{{ named }}", "{{ given | list }}", "{{ [given[0]] }}"])
def test_rules_without_a_template_are_taken_as_they_are(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActionBase, "finalize_task_arg", None)
    assert rules_of([rule()]) == rules_of(trust_as_template(text)) == [rule()]
    assert isinstance(finalized([rule()]), str)


@pytest.mark.parametrize("text", ["{{ nested }}", "{{ nested | list }}", "{{ [nested[0]] }}", "{{ nested + [] }}"])
def test_a_template_anywhere_in_rules_is_templated(text: str) -> None:
    assert rules_of([rule(ports=PORTS)]) == [rule()]
    assert rules_of([rule(remotes=[trust_as_template("{{ network }}")])]) == [rule()]
    assert rules_of(trust_as_template(text)) == [rule()]


def test_text_that_nobody_trusts_stays_text() -> None:
    assert rules_of([rule(flows=["{{ ports }}"])]) == [rule(flows=["{{ ports }}"])]
    assert finalized("{{ given }}") == "{{ given }}"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{{ nowhere }}", AnsibleUndefinedVariable),
        ("{{ nested }}", AnsibleUndefinedVariable),
        ("{{ 1 / 0 }}", AnsibleError),
        ("{{ omit }}", AnsibleValueOmittedError),
    ],
)
def test_a_template_that_fails_is_an_error(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        finalized(trust_as_template(text), ports=trust_as_template("{{ nowhere }}"))


class NarrowTemplar:
    """A templar with what is promised of one, and no more."""

    def __init__(self) -> None:
        self.engine = TemplateEngine(variables=VARIABLES)

    def template(self, value: t.Any) -> t.Any:
        return self.engine.template(value)


@pytest.mark.parametrize("value", [trust_as_template("{{ given }}"), trust_as_template("{{ nested }}"), [rule()]])
def test_a_templar_that_resolves_no_level_alone_templates_the_rules(value: t.Any) -> None:
    assert checked({"rules": WindowsRules.finalize_task_arg("rules", value, NarrowTemplar(), None)})["rules"] == [
        rule()
    ]


def test_ansible_without_its_experimental_method_templates_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ActionBase, "finalize_task_arg")
    assert rules_of(trust_as_template("{{ nested }}")) == rules_of(trust_as_template("{{ given }}")) == [rule()]
    assert finalized(trust_as_template("{{ network }}"), name="management") == "10.0.0.0/24"


def test_no_rules_are_rules_too() -> None:
    assert rules_of([]) == []


@pytest.mark.parametrize("value", ["x", 5, {"a": 1}, "5", '"x"', "[", "[" * 200_000, None])
def test_what_are_no_rules_is_refused(value: object) -> None:
    assert finalized(value) == value
    with pytest.raises(AnsibleActionFail, match="rules"):
        checked({"rules": finalized(value)})


def test_other_arguments_are_templated() -> None:
    assert finalized([trust_as_template("{{ network }}")], name="management") == ["10.0.0.0/24"]
