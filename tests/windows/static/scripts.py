# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of the provider, and what a reader knows of their variables."""

from __future__ import annotations

import functools
import pathlib

from .lint import Place, Signatures, signatures

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
UTILS = CHECKOUT / "plugins" / "module_utils" / "_windows"
MODULES = CHECKOUT / "plugins" / "modules"
TESTS = CHECKOUT / "tests" / "windows"

WINDOWS = UTILS / "Firewall.psm1"
STANDIN = TESTS / "standin" / WINDOWS.name
CHANGE = UTILS / "FirewallChange.psm1"
PENDING = UTILS / "FirewallPending.psm1"
RESTORE = UTILS / "restore.ps1"
NAMES = ("info", "change", "pending")
MODULE_FILES = tuple(MODULES / f"windows_defender_{name}.ps1" for name in NAMES)
SHIPPED = (WINDOWS, CHANGE, PENDING, RESTORE, *MODULE_FILES)
LINTED = (*SHIPPED, STANDIN)

GIVEN = {
    WINDOWS: {
        "$Firewall": "table",
        "$Firewall['policy']": "INetFwPolicy2",
        "$Rule": "INetFwRule3",
        "Get-CimInstance()": "FirewallProduct[]",
        "$computer": "Win32_ComputerSystem",
        "$controller": "Win32_NTDomain",
        "Get-Process()": "System.Diagnostics.Process[]",
        "$running": "Win32_Process",
        "$entry": "System.Security.AccessControl.FileSystemAccessRule",
        "$holder": "System.Security.Principal.IdentityReference",
        "$logged": "System.Diagnostics.Eventing.Reader.EventLogRecord",
        "$socket": "Socket",
        "$Socket": "Socket",
        "$Bound": "table",
        "$Holders": "table",
    },
    CHANGE: {
        "$Found": "table",
        "$counts": "table",
        "$setting": "System.String",
    },
    PENDING: {"$kept": "table"},
    **{path: {"$answer": "table"} for path in MODULE_FILES},
}


def every_script() -> list[pathlib.Path]:
    """Every file of PowerShell that the checkout has, also the work of others in it."""
    folders = (CHECKOUT / name for name in ("plugins", "roles", "tests"))
    return sorted(path for folder in folders for kind in ("ps1", "psm1") for path in folder.rglob(f"*.{kind}"))


@functools.cache
def our_functions() -> Signatures:
    return signatures(one.read_text(encoding="utf-8") for one in SHIPPED)


def place(path: pathlib.Path) -> Place:
    return Place(ours=our_functions(), given=GIVEN.get(path, {}), runs_on_windows=path == WINDOWS)
