# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of the rules on real Windows hosts: those of the inventory that PRINTOPS_WINDOWS_INVENTORY names.

Its hosts get rules for TCP ports 9000 to 9003 and lose them again; rules of others are not touched.
"""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ..conftest import INVENTORY_VARIABLE
from .life import CHANGED, die, live
from .playbook import Controller
from .rules import absent, play

pytestmark = pytest.mark.windows_hosts

LONGEST_SECONDS = 3600.0


@pytest.fixture(name="windows")
def windows_fixture(tmp_path: pathlib.Path) -> t.Iterator[tuple[Controller, pathlib.Path]]:
    """The controller and the inventory; the hosts have no rule of ours afterwards."""
    controller = Controller(tmp_path, longest_seconds=LONGEST_SECONDS)
    inventory = pathlib.Path(os.environ[INVENTORY_VARIABLE]).resolve()
    yield controller, inventory
    assert controller.play(play(absent(name="Clean up")), inventory).problems == []


def test_life_of_the_rules_of_real_hosts(windows: tuple[Controller, pathlib.Path]) -> None:
    controller, inventory = windows
    assert list(live(controller, inventory).tasks) == list(CHANGED)
    die(controller, inventory)
