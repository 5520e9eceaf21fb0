# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages that are encrypted inside HTTP ([MS-WSMV] 2.2.9.1), with the session of an NTLM authentication."""

from __future__ import annotations

import spnego

BOUNDARY = b"--Encrypted Boundary"
PAYLOAD = b"Content-Type: application/octet-stream\r\n"
PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"
CONTENT_TYPE = f'multipart/encrypted;protocol="{PROTOCOL}";boundary="Encrypted Boundary"'
HEADER_LENGTH_BYTES = 4


def is_encrypted(content_type: str) -> bool:
    return content_type.startswith("multipart/encrypted")


def decrypt(body: bytes, session: spnego.ContextProxy) -> bytes:
    """Raises C(ValueError) for a body of another form, and pyspnego's errors for one that was tampered with."""
    _, found, payload = body.partition(PAYLOAD)
    end = payload.rfind(BOUNDARY + b"--")
    if not found or end < 0:
        raise ValueError("no encrypted part")
    payload = payload[:end]
    length = int.from_bytes(payload[:HEADER_LENGTH_BYTES], "little")
    header = payload[HEADER_LENGTH_BYTES : HEADER_LENGTH_BYTES + length]
    return session.unwrap_winrm(header, payload[HEADER_LENGTH_BYTES + length :])


def encrypt(message: bytes, session: spnego.ContextProxy) -> bytes:
    """A body in the form that clients read: the tab before each header of a part is part of it."""
    wrapped = session.wrap_winrm(message)
    length = len(message) + wrapped.padding_length
    original = f"type=application/soap+xml;charset=UTF-8;Length={length}"
    description = f"\tContent-Type: {PROTOCOL}\r\n\tOriginalContent: {original}"
    return b"".join(
        (
            BOUNDARY + b"\r\n" + description.encode() + b"\r\n",
            BOUNDARY + b"\r\n\t" + PAYLOAD,
            len(wrapped.header).to_bytes(HEADER_LENGTH_BYTES, "little") + wrapped.header + wrapped.data,
            BOUNDARY + b"--\r\n",
        )
    )
