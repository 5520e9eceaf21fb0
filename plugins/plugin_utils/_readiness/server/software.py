# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Items about the software of a server: browsers, and what was not agreed."""

from __future__ import annotations

import fnmatch
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, few

from ..case import Case, UnreadableError
from ..model import Outcome
from .asked import (
    Asked,
    agreed_as,
    version_of,
)

_PLACES = {True: "uninstall keys of the registry (64 and 32 bit)", False: "the package database"}
_BROWSERS = {
    "chrome": ("google chrome*", "google-chrome*"),
    "chromium": ("chromium", "chromium-browser"),
    "edge": ("microsoft edge", "microsoft-edge*"),
    "firefox": ("mozilla firefox*", "firefox", "firefox-esr"),
}


class Program(t.NamedTuple):
    """An installed program or package."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


def browser(case: Case, asked: Asked) -> Outcome:
    """One of the browsers that the operator names is installed, in the version that was asked for or a newer one."""
    found = {
        name: program
        for program in _programs(case)
        for name, patterns in _BROWSERS.items()
        if any(fnmatch.fnmatchcase(program.name.lower(), pattern) for pattern in patterns)
    }
    if case.windows:
        found |= _internet_explorer(case)
    seen = case.saw(", ".join(map(str, found.values())) or "none of the known browsers", _PLACES[case.windows])
    if not asked.browsers:
        return case.attest(
            f"found: {few([str(one) for one in found.values()]) or 'none'}",
            seen,
            reason="preinstall_server_browsers with the versions that are current would make this automatic",
        )
    fit = [
        found[name]
        for name, least in asked.browsers.items()
        if name in found and version_of(found[name].version) >= version_of(least)
    ]
    if fit:
        return case.passed(f"{few([str(one) for one in fit])} is installed", seen)
    wanted = few([f"{name} {least}" for name, least in asked.browsers.items()])
    return case.failed(f"none of {wanted} or newer is installed", seen)


def software(case: Case, asked: Asked) -> Outcome:
    """Every installed program is among the agreed ones."""
    programs = _programs(case)
    foreign = [one for one in programs if not agreed_as(asked.software, one.name)]
    where = _PLACES[case.windows]
    if not asked.software:
        return case.attest(
            f"{count(len(programs), 'program')} installed",
            case.saw(", ".join(map(str, programs)) or "nothing", where),
            reason="preinstall_server_software with what was agreed would make this automatic",
        )
    if foreign:
        return case.failed(
            f"{count(len(foreign), 'program')} not agreed: {few([one.name for one in foreign])}",
            case.saw(", ".join(map(str, foreign)), where),
        )
    entries = {entry for one in programs if (entry := agreed_as(asked.software, one.name))}
    agreements = sorted({entry.reference for entry in entries} - {""})
    return case.passed(
        f"all of {count(len(programs), 'program')} agreed" + (f" ({few(agreements)})" if agreements else ""),
        case.saw(", ".join(map(str, programs)) or "nothing", where),
    )


def _programs(case: Case) -> list[Program]:
    return sorted(set(_windows_programs(case) if case.windows else _packages(case)))


def _windows_programs(case: Case) -> list[Program]:
    answer = case.probe("programs", "result")["result"]
    if "programs" not in answer:
        raise UnreadableError("programs could not be read: the script gave no list")
    return [Program(str(one["name"]), str(one.get("version") or "")) for one in answer["programs"] if one.get("name")]


def _packages(case: Case) -> list[Program]:
    dpkg = case.observed.get("dpkg")
    if isinstance(dpkg, t.Mapping) and dpkg.get("rc") == 0 and "stdout" in dpkg:
        words = [line.split() for line in str(dpkg["stdout"]).splitlines()]
        return [Program(one[0].partition(":")[0], one[1]) for one in words if one[2:] == ["installed"]]
    facts = case.probe("packages", "ansible_facts")["ansible_facts"]
    if "packages" not in facts:
        raise UnreadableError("packages could not be read: the result has no packages")
    return [
        Program(str(name), str(one.get("version") or ""))
        for name, versions in facts["packages"].items()
        for one in versions
    ]


def _internet_explorer(case: Case) -> dict[str, Program]:
    answer = case.observed.get("explorer")
    if isinstance(answer, t.Mapping) and answer.get("exists") and answer.get("value"):
        return {"internet_explorer": Program("Internet Explorer", str(answer["value"]))}
    return {}
