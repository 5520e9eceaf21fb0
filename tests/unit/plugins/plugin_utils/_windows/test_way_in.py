# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connections that a run may have come by, and changes that would cut them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import RuleError
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import Record
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.state import State
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.survey import survey
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.way_in import not_sure, own_addresses
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import (
    PORT,
    after,
    answer,
    foreign,
    look,
    params,
    refused,
    remoting,
    rule,
)


@pytest.mark.parametrize(
    ("changes", "options", "told"),
    [
        ({"connections": []}, {}, "not among those that the host tells of"),
        ({}, {"keep_connection": False}, "would cut off 192.0.2.10, which is connected to port 5986"),
        ({"others": [foreign(action="block", local_ports="5986")]}, {}, "would cut off 192.0.2.10"),
    ],
)
def test_profiles_are_not_closed_where_the_way_in_is_not_certain(
    changes: dict[str, t.Any], options: dict[str, t.Any], told: str
) -> None:
    host = answer(**changes, policy__profiles__domain__enabled=False)
    assert told in refused(rule(), host=host, start=True, **options)
    assert look(rule(), host=host, **options).result["changed"]


@pytest.mark.parametrize(
    ("others", "is_cut"),
    [
        ([], True),
        ([remoting()], False),
        ([remoting(profiles=4)], True),
        ([remoting(local_ports="5985")], True),
        ([remoting(remote_addresses="192.0.2.0/255.255.255.0")], False),
        ([remoting(application="C:\\x.exe")], True),
        ([foreign(local_ports="*")], False),
        ([foreign(local_ports="*"), foreign(local_ports="5986", action="block")], False),
    ],
)
def test_a_live_connection_is_not_cut(others: list[Record], is_cut: bool) -> None:
    host = answer(rules=after(look(rule())), others=others)
    for options in ({"keep_connection": False}, {"state": "absent"}):
        if is_cut:
            assert "would cut off 192.0.2.10" in refused(rule(), host=host, **options)
        else:
            assert look(rule(), host=host, **options).result["changed"]


@pytest.mark.parametrize(
    "limit",
    [
        {"remote_ports": "1024-2000"},
        {"interface_types": "Lan"},
        {"interface_types": "Wireless,RemoteAccess"},
        {"interfaces": "Ethernet 2"},
        {"local_addresses": "192.0.2.99"},
        {"local_user_owner": "S-1-5-18"},
        {"package": "S-1-15-2-1"},
        {"local_users": "O:LSD:(A;;CC;;;S-1-5-80-1-2-3-4-5)"},
        {"remote_users": "O:LSD:(A;;CC;;;S-1-5-21-1-2-3-500)"},
        {"remote_machines": "O:LSD:(A;;CC;;;S-1-5-21-1-2-3-515)"},
        {"secure_flags": 1},
        {"action": "bypass"},
        {"service": "WinRM"},
        {"application": "C:\\Windows\\System32\\OpenSSH\\sshd.exe"},
        {"remote_addresses": "LocalSubnet"},
        {"local_ports": "IPHTTPSIn"},
        {"enabled": False},
    ],
)
def test_an_opening_with_a_limit_that_the_run_might_not_meet_is_no_way_in(limit: dict[str, t.Any]) -> None:
    host = answer(others=[remoting(**limit)], policy__profiles__domain__enabled=False)
    told = refused(rule(), host=host, start=True, keep_connection=False)
    assert "would cut off 192.0.2.10" in told


@pytest.mark.parametrize(
    "limit", [{"local_users": "O:LSD:(A;;CC;;;WD)"}, {"interface_types": "Lan,RemoteAccess,Wireless"}]
)
def test_an_opening_with_a_limit_that_everybody_meets_is_one(limit: dict[str, t.Any]) -> None:
    host = answer(others=[remoting(**limit)], policy__profiles__domain__enabled=False)
    assert look(rule(), host=host, start=True, keep_connection=False).result["changed"]


