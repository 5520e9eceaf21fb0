# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that are sent to many, as those see them who read the plan: explain, expectations, diff and rendered folders."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DecisionError, ExpectationError
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.diff import diff_plans
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.explain import Explainer
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.explain_text import explain
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.plugins.plugin_utils._render.host import render_host, request_of
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory

TERMINALS, PHONES = "10.1.0.0/24", "10.3.0.0/24"
GROUPS = {"safeq5_ors": ["h1"], "safeq6_mobile_integration_gateway": ["h1"]}
DISCOVERY, MDNS = "safeq5/server-to-printer/5", "safeq6/others/7"


def plan(*expected: dict[str, t.Any], **networks: list[str]) -> Plan:
    named = {"terminal_professional": [TERMINALS], "mobile_device": [PHONES], **networks}
    host = {
        "ansible_host": "10.0.0.1",
        "printops_networks": named,
        "printops_expect": list(expected),
        "printops_management": ["10.9.0.0/28"],
    }
    return compile_plan(inventory(GROUPS, {"h1": host}))


def test_explain_tells_from_where_to_where_and_why_a_narrow_rule_lets_in() -> None:
    made = plan()
    group = Explainer(made).why_open("h1", "udp", 5353)
    assert not group.allowed
    assert any("at 224.0.0.251/32" in one and "sent to the group" in one and MDNS in one for one in group.narrower)
    anywhere = Explainer(made).why_open("h1", "udp", 40000)
    assert not anywhere.allowed
    assert any(
        f"udp any with source port 64099 from {TERMINALS}" in one and DISCOVERY in one for one in anywhere.narrower
    )
    assert Explainer(made).why_open("h1", "tcp", 40000).narrower == ()
    said = " ".join(explain(made, host="h1").split())
    assert f"udp any with source port 64099 {TERMINALS} [{DISCOVERY}]" in said
    assert "igmp any at 224.0.0.1/32, 224.0.0.251/32" in said


ANSWERS = {"from": "terminal_professional", "to": "h1", "port": "64099/udp", "answers_broadcast": True}


@pytest.mark.parametrize(
    "held",
    [
        ANSWERS,
        {**ANSWERS, "from": "10.1.0.7"},
        {**ANSWERS, "from": "mobile_device", "answers_broadcast": False},
        {**ANSWERS, "port": "64098/udp", "answers_broadcast": False},
        {"from": "terminal_professional", "to": "h1", "port": "40000/tcp", "allowed": False},
        {"from": "10.8.0.1", "to": "h1", "port": "5353/udp", "allowed": False},
    ],
)
def test_an_expectation_about_answers_holds_and_its_negation_breaks(held: dict[str, t.Any]) -> None:
    plan(held)
    verdict = "answers_broadcast" if "answers_broadcast" in held else "allowed"
    with pytest.raises(ExpectationError, match="h1"):
        plan({**held, verdict: not held[verdict]})


@pytest.mark.parametrize(
    ("closed", "because"),
    [
        ({"from": "terminal_professional", "to": "h1", "port": "40000/udp"}, "a sender chooses its source port"),
        ({"from": "mobile_device", "to": "h1", "port": "5353/udp"}, "the group is let in"),
    ],
)
def test_what_a_narrow_rule_lets_in_is_neither_allowed_nor_closed(closed: dict[str, t.Any], because: str) -> None:
    for allowed in (True, False):
        with pytest.raises(ExpectationError):
            plan({**closed, "allowed": allowed})
            pytest.fail(because)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**ANSWERS, "port": "64099/tcp"}, "only udp is asked by broadcast, such as 64099/udp"),
        ({**ANSWERS, "allowed": True}, "it has answers_broadcast already"),
        ({**ANSWERS, "answers_broadcast": "yes"}, "answers_broadcast is 'yes'; it must be true or false"),
        (
            {key: ANSWERS[key] for key in ("from", "to", "port")} | {"answers_brodcast": True},
            "did you mean 'answers_bro",
        ),
    ],
)
def test_a_malformed_expectation_about_answers_is_told(entry: dict[str, t.Any], said: str) -> None:
    with pytest.raises(DecisionError, match=r"printops_expect\[0\]") as caught:
        plan(entry)
    assert said in str(caught.value)


def test_a_difference_tells_source_ports_and_groups() -> None:
    said = "\n".join(
        map(str, diff_plans(plan(), plan(terminal_professional=["10.2.0.0/24"], mobile_device=["10.4.0.1"])))
    )
    for line in (
        f"- h1 in udp any with source port 64099 from {TERMINALS} [{DISCOVERY}]",
        f"+ h1 in udp any with source port 64099 from 10.2.0.0/24 [{DISCOVERY}]",
        f"- h1 in udp 5353 at 224.0.0.251/32 from {PHONES} [{MDNS}]",
        f"+ h1 in udp 5353 at 224.0.0.251/32 from 10.4.0.1/32 [{MDNS}]",
    ):
        assert line in said, said
    assert "igmp" not in said


@pytest.mark.parametrize("provider", ["ufw", "firewalld"])
def test_a_rendered_folder_has_them(provider: str) -> None:
    part = copy.deepcopy(plan()["hosts"]["h1"])
    files = render_host(request_of("h1", plan={**part, "provider": provider, "egress": "enforce"}))
    said = files["rules.txt"].content.decode().splitlines()
    for line in (
        f"allow in udp any with source port 64099 from {TERMINALS} [{DISCOVERY}]",
        f"allow in udp 5353 at 224.0.0.251/32 from {PHONES} [{MDNS}]",
        f"allow in igmp any at 224.0.0.1/32 from 0.0.0.0/0 [{MDNS}]",
        f"allow out igmp any to 224.0.0.22/32 [{MDNS}]",
    ):
        assert line in said, said
