# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The browser service of Microsoft SQL Server: a question over UDP and its answer, after the specification MC-SQLR."""

from __future__ import annotations

import socket
import typing as t

PORT = 1434
EVERY_INSTANCE = b"\x03"
_ONE_INSTANCE = 0x04
_ANSWER = 0x05
_HEAD = 3
_LARGEST = 65535


class SsrpError(Exception):
    """An answer that is not one of a browser service; the text says what came."""


def question(instance: str = "") -> bytes:
    """The datagram that asks for one instance, or for all that are not hidden."""
    if not instance:
        return EVERY_INSTANCE
    return bytes([_ONE_INSTANCE]) + instance.encode("utf-8") + b"\x00"


def parse(answer: bytes) -> t.List[t.Dict[str, t.Any]]:
    """The instances of an answer: C(server), C(instance), C(clustered), C(version), C(tcp) (port or None), C(pipe)."""
    if len(answer) < _HEAD or answer[0] != _ANSWER:
        raise SsrpError(f"the answer begins with {answer[:_HEAD].hex() or 'nothing'} and not with 05 and a length")
    length = int.from_bytes(answer[1:_HEAD], "little")
    if length > len(answer) - _HEAD:
        raise SsrpError(f"the answer announces {length} bytes and has {len(answer) - _HEAD}")
    text = answer[_HEAD : _HEAD + length].decode("utf-8", "replace")
    return [_instance(pairs) for pairs in _records(text.split(";"))]


def _records(words: t.List[str]) -> t.Iterator[t.Dict[str, str]]:
    """Keys and values of each instance; an empty key ends one."""
    pairs: t.Dict[str, str] = {}
    rest = iter(words)
    for key in rest:
        if key:
            pairs[key.lower()] = next(rest, "")
        elif pairs:
            yield pairs
            pairs = {}
    if pairs:
        yield pairs


def _instance(pairs: t.Mapping[str, str]) -> t.Dict[str, t.Any]:
    if "instancename" not in pairs:
        raise SsrpError(f"the answer has no InstanceName, but {', '.join(pairs)[:80]}")
    port = pairs.get("tcp", "")
    return {
        "server": pairs.get("servername", ""),
        "instance": pairs["instancename"],
        "clustered": pairs.get("isclustered", "").lower() == "yes",
        "version": pairs.get("version", ""),
        "tcp": int(port) if port.isdigit() and 0 < int(port) <= _LARGEST else None,
        "pipe": pairs.get("np", ""),
    }


def ask(host: str, *, port: int, instance: str, timeout: float) -> bytes:
    """The answer to one question; raises C(OSError), of which C(socket.timeout) means that nothing came in time."""
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as connection:
        connection.settimeout(timeout)
        connection.connect(address)
        connection.send(question(instance))
        return connection.recv(_LARGEST)