@pytest.mark.parametrize(
    ("block", "is_sure"),
    [
        ({"remote_addresses": "LocalSubnet"}, False),
        ({"remote_addresses": "IntrAnet"}, False),
        ({"remote_addresses": "DNS"}, False),
        ({"remote_addresses": "IntErnet"}, False),
        ({"remote_addresses": "10.0.0.0/255.0.255.0"}, False),
        ({"interfaces": "Ethernet 2"}, False),
        ({"remote_ports": "50000"}, False),
        ({"remote_addresses": "198.51.100.0/24"}, True),
        ({"application": "C:\\x.exe"}, True),
        ({"local_users": "O:LSD:(D;;CC;;;WD)"}, True),
        ({"local_user_owner": "S-1-5-18"}, True),
        ({"trust": "WFDKmDriver"}, True),
    ],
)
def test_a_block_of_which_only_the_host_can_tell_whom_it_hits_leaves_a_doubt(
    block: dict[str, t.Any], is_sure: bool
) -> None:
    state = State.of(answer(others=[remoting()]))
    others = (*state.others, foreign(action="block", local_ports="5986", name="Block")._replace(**block))
    told = not_sure(state._replace(others=others), live=state.connections, rules=(), profiles=state.profiles)
    assert (told == "") == is_sure
    assert is_sure or "the Windows rule 'Block' may block 192.0.2.10" in told


@pytest.mark.parametrize(("address", "is_sure"), [("10.0.0.9", True), ("192.0.2.10", False)])
def test_a_block_of_the_internet_is_none_of_a_private_network(address: str, is_sure: bool) -> None:
    block = foreign(action="block", local_ports="5986", remote_addresses="IntErnet")
    there = [{"local_port": PORT, "remote_address": address, "remote_port": 50000}]
    state = State.of(answer(others=[remoting(), block], connections=there))
    told = not_sure(state, live=state.connections, rules=(), profiles=state.profiles)
    assert (told == "") == is_sure


def test_sshd_serves_ssh_and_no_winrm() -> None:
    sshd = foreign(local_ports="22", application="%SystemRoot%\\system32\\OpenSSH\\sshd.exe")
    there = [{"local_port": 22, "remote_address": "192.0.2.10", "remote_port": 50000}]
    state = State.of(answer(others=[sshd], connections=there))
    assert not_sure(state, live=state.connections, rules=(), profiles=state.profiles) == ""


def test_every_connection_to_the_port_is_kept_and_no_other_port_s() -> None:
    connections = [
        {"local_port": 5986, "remote_address": "2001:db8::9", "remote_port": 1},
        {"local_port": 5986, "remote_address": "::ffff:192.0.2.10", "remote_port": 2},
        {"local_port": 5986, "remote_address": "fe80::1%4", "remote_port": 3},
        {"local_port": 5986, "remote_address": "", "remote_port": 4},
        {"local_port": 5985, "remote_address": "192.0.2.99", "remote_port": 5},
    ]
    plan = look(host=answer(connections=connections), management=["192.0.2.0/28"])
    assert plan.result["management"] == ["192.0.2.0/28", "2001:db8::9/128", "fe80::1/128"]
    (told,) = plan.warnings
    assert told.startswith("which of 2001:db8::9 and fe80::1 this run comes from cannot be told")
    behind = look(host=answer(connections=connections[-1:]))
    assert behind.result["added"] == ["allow in tcp 5985 from 192.0.2.99/32 [management-connection]"]


def test_a_network_of_management_that_is_none_is_refused() -> None:
    with pytest.raises(RuleError, match=r"management: '10\.0\.0\.1/8' is no network"):
        look(management=["10.0.0.1/8"])


def test_of_several_connections_only_the_controller_s_own_is_kept() -> None:
    addresses = ["192.0.2.10", "203.0.113.66"]
    raw = answer(connections=[{"local_port": PORT, "remote_address": one, "remote_port": 1} for one in addresses])
    plan = survey(params(rule()), State.of(raw), port=PORT, own={"192.0.2.10", "2001:db8::10"})
    assert (plan.result["management"], plan.warnings) == (["192.0.2.10/32"], ())
    behind = survey(params(rule()), State.of(raw), port=PORT, own={"10.0.0.1"})
    assert behind.result["management"] == ["192.0.2.10/32", "203.0.113.66/32"]
    assert "cannot be told" in behind.warnings[0]


def test_the_controller_s_own_addresses_are_those_it_would_send_from() -> None:
    assert own_addresses("127.0.0.1", port=PORT) == {"127.0.0.1"}
    assert own_addresses("nobody.invalid", port=PORT) == frozenset()
    assert own_addresses("." * 300, port=PORT) == frozenset()
