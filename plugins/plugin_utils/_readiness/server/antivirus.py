# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The item about antivirus: the folders that the operator names are excluded, as far as the antivirus tells."""

from __future__ import annotations

import base64
import fnmatch
import re
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, few

from ..case import Case, UnreadableError
from ..model import Evidence, Outcome
from .asked import Asked
from .seen import (
    SERVICES,
    named,
    services_of,
)
from .signatures import ANTIVIRUS, CLAMAV, DEFENDER

Covers = t.Callable[[str], bool]


class Scanner(t.NamedTuple):
    """An antivirus whose exclusions can be read: its name, whether it leaves a path alone, and what was seen."""

    name: str
    leaves_alone: Covers
    seen: Evidence


def antivirus(case: Case, asked: Asked) -> Outcome:
    """The folders that the operator names are excluded, as far as the antivirus tells."""
    found = {
        named(ANTIVIRUS, one): case.saw(f"{named(ANTIVIRUS, one)}: {one}", SERVICES[case.windows])
        for one in services_of(case)
        if named(ANTIVIRUS, one) and (one.running or one.starts)
    }
    scanners = [one for one in (_defender(case), _clamav(case) if CLAMAV in found else None) if one]
    others = sorted(set(found) - {scanner.name for scanner in scanners})
    if not scanners and not others:
        return case.passed(
            "no antivirus is known to run", case.saw(f"none of {', '.join(ANTIVIRUS)}", SERVICES[case.windows])
        )
    evidence = [*found.values(), *(scanner.seen for scanner in scanners)]
    if asked.antivirus is None:
        return case.attest(
            "an antivirus runs, and nobody said which folders it must leave alone",
            *evidence,
            reason="preinstall_server_antivirus with the folders would make this automatic for Defender and ClamAV",
        )
    paths = asked.antivirus.paths
    for scanner in scanners:
        lacking = [path for path in paths if not scanner.leaves_alone(path)]
        if lacking:
            return case.failed(f"{scanner.name} does not exclude {few(lacking)}", *evidence)
    if others:
        return case.attest(
            f"{few(others)} must leave alone {few(list(paths))}",
            *evidence,
            reason=f"the exclusions of {few(others)} are seen in its own console",
        )
    names = few([scanner.name for scanner in scanners])
    return case.passed(f"{names} excludes {count(len(paths), 'folder')} ({asked.antivirus.source})", *evidence)


def _defender(case: Case) -> Scanner | None:
    """None where Microsoft Defender does not scan."""
    if not case.windows or not any(one.name.lower() in DEFENDER and one.running for one in services_of(case)):
        return None
    answer = case.probe("defender", "result")["result"]
    if "paths" not in answer:
        raise UnreadableError("defender could not be read: the script gave no exclusions")
    if not answer.get("real_time"):
        return None
    excluded = [str(path) for path in answer["paths"]]
    return Scanner(
        name="Microsoft Defender",
        leaves_alone=lambda path: any(_windows_covers(one, path) for one in excluded),
        seen=case.saw(f"exclusions: {', '.join(excluded) or 'none'}", "Get-MpPreference"),
    )


def _clamav(case: Case) -> Scanner | None:
    """None where the configuration of ClamAV is at no known place."""
    results = case.probe("clamav", "results")["results"]
    file = next((one for one in results if "content" in one), None)
    if file is None:
        return None
    lines = base64.b64decode(file["content"]).decode(errors="replace").splitlines()
    words = [line.split(maxsplit=1) for line in lines if line.startswith(("ExcludePath ", "OnAccessExcludePath "))]
    return Scanner(
        name=CLAMAV,
        leaves_alone=lambda path: any(_clamav_covers(key, value.strip(), path) for key, value in words),
        seen=case.saw("; ".join(" ".join(one) for one in words) or "no exclusions", str(file["source"])),
    )


def _windows_covers(exclusion: str, path: str) -> bool:
    outer, inner = (text.replace("/", "\\").rstrip("\\").lower() for text in (exclusion, path))
    return inner == outer or inner.startswith(f"{outer}\\") or fnmatch.fnmatchcase(inner, outer)


def _clamav_covers(key: str, value: str, path: str) -> bool:
    inner = f"{path.rstrip('/')}/"
    if key == "OnAccessExcludePath":
        return inner.startswith(f"{value.rstrip('/')}/")
    try:
        return re.search(value, inner) is not None
    except re.error:
        return False
