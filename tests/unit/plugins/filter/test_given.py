# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A blank value stands for the default, and nothing else does."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.filter.given import FilterModule


@pytest.mark.parametrize(
    ("value", "given"),
    [(None, 7), ("", 7), (" \t\n", 7), (False, False), (0, 0), ([], []), ({}, {}), (" a ", "a"), ("false", "false")],
)
def test_only_what_is_blank_stands_for_the_default(value: t.Any, given: t.Any) -> None:
    assert FilterModule().filters()["given"](value, 7) == given
