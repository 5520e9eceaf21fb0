# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Explanations as a person reads them."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, RuleError, compact_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import paragraph, table

from .documents import rests_on
from .explain import MANAGEMENT, Answer, Explainer

VARIABLES = ("explain_host", "explain_port", "explain_from")
_PORT = re.compile(r"([0-9]+)/(tcp|udp)")


def explain(
    plan: t.Mapping[str, t.Any],
    *,
    host: str,
    port: str | None = None,
    source: str | None = None,
    variables: t.Sequence[str] = (),
) -> str:
    """What a plan says of a host, of one of its ports, or of an address that wants to reach that port.

    Raises C(PlanError) where the host, the port or the address is none, and for other C(variables) than the playbook's.
    """
    for name in sorted({*variables} - {*VARIABLES}):
        raise PlanError(f"there is no variable {name}; {closest(name, VARIABLES)}")
    if not host:
        raise PlanError(
            "Say which host: -e explain_host=NAME, and if you like -e explain_port=5011/tcp and -e explain_from=ADDRESS"
        )
    explainer = Explainer(plan)
    if not port and source:
        raise PlanError(f"say on which port {source} wants to reach {host}, such as 5011/tcp")
    if not port:
        return "\n".join([*_host(explainer, host), *_rests_on(plan)])
    number, protocol = _read_port(str(port))
    if source:
        answer = explainer.would_reach(source, host, protocol, number)
        verdict = f"{source} {'may' if answer.allowed else 'may not'} reach {host} on {port}."
    else:
        answer = explainer.why_open(host, protocol, number)
        admitted = [*answer.remotes, *(["the address that a run comes from"] if answer.keeps_connection else [])]
        verdict = f"{port} on {host} is {'open to ' + ', '.join(admitted) if answer.allowed else 'closed'}."
    return "\n".join([*paragraph(verdict), *_answer(answer), *_rests_on(plan)])


def _rests_on(plan: t.Mapping[str, t.Any]) -> list[str]:
    return [line for told in rests_on(plan) for line in paragraph(f"Rests on {told}.")]


def _read_port(text: str) -> tuple[int, str]:
    match = _PORT.fullmatch(text)
    try:
        if match:
            return PortRange.parse(match[1]).first, match[2]
    except RuleError as error:
        raise PlanError(f"the port {text!r}: {error}") from error
    example = f"{text}/tcp or {text}/udp" if text.isdecimal() else "5011/tcp"
    raise PlanError(f"{text!r} is no port; give a number and a protocol, such as {example}")


def _host(explainer: Explainer, host: str) -> list[str]:
    lines = []
    for direction, title in (("in", "Who may reach"), ("out", "What it may reach:")):
        rules = explainer.rules(host, direction=direction)
        heading = f"{title} {host}:" if direction == "in" else title
        rules += explainer.exceptions(host) if direction == "out" else []
        rows = [(rule.what, f"{', '.join(rule.remotes.cidrs())} [{compact_flows(rule.flows)}]") for rule in rules]
        rows += _ways_in(explainer, host) if direction == "in" else []
        lines += [heading, *(table(("PORTS", "NETWORKS [FLOWS]"), rows) if rows else ["nothing"]), ""]
    return lines


def _ways_in(explainer: Explainer, host: str) -> list[tuple[str, str]]:
    managers, keeps_connection = explainer.management(host)
    admitted = [(", ".join(managers.cidrs()), MANAGEMENT)] if managers else []
    admitted += [("the address that a run comes from", "printops_keep_connection")] if keeps_connection else []
    return [("SSH or WinRM", f"{who} [{variable}]") for who, variable in admitted]


def _answer(answer: Answer) -> list[str]:
    lines = [line for text in answer.narrower for line in paragraph(f"Narrower: {text}", indent="  ")]
    for reason in answer.reasons:
        decided = f" Decided by {', '.join(reason.decided_by)}." if reason.decided_by else ""
        changed = f" {reason.changed[0].upper()}{reason.changed[1:].rstrip('.')}." if reason.changed else ""
        lines += paragraph(f"{reason.flow}: {reason.purpose} {reason.document}.{decided}{changed}", indent="  ")
    for missing in answer.missing:
        lines += paragraph(f"Missing: {missing}", indent="  ")
    return lines
