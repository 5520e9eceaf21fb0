# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What became of the attempts to reach what the plan lets a host reach."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet

from ..model import Outcome, Status
from .model import Case, count, few

Answer = t.Mapping[str, t.Any]

_WORDS = {
    "open": "is open",
    "closed": "is closed: refused, as nothing listens there or a firewall rejects",
    "filtered": "is filtered: no answer",
    "unreachable": "is unreachable",
    "silent": "gave no answer, which over UDP proves nothing",
    "error": "could not be tried",
}


def decide_outbound(case: Case) -> Outcome:
    targets, unnamed = case.questions["targets"], case.questions["unnamed"]
    if not targets and not unnamed:
        return case.outcome(
            Status.NOT_APPLICABLE, "The host reaches nothing by the plan.", reason="the plan has no outgoing rules here"
        )
    if case.problem:
        return case.unknown(case.problem)
    answers = case.probe["targets"]
    if len(answers) != len(targets):
        return case.unknown(f"{len(targets)} targets were asked for, and {len(answers)} answered")
    pairs = list(zip(targets, answers, strict=True))
    seen = [_line(target, answer) for target, answer in pairs]
    bad = [_line(target, answer) for target, answer in pairs if not _is_good(target, answer, case=case)]
    failed = [_line(target, answer) for target, answer in pairs if answer["state"] == "error"]
    silent = [answer for answer in answers if answer["state"] == "silent"]
    skipped = _unnamed_lines(unnamed)
    if [one for one in bad if one not in failed]:
        return case.outcome(Status.FAIL, few(bad), *bad, *skipped)
    if failed or len(silent) == len(answers):
        reason = few(failed) if failed else "silence over UDP proves nothing"
        return case.unknown(_unknown_networks(unnamed) if not answers else reason, *seen, *skipped)
    if skipped:
        return case.outcome(Status.UNKNOWN, _summary(answers), *seen, *skipped, reason=_unknown_networks(unnamed))
    return case.outcome(Status.PASS, _summary(answers), *seen)


def _is_good(target: t.Mapping[str, t.Any], answer: Answer, *, case: Case) -> bool:
    """A refusal is one where something must listen already: outside of the plan, unless the operator says otherwise."""
    if answer["state"] in ("open", "silent"):
        return True
    if answer["state"] != "closed":
        return False
    return target["kind"] != "outside" or bool(set(target["flows"]) & set(case.texts("may_be_closed")))


def _summary(answers: t.Sequence[Answer]) -> str:
    """Such as C(12 of 15 targets open; 3 refuse, as long as nothing listens there; of 2 over UDP nothing is known)."""
    states = [answer["state"] for answer in answers]
    parts = [f"{states.count('open')} of {count(len(answers), 'target')} open"]
    if "closed" in states:
        parts.append(f"{states.count('closed')} reached and closed, as nothing listens there yet")
    if "silent" in states:
        parts.append(f"{states.count('silent')} over UDP silent, which proves nothing")
    return "; ".join(parts) + "."


def _line(target: t.Mapping[str, t.Any], answer: Answer) -> str:
    port = f"{target['port']}/{target['protocol']}" if target["port"] else target["protocol"]
    name = f" ({target['name']})" if target["name"] != target["address"] else ""
    detail = f" ({answer['detail']})" if answer["state"] in ("unreachable", "error") and answer["detail"] else ""
    return (
        f"{port} of {target['address']}{name} {_WORDS[answer['state']]}{detail}, "
        f"after {answer['ms']:.0f} ms [{', '.join(target['flows'][:3])}]"
    )


def _unnamed_lines(unnamed: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    """One line for all ports to the same networks."""
    ports: dict[str, list[str]] = {}
    for part in unnamed:
        name = part["ports"] if part["protocol"] == "icmp" else f"{part['ports']}/{part['protocol']}"
        ports.setdefault(", ".join(part["remotes"]), []).append(f"{name} [{part['flows'][0]}]")
    return [f"not tried to {remotes}: {', '.join(named)}" for remotes, named in ports.items()]


def _unknown_networks(unnamed: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    networks = NetworkSet.parse({remote for part in unnamed for remote in part["remotes"]}).cidrs()
    return f"no address is known in {few(networks, most=8)}: name one of each in preinstall_network_devices"
