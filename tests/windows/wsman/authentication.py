# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who speaks on a connection: Basic in every request, or NTLM once for the connection, which then can encrypt."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import pathlib
from dataclasses import dataclass

import spnego

SCHEMES = {"negotiate": "Negotiate", "ntlm": "NTLM"}
SPNEGO_ACCOUNTS = "NTLM_USER_FILE"
"""Where pyspnego's acceptor finds the accounts; one file for the process."""


@dataclass(frozen=True)
class Account:
    """A local account of the computer."""

    user: str
    password: str


def publish_accounts(accounts: list[Account], *, file: pathlib.Path) -> None:
    """Let NTLM acceptors of this process know the accounts."""
    file.write_text("".join(f":{account.user}:{account.password}\n" for account in accounts), encoding="utf-8")
    os.environ[SPNEGO_ACCOUNTS] = str(file)


@dataclass(frozen=True)
class Verdict:
    """Whether the request may go on, and the headers of the answer either way."""

    accepted: bool
    headers: tuple[tuple[str, str], ...] = ()


class Authenticator:
    """Of one connection. Basic is offered where the connection itself is encrypted, as Windows has it."""

    def __init__(self, accounts: list[Account], *, basic: bool) -> None:
        self._accounts = accounts
        self._basic = basic
        self._context: spnego.ContextProxy | None = None

    @property
    def session(self) -> spnego.ContextProxy | None:
        """The NTLM session, once it is complete: it encrypts and decrypts messages."""
        return self._context if self._context is not None and self._context.complete else None

    def judge(self, authorization: str) -> Verdict:
        scheme, _, credentials = authorization.partition(" ")
        try:
            token = base64.b64decode(credentials)
        except binascii.Error:
            return self._refusal()
        if scheme.lower() == "basic" and self._basic:
            return Verdict(True) if self._knows(token) else self._refusal()
        if scheme.lower() in SCHEMES:
            return self._step(SCHEMES[scheme.lower()], token)
        return Verdict(True) if self.session else self._refusal()

    def _knows(self, credentials: bytes) -> bool:
        user, _, password = credentials.decode(errors="replace").partition(":")
        return any(
            user.lower() == account.user.lower() and hmac.compare_digest(password.encode(), account.password.encode())
            for account in self._accounts
        )

    def _step(self, scheme: str, token: bytes) -> Verdict:
        if self._context is None or self._context.complete:
            self._context = spnego.server(protocol=scheme.lower())
        try:
            answer = self._context.step(token)
        except (spnego.exceptions.SpnegoError, ValueError):
            self._context = None
            return self._refusal()
        header = (("WWW-Authenticate", f"{scheme} {base64.b64encode(answer).decode()}"),) if answer else ()
        return Verdict(self._context.complete, header)

    def _refusal(self) -> Verdict:
        basic = (("WWW-Authenticate", 'Basic realm="WSMAN"'),) if self._basic else ()
        return Verdict(False, (("WWW-Authenticate", "Negotiate"), *basic))
