# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start servers on the machine C(services) of a lab that runs: their names are the arguments."""

from __future__ import annotations

import sys
import typing as t

from ..conftest import Lab
from . import database, directory, others
from .certificates import Authority

STARTERS: dict[str, t.Callable[[Lab], None]] = {
    "database": database.start,
    "browser": database.start_browser,
    "directory": lambda lab: directory.start(lab, authority=Authority()),
    "dns": others.start_dns,
    "share": lambda lab: others.start_samba(lab, share=True),
    "web": others.start_web_server,
    "lpd": others.start_lpd,
}

if __name__ == "__main__":
    if unknown := [name for name in sys.argv[1:] if name not in STARTERS]:
        sys.exit(f"no server {', '.join(unknown)}; there are {', '.join(STARTERS)}")
    for name in sys.argv[1:]:
        STARTERS[name](Lab())
