# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An OpenLDAP server with two containers of 500 users: one without faults, one in which each fault is known.

Accounts differ in what they are shown. Every password and card number is a secret of the tests.
"""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime

from .certificates import Authority
from .machine import ADDRESS, put, start_unit, succeed

if t.TYPE_CHECKING:
    from ..conftest import Lab

SUFFIX = "dc=example,dc=test"
CLEAN, FAULTY = f"ou=people,{SUFFIX}", f"ou=faulty,{SUFFIX}"
USERS = 500
PASSWORD = "Wolke-7-unter-Buchen"  # noqa: S105 - of the lab
ACCOUNTS = ("safeq", "blind", "limited", "stranger", "ending")
"""safeq may all; blind is not shown mail; limited is shown 100 entries; stranger none; ending's password ends soon."""

WITHOUT_MAIL = tuple(f"user{number:04}" for number in (11, 22, 33))
WITHOUT_DEPARTMENT = tuple(f"user{number:04}" for number in (44, 55))
WITHOUT_NAME = ("user0066",)
WITHOUT_CARD = tuple(f"user{number:04}" for number in range(400, 412))
SHARING_A_CARD = ("user0100", "user0377")
SHARING_AN_ID = ("user0200", "user0201")
SHARING_A_LOGIN = ("user0300", "user0301")
ENDING_SECONDS = 5 * 86400

AUTHORITY_FILE = "/etc/ldap/lab/authority.pem"
_SCHEMAS = ("core", "cosine", "nis", "inetorgperson")


def account(name: str) -> str:
    return f"uid={name},ou=services,{SUFFIX}"


def card(number: int) -> str:
    """Card numbers that no other text of a run can contain by chance."""
    return f"04A2{number * 7919 % 1000003:07}E6C1"


def user_ldif(number: int, *, base: str, faulty: bool) -> str:
    name = f"user{number:04}"
    shares_login = faulty and name == SHARING_A_LOGIN[1]
    lines = [
        f"dn: cn={name},{base}",
        "objectClass: inetOrgPerson",
        f"cn: {name}",
        f"sn: Surname{number}",
        f"uid: {SHARING_A_LOGIN[0] if shares_login else name}",
        f"employeeType: id-{number - 1 if faulty and name == SHARING_AN_ID[1] else number}",
    ]
    holder = number - 277 if faulty and name == SHARING_A_CARD[1] else number
    optional = {
        f"employeeNumber: {card(holder)}": WITHOUT_CARD,
        f"mail: {name}@example.test": WITHOUT_MAIL,
        f"departmentNumber: {number % 20}": WITHOUT_DEPARTMENT,
        f"givenName: Name{number}": WITHOUT_NAME,
    }
    lines += [line for line, lacking in optional.items() if not (faulty and name in lacking)]
    return "\n".join(lines) + "\n"


def data_ldif() -> str:
    parts = [f"dn: {SUFFIX}\nobjectClass: domain\ndc: example\n"]
    parts += [
        f"dn: ou={unit},{SUFFIX}\nobjectClass: organizationalUnit\nou: {unit}\n"
        for unit in ("people", "faulty", "empty", "services", "policies")
    ]
    for name, age in (("lasting", 0), ("ending", ENDING_SECONDS)):
        parts.append(
            f"dn: cn={name},ou=policies,{SUFFIX}\nobjectClass: person\nobjectClass: pwdPolicy\ncn: {name}\n"
            f"sn: {name}\npwdAttribute: userPassword\npwdMaxAge: {age}\n"
        )
    for name in ACCOUNTS:
        policy = "ending" if name == "ending" else "lasting"
        parts.append(
            f"dn: {account(name)}\nobjectClass: account\nobjectClass: simpleSecurityObject\nuid: {name}\n"
            f"userPassword: {PASSWORD}\npwdPolicySubentry: cn={policy},ou=policies,{SUFFIX}\n"
            f"pwdChangedTime: {datetime.now(tz=UTC):%Y%m%d%H%M%SZ}\n"
        )
    for base, faulty in ((CLEAN, False), (FAULTY, True)):
        parts += [user_ldif(number, base=base, faulty=faulty) for number in range(1, USERS + 1)]
    return "\n".join(parts)


def config_ldif(*, folder: str, database: str) -> str:
    """Configuration of a server whose certificate is in C(folder)."""
    everyone = " ".join(f'by dn.exact="{account(name)}" read' for name in ACCOUNTS if name != "stranger")
    seeing = " ".join(f'by dn.exact="{account(name)}" read' for name in ACCOUNTS if name not in ("stranger", "blind"))
    return f"""\
dn: cn=config
objectClass: olcGlobal
cn: config
olcTLSCACertificateFile: {folder}/authority.pem
olcTLSCertificateFile: {folder}/server.pem
olcTLSCertificateKeyFile: {folder}/server.key

dn: cn=module{{0}},cn=config
objectClass: olcModuleList
cn: module{{0}}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: ppolicy

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

{"".join(f"include: file:///etc/ldap/schema/{name}.ldif{chr(10)}{chr(10)}" for name in _SCHEMAS)}\
dn: olcDatabase={{-1}}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {{-1}}frontend
olcAccess: to dn.base="" by * read

dn: olcDatabase={{1}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{1}}mdb
olcDbDirectory: {database}
olcSuffix: {SUFFIX}
olcLimits: dn.exact="{account("limited")}" size=100
olcLimits: users size=unlimited
olcAccess: to attrs=userPassword by anonymous auth by * none
olcAccess: to attrs=mail {seeing} by * none
olcAccess: to * {everyone} by * none

dn: olcOverlay={{0}}ppolicy,olcDatabase={{1}}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcPPolicyConfig
olcOverlay: {{0}}ppolicy
olcPPolicyDefault: cn=lasting,ou=policies,{SUFFIX}
"""


def start(lab: Lab, *, authority: Authority) -> None:
    """A server on 389 and 636, and one on 1636 whose certificate has ended and is about another name."""
    good = authority.issue(names=["services"], addresses=[ADDRESS], days=(-1, 365))
    ended = authority.issue(names=["elsewhere.example.test"], addresses=[], days=(-30, -2))
    for name, certificate, urls, ports in (
        ("lab", good, "ldap:/// ldaps:///", (389, 636)),
        ("lab-ended", ended, "ldaps://:1636/", (1636,)),
    ):
        folder = f"/etc/ldap/{name}"
        put(lab, f"{folder}/authority.pem", authority.certificate)
        put(lab, f"{folder}/server.pem", certificate.certificate)
        put(lab, f"{folder}/server.key", certificate.key)
        put(lab, f"{folder}/config.ldif", config_ldif(folder=folder, database=f"/var/lib/ldap/{name}"))
        put(lab, f"{folder}/data.ldif", data_ldif())
        succeed(
            lab,
            f"""
            systemctl stop slapd-{name} 2>/dev/null || true
            rm -rf {folder}/config /var/lib/ldap/{name}
            mkdir -p {folder}/config /var/lib/ldap/{name}
            slapadd -n 0 -F {folder}/config -l {folder}/config.ldif
            slapadd -q -n 1 -F {folder}/config -l {folder}/data.ldif
            chown -R openldap: {folder} /var/lib/ldap/{name}
            """,
        )
        command = f"slapd -d 0 -u openldap -g openldap -F {folder}/config -h '{urls}'"
        start_unit(lab, f"slapd-{name}", command, ports=ports)
