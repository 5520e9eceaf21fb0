# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a Java process is managed, from its options and from performance data as OpenJDK 17 wrote them."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._host.java import Management, management

STUB = (
    b"rO0ABXNyAC5qYXZheC5tYW5hZ2VtZW50LnJlbW90ZS5ybWkuUk1JU2VydmVySW1wbF9TdHViAAAAAAAAAAICAAB4cgAaamF2YS5ybWkuc2VydmVy"
    b"LlJlbW90ZVN0dWLp/tzJi+FlGgIAAHhyABxqYXZhLnJtaS5zZXJ2ZXIuUmVtb3RlT2JqZWN002G0kQxhMx4DAAB4cHcrAAtVbmljYXN0UmVmMgAA"
    b"AAAAs1dMBoFItGWH8P8z/S4AAAGiMh7bVoACAHg="
)
TOLD = b"\xca\xfe\xc0\xc0\0address\0service:jmx:rmi://127.0.0.1/stub/" + STUB + b"\0\0"
REMOTE = b"remoteAddress\0service:jmx:rmi:///jndi/rmi://%b:9898/jmxrmi\0"
OPTION = b"java\0-Dcom.sun.management.jmxremote.%bport=%b\0-Dpassword=hunter2\0Main\0"


def process(folder: pathlib.Path, *, command: bytes = b"", environment: bytes = b"", inside: str = "") -> pathlib.Path:
    made = folder / "900"
    (made / "root/tmp/hsperfdata_safeq").mkdir(parents=True)
    (made / "cmdline").write_bytes(command)
    (made / "environ").write_bytes(environment)
    (made / "status").write_text(f"Name:\tjava\nNSpid:\t900{inside}\nThreads:\t20\n")
    return made


def file_of(process: pathlib.Path, name: str = "900") -> pathlib.Path:
    return process / "root/tmp/hsperfdata_safeq" / name


@pytest.mark.parametrize("host", [b"127.0.0.1", b"site1", b"[2001:db8::1]"])
def test_java_tells_its_ports_itself(tmp_path: pathlib.Path, host: bytes) -> None:
    made = process(tmp_path)
    file_of(made).write_bytes(TOLD + REMOTE % host)
    assert management(made) == Management(jmx=frozenset({9898}), local=frozenset({45911}))


def test_the_file_is_named_by_the_id_that_the_process_has_in_its_container(tmp_path: pathlib.Path) -> None:
    made = process(tmp_path, inside="\t12\t7")
    file_of(made, "7").write_bytes(TOLD)
    assert management(made).local == {45911}


@pytest.mark.parametrize(
    ("command", "environment", "ports"),
    [
        (OPTION % (b"", b"9898"), b"", {9898}),
        (OPTION % (b"", b"9898") + OPTION % (b"rmi.", b"9000"), b"", {9898, 9000}),
        (b"rmiregistry\0-J-Dcom.sun.management.jmxremote.port=9797\0", b"", {9797}),
        (b"java\0", b"HOME=/\0JAVA_TOOL_OPTIONS=-Dcom.sun.management.jmxremote.port=9999 -Xmx1g\0", {9999}),
        (b"java\0", b"NOTE=-Dcom.sun.management.jmxremote.port=9999\0", set()),
        (b"java\0-Dcom.sun.management.jmxremote.port=999999\0", b"", set()),
        (b"", b"", set()),
    ],
)
def test_options_name_ports(tmp_path: pathlib.Path, command: bytes, environment: bytes, ports: set[int]) -> None:
    assert management(process(tmp_path, command=command, environment=environment)) == Management(jmx=frozenset(ports))


def test_a_file_that_is_none_of_the_owner_s_or_that_was_cut_off_tells_nothing(tmp_path: pathlib.Path) -> None:
    made = process(tmp_path)
    file_of(made, "else").write_bytes(TOLD)
    file_of(made).symlink_to(file_of(made, "else"))
    assert management(made) == Management()
    file_of(made).unlink()
    os.mkfifo(file_of(made))
    assert management(made) == Management()
    file_of(made).unlink()
    for end in range(len(TOLD)):
        file_of(made).write_bytes(TOLD[:end])
        assert management(made).local <= {45911}


def test_a_process_that_has_ended_tells_nothing(tmp_path: pathlib.Path) -> None:
    assert management(tmp_path / "1") == Management()
