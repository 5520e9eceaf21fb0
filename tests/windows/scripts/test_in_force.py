# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings and rules are in force on a host, whoever set them; docs/windows_settings.md is this table."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import WindowsError
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.state import State
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.survey import survey
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import params
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import rule as planned

from .host import CHECKOUT, GROUP, Host, rule

pytestmark = pytest.mark.pwsh

UPDATE = "PRINTOPS_UPDATE_GOLDEN"
PAGE = CHECKOUT / "docs" / "windows_settings.md"
CASES: list[dict[str, t.Any]] = json.loads(pathlib.Path(__file__).with_name("settings.json").read_text("utf-8"))
CONNECTION = {"local_port": 5986, "remote_address": "192.0.2.10", "remote_port": 50000}
KEYS = {
    "policy": r"SOFTWARE\Policies\Microsoft\WindowsFirewall",
    "mdm": r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm",
    "local": r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy",
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, t.Any]]:
    """What the module answers for each case."""
    return [_host(tmp_path_factory.mktemp("host"), case).read(management_ports=[5986]) for case in CASES]


def _host(folder: pathlib.Path, case: dict[str, t.Any]) -> Host:
    host = Host(folder, on_model=True)
    policy = {"current_profiles": [case["profile"]], "profiles": {case["profile"]: case.get("local", {})}}
    registry = {
        f"{KEYS[store]}\\{key}": values for store in ("policy", "mdm") for key, values in case.get(store, {}).items()
    }
    host.put(policy=policy, registry=registry, connections=[CONNECTION])
    return host


def said(answer: dict[str, t.Any], **options: t.Any) -> str:
    try:
        return "; ".join(survey(params(planned(), **options), State.of(answer), port=5986).warnings)
    except WindowsError as error:
        return str(error)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["right"] for case in CASES])
def test_what_is_in_force_and_said_is_right(answers: list[dict[str, t.Any]], number: int) -> None:
    case, answer = CASES[number], answers[number]
    settings = answer["policy"]["profiles"][case["profile"]]
    assert {key: settings[key] for key in case["in_force"]} == case["in_force"]
    setters = {settings["set_by"].get(key, "") for key in case["in_force"]}
    assert setters == {case.get("set_by", "")} or "excluded_interfaces" in case["in_force"]
    assert (case["said"] in said(answer)) if case["said"] else said(answer) == ""


def test_the_page_has_what_is_said(answers: list[dict[str, t.Any]]) -> None:
    page = _page(answers)
    if os.environ.get(UPDATE):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page, f"{UPDATE}=1 writes it anew"


def _page(answers: list[dict[str, t.Any]]) -> str:
    rows = [
        f"| {number} | {case['profile']} | {_settings(case)} | {said(answer) or 'nothing'} | {case['right']} "
        f"| {case['source']} |"
        for number, (case, answer) in enumerate(zip(CASES, answers, strict=True), start=1)
    ]
    return "\n".join(
        [
            "# Which settings of Windows' firewall are in force",
            "",
            "Made by the tests, which run the reading module on a model of Windows: each row is a host in one network.",
            "",
            "| | network | set | what is said | what is right | source |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _settings(case: dict[str, t.Any]) -> str:
    names = {"policy": "Group Policy", "mdm": "device management"}
    parts = [f"on the host {key} {json.dumps(value)}" for key, value in case.get("local", {}).items()]
    parts += [
        f"{names[store]} `{key}\\{name}` {json.dumps(value)}"
        for store in names
        for key, values in case.get(store, {}).items()
        for name, value in values.items()
    ]
    return ", ".join(parts) or "nothing"


POLICY_BLOCK = "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=443|Name=No web|"
POLICY_OPENING = "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|RA4=LocalSubnet|Name=SMB|"
OURS = f"v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|Name=printops 1|EmbedCtxt={GROUP}|"
OFF = POLICY_BLOCK.replace("TRUE", "FALSE")
OUT = POLICY_BLOCK.replace("Dir=In", "Dir=Out")


def test_rules_that_policies_bring_are_judged_like_those_of_the_host(host_on_model: Host) -> None:
    rules = {"1": POLICY_BLOCK, "2": OURS, "3": OFF, "4": OUT}
    registry = {f"{KEYS['policy']}\\FirewallRules": rules, f"{KEYS['mdm']}\\FirewallRules": {"5": POLICY_OPENING}}
    host_on_model.put(registry=registry, connections=[CONNECTION])
    answer = host_on_model.read(management_ports=[5986])
    assert POLICY_BLOCK in answer["policy"]["stored"]["policy"]
    assert not {OFF, OUT} & set(answer["policy"]["stored"]["policy"])
    told = said(answer)
    assert "the Group Policy rule 'No web' blocks 443/tcp from 10.0.0.0/24" in told
    assert told.count("printops 1") == 1
    assert "a Group Policy brings 1 rules of this collection as well, which no run changes: printops 1" in told
    only_opened = {f"{KEYS['mdm']}\\FirewallRules": {"5": POLICY_OPENING}}
    host_on_model.put(registry=only_opened)
    assert "the rule of the device management 'SMB' lets localsubnet reach 443/tcp" in said(
        host_on_model.read(management_ports=[5986])
    )


def test_what_only_the_stored_text_tells_of_a_rule_of_the_host(host_on_model: Host) -> None:
    stored = "v2.33|Action=Block|Active=TRUE|Dir=In|Protocol=6|App=System|Name=@x.dll,-1|TTK2_27=WFDKmDriver|"
    plain = "v2.33|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=80|Name=plain|"
    block = rule("Wi-Fi Direct", grouping="@x.dll", action="block", local_ports="*", application="System")
    host_on_model.put(rules=[block], connections=[CONNECTION])
    assert "these rules block single programs" in said(host_on_model.read(management_ports=[5986]))
    host_on_model.put(registry={f"{KEYS['local']}\\FirewallRules": {"1": stored, "2": plain}})
    answer = host_on_model.read(management_ports=[5986])
    assert (answer["policy"]["stored"]["local"], said(answer)) == ([stored], "")


@pytest.mark.parametrize(
    ("policy", "options", "told"),
    [
        (
            {"EnableFirewall": 0},
            {"start": True},
            "start cannot change the domain profile, which a Group Policy keeps off",
        ),
        ({"DefaultInboundAction": 0}, {"default_inbound": "block"}, "default_inbound cannot change the domain profile"),
        ({"EnableFirewall": 1}, {"start": True}, ""),
    ],
)
def test_what_a_policy_sets_a_run_does_not_pretend_to_change(
    host_on_model: Host, policy: dict[str, int], options: dict[str, t.Any], told: str
) -> None:
    host_on_model.put(
        policy={"current_profiles": ["domain"], "profiles": {"domain": {"enabled": False}}},
        registry={f"{KEYS['policy']}\\DomainProfile": policy},
        connections=[CONNECTION],
    )
    answer = host_on_model.read(management_ports=[5986])
    assert told in said(answer, **options)
    if not told:
        plan = survey(params(planned(), **options), State.of(answer), port=5986)
        assert (plan.result["running"], [step.do for step in plan.operations]) == (True, ["add", "add"])
