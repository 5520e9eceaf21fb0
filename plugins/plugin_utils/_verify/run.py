# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A verification while it goes on: who takes part, what is tried from where."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan, plan_digest

from .model import Door, Partaker, Probe
from .schedule import Choice, allowed_probes, refused_probes

Answer = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Run:
    """C(answers) are those of C(flow_listener) by host; hosts without one do not take part. C(asked) are all."""

    plan: Plan
    plan_sha256: str
    asked: tuple[str, ...]
    answers: t.Mapping[str, Answer]
    partakers: tuple[Partaker, ...]
    probes: tuple[Probe, ...]

    @classmethod
    def of(cls, plan: Plan, *, answers: t.Mapping[str, Answer], refused: Choice, seed: str = "") -> Run:
        """C(seed) chooses among what must be refused; without one, the same plan tries the same."""
        plan_sha256 = plan_digest(plan)
        partakers = tuple(_partaker(plan, name, answer) for name, answer in answers.items() if "doors" in answer)
        probes = (
            *allowed_probes(plan, partakers),
            *refused_probes(plan, partakers, choice=refused, seed=seed or plan_sha256),
        )
        return cls(plan, plan_sha256, tuple(answers), answers, partakers, probes)

    def by_host(self) -> dict[str, list[Probe]]:
        """The probes of each host that has any, in their order."""
        found: dict[str, list[Probe]] = {}
        for probe in self.probes:
            found.setdefault(probe.host, []).append(probe)
        return found

    def question_texts(self, *, samples: int, at_once: int) -> dict[str, list[str]]:
        """The questions as JSON, at most C(at_once) in each."""
        return {
            host: [json.dumps(asked[start : start + at_once]) for start in range(0, len(asked), at_once)]
            for host, asked in self.questions(samples=samples).items()
        }

    def questions(self, *, samples: int) -> dict[str, list[dict[str, t.Any]]]:
        """What C(flow_probe_info) is asked on each host: C(samples) attempts, but one of what must be refused."""
        doors = {one.name: one.doors for one in self.partakers}
        return {
            host: [_question(probe, doors[probe.to], samples=samples) for probe in probes]
            for host, probes in self.by_host().items()
        }


def _partaker(plan: Plan, name: str, answer: Answer) -> Partaker:
    is_planned = name in plan["hosts"]
    return Partaker(
        name=name,
        is_planned=is_planned,
        addresses=tuple(plan["hosts"][name]["addresses"] if is_planned else answer["addresses"]),
        own=tuple(answer["addresses"]),
        doors={
            (raw["protocol"], raw["port"]): Door(raw["state"], raw["process"], tuple(raw["addresses"]), raw["why"])
            for raw in answer["doors"]
        },
    )


def _question(probe: Probe, doors: t.Mapping[tuple[str, int], Door], *, samples: int) -> dict[str, t.Any]:
    door = doors.get((probe.protocol, probe.port or 0))
    if probe.protocol == "icmp":
        expects = "echo"
    elif probe.is_heard_only:
        expects = "nothing"
    else:
        expects = "token" if door is not None and door.state == "ours" else "any"
    return {
        "protocol": probe.protocol,
        "source": probe.source,
        "source_port": probe.source_port or 0,
        "destination": probe.destination,
        "port": probe.port or 0,
        "expects": expects,
        "tries": samples if probe.expected == "allowed" else 1,
    }
