# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifications of random plans with packets, of which none may pass with a fault, and runs that are killed."""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
import typing as t

from .conftest import Lab, Tell
from .probes.flows import Flows, Plan, plan_of
from .probes.playbooks import firewalls, play, start
from .probes.ruleset import TABLE
from .test_verify_plans import HOSTS, addresses, flows_fixture, rule

__all__ = ["flows_fixture"]

EVERY = os.environ.get("PRINTOPS_EVERY_FAULT") == "1"
PLANS = 1000 if EVERY else 6
KILLS = 50 if EVERY else 2
LONGEST_S = 90
"""After which a listener must have ended by itself."""


class Fault(t.NamedTuple):
    """A fault on one host about one probe: C(words) of nft, and what the verdict must be."""

    host: str
    words: str
    verdict: str
    at: str


def random_plan(chance: random.Random) -> Plan:
    """Some ports of each host to some of the others, of one family or both, over TCP, UDP and ICMP."""
    rules = {}
    for name in HOSTS:
        known = [one for other in HOSTS if other != name for one in addresses(other)]
        its = [
            rule(protocol, (port,), chance.sample(known, chance.randint(1, len(known))))
            for protocol, port in itertools.product(("tcp", "udp"), chance.sample(range(7000, 7100), 2))
            if chance.random() < 0.8
        ]
        if chance.random() < 0.5:
            its.append(rule("icmp", (), chance.sample(known, 2), icmp_types=["echo-request"]))
        rules[name] = its
    return plan_of(rules)


def random_fault(chance: random.Random, probe: t.Mapping[str, t.Any]) -> Fault:
    """One of a dozen ways in which a planned flow does not get through, or another gets in."""
    family = "ip6" if ":" in probe["source"] else "ip"
    protocol = {"icmp": "icmpv6" if family == "ip6" else "icmp"}.get(probe["protocol"], probe["protocol"])
    what = f"meta l4proto {protocol}" if probe["port"] is None else f"{protocol} dport {probe['port']}"
    flow = f"{family} saddr {probe['source']} {family} daddr {probe['destination']} {what}"
    back = f"{family} saddr {probe['destination']} {family} daddr {probe['source']} "
    back += f"meta l4proto {protocol}" if probe["port"] is None else f"{protocol} sport {probe['port']}"
    add = f"add rule inet {TABLE}"
    prohibited = "reject with icmpx admin-prohibited"
    faults = [
        Fault(probe["to"], f"{add} first {flow} drop", "dropped", "destination"),
        Fault(probe["to"], f"{add} first {flow} {prohibited}", "rejected", "destination"),
        Fault(probe["from"], f"{add} lets_out {flow} drop", "dropped", "source"),
        Fault(probe["from"], f"{add} first {back} drop", "dropped", "source"),
    ]
    if probe["protocol"] == "tcp":
        faults.append(Fault(probe["to"], f"{add} first {flow} reject with tcp reset", "rejected", "destination"))
    if probe["port"] is not None:
        faults.append(Fault(probe["to"], f"{add} lets_out {back} drop", "dropped", "destination"))
    return chance.choice(faults)


def test_no_random_plan_passes_with_a_fault(flows: Flows, tell: Tell) -> None:
    """A tenth have a fault; in a sample every second has. Without one, all must pass."""
    planted = 0
    wrong: list[tuple[int, object, list[t.Any]]] = []
    for number in range(PLANS):
        chance = random.Random(number)  # noqa: S311
        plan = random_plan(chance)
        flows.enforce(plan)
        clean_is_due = number % (10 if EVERY else 2) != 0
        evidence = flows.verify(plan, samples=2, timeout_s=0.6, seed=str(number))
        allowed = [one for one in evidence["probes"] if one["expected"] == "allowed"]
        if not evidence["summary"]["passed"]:
            wrong.append((number, "clean", [one for one in evidence["probes"] if one["result"] == "fail"][:2]))
        if clean_is_due or not allowed:
            continue
        planted += 1
        chosen = chance.choice(allowed)
        fault = random_fault(chance, chosen)
        flows.enforce(plan, more={fault.host: fault.words})
        faulty = flows.verify(plan, samples=2, timeout_s=0.6, seed=str(number))
        keys = ("expected", "source", "destination", "protocol", "port")
        (found,) = [one for one in faulty["probes"] if all(one[key] == chosen[key] for key in keys)]
        failed = [one for one in faulty["probes"] if one["result"] == "fail"]
        if (
            (found["verdict"], found["at"]) != (fault.verdict, fault.at)
            or faulty["summary"]["passed"]
            or len(failed) > 1
        ):
            wrong.append((number, fault, failed[:2] or [found]))
    tell(f"{PLANS} random plans, {planted} of them with a fault: {len(wrong)} judged wrongly")
    assert not wrong, wrong


LEFT = (
    "ss -Hxlp | grep -a printops; ss -Hlntup | grep -E ':(61998|5020|5555|6010) '; "
    "grep -lsa -e flow_l[i]stener -e flow_p[r]obe_info -e A[n]siballZ /proc/[0-9]*/cmdline; "
    "find / -xdev -newer /run/begun -type f -not -path '/proc/*' -not -path '/sys/*' -not -path '/var/log/*' "
    "-not -path '/run/*' -not -path '/var/lib/systemd/*'"
)
MANAGED = ("mgmt1", "site1", "site2")


def left(lab: Lab) -> dict[str, str]:
    """Processes, sockets and files of a verification."""
    said = {name: lab.enter(name, ["sh", "-c", f"{LEFT}; true"]).stdout for name in MANAGED}
    return {name: text for name, text in said.items() if text}


def test_a_run_that_is_killed_leaves_nothing(lab: Lab, tell: Tell) -> None:
    """SIGKILL to all that the controller runs, at a random moment; the hosts are left to themselves."""
    lab.reset(*MANAGED)
    assert play(lab, "site").status == 0
    before = firewalls(lab)
    for name in MANAGED:
        assert lab.enter(name, ["sh", "-c", "sleep 1; touch /run/begun; sleep 1"]).returncode == 0
    began = time.monotonic()
    assert play(lab, "verify").status == 0
    usual_s = time.monotonic() - began
    chance, longest, listening = random.Random(7), 0.0, 0  # noqa: S311
    for _kill in range(KILLS):
        with start(lab, "verify") as run:
            time.sleep(chance.uniform(0.2, 0.9) * usual_s)
            os.killpg(run.pid, signal.SIGKILL)
        killed = time.monotonic()
        listening += bool(left(lab))
        while (found := left(lab)) and time.monotonic() - killed < LONGEST_S:
            time.sleep(0.5)
        assert not found
        longest = max(longest, time.monotonic() - killed)
    assert listening, "no run was killed while it had a listener"
    assert firewalls(lab) == before
    tell(f"{KILLS} runs killed, {listening} of them with something on a host: nothing was left {longest:.1f} s later")
