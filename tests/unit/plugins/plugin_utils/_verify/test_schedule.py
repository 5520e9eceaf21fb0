# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is tried, from plans of a few rules."""

from __future__ import annotations

import copy
import itertools
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import VerifyError
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.evidence import read_run
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.model import CATCHER, Probe
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.run import Run
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.schedule import doors_of

A, A6, B, B6, C = "10.0.0.1", "2001:db8::1", "10.0.0.2", "2001:db8::2", "10.0.0.3"


def rule(protocol: str, ports: t.Sequence[str], remotes: t.Sequence[str], **more: t.Any) -> dict[str, t.Any]:
    named = {"ports": list(ports)} if ports else {}
    return {"direction": "in", "protocol": protocol, **named, "remotes": list(remotes), "flows": ["x/y/1"], **more}


def plan(*rules: dict[str, t.Any], out: t.Sequence[dict[str, t.Any]] = (), egress: str = "allow") -> dict[str, t.Any]:
    """C(b) has the rules, and C(a) those that go out."""
    hosts = {
        "a": {"addresses": [A, A6], "rules": [{**one, "direction": "out"} for one in out], "egress": egress},
        "b": {"addresses": [B, B6], "rules": list(rules), "egress": "allow"},
    }
    shared = {"provider": "auto", "components": [], "egress_dns": [], "egress_time": [], "egress_extra": []}
    return {
        "format": "printops.firewall/plan/2",
        "compiled_from": {"catalogs": {}},
        "hosts": {name: {**shared, **part} for name, part in hosts.items()},
        "flows": {},
    }


def answer(addresses: t.Sequence[str], *doors: tuple[str, int, str]) -> dict[str, t.Any]:
    named = ("protocol", "port", "state")
    rest = {"process": "", "addresses": [], "why": ""}
    return {"addresses": list(addresses), "doors": [{**dict(zip(named, one, strict=True)), **rest} for one in doors]}


def run(document: dict[str, t.Any], *, refused: t.Any = "none", **answers: dict[str, t.Any]) -> Run:
    told = {"a": answer([A, A6]), "b": answer([B, B6]), **answers}
    return Run.of(document, answers=told, refused=refused, seed="1")


def short(probes: t.Iterable[Probe]) -> list[tuple[str, str, int | None]]:
    return [(one.source, one.destination, one.port) for one in probes]


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        (plan(rule("tcp", ["80"], [f"{A}/32"])), [(A, B, 80)]),
        (plan(rule("tcp", ["80"], ["10.0.0.0/24", "2001:db8::/64"])), [(A, B, 80), (A6, B6, 80)]),
        (plan(rule("tcp", ["80"], ["10.9.0.0/24"])), []),
        (plan(rule("tcp", ["80-82"], [f"{A}/32"])), [(A, B, 80), (A, B, 81), (A, B, 82)]),
        (plan(rule("tcp", ["50000-50049"], [f"{A}/32"])), [(A, B, 50000), (A, B, 50049)]),
        (plan(rule("icmp", [], [f"{A6}/128"], icmp_types=["echo-request"])), [(A6, B6, None)]),
        (plan(rule("igmp", [], ["0.0.0.0/0"], destinations=["224.0.0.1/32"])), []),
        (plan(rule("udp", ["3702"], [f"{A}/32"], destinations=["239.1.2.3/32"])), [(A, "239.1.2.3", 3702)]),
        (plan(rule("udp", [], [f"{A}/32"], source_ports=["161"])), [(A, B, CATCHER)]),
        (plan(rule("tcp", ["80"], [f"{A}/32"]), egress="enforce"), []),
        (
            plan(rule("tcp", ["80"], [f"{A}/32"]), out=[rule("tcp", ["80"], [f"{B}/32"])], egress="enforce"),
            [(A, B, 80)],
        ),
    ],
)
def test_planned_flows_between_hosts_that_take_part(document: dict[str, t.Any], wanted: list[t.Any]) -> None:
    assert short(run(document).probes) == wanted


