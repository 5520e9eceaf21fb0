# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes without a reload: what is accepted in between, packet by packet, and what a host remembers of them."""

from __future__ import annotations

import ipaddress
import pathlib
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._firewalld.ensure import ensure
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.host import Host
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.objects import Objects, render
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.runtime import DaemonDefinitions
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.small import (
    MOST_CHANGES,
    UnclearError,
    atoms_of,
    small_steps,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
from ansible_collections.printops.firewall.tests.unit.plugins.module_utils._firewalld.fake_firewalld import (
    FakeFirewalld,
)

Packet = tuple[str, int]
NETWORKS = ("10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/25", "10.0.1.0/24", "10.0.2.7/32", "2001:db8::/64")
PORTS = ("443", "440-445", "444-450", "80", "9100")
SOURCES = ("10.0.0.1", "10.0.0.200", "10.0.1.1", "10.0.2.7", "10.0.3.3", "2001:db8::1")
PACKETS = [(source, port) for source in SOURCES for port in (79, 80, 440, 443, 444, 445, 450, 9100)]
RULES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PORTS), min_size=1, max_size=3, unique=True),
        st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=4, unique=True),
        st.sampled_from(("a/b/1", "a/b/2")),
    ),
    max_size=4,
)


def objects_of(rules: t.Iterable[tuple[t.Sequence[str], t.Sequence[str], str]]) -> Objects:
    raw = [
        {"direction": "in", "protocol": "tcp", "ports": list(ports), "remotes": list(remotes), "flows": [flow]}
        for ports, remotes, flow in rules
    ]
    return render(rules=parse_rules(raw), management=())


def accepted(rich_rules: t.Iterable[str], definitions: DaemonDefinitions) -> set[Packet]:
    atoms = [atom for text in rich_rules for atom in atoms_of(text, definitions)]
    return {
        (source, port)
        for source, port in PACKETS
        if any(
            ipaddress.ip_address(source) in atom.network and atom.ports.first <= port <= atom.ports.last
            for atom in atoms
        )
    }


@pytest.fixture(name="daemon")
def daemon_fixture(tmp_path: pathlib.Path) -> FakeFirewalld:
    return FakeFirewalld(tmp_path)


@pytest.fixture(name="host")
def host_fixture(daemon: FakeFirewalld) -> Host:
    return Host(run=daemon.run, root=daemon.root)


def apply(host: Host, desired: Objects | None) -> None:
    ensure(host=host, loaded=host.loaded(), look=host.look, desired=desired, check_mode=False)
    assert host.loaded().holds(desired)


@settings(max_examples=300)
@given(RULES, RULES)
def test_what_both_accept_is_always_accepted_and_nothing_else_than_either(old: t.Any, new: t.Any) -> None:
    before, after = objects_of(old), objects_of(new)
    definitions = DaemonDefinitions(host=t.cast("Host", None), files={**before.files, **after.files})
    steps = small_steps(before.rich_rules, after.rich_rules, definitions=definitions)
    if steps is None:
        return
    was, will_be = accepted(before.rich_rules, definitions), accepted(after.rich_rules, definitions)
    for rules in steps.lists[:-1]:
        assert accepted(rules, definitions) == was
    last = steps.lists[-1] if steps.lists else sorted(before.rich_rules)
    assert accepted(last, definitions) == will_be
    previous = steps.lists[-2] if len(steps.lists) > 1 else sorted(before.rich_rules)
    meanwhile = accepted(set(previous) & set(last), definitions)
    assert was & will_be <= meanwhile <= was
    known = {name for text in before.rich_rules for name in text.split() if name.startswith('name="')}
    assert {name for text in last for name in text.split() if name.startswith('name="')} <= known


