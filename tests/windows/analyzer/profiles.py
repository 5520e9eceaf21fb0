# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where PSScriptAnalyzer is, and its profiles: what real machines had of commands, parameters and types."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import typing as t

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
VARIABLE = "PRINTOPS_SCRIPT_ANALYZER"
MODULE = "PSScriptAnalyzer.psd1"
PROFILES = {
    "5.1 of Windows Server 2016": "win-8_x64_10.0.14393.0_5.1.14393.2791_x64_4.0.30319.42000_framework",
    "5.1 of Windows Server 2019": "win-8_x64_10.0.17763.0_5.1.17763.316_x64_4.0.30319.42000_framework",
    "7.0 on Windows Server 2019": "win-8_x64_10.0.17763.0_7.0.0_x64_3.1.2_core",
}


def analyzer() -> pathlib.Path | None:
    """The module's file: below the folder that the variable names, else where scripts/setup has put it."""
    named = os.environ.get(VARIABLE)
    path = (pathlib.Path(named) if named else CHECKOUT / "build" / "analyzer") / MODULE
    return path if path.is_file() else None


@functools.cache
def commands(profile: str) -> dict[str, frozenset[str]]:
    """The commands of a machine, each with its parameters."""
    path = analyzer()
    assert path is not None
    text = (path.parent / "compatibility_profiles" / f"{PROFILES[profile]}.json").read_text(encoding="utf-8-sig")
    found: dict[str, frozenset[str]] = {}
    modules: dict[str, dict[str, dict[str, t.Any]]] = json.loads(text)["Runtime"]["Modules"]
    for versions in modules.values():
        for content in versions.values():
            for kind in ("Cmdlets", "Functions"):
                for name, entry in (content.get(kind) or {}).items():
                    found[name] = found.get(name, frozenset()) | frozenset((entry or {}).get("Parameters") or ())
    return found
