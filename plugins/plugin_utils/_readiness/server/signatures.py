# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Names by which services of web servers, databases, print products and antivirus products are known.

Patterns of names and titles in lower case. The lists are from the products' own installers and packages; what they do
not know is found only where it listens on a port that a component of the host uses.
"""

from __future__ import annotations

WEB_SERVERS = {
    "IIS": ("w3svc", "was", "world wide web publishing service"),
    "Apache": ("apache2", "apache2.*", "httpd", "apache http server*"),
    "nginx": ("nginx", "nginx*"),
    "lighttpd": ("lighttpd",),
    "Caddy": ("caddy",),
    "Tomcat": ("tomcat*", "apache tomcat*"),
}
DATABASES = {
    "Microsoft SQL Server": ("mssqlserver", "mssql$*", "mssql-server", "sql server (*)"),
    "PostgreSQL": ("postgresql*", "edb-as-*"),
    "MySQL or MariaDB": ("mysql*", "mariadb*"),
    "Oracle Database": ("oracleservice*", "oracle*tnslistener", "oracle-xe*", "oracle-free*"),
    "IBM Db2": ("db2*",),
    "MongoDB": ("mongod*",),
    "Firebird": ("firebird*",),
}
PRINT_PRODUCTS = {
    "PaperCut": ("papercut*", "pcappserver", "pcprintprovider", "pc-app-server", "pc-print-provider"),
    "Equitrac": ("equitrac*", "eq cas*", "eq dre*", "eq dce*", "eqcas*", "eqdre*", "eqdce*"),
    "uniFLOW": ("uniflow*",),
    "Pcounter": ("pcounter*",),
    "Pharos": ("pharos*",),
    "SafeCom": ("safecom*",),
    "MyQ": ("myq*",),
    "Printix": ("printix*",),
    "PrinterLogic": ("printerlogic*", "printer installer*", "printerinstaller*"),
    "ThinPrint": ("thinprint*",),
    "CUPS": ("cups", "cups-browsed"),
    "LPRng": ("lprng",),
}
OWN_PRODUCTS: dict[str, dict[str, tuple[str, ...]]] = {
    "safeq": {"YSoft SafeQ": ("*safeq*", "ysoft*", "y soft*")},
    "lrs": {"LRS VPSX": ("*vpsx*", "lrs *")},
}
LPD_SERVICES = {"LPD": ("lpdsvc", "lpd", "lpd.service", "cups-lpd", "lprng")}
PRINT_SERVERS = {"CUPS": ("cups",)}
CLAMAV = "ClamAV"
ANTIVIRUS = {
    CLAMAV: ("clamav-daemon", "clamd", "clamd@*", "clamav-clamonacc", "clamonacc"),
    "Microsoft Defender for Endpoint": ("mdatp",),
    "CrowdStrike Falcon": ("falcon-sensor", "csfalconservice"),
    "Sophos": ("sophos*", "sav-protect", "savservice"),
    "Trend Micro": ("ds_agent", "ntrtscan", "trend micro*", "ds_am"),
    "ESET": ("ekrn", "efs", "eset*"),
    "Symantec": ("sepmasterservice", "symantec*", "rtvscand", "sisamddaemon"),
    "McAfee or Trellix": ("mcshield", "mfemms", "mfetpd", "mcafee*", "trellix*"),
    "Kaspersky": ("kesl", "kaspersky*", "avp*"),
    "Bitdefender": ("bdsec*", "bitdefender*", "epsecurityservice"),
    "SentinelOne": ("sentinelagent", "sentinelone*"),
    "Carbon Black": ("cbdefense", "cbagentd", "carbon black*"),
}
DEFENDER = ("windefend",)