def test_answers_come_from_the_port_that_was_asked_and_only_the_listener_tells() -> None:
    (probe,) = run(plan(rule("udp", [], [f"{A}/32"], source_ports=["161"]))).probes
    assert (probe.source_port, probe.is_heard_only) == (161, True)
    ((asked,),) = run(plan(rule("udp", [], [f"{A}/32"], source_ports=["161"]))).questions(samples=3).values()
    assert (asked["source_port"], asked["expects"], asked["tries"]) == (161, "nothing", 3)


def test_only_pairs_of_which_both_ends_take_part() -> None:
    document = plan(rule("tcp", ["80"], [f"{A}/32"]))
    assert not run(document, a={"msg": "no route to host", "unreachable": True}).probes
    assert not run(document, b={"skipped": True}).probes


def test_what_must_be_refused_is_tried_from_all_who_may_not() -> None:
    document = plan(rule("tcp", ["80"], [f"{A}/32"]))
    probes = run(document, refused="all", c=answer([C]), b=answer([B, B6], ("tcp", 8443, "held"))).probes
    refused = [one for one in probes if one.expected == "refused"]
    assert {(one.source, one.destination, one.port) for one in refused if one.protocol == "tcp"} == {
        *itertools.product([A, C], [B], [CATCHER, 8443]),
        *itertools.product([A6], [B6], [CATCHER, 8443, 80]),
        (C, B, 80),
        *itertools.product([B, C], [A], [CATCHER]),
        (B6, A6, CATCHER),
    }


def test_a_sample_has_one_source_for_each_address_and_port_and_stays_the_same() -> None:
    document = plan(rule("tcp", ["80", "443"], ["10.9.0.0/24"]))
    first, again = (run(document, refused="sample", c=answer([C])).probes for _time in range(2))
    assert first == again
    keys = [(one.to, one.destination, one.protocol, one.port) for one in first]
    assert len(keys) == len(set(keys))


@given(st.data())
def test_nothing_is_both_allowed_and_refused(data: st.DataObject) -> None:
    networks = st.lists(
        st.sampled_from([f"{A}/32", f"{A6}/128", f"{C}/32", "10.0.0.0/24", "2001:db8::/32"]), min_size=1, unique=True
    )
    rules = data.draw(st.lists(st.builds(rule, st.sampled_from(["tcp", "udp"]), st.just(["80"]), networks), max_size=3))
    probes = run(plan(*rules), refused="all", c=answer([C])).probes
    seen: dict[tuple[t.Any, ...], set[str]] = {}
    for one in probes:
        key = (one.source, one.destination, one.protocol, one.port)
        seen.setdefault(key, set()).add(one.expected)
    assert all(len(expected) == 1 for expected in seen.values())


def test_a_listener_stands_in_on_planned_ports_and_one_that_nobody_opens() -> None:
    document = plan(
        rule("tcp", ["80", "50000-50049"], [f"{A}/32"]),
        rule("udp", ["3702"], [f"{A}/32"], destinations=["239.1.2.3/32"]),
        rule("udp", [], [f"{A}/32"], source_ports=["161"]),
    )
    doors = {(one["protocol"], one["port"]): one["groups"] for one in doors_of(document, "b")}
    assert doors == {
        ("tcp", 80): [],
        ("tcp", 50000): [],
        ("tcp", 50049): [],
        ("tcp", CATCHER): [],
        ("udp", 3702): ["239.1.2.3"],
        ("udp", CATCHER): [],
    }
    assert doors_of(document, "nobody") == []


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(VerifyError, match="printops_verify_refused is 'some'; it must be one of sample, all, none"):
        read_run(plan(), listeners={}, refused="some")


def test_a_port_that_something_holds_is_sent_nothing() -> None:
    document = plan(rule("tcp", ["80"], [f"{A}/32"]), rule("tcp", ["81"], [f"{A}/32"]))
    told = answer([B], ("tcp", 80, "held"), ("tcp", 81, "ours"))
    questions = run(document, b=told).questions(samples=2)["a"]
    assert [(one["port"], one["expects"]) for one in questions] == [(80, "any"), (81, "token")]
    assert copy.deepcopy(told) == told
