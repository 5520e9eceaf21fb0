# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ..fake.computer import FakeComputer
from ..wsman.authentication import publish_accounts
from ..wsman.certificate import Certificate, make_certificate
from .hosts import Host, serve
from .inventory import ACCOUNT, PSRP, WINRM, Way
from .playbook import Controller


@pytest.fixture(name="certificate", scope="session")
def certificate_fixture(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("wsman")
    publish_accounts([ACCOUNT], file=folder / "accounts")
    return make_certificate(folder)


@pytest.fixture(name="controller")
def controller_fixture(tmp_path: pathlib.Path) -> Controller:
    return Controller(tmp_path)


@pytest.fixture(name="way", params=[WINRM, PSRP], ids=str)
def way_fixture(request: pytest.FixtureRequest) -> Way:
    """Both plugins; a test that wants all ways gives its own parameters."""
    way: Way = request.param
    return way


@pytest.fixture(name="host")
def host_fixture(way: Way, certificate: Certificate) -> t.Iterator[Host[FakeComputer]]:
    """A fake host, the win1 of the inventory."""
    with serve([FakeComputer()], way, certificate) as hosts:
        hosts[0].computer.firewall.allow_remote_management(hosts[0].server.port)
        yield hosts[0]
