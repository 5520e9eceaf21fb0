# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Windows host tells of its firewall, and what is no such answer."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import COLUMNS, WindowsError
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.state import State
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._windows.fake_windows import (
    answer,
    foreign,
    remoting,
)


def test_rules_are_read_as_they_were_written() -> None:
    state = State.of(answer(rules=[foreign(name="a | b, \u20ac")], others=[foreign(), remoting()]))
    assert (state.rules, state.others) == ((foreign(name="a | b, \u20ac"),), (foreign(), remoting()))
    assert State.of(answer()).rules == ()


@pytest.mark.parametrize(
    "table",
    [
        None,
        [],
        "",
        "5",
        "[]",
        json.dumps([{"name": "Web"}]),
        json.dumps([[*COLUMNS, "new"]]),
        json.dumps([COLUMNS, ["Web"]]),
        json.dumps([COLUMNS, list(foreign(enabled=1).as_json().values())]),
        json.dumps([COLUMNS, list(foreign(package=None).as_json().values())]),
    ],
)
def test_what_is_no_table_of_rules_is_refused(table: t.Any) -> None:
    with pytest.raises(WindowsError, match="the host's answer about its firewall cannot be understood: "):
        State.of({**answer(), "others": table})


@pytest.mark.parametrize("part", ["rules", "policy", "service", "products", "connections"])
def test_an_answer_without_a_part_is_refused(part: str) -> None:
    told = answer()
    del told[part]
    with pytest.raises(WindowsError, match=f"cannot be understood: KeyError\\('{part}'"):
        State.of(told)
