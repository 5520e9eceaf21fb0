# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest

from .host import Host


@pytest.fixture
def host(tmp_path: pathlib.Path) -> Host:
    """A Windows host without rules, its firewall on."""
    return Host(tmp_path)


@pytest.fixture(params=["stand-in", "model"])
def both(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Host:
    """The same, once with the stand-in and once with what it stands for."""
    return Host(tmp_path, on_model=request.param == "model")


@pytest.fixture
def host_on_model(tmp_path: pathlib.Path) -> Host:
    """The same, on the model of Windows."""
    return Host(tmp_path, on_model=True)
