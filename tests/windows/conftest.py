# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that need what few machines have are left out where it is not, and every run says so."""

from __future__ import annotations

import os

import pytest

from .analyzer.profiles import analyzer
from .powershell.resident import close_all, powershell

INVENTORY_VARIABLE = "PRINTOPS_WINDOWS_INVENTORY"
LEFT_OUT = pytest.StashKey[dict[str, int]]()


def reasons() -> dict[str, str]:
    """Why tests of a mark cannot run here, for the marks whose tests cannot."""
    lacking = {}
    if powershell() is None:
        lacking["pwsh"] = "there is no PowerShell (pwsh, 7.0 or newer) on the path"
    if powershell() is not None and analyzer() is None:
        lacking["analyzer"] = "PSScriptAnalyzer is not there: scripts/setup takes it from npm"
    if not os.environ.get(INVENTORY_VARIABLE):
        lacking["windows_hosts"] = f"{INVENTORY_VARIABLE} names no inventory of Windows hosts"
    return lacking


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    counts: dict[str, int] = {}
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    lacking = reasons()
    for item in items:
        marks = [mark for mark in lacking if item.get_closest_marker(mark)]
        (left_out if marks else kept).append(item)
        for mark in marks:
            counts[mark] = counts.get(mark, 0) + 1
    config.stash[LEFT_OUT] = counts
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_sessionfinish() -> None:
    close_all()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Where tests run in several processes, the one that reports has collected none, and cannot count them."""
    counts = config.stash.get(LEFT_OUT, {})
    for mark, reason in reasons().items():
        number = f"{counts[mark]} tests" if mark in counts else "the tests"
        terminalreporter.write_line(f"NOT RUN: {number} marked {mark}, since {reason}")
