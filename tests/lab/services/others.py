# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS, a share, and what must not be on a server before the product comes: a web server and a service for LPD."""

from __future__ import annotations

import typing as t

from .machine import ADDRESS, listening, put, start_unit, succeed

if t.TYPE_CHECKING:
    from ..conftest import Lab

DOMAIN = "example.test"
SHARE = "safeq-install"

_SMB = """\
[global]
server role = standalone server
map to guest = Bad User
disable netbios = yes
smb ports = 445
load printers = no
printing = bsd
disable spoolss = yes
log file = /var/log/samba/log.%m
"""
_SHARE = f"""
[{SHARE}]
path = /srv/{SHARE}
guest ok = yes
read only = yes
"""


def start_dns(lab: Lab) -> None:
    """SRV records of the domain, and nothing of any other."""
    records = "".join(
        f" --srv-host={name}.{DOMAIN},ldap1.{DOMAIN},389" for name in ("_ldap._tcp", "_ldap._tcp.dc._msdcs")
    )
    command = f"dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --local=/test/{records}"
    start_unit(lab, "lab-dns", f"{command} --host-record=ldap1.{DOMAIN},{ADDRESS}", ports=[53])


def start_samba(lab: Lab, *, share: bool) -> None:
    """Samba on 445, with or without the share, which everybody may read."""
    put(lab, "/etc/samba/smb.conf", _SMB + (_SHARE if share else ""))
    put(lab, f"/srv/{SHARE}/setup.txt", "what an installation would begin with\n")
    succeed(lab, f"systemctl restart smbd; {listening(445)}")


def start_web_server(lab: Lab) -> None:
    succeed(lab, f"systemctl start nginx; {listening(80)}")


def start_lpd(lab: Lab) -> None:
    """CUPS, and its service for LPD clients on 515."""
    succeed(lab, f"systemctl start cups.service cups-lpd.socket; {listening(515)}")


def stop_everything(lab: Lab) -> None:
    units = "nginx smbd cups.socket cups.path cups.service cups-lpd.socket lab-dns"
    succeed(lab, f"systemctl stop {units} 2>/dev/null || true")
