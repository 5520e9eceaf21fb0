# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random rule sets on real firewalls: packets pass exactly where the rules say so, whatever the rules are."""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import json
import pathlib
import typing as t

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from .conftest import Lab, Tell
from .probes.packets import Expectation, Probe, canonical, difference, got_through, listening
from .probes.playbooks import play_file
from .topology import machine_named

HOSTS = ("mgmt1", "site2", "fw2", "site1")
START = {"firewalld": "systemctl start firewalld", "ufw": "ufw --force enable"}
SOURCES_OF_4 = [
    *(f"198.18.21.{last}" for last in (20, 30, 40, 50, 60)),
    *("198.18.22.20", "198.18.31.10", "198.18.31.11"),
]
SOURCES_OF_6 = [
    *(f"2001:db8:21::{last}" for last in (20, 30, 40, 50, 60)),
    *("2001:db8:22::20", "2001:db8:31::10", "2001:db8:31::11"),
]
PORTS = [*range(7000, 7015), *range(7100, 7130, 2)]
QUICK_BOUND_S = 0.5

Rules = list[dict[str, t.Any]]


@st.composite
def networks(draw: st.DrawFn) -> str:
    """A network around a source or around a neighbour of one, from a single address to 256 of IPv4."""
    source = ipaddress.ip_address(draw(st.sampled_from([*SOURCES_OF_4, *SOURCES_OF_6])))
    neighbour = source + draw(st.sampled_from([0, 0, 0, 1, -1, 4]))
    prefix = draw(st.integers(24, 32)) if source.version == 4 else draw(st.sampled_from([64, *range(120, 129)]))
    return str(ipaddress.ip_network(f"{neighbour}/{prefix}", strict=False))


def single_addresses(pattern: str, *, least: int) -> st.SearchStrategy[list[str]]:
    """Many addresses with the given pattern, of which a few are sources."""
    return st.lists(st.integers(15, 64), min_size=least, max_size=40, unique=True).map(
        lambda lasts: [str(ipaddress.ip_network(pattern.format(last))) for last in lasts]
    )


REMOTES = st.one_of(
    st.lists(networks(), min_size=1, max_size=4),
    st.builds(list.__add__, single_addresses("198.18.21.{}", least=6), st.lists(networks(), max_size=2)),
    single_addresses("2001:db8:21::{}", least=6),
    st.builds(
        list.__add__,
        single_addresses("198.18.21.{}", least=21),
        single_addresses("2001:db8:21::{}", least=21),
    ),
)
ONE_PORT = st.sampled_from(PORTS).map(str)
RANGE = st.tuples(st.sampled_from(PORTS), st.sampled_from(PORTS)).map(
    lambda ends: f"{min(ends)}-{max(ends)}" if ends[0] != ends[1] else str(ends[0])
)
PORT_LISTS = st.one_of(
    st.lists(st.one_of(ONE_PORT, RANGE), min_size=1, max_size=4),
    st.lists(ONE_PORT, min_size=16, max_size=24, unique=True),
)
RULE_SETS = st.lists(
    st.fixed_dictionaries({"protocol": st.sampled_from(["tcp", "udp"]), "ports": PORT_LISTS, "remotes": REMOTES}),
    max_size=8,
)
EVERYTHING_AT_ONCE: Rules = [
    {
        "protocol": protocol,
        "ports": [str(port) for port in PORTS[::2]] + ["7003-7005", "7004-7008"],
        "remotes": [
            *(f"198.18.21.{last}/32" for last in range(20, 45)),
            *(f"2001:db8:21::{last}/128" for last in range(20, 45)),
            *("198.18.21.40/30", "198.18.21.32/27", "2001:db8:21::40/126"),
        ],
    }
    for protocol in ("tcp", "udp")
]


def numbered(rules: Rules) -> Rules:
    return [{"direction": "in", "flows": [f"safeq6/mfd/{number}"], **rule} for number, rule in enumerate(rules, 1)]


@pytest.fixture(name="folder", scope="module")
def folder_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[pathlib.Path]:
    """A folder with a playbook that brings C(rules) to every host by its module; all hosts run and listen."""
    folder = tmp_path_factory.mktemp("semantics")
    firewalls = {host: machine_named(name=host).firewall for host in HOSTS}
    hosts = {host: {"provider": firewall} for host, firewall in firewalls.items()}
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    tasks = [
        {f"printops.firewall.{provider}_rules": {"rules": "{{ rules }}"}, "when": f"provider == '{provider}'"}
        for provider in START
    ]
    play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
    (folder / "apply.json").write_text(json.dumps([play]), encoding="utf-8")
    lab.reset(*HOSTS)
    apply_everywhere(lab, folder, [])
    with contextlib.ExitStack() as stack:
        for host, firewall in firewalls.items():
            started = lab.enter(host, ["sh", "-c", START[firewall]])
            assert started.returncode == 0, started.stderr
            stack.enter_context(listening(lab, host, tcp=PORTS, udp=PORTS))
        yield folder


def apply_everywhere(lab: Lab, folder: pathlib.Path, rules: Rules) -> None:
    (folder / "rules.json").write_text(json.dumps({"rules": rules}), encoding="utf-8")
    played = play_file(lab, folder / "apply.json", "-i", str(folder / "hosts.json"), "-e", f"@{folder}/rules.json")
    assert played.status == 0, played.text


TARGETS = [canonical(address) for host in HOSTS for address in machine_named(name=host).addresses]
PROBES = [
    Probe(protocol, source, target, port)
    for source, target in itertools.product([*SOURCES_OF_4, *SOURCES_OF_6], TARGETS)
    if (":" in source) == (":" in target)
    for protocol, port in itertools.product(("tcp", "udp"), PORTS)
]


@settings(
    max_examples=9,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(drawn=RULE_SETS)
@example(drawn=EVERYTHING_AT_ONCE)
def test_packets_pass_where_the_rules_say_so(lab: Lab, folder: pathlib.Path, tell: Tell, drawn: Rules) -> None:
    rules = numbered(drawn)
    expectation = Expectation(rules)
    expected = {probe for probe in PROBES if expectation.lets_through(probe)}
    apply_everywhere(lab, folder, rules)
    seen = got_through(lab, {"floor": PROBES}, expected=expected, bound_s=QUICK_BOUND_S)
    tell(f"{len(rules)} rules on {len(HOSTS)} hosts: {len(expected)} of {len(PROBES)} probes pass")
    assert difference(expected=expected, seen=seen) == ""
