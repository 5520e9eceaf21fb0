# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a host was found: written once, and what removal makes of it."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._confirm.found import Found, FoundFile, ufw_settings
from ansible_collections.printops.firewall.plugins.module_utils._host.leftovers import Leftovers, LeftoversError

OFF = Found(known=True, active=False, at_boot=False)
RULES = "*filter\n### RULES ###\n\n### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -j ACCEPT\n"


class Commands:
    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, command: list[str]) -> tuple[int, str, str]:
        self.said.append(" ".join(command))
        return 0, "", ""


def test_the_first_record_stays_and_a_later_start_is_added(tmp_path: pathlib.Path) -> None:
    record = FoundFile(provider="ufw", root=tmp_path)
    assert record.read() is None
    assert not record.is_to_stop()
    record.note(lambda: OFF, starts=False)
    record.note(lambda: Found(known=True, active=True, at_boot=True), starts=False)
    assert record.read() == OFF
    assert not record.is_to_stop()
    record.note(lambda: OFF, starts=True)
    assert record.is_to_stop()


@pytest.mark.parametrize(("known", "active"), [(False, False), (True, True)])
def test_a_firewall_that_ran_or_is_not_known_is_not_stopped(tmp_path: pathlib.Path, known: bool, active: bool) -> None:
    record = FoundFile(provider="ufw", root=tmp_path)
    record.note(lambda: Found(known=known, active=active, at_boot=False), starts=True)
    assert not record.is_to_stop()


def test_kernel_settings_that_ufw_changes(tmp_path: pathlib.Path) -> None:
    for path, text in (("etc/ufw/sysctl.conf", "# a=1\nnet/x/y=0\nnet.z=1\n"), ("proc/sys/net/x/y", "1\n")):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    assert ufw_settings(tmp_path) == {"net/x/y": "1"}


def leave(root: pathlib.Path, found: Found, *, rules: str) -> Commands:
    (root / "etc/ufw").mkdir(parents=True, exist_ok=True)
    (root / "etc/ufw/user.rules").write_text(rules)
    FoundFile(provider="ufw", root=root).note(lambda: found, starts=True)
    commands = Commands()
    Leftovers(run=commands, root=root).remove()
    return commands


def test_a_firewall_that_was_off_gets_its_files_and_its_boot_back(tmp_path: pathlib.Path) -> None:
    rules = tmp_path / "etc/ufw/user.rules"
    found = Found(known=True, active=False, at_boot=False, files={str(rules): RULES})
    commands = leave(tmp_path, found, rules=RULES + "\n### END RULES ###\n")
    assert rules.read_text() == RULES
    assert "systemctl --quiet disable ufw.service" in commands.said
    assert Leftovers(run=commands, root=tmp_path).paths() == []


def test_rules_that_somebody_added_since_stay(tmp_path: pathlib.Path) -> None:
    rules = tmp_path / "etc/ufw/user.rules"
    added = RULES + "\n### tuple ### allow tcp 23 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -j ACCEPT\n"
    leave(tmp_path, Found(known=True, active=False, at_boot=False, files={str(rules): RULES}), rules=added)
    assert rules.read_text() == added


def test_a_firewall_that_ran_at_boot_goes_on_to(tmp_path: pathlib.Path) -> None:
    commands = leave(tmp_path, Found(known=True, active=True, at_boot=True), rules=RULES)
    assert not [command for command in commands.said if "disable" in command]


def test_nothing_is_taken_away_while_rules_of_ours_are_there(tmp_path: pathlib.Path) -> None:
    ours = RULES.replace("0.0.0.0/0 in\n", "0.0.0.0/0 in comment=" + b"printops:x/y/1".hex() + "\n")
    with pytest.raises(LeftoversError, match="rules of ours are still in ufw"):
        leave(tmp_path, OFF, rules=ours)
    assert FoundFile(provider="ufw", root=tmp_path).read()
