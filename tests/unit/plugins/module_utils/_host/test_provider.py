# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which firewall of a host is meant, and when that is not plain."""

from __future__ import annotations

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._host.provider import (
    choose_provider,
    installed_and_active,
)


@pytest.mark.parametrize(
    ("wanted", "installed", "active", "chosen"),
    [
        ("auto", ["ufw"], [], "ufw"),
        ("auto", ["firewalld"], ["firewalld"], "firewalld"),
        ("auto", ["firewalld", "ufw"], ["ufw"], "ufw"),
        ("ufw", ["ufw"], ["ufw"], "ufw"),
        ("ufw", ["firewalld", "ufw"], [], "ufw"),
        ("firewalld", [], [], "firewalld"),
    ],
)
def test_the_provider_that_is_meant(wanted: str, installed: list[str], active: list[str], chosen: str) -> None:
    assert choose_provider(wanted, installed=installed, active=active) == chosen


@pytest.mark.parametrize(
    ("wanted", "installed", "active", "said"),
    [
        ("auto", [], [], "neither firewalld nor ufw is installed"),
        ("auto", ["firewalld", "ufw"], [], "firewalld and ufw are both installed"),
        ("auto", ["firewalld", "ufw"], ["firewalld", "ufw"], "firewalld and ufw are both active"),
        ("ufw", ["firewalld", "ufw"], ["firewalld"], "printops_provider is ufw, and firewalld is active"),
        ("ufw", ["firewalld", "ufw"], ["firewalld", "ufw"], "printops_provider is ufw, and firewalld is active"),
    ],
)
def test_a_choice_that_is_not_plain_is_refused(wanted: str, installed: list[str], active: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        choose_provider(wanted, installed=installed, active=active)


@pytest.mark.parametrize(
    ("firewalld", "found"),
    [
        (("enabled", "active"), (["firewalld"], ["firewalld"])),
        (("masked", "inactive"), ([], [])),
        (("masked", "active"), (["firewalld"], ["firewalld"])),
        (("disabled", "inactive"), (["firewalld"], [])),
    ],
)
def test_a_masked_firewall_that_runs_is_there(firewalld: tuple[str, str], found: tuple[list[str], list[str]]) -> None:
    class Module:
        def get_bin_path(self, command: str) -> str | None:
            return None if command == "ufw" else f"/usr/bin/{command}"

        def run_command(self, command: list[str]) -> tuple[int, str, str]:
            return 0, firewalld[0 if command[1] == "is-enabled" else 1], ""

    assert installed_and_active(Module()) == found
