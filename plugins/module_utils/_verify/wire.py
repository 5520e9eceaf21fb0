# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What prober and listener say to each other, and how both name the packets of one attempt."""

from __future__ import annotations

import hashlib
import hmac
import json
import typing as t

MAGIC = b"printops"
"""What all payloads of ours begin with."""
_ASKING, _SAYING = b" ", b"="
LARGEST = 1024


def key_of(protocol: str, source: str, source_port: t.Union[int, str], destination: str, port: int) -> str:
    """The name of an attempt; an echo has its nonce for a source port."""
    return f"{protocol} {source} {source_port} {destination} {port}"


def question(secret: str, nonce: str, *, wants_answer: bool) -> bytes:
    """A datagram that only a run with the same secret can have sent."""
    kind = b"?" if wants_answer else b"!"
    return MAGIC + _ASKING + kind + nonce.encode() + _mac(secret, "question", nonce)


def is_question(data: bytes) -> bool:
    return data[: len(MAGIC) + 1] == MAGIC + _ASKING


def read_question(secret: str, data: bytes) -> t.Optional[t.Tuple[str, bool]]:
    """Nonce, and whether an answer is wanted; None for what is none of this run."""
    if not is_question(data) or len(data) < len(MAGIC) + 2 + 32:
        return None
    body = data[len(MAGIC) + 1 :]
    nonce = body[1:-32].decode("ascii", "replace")
    is_ours = hmac.compare_digest(body[-32:], _mac(secret, "question", nonce))
    return (nonce, body[:1] == b"?") if is_ours else None


def saying(secret: str, *, host: str, local: str, peer: str, nonce: str = "") -> bytes:
    """Who a listener is and which addresses it sees, as one line."""
    body = json.dumps({"host": host, "local": local, "peer": peer, "nonce": nonce}).encode()
    return MAGIC + _SAYING + _mac(secret, "saying", body.decode()) + body + b"\n"


def read_saying(secret: str, data: bytes, *, nonce: str = "") -> t.Optional[t.Dict[str, str]]:
    """C(host), C(local) and C(peer); None for what no listener of this run said, to this question."""
    head = len(MAGIC) + 1
    if data[:head] != MAGIC + _SAYING or not data.endswith(b"\n"):
        return None
    mac, body = data[head : head + 32], data[head + 32 : -1]
    if not hmac.compare_digest(mac, _mac(secret, "saying", body.decode("utf-8", "replace"))):
        return None
    said = json.loads(body)
    return {name: said[name] for name in ("host", "local", "peer")} if said["nonce"] == nonce else None


def _mac(secret: str, kind: str, text: str) -> bytes:
    return hmac.new(secret.encode(), f"{kind} {text}".encode(), hashlib.sha256).hexdigest()[:32].encode()
