# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds ports, from a /proc of a few files and from the real one."""

from __future__ import annotations

import os
import pathlib
import socket

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._probe.local import held_ports

HEAD = "  sl  local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode\n"
LINE = "   0: {} 00000000:0000 {} 00000000:00000000 00:00000000 00000000 0 0 {} 1\n"
JAVA = "java\0-Dcom.sun.management.jmxremote.port=9999\0-Dpassword=hunter2\0Main\0"


def process(proc: pathlib.Path, pid: int, *, name: str, program: str, inode: int, command: str = "") -> None:
    folder = proc / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "comm").write_text(f"{name}\n")
    (folder / "cmdline").write_text(command)
    (folder / "exe").symlink_to(program)
    (folder / "fd" / "3").symlink_to(f"socket:[{inode}]")


@pytest.fixture(name="proc")
def proc_fixture(tmp_path: pathlib.Path) -> pathlib.Path:
    net = tmp_path / "net"
    net.mkdir()
    lines = [
        LINE.format("00000000:270F", "0A", 7),
        LINE.format("0100007F:1F90", "0A", 8),
        LINE.format("00000000:0050", "0A", 9),
    ]
    (net / "tcp").write_text(HEAD + "".join(lines))
    process(tmp_path, 900, name="java", program="/opt/jre/bin/java", inode=7, command=JAVA)
    process(tmp_path, 80, name="httpd", program="/usr/sbin/httpd (deleted)", inode=8)
    process(tmp_path, 1000, name="worker", program="/usr/sbin/httpd", inode=8)
    return tmp_path


def test_holders_have_their_programs_and_the_oldest_of_those_that_share_is_told(proc: pathlib.Path) -> None:
    found = {one["port"]: one for one in held_ports(proc=proc)}
    assert found[8080]["holders"] == [{"pid": 80, "name": "httpd", "program": "/usr/sbin/httpd"}]
    assert found[80]["holders"] == []


def test_jmx_is_known_by_the_command_line_of_which_nothing_else_is_told(proc: pathlib.Path) -> None:
    found = held_ports(proc=proc)
    assert [one["port"] for one in found if one["jmx"]] == [9999]
    assert "hunter2" not in str(found)


def test_a_listener_of_this_process_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        (found,) = [one for one in held_ports() if one["port"] == port]
    assert found["addresses"] == ["127.0.0.1"]
    assert [one["pid"] for one in found["holders"]] == [os.getpid()]
