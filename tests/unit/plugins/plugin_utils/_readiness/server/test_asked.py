# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator asks of a server: what is accepted, and how a mistake is named."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.server.asked import (
    Share,
    agreed_as,
    read_asked,
    version_of,
)


def test_what_is_left_out_asks_for_nothing() -> None:
    asked = read_asked({"share": "", "browsers": {}, "software": [], "thresholds": None}, host="h")
    assert (asked.share, asked.thresholds, asked.antivirus) == (None, None, None)
    assert (asked.browsers, asked.software, asked.ports, asked.name) == ({}, (), (), "")


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("\\\\files\\safeq", Share("files", "safeq", "")),
        ("//files.example/safeq/a b/c/", Share("files.example", "safeq", "a b\\c")),
    ],
)
def test_a_share_is_read_in_both_spellings(text: str, share: Share) -> None:
    assert read_asked({"share": text}, host="h").share == share


def test_limits_may_be_given_as_text() -> None:
    thresholds = read_asked({"thresholds": {"cpus": "4", "source": "x"}}, host="h").thresholds
    assert thresholds is not None
    assert (thresholds.cpus, thresholds.memory_mb, thresholds.disk_free_mb) == (4, None, {})


@pytest.mark.parametrize(
    ("text", "version"),
    [("128.0", (128, 0)), ("1:128.3.0esr-1~deb12u1", (128, 3, 0)), ("11.1.20348.0", (11, 1, 20348, 0)), ("none", ())],
)
def test_versions_are_numbers(text: str, version: tuple[int, ...]) -> None:
    assert version_of(text) == version


def test_agreed_names_are_patterns_whatever_their_case() -> None:
    asked = read_asked({"intended": [{"name": "NGINX*", "reference": "CHG-1"}]}, host="h")
    entry = agreed_as(asked.intended, "", "nginx.service")
    assert entry is not None
    assert entry.reference == "CHG-1"
    assert agreed_as(asked.intended, "apache2", "") is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"shares": "x"}, "there is no variable preinstall_server_shares; did you mean 'share'?"),
        ({"share": "C:\\x"}, "preinstall_server_share is 'C:\\\\x'; it must be such as"),
        ({"share": 5}, "preinstall_server_share is 5; it must be a string"),
        ({"ports": ["80"]}, "preinstall_server_ports has '80'; it must be such as '443/tcp'"),
        ({"ports": ["70000/tcp"]}, "preinstall_server_ports: '70000' is no port"),
        ({"intended": "nginx"}, "preinstall_server_intended is 'nginx'; it must be a list of mappings"),
        (
            {"intended": [{"nam": "x"}]},
            "preinstall_server_intended: entry 1: there is no key 'nam'; did you mean 'name'?",
        ),
        (
            {"software": [{"reference": "x"}]},
            "preinstall_server_software: entry 1 is {'reference': 'x'}; it needs a name",
        ),
        ({"browsers": {"opera": "1.0"}}, "preinstall_server_browsers: there is no key 'opera'; known: chrome,"),
        ({"browsers": {"edge": 120}}, "preinstall_server_browsers.edge is 120; it must be a version in quotes"),
        ({"thresholds": {"cpu": 2}}, "preinstall_server_thresholds: there is no key 'cpu'; did you mean 'cpus'?"),
        ({"thresholds": {"cpus": 2}}, "preinstall_server_thresholds.source is missing; name the document"),
        ({"thresholds": {"source": "x"}}, "preinstall_server_thresholds has no limit; give cpus"),
        (
            {"thresholds": {"cpus": 0, "source": "x"}},
            "preinstall_server_thresholds.cpus is 0; it must be a whole number",
        ),
        ({"thresholds": {"cpus": True, "source": "x"}}, "preinstall_server_thresholds.cpus is True"),
        (
            {"thresholds": {"disk_free_mb": {"C:": "much"}, "source": "x"}},
            "preinstall_server_thresholds.disk_free_mb['C:'] is 'much'",
        ),
        ({"antivirus": {"source": "x"}}, "preinstall_server_antivirus.paths is empty"),
        ({"antivirus": {"paths": ["x"]}}, "preinstall_server_antivirus.source is missing"),
        ({"antivirus": {"folders": []}}, "preinstall_server_antivirus: there is no key 'folders'"),
        ({"addresses": "192.0.2.1"}, "preinstall_server_addresses is '192.0.2.1'; it must be a list of strings"),
    ],
)
def test_a_mistake_is_named_by_host_and_variable(asked: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ReadinessError) as refused:
        read_asked(asked, host="cml1")
    assert str(refused.value).startswith("host cml1: ")
    assert message in str(refused.value)