BASE = [(["443"], ["10.0.0.0/25", "10.0.1.0/24"], "a/b/1"), (["9100"], ["10.0.2.7/32"], "a/b/2")]
SMALL = {
    "a remote more": [(["443"], ["10.0.0.0/25", "10.0.1.0/24", "10.0.2.7/32"], "a/b/1"), BASE[1]],
    "a remote less": [(["443"], ["10.0.0.0/25"], "a/b/1"), BASE[1]],
    "a wider remote": [(["443"], ["10.0.0.0/24", "10.0.1.0/24"], "a/b/1"), BASE[1]],
    "a narrower remote": [(["443"], ["10.0.0.0/25", "10.0.1.0/25"], "a/b/1"), BASE[1]],
    "a port more": [(["443", "444"], ["10.0.0.0/25", "10.0.1.0/24"], "a/b/1"), BASE[1]],
    "another port": [(["444"], ["10.0.0.0/25", "10.0.1.0/24"], "a/b/1"), BASE[1]],
    "another flow": [(["443"], ["10.0.0.0/25", "10.0.1.0/24"], "a/b/3"), BASE[1]],
    "a rule more": [*BASE, (["80"], ["2001:db8::/64"], "a/b/4")],
    "a rule less": BASE[:1],
}


@pytest.mark.parametrize("change", SMALL)
def test_a_small_change_needs_no_reload_there_and_back_again(daemon: FakeFirewalld, host: Host, change: str) -> None:
    apply(host, objects_of(BASE))
    apply(host, objects_of(SMALL[change]))
    times = {path: path.stat().st_mtime_ns for path in daemon.folder.rglob("*")}
    apply(host, objects_of(SMALL[change]))
    assert times == {path: path.stat().st_mtime_ns for path in daemon.folder.rglob("*")}
    apply(host, objects_of(BASE))
    assert daemon.reloads == 1
    for rules in daemon.rules_set:
        assert 0 < len(rules) < 10


def test_one_change_after_the_other_is_judged_by_what_is_loaded(daemon: FakeFirewalld, host: Host) -> None:
    """Services of files that are gone already are asked for."""
    apply(host, objects_of(BASE))
    for change in (*SMALL.values(), BASE):
        apply(host, objects_of(change))
    assert daemon.reloads == 1


def large(count: int) -> Objects:
    return objects_of([([str(port)], ["10.0.0.0/24"], "a/b/1") for port in range(2000, 2000 + count)])


def test_a_large_change_is_a_reload(daemon: FakeFirewalld, host: Host) -> None:
    apply(host, large(2))
    apply(host, large(2 + MOST_CHANGES))
    assert daemon.reloads == 1
    apply(host, large(1))
    assert daemon.reloads == 2
    apply(host, None)
    assert daemon.reloads == 3


def test_a_reload_by_somebody_makes_the_files_count_again(daemon: FakeFirewalld, host: Host) -> None:
    apply(host, objects_of(BASE))
    apply(host, objects_of(SMALL["another port"]))
    daemon.run(["busctl", "call", "", "", "", "reload"])
    apply(host, objects_of(SMALL["another port"]))
    assert daemon.reloads == 2
    apply(host, objects_of(BASE))
    assert daemon.reloads == 2


@pytest.mark.parametrize("loss", ["a rule", "the record"])
def test_what_is_loaded_and_not_vouched_for_is_loaded_anew(daemon: FakeFirewalld, host: Host, loss: str) -> None:
    apply(host, objects_of(BASE))
    wanted = objects_of(SMALL["another port"])
    apply(host, wanted)
    if loss == "a rule":
        assert daemon.policy is not None
        daemon.policy.remove(daemon.policy.findall("rule")[0])
    else:
        (daemon.root / "run/printops-firewalld.loaded").unlink()
    assert not host.loaded().holds(wanted)
    apply(host, wanted)
    assert daemon.reloads == 2


def test_where_the_daemon_refuses_it_is_a_reload(daemon: FakeFirewalld, host: Host) -> None:
    apply(host, objects_of(BASE))
    daemon.refuses_rules = True
    apply(host, objects_of(SMALL["another port"]))
    assert daemon.reloads == 2


@pytest.mark.parametrize(
    "text",
    [
        'rule family="ipv4" source address="10.0.0.0/8" drop',
        'rule family="ipv4" source NOT address="10.0.0.0/8" port port="1" protocol="tcp" accept',
        'rule family="ipv4" source address="10.0.0.0/8" port port="1" protocol="tcp" log accept',
        'rule family="ipv4" source address="10.0.0.0/8" accept',
        'rule service name="ssh" accept',
    ],
)
def test_a_rule_that_is_not_one_of_ours_is_not_guessed_at(daemon: FakeFirewalld, host: Host, text: str) -> None:
    with pytest.raises(UnclearError):
        atoms_of(text, DaemonDefinitions(host=host, files={}))
    apply(host, objects_of(BASE))
    assert daemon.reloads == 1
