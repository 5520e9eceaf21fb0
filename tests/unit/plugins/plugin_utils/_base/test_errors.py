# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hints at what was probably meant."""

from __future__ import annotations

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import closest


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("managment", ["management", "mfd"], "did you mean 'management'?"),
        ("x", ["beta", "alpha"], "known: alpha, beta"),
        ("x", [], "known: none"),
        ("zzz", [f"a{number:02}" for number in range(20)],
         "known: a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, … (20 in all)"),
    ],
)  # fmt: skip
def test_closest(name: str, known: list[str], hint: str) -> None:
    assert closest(name, known) == hint
