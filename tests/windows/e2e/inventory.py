# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Ansible reaches a server of the tests: both connection plugins, each in every way that is tested."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..wsman.authentication import Account
from ..wsman.certificate import Certificate
from ..wsman.server import WsManServer

ACCOUNT = Account("Administrator", "Pa55 & <word>")


@dataclass(frozen=True)
class Way:
    """A connection plugin, the scheme of the address and how the user proves who he is."""

    plugin: str
    scheme: str
    authentication: str

    def __str__(self) -> str:
        return f"{self.plugin}-{self.scheme}-{self.authentication}"


WAYS = tuple(
    Way(plugin, scheme, authentication)
    for plugin in ("winrm", "psrp")
    for scheme, authentication in (("http", "ntlm"), ("https", "basic"), ("https", "ntlm"))
)
WINRM, PSRP = WAYS[0], WAYS[3]


def variables(
    way: Way, server: WsManServer, certificate: Certificate, *, password: str = ACCOUNT.password
) -> dict[str, t.Any]:
    """Variables of a host of the inventory. The certificate is checked, as it should be anywhere."""
    common = {
        "ansible_connection": way.plugin,
        "ansible_host": "127.0.0.1",
        "ansible_port": server.port,
        "ansible_user": ACCOUNT.user,
        "ansible_password": password,
    }
    trust = str(certificate.certificate)
    if way.plugin == "winrm":
        return {
            **common,
            "ansible_winrm_scheme": way.scheme,
            "ansible_winrm_transport": way.authentication,
            "ansible_winrm_ca_trust_path": trust,
        }
    return {
        **common,
        "ansible_psrp_protocol": way.scheme,
        "ansible_psrp_auth": way.authentication,
        "ansible_psrp_ca_cert": trust,
    }
