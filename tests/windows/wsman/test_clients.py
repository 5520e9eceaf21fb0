# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients that Ansible uses, pywinrm and pypsrp, against the server of the tests."""

from __future__ import annotations

import pathlib
import time
import typing as t

import pytest
import winrm
from pypsrp.exceptions import AuthenticationError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan
from winrm.exceptions import InvalidCredentialsError
from winrm.protocol import Protocol

from .authentication import Account, publish_accounts
from .certificate import Certificate, make_certificate
from .command import Command, ConnectionLostError, Outcome, Peer
from .server import WsManServer
from .shells import LARGEST_OUTPUT

ACCOUNT = Account("Administrator", "Pa55 & <word>")
WRONG = "wrong"
Way = t.Literal["basic", "ntlm"]


class Echo:
    """A computer that answers with its input and the script."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.gone: list[Peer] = []
        self.open = True

    def execute(self, command: Command) -> Outcome:
        self.commands.append(command)
        if "lose the connection" in command.script:
            raise ConnectionLostError
        rc = 7 if "fail" in command.script else 0
        return Outcome(rc=rc, stdout=command.stdin.decode(), stderr="bad <luck> & more" if rc else "")

    def admits(self, peer: Peer) -> bool:
        return self.open and peer.address == "127.0.0.1"

    def left(self, peer: Peer) -> None:
        self.gone.append(peer)


@pytest.fixture(name="certificate", scope="module")
def certificate_fixture(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("wsman")
    publish_accounts([ACCOUNT], file=folder / "accounts")
    return make_certificate(folder)


@pytest.fixture(name="server", params=["http", "https"])
def server_fixture(request: pytest.FixtureRequest, certificate: Certificate) -> t.Iterator[WsManServer]:
    tls = certificate.server_context() if request.param == "https" else None
    with WsManServer(Echo(), accounts=[ACCOUNT], tls=tls) as server:
        yield server


def ways_of(server: WsManServer) -> list[Way]:
    return ["basic", "ntlm"] if server.tls else ["ntlm"]


def winrm_client(server: WsManServer, way: Way, *, ca: pathlib.Path, password: str = ACCOUNT.password) -> Protocol:
    scheme = "https" if server.tls else "http"
    return Protocol(
        f"{scheme}://127.0.0.1:{server.port}/wsman",
        transport=way,
        username=ACCOUNT.user,
        password=password,
        ca_trust_path=str(ca),
        message_encryption="auto",
    )


def psrp_client(server: WsManServer, way: str, *, ca: pathlib.Path, password: str = ACCOUNT.password) -> WSMan:
    return WSMan(
        "127.0.0.1",
        port=server.port,
        ssl=server.tls is not None,
        auth=way,
        username=ACCOUNT.user,
        password=password,
        cert_validation=t.cast("t.Any", str(ca)),
    )


def echo(server: WsManServer) -> Echo:
    assert isinstance(server.computer, Echo)
    return server.computer


def test_winrm_runs_a_command(server: WsManServer, certificate: Certificate) -> None:
    for way in ways_of(server):
        protocol = winrm_client(server, way, ca=certificate.certificate)
        shell = protocol.open_shell(codepage=65001)
        command = protocol.run_command(shell, "type", ["a & b", "it's"])
        assert protocol.get_command_output(shell, command) == (b"", b"", 0)
        failing = protocol.run_command(shell, "fail")
        assert protocol.get_command_output(shell, failing) == (b"", b"bad <luck> & more", 7)
        protocol.cleanup_command(shell, failing)
        protocol.close_shell(shell)
    assert " ".join(echo(server).commands[0].words) == "type a & b it's"
    assert (server.traffic.encrypted > 0) == (server.tls is None)
    assert (server.traffic.plain > 0) == (server.tls is not None)


def test_winrm_decodes_a_script(server: WsManServer, certificate: Certificate) -> None:
    session = winrm.Session("127.0.0.1", auth=(ACCOUNT.user, ACCOUNT.password))
    session.protocol = winrm_client(server, ways_of(server)[0], ca=certificate.certificate)
    assert session.run_ps("Write-Output 'žluť'").status_code == 0
    assert echo(server).commands[0].script == "Write-Output 'žluť'"


@pytest.mark.parametrize("size", [80_000, 3 * LARGEST_OUTPUT])
def test_psrp_runs_a_pipeline_with_input(server: WsManServer, certificate: Certificate, size: int) -> None:
    lines = ["ä\0\0b", "x" * size, ""]
    for way in ways_of(server):
        with psrp_client(server, way, ca=certificate.certificate) as client, RunspacePool(client) as pool:
            pipeline = PowerShell(pool)
            pipeline.add_script("take it")
            assert pipeline.invoke(input=t.cast("t.Any", lines)) == lines
            assert not pipeline.had_errors
            failing = PowerShell(pool)
            failing.add_script("fail")
            failing.invoke()
            assert [str(error) for error in failing.streams.error] == ["bad <luck> & more"]
    assert (server.traffic.encrypted > 0) == (server.tls is None)


def test_wrong_password(server: WsManServer, certificate: Certificate) -> None:
    for way in ways_of(server):
        with pytest.raises(InvalidCredentialsError):
            winrm_client(server, way, ca=certificate.certificate, password=WRONG).open_shell()
        client = psrp_client(server, way, ca=certificate.certificate, password=WRONG)
        with pytest.raises(AuthenticationError), RunspacePool(client):
            pass
    assert echo(server).commands == []


def test_basic_without_tls_is_refused(server: WsManServer, certificate: Certificate) -> None:
    protocol = winrm_client(server, "basic", ca=certificate.certificate)
    if server.tls is None:
        with pytest.raises(InvalidCredentialsError):
            protocol.open_shell()
    else:
        assert protocol.open_shell()


def test_lost_connection_and_a_host_that_lets_nobody_in(server: WsManServer, certificate: Certificate) -> None:
    protocol = winrm_client(server, "ntlm", ca=certificate.certificate)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "lose the connection")
    with pytest.raises(OSError, match="Connection"):
        protocol.get_command_output(shell, command)
    echo(server).open = False
    with pytest.raises(OSError, match="Connection"):
        winrm_client(server, "ntlm", ca=certificate.certificate).open_shell()
    assert server.traffic.refused > 0
    lost = server.traffic.connections[0]
    # The server's thread notices the end of the connection after the client does.
    deadline = time.monotonic() + 10
    while lost not in echo(server).gone:
        assert time.monotonic() < deadline, "the server never noticed"
        time.sleep(0.05)
