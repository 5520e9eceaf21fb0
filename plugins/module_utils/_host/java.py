# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""On which ports a Java process is managed, by its options and by what its own performance data tell.

Of options only ports leave this file: they may hold passwords. OpenJDK listens on one more port of all addresses for
management by its own host, and drops other callers there; only its performance data tell which of its ports that is.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import pathlib
import re
import stat
import typing as t

_OPTION = re.compile(rb"-Dcom\.sun\.management\.jmxremote\.(?:rmi\.)?port=(\d{1,5})(?!\d)")
_REMOTE = re.compile(rb"service:jmx:rmi:///jndi/rmi://(?:\[[^\]/\0]*\]|[^:/\0]*):(\d{1,5})/")
_LOCAL = re.compile(rb"service:jmx:rmi://[^/\0]*/stub/([A-Za-z0-9+/=]+)")
_ENDPOINT = re.compile(rb"UnicastRef(?:2\0)?\0(?P<size>[\0-\xff])", re.DOTALL)
_OF_ENVIRONMENT = (b"JAVA_TOOL_OPTIONS=", b"JDK_JAVA_OPTIONS=", b"_JAVA_OPTIONS=")
_MOST_BYTES = 1 << 20


class Management(t.NamedTuple):
    """Ports for JMX, and those on which only its own host manages the process; none where it is not Java's."""

    jmx: t.FrozenSet[int] = frozenset()
    local: t.FrozenSet[int] = frozenset()


def management(process: pathlib.Path) -> Management:
    """What C(/proc/PID) tells; takes root for processes of others."""
    told = _performance_data(process)
    given = [_read(process / "cmdline")]
    given += [one for one in _read(process / "environ").split(b"\0") if one.startswith(_OF_ENVIRONMENT)]
    jmx = {int(port) for text in given for port in _OPTION.findall(text)}
    jmx.update(int(port) for port in _REMOTE.findall(told))
    local = (_port_of(stub) for stub in _LOCAL.findall(told))
    return Management(frozenset(jmx), frozenset(port for port in local if port))


def _performance_data(process: pathlib.Path) -> bytes:
    """The file that Java keeps for its owner in /tmp as the process sees it, named by the id that it has there."""
    ids = re.search(r"^NSpid:\t(?:\d+\t)*(\d+)$", _read(process / "status").decode("ascii", "replace"), re.MULTILINE)
    try:
        owner = process.stat().st_uid
        found = sorted((process / "root" / "tmp").glob(f"hsperfdata_*/{ids[1] if ids else process.name}"))
    except OSError:
        return b""
    return b"".join(_read(file, owner=owner) for file in found)


def _read(file: pathlib.Path, *, owner: t.Optional[int] = None) -> bytes:
    """Nothing where the process has ended, or where the file is none or is not the owner's."""
    with contextlib.suppress(OSError):
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode) and owner in (None, status.st_uid):
                return opened.read(_MOST_BYTES)
    return b""


def _port_of(stub: bytes) -> t.Optional[int]:
    """The port of the endpoint in a serialised stub: of its host the length, the name and then the port."""
    with contextlib.suppress(binascii.Error):
        data = base64.b64decode(stub, validate=True)
        match = _ENDPOINT.search(data)
        if match:
            begin = match.end() + match["size"][0]
            port = data[begin : begin + 4]
            return int.from_bytes(port, "big") or None if len(port) == 4 else None
    return None
