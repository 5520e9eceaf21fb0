# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter explain, through a templar."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible.errors import AnsibleError

Template = t.Callable[[str], t.Any]

PLAN = "lookup('printops.firewall.plan')"


LAB = pathlib.Path(__file__).resolve().parents[3] / "golden" / "plans" / "lab.json"


@pytest.mark.parametrize("port", ["443/tcp", "9999/tcp"])
def test_a_plan_and_its_file_give_the_same_answer(template: Template, port: str) -> None:
    plan = json.loads(LAB.read_text(encoding="utf-8"))
    for question in ("", f", port='{port}'", f", port='{port}', source='10.1.2.3'"):
        text = template(f"'{LAB}' | printops.firewall.explain(host='mgmt1'{question})")
        assert text == template(f"{plan} | printops.firewall.explain(host='mgmt1'{question})")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("host='mgmt1'", "Who may reach mgmt1:"),
        ("host='mgmt1', port='443/tcp'", "443/tcp on mgmt1 is open to "),
        ("host='mgmt1', port='443/tcp', source='192.0.2.1'", "192.0.2.1 may not reach mgmt1 on 443/tcp."),
        ("host='mgmt1', port=none, source=none", "Who may reach mgmt1:"),
    ],
)
def test_each_question_has_an_answer(template: Template, question: str, said: str) -> None:
    assert template(f"'{LAB}' | printops.firewall.explain({question})").startswith(said)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (f"{PLAN} | printops.firewall.explain(host='v2')", "the plan has no host 'v2'"),
        (f"{PLAN} | printops.firewall.explain(host='v1', port=443)", "'443' is no port"),
        (f"{PLAN} | printops.firewall.explain(host='v1', port='443/tcp', source='x')", "'x' is no address"),
        (f"{PLAN} | printops.firewall.explain(host='v1', port=443)", "such as 443/tcp or 443/udp"),
        (f"{PLAN} | printops.firewall.explain(host='')", "Say which host: -e explain_host=NAME"),
        (
            f"{PLAN} | printops.firewall.explain(host='v1', variables=['explain_host', 'explain_prt'])",
            "there is no variable explain_prt; did you mean 'explain_port'?",
        ),
        ("{} | printops.firewall.explain(host='v1')", "not a plan"),
        ("none | printops.firewall.explain(host='v1')", "not a plan"),
        ("'/nowhere' | printops.firewall.explain(host='v1')", "not readable as a plan"),
    ],
)
def test_a_mistake_is_an_error_of_the_filter(template: Template, expression: str, said: str) -> None:
    with pytest.raises(AnsibleError, match=r"printops\.firewall\.explain") as caught:
        template(expression)
    assert said in str(caught.value)
