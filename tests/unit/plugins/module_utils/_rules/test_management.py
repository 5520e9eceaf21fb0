# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live SSH session, found in a made-up /proc, and the rules that keep it open."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.management import (
    Connection,
    live_connection,
    management_rules,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import RuleError


def add_process(proc: pathlib.Path, *, pid: int, parent: int, ssh: str | None = None, name: str = "sh") -> None:
    folder = proc / str(pid)
    folder.mkdir()
    variables = ["HOME=/root", *([f"SSH_CONNECTION={ssh}"] if ssh is not None else [])]
    (folder / "environ").write_bytes("\0".join(variables).encode())
    (folder / "stat").write_text(f"{pid} ({name}) S {parent} 0 0")


def test_the_session_is_found_in_the_own_environment(tmp_path: pathlib.Path) -> None:
    add_process(tmp_path, pid=9, parent=1, ssh="198.18.0.1 50000 198.18.1.11 22")
    assert live_connection(pid=9, proc=tmp_path) == Connection("198.18.0.1", 22, 50000)


def test_the_session_is_found_above_a_become_that_dropped_it(tmp_path: pathlib.Path) -> None:
    add_process(tmp_path, pid=5, parent=1, ssh="2001:db8::1 50000 2001:db8::2 2222")
    add_process(tmp_path, pid=7, parent=5, name="sudo (root) x)")
    add_process(tmp_path, pid=9, parent=7)
    assert live_connection(pid=9, proc=tmp_path) == Connection("2001:db8::1", 2222, 50000)


def test_an_emptied_variable_is_passed_over(tmp_path: pathlib.Path) -> None:
    add_process(tmp_path, pid=5, parent=1, ssh="198.18.0.1 50000 198.18.1.11 22")
    add_process(tmp_path, pid=9, parent=5, ssh="")
    assert live_connection(pid=9, proc=tmp_path) == Connection("198.18.0.1", 22, 50000)


def test_the_scope_of_a_link_local_client_is_left_out(tmp_path: pathlib.Path) -> None:
    add_process(tmp_path, pid=9, parent=1, ssh="fe80::1%eth0 50000 fe80::2%eth0 22")
    assert live_connection(pid=9, proc=tmp_path) == Connection("fe80::1", 22, 50000)


def test_no_session_where_no_parent_has_one(tmp_path: pathlib.Path) -> None:
    add_process(tmp_path, pid=9, parent=5)
    assert live_connection(pid=9, proc=tmp_path) is None


def remotes(*, networks: list[str], connection: Connection | None) -> list[str]:
    return [
        str(remote) for rule in management_rules(networks=networks, connection=connection) for remote in rule.remotes
    ]


@pytest.mark.parametrize(
    ("networks", "connection", "expected"),
    [
        ([], None, []),
        ([], Connection("198.18.0.1", 22), ["198.18.0.1/32"]),
        (["198.18.0.0/24"], Connection("198.18.0.1", 22), ["198.18.0.0/24"]),
        (["198.18.1.0/24"], Connection("198.18.0.1", 22), ["198.18.0.1/32", "198.18.1.0/24"]),
        (["2001:db8::/32", "10.0.0.0/8"], None, ["10.0.0.0/8", "2001:db8::/32"]),
        (["2001:db8::/32"], Connection("2001:db8::9", 22), ["2001:db8::/32"]),
        (["10.0.0.0/8"], Connection("2001:db8::9", 22), ["2001:db8::9/128", "10.0.0.0/8"]),
        ([], Connection("::ffff:198.18.0.1", 22), ["198.18.0.1/32"]),
    ],
)
def test_the_live_client_is_added_where_no_network_covers_it(
    networks: list[str], connection: Connection | None, expected: list[str]
) -> None:
    assert remotes(networks=networks, connection=connection) == expected


def test_the_rule_is_for_the_port_that_the_session_came_in_on() -> None:
    (rule,) = management_rules(networks=["10.0.0.0/8"], connection=Connection("10.0.0.1", 2222))
    assert rule.lines() == ["allow in tcp 2222 from 10.0.0.0/8 [management-connection]"]
    (rule,) = management_rules(networks=["10.0.0.0/8"], connection=None)
    assert rule.lines() == ["allow in tcp 22 from 10.0.0.0/8 [management-connection]"]


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(RuleError, match=r"'10\.0\.0\.1/8' is no network"):
        management_rules(networks=["10.0.0.1/8"], connection=None)
