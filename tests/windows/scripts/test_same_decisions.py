# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rendered folder decides in PowerShell what the controller decides in Python, of whatever a host may have."""

from __future__ import annotations

import json
import os
import random
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._windows.compare import compare
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import (
    COLUMNS,
    EVERY_PROFILE,
    PROFILES,
    Record,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.state import State
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.survey import (
    _opening_and_closing,
    _own_settings,
    _profile_changes,
    _profiles,
    _released,
    _releases,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.truth import Wishes, failures, warnings

from .host import HERE, UTILS, Host

pytestmark = pytest.mark.pwsh

SAMPLE = 3000
STATES = int(os.environ.get("PRINTOPS_STATES", SAMPLE))
SEED = int(os.environ.get("PRINTOPS_SEED", "0"))
PLACES = (
    "10.0.0.0/24", "10.0.0.0/255.255.255.0", "10.0.0.0-10.0.0.255", "10.0.0.0/25", "10.0.0.128/25",
    "10.0.0.128-10.0.0.255", "10.0.0.7", "10.0.0.7/32", "10.0.0.7/255.255.255.255", "10.0.0.7-10.0.0.7",
    "10.0.0.7/24", "10.0.0.8", "10.0.0.7-10.0.0.8", "0.0.0.0/0", "::/0", "0.0.0.0-255.255.255.255", "0.0.0.0/0.0.0.0",
    "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "*", "Any", "", "128.0.0.0/1", "0.0.0.0/1", "255.255.255.255",
    "10.0.0.0/0", "10.0.0.0/33", "10.0.0.0/024", "10.0.0.0/", "10.0.0.0/ 24", "10.1", "010.0.0.1", "0x0a000001",
    "167772161", "10.0.0.256", "10.0.0.0/255.0.255.0", "10.0.0.0/0.0.0.255", "10.0.0.1.2", "10.0.0.9-10.0.0.1",
    "10.0.0.0/24-10.0.0.9", "10.0.0.1 - 10.0.0.9", " 10.0.0.7 ", "10.0.0. 7", "10.0.0.7\u00a0", "10.0.0.\u0667",
    "10.0.0.7\u200b", "2001:db8::/32", "2001:DB8:0::/32", "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::1", "2001:db8:0:0:0:0:0:1", "2001:db8::1/128", "2001:db8::/33", "2001:db8:8000::/33",
    "2001:db8::/ffff:ffff::", "fe80::1%3", "[::1]", "::1", "::0.0.0.1", "::ffff:10.0.0.7", "::ffff:a00:7",
    "::ffff:010.0.0.7", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:8::", "1::2::3", ":::", "1:2:3:4:5:6:7:0", "::2-::1",
    "::1-10.0.0.1", "2001:db8::/129", "12345::", "LocalSubnet", "localsubnet", "local-subnet", "DNS", "nonsense?",
    "a|b", "a\\pb", "\u0130", "\u212a", "\u00e9", "\u00c9", "e\u0301",
)  # fmt: skip
PORTS = (
    "443", "443-444", "444", "443,444", "0-65535", "*", "any", "RPC", "rpc", "80-443", "65536", "444-443", "0443",
    "443 ", " 443", "4 43", "443-443", "-443", "443-", "\u0664", "", "0", "65535", "99999-99999", "IPHTTPSIn", "a|b",
)  # fmt: skip
WORDS = ("All", "all", "*", "", "Lan", "lan,Wireless", "wireless,Lan", "Lan,Lan", "8:*", "*:*", "x|y")
NAMES = (
    "printops in tcp a", "PRINTOPS in tcp a", "printops management b", "printops in management c",
    "printops IN Management C", "x", "", "printops in tcp a (replaced)", "Printops in tcp A (Replaced)",
    "printops in management c (replaced)", "\u00e9", "\u00c9", "\u0130", "i\u0307", "stra\u00dfe", "STRASSE",
    "\u03c3", "\u03c2", "\u03a3", "a\u200bb", "ab", "AB", "\u212a", "k", "one two", "a  management",
)  # fmt: skip
PROGRAMS = ("", "C:\\x.exe", "c:\\X.EXE", "\u00e9.exe", "\u00c9.exe", "System", "\u017f", "S", "s")


def record(rng: random.Random, name: str) -> Record:
    """A rule of few fields that are not as usual; of many, no two would ever be the same."""

    def some(values: t.Sequence[str], usual: str, most: int = 1) -> str:
        return usual if rng.random() < 0.8 else ",".join(rng.choice(values) for _ in range(rng.randint(1, most)))

    return Record(
        name=name,
        description=some(("", "other", "a\u200b", "A"), "a"),
        enabled=rng.random() < 0.9,
        direction=some(("out", "In"), "in"),
        action=some(("block",), "allow"),
        protocol=rng.choice((6, 6, 6, 6, 17, 1, 256)),
        local_ports=some(PORTS, "443", 3),
        remote_ports=some(PORTS, "*", 2),
        local_addresses=some(PLACES, "*", 2),
        remote_addresses=",".join(rng.choice(PLACES) for _ in range(rng.randint(1, 3))),
        icmp_types=some(WORDS, ""),
        profiles=rng.choice((EVERY_PROFILE, EVERY_PROFILE, 7, 1, 3, 15)),
        application=some(PROGRAMS, ""),
        service=some(PROGRAMS, ""),
        package=some(PROGRAMS, ""),
        interface_types=some(WORDS, "All"),
        edge_traversal=rng.random() < 0.05,
        edge_traversal_options=rng.choice((0,) * 20 + (1, 2)),
        interfaces=some(("Ethernet", "ethernet|Wi-Fi", "Wi-Fi|Ethernet", "|", "a,b"), ""),
        local_user_owner=some(PROGRAMS, ""),
        local_users=some(("O:LSD:(A;;CC;;;S-1-5-18)", "o:lsd:(a;;cc;;;s-1-5-18)"), ""),
        remote_users=some(PROGRAMS, ""),
        remote_machines=some(PROGRAMS, ""),
        secure_flags=rng.choice((0,) * 20 + (1, 2)),
    )


def reworded(rng: random.Random, one: Record) -> Record:
    """A rule that may say the same in other words."""
    words = one.remote_addresses.split(",")
    rng.shuffle(words)
    words += rng.choices(words, k=rng.randint(0, 1))
    changes = rng.choice(
        (
            {"remote_addresses": ",".join(words)},
            {"remote_addresses": rng.choice(PLACES)},
            {"local_ports": rng.choice(PORTS)},
            {"enabled": not one.enabled, "description": "changed"},
            {},
        )
    )
    return one._replace(**changes)


def state(rng: random.Random) -> tuple[list[Record], list[Record]]:
    """Our wanted rules, whose names differ, and those found."""
    wanted: dict[str, Record] = {}
    for name in rng.sample(NAMES, 3):
        wanted.setdefault(name, record(rng, name))
    found = [reworded(rng, one) for one in wanted.values() for _ in range(rng.choice((0, 1, 1, 1, 2)))]
    found += [record(rng, rng.choice(NAMES)) for _ in range(rng.randint(0, 3))]
    rng.shuffle(found)
    return list(wanted.values()), found


def decided(host: Host, cases: t.Sequence[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    path, answers = host.folder / "cases.jsonl", host.folder / "answers.jsonl"
    path.write_text("".join(f"{json.dumps(case)}\n" for case in cases))
    done = host.powershell(HERE / "decide.ps1", str(UTILS), str(path), str(answers))
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    assert len(told) == len(cases)
    return told


def expect_no_difference(cases: t.Sequence[t.Any], expected: t.Sequence[t.Any], told: t.Sequence[t.Any]) -> None:
    differences = [one for one in zip(cases, expected, told, strict=True) if one[1] != one[2]]
    assert not differences, f"{len(differences)} of {len(cases)}, such as {min(differences, key=str_length)}"


def str_length(case: object) -> int:
    return len(str(case))


def test_the_same_operations_of_thousands_of_states(host: Host) -> None:
    rng = random.Random(SEED)  # noqa: S311
    states = [state(rng) for _ in range(STATES)]
    assert STATES < SAMPLE or sum(len(wanted) + len(found) for wanted, found in states) > 10_000
    names = ("domain", "private", "public")
    profiles: dict[str, t.Any] = {name: {"set_by": {}} for name in names}
    policy = {"current_profiles": ["public"], "profiles": profiles, "local_profiles": {name: {} for name in names}}
    document = {"profiles": [], "start": False, "default_inbound": "keep"}
    cases = [
        {
            "removes": not wanted,
            "tells": False,
            "document": {**document, "rules": [{"record": one.as_json()} for one in wanted]},
            "state": {"rules": [one.as_json() for one in found], "policy": policy, "found": None},
        }
        for wanted, found in states
    ]
    expected = [[step.as_json() for step in compare(desired=wanted, existing=found)] for wanted, found in states]
    expect_no_difference(states, expected, [one["operations"] for one in decided(host, cases)])


IN_A_FOLDER = (
    ("by a Group Policy, see docs/windows.md", "by a Group Policy, with group_policy.ps1"),
    (" and set printops_provider to none", ""),
    ("in force: add the profile to profiles", "in force: have the profile added to profiles"),
    ("which no run changes", "which this script does not change"),
)
"""What a run and a folder say in other words."""


def in_a_folder(sentences: t.Iterable[str]) -> list[str]:
    told = list(sentences)
    for run, folder in IN_A_FOLDER:
        told = [sentence.replace(run, folder) for sentence in told]
    return told


def computer(rng: random.Random) -> dict[str, t.Any]:
    """What a host tells, as windows_defender_info answers it; most of it as usual, so that not all is refused."""

    def mostly(usual: t.Any, *others: t.Any) -> t.Any:
        return rng.choice(others) if rng.random() < 0.15 else usual

    def profile() -> dict[str, t.Any]:
        keys = (
            "enabled",
            "default_inbound",
            "default_outbound",
            "block_all_inbound",
            "local_rules_apply",
            "excluded_interfaces",
        )
        return {
            "enabled": rng.random() < 0.7,
            "default_inbound": rng.choice(("block", "block", "allow")),
            "default_outbound": rng.choice(("block", "allow", "allow")),
            "block_all_inbound": mostly(False, True),
            "local_rules_apply": mostly(True, False),
            "excluded_interfaces": mostly("", "Ethernet", "Ethernet|Wi-Fi", "|", "a, b and c"),
            "unicast_responses": True,
            "set_by": {key: rng.choice(("policy", "mdm")) for key in keys if rng.random() < 0.2},
        }

    profiles = {name: profile() for name in PROFILES}
    local = {name: {**one, **(profile() if one["set_by"] else {})} for name, one in profiles.items()}
    for name, one in profiles.items():
        local[name] = {key: local[name][key] if key in one["set_by"] else one[key] for key in one if key != "set_by"}
    return {
        "rules": json.dumps([COLUMNS]),
        "others": json.dumps([COLUMNS]),
        "policy": {
            "local_policy_modify_state": mostly("ok", "gp_override", "inbound_blocked"),
            "profiles": profiles,
            "local_profiles": local,
            "current_profiles": rng.sample(sorted(PROFILES), rng.randint(0, 3)),
            "policy_rules": mostly([], ["x"], ["x", "y"], ["w", "x", "y", "z"]),
            "stored": {"local": [], "policy": [], "mdm": []},
        },
        "service": {
            name: {"state": mostly("running", "stopped", "missing")} for name in ("firewall", "filtering_engine")
        },
        "products": mostly([], ["Other"], ["Other", "A and B"], ["A", "B", "C"]),
        "connections": [],
        "found": mostly(
            None,
            {name: {"enabled": rng.random() < 0.5, "default_inbound": "allow"} for name in PROFILES},
            {name: {"default_outbound": "allow"} if rng.random() < 0.5 else {} for name in PROFILES},
        ),
        "domain": {"member": False, "name": "", "controllers": []},
        "administrator": True,
    }


def test_the_same_refusals_warnings_and_profiles_of_thousands_of_computers(host: Host) -> None:
    rng = random.Random(SEED)  # noqa: S311
    answers = [computer(rng) for _ in range(STATES)]
    cases: list[dict[str, t.Any]] = []
    expected: list[dict[str, t.Any]] = []
    for answer in answers:
        params = {
            "profiles": rng.choice((["any"], ["domain"], ["domain", "private"], ["public", "private"])),
            "start": rng.random() < 0.5,
            "default_inbound": rng.choice(("keep", "block")),
            "egress": rng.choice(("allow", "enforce")),
        }
        removes = rng.random() < 0.2
        whole = State.of(answer)
        wishes = Wishes.of(params)
        refusals = failures(whole, wishes)
        released = {} if removes else _released(whole, wishes)
        own = _own_settings(_profiles(whole, wishes, released), released)
        opens, closes = _opening_and_closing(
            _profile_changes(whole, (whole.found or {}) if removes else own) if whole.profiles else []
        )
        steps = [*opens, *closes]
        last = [{"do": "forget"}] if removes and whole.found else [step.as_json() for step in _releases(released)]
        expected.append(
            {
                "operations": [*(step.as_json() for step in steps), *last],
                "refusals": in_a_folder(refusals),
                "warnings": [] if refusals else in_a_folder(warnings(whole, wishes)),
            }
        )
        document = {**params, "profiles": list(wishes.profiles), "rules": [], "controllers": []}
        document["default_outbound"] = "block" if params["egress"] == "enforce" else "keep"
        cases.append({"removes": removes, "tells": True, "document": document, "state": {**answer, "rules": []}})
    told = decided(host, cases)
    for one, other, case in zip(told, expected, cases, strict=True):
        if any(service["state"] != "running" for service in case["state"]["service"].values()):
            one["operations"] = other["operations"] = []
    expect_no_difference(cases, expected, told)
    kinds = {sentence[:24] for one in expected for sentence in (*one["refusals"], *one["warnings"])}
    assert STATES < SAMPLE or len(kinds) > 12
