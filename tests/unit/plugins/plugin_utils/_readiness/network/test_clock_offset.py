# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks read over connections that take time."""

from __future__ import annotations

import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.network.clock_offset import (
    POSIX_COMMAND,
    ClockError,
    Exchange,
    best,
    parse_reading,
)


@given(true_offset=st.floats(-1e6, 1e6), there=st.floats(0, 10), back=st.floats(0, 10))
def test_the_true_offset_is_within_the_uncertainty(true_offset: float, there: float, back: float) -> None:
    sent = 1_700_000_000.0
    found = Exchange(sent=sent, received=sent + there + back, remote=sent + there + true_offset)
    assert abs(found.offset_s - true_offset) <= found.uncertainty_s + 1e-5


def test_the_quickest_exchange_is_kept() -> None:
    slow, quick = Exchange(sent=0, received=2, remote=1), Exchange(sent=5, received=5.1, remote=6)
    assert best([slow, quick]) is quick


def test_readings_are_read_with_what_a_login_says_before() -> None:
    assert parse_reading("Welcome\n1700000000.25\r\n") == 1700000000.25


@pytest.mark.parametrize("text", ["", "1700000000.N", "date: not found"])
def test_what_is_no_reading_is_an_error(text: str) -> None:
    with pytest.raises(ClockError, match="instead of seconds since 1970"):
        parse_reading(text)


def test_the_command_reads_the_clock() -> None:
    said = subprocess.run(["sh", "-c", POSIX_COMMAND], check=True, capture_output=True, text=True)
    assert abs(parse_reading(said.stdout) - time.time()) < 5
