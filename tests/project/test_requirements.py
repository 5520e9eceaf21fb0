# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed is pinned: the locks follow from the short lists, name no place, and are installed to the hash."""

from __future__ import annotations

import itertools
import pathlib
import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "requirements"
LOCKS = {path.stem: path for path in sorted(FOLDER.glob("*.lock"))}
CORES = [line.split() for line in (FOLDER / "cores").read_text(encoding="utf-8").splitlines()]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def listed(path: pathlib.Path) -> list[Requirement]:
    """What a short list asks for, those that it includes too."""
    found: list[Requirement] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found += listed(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            found.append(Requirement(line))
    return found


def locked(path: pathlib.Path) -> list[Requirement]:
    """What a lock has; each has its hashes and one version, or this fails."""
    found = []
    for entry in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        wanted, *hashes = re.split(r"\s+(?=--hash)", entry.strip())
        assert hashes, f"{entry} has no hash"
        assert all(HASH.fullmatch(one) for one in hashes), entry
        found.append(Requirement(wanted))
        assert [one.operator for one in found[-1].specifier] == ["=="], entry
    return found


def test_there_is_a_lock_for_the_suite_and_each_core() -> None:
    assert set(LOCKS) == {"dev", *(f"core-{core}" for core, _oldest, _newest in CORES)}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_what_its_list_asks_for(name: str) -> None:
    versions = {
        canonicalize_name(one.name): [other for other in locked(LOCKS[name]) if other.name == one.name]
        for one in locked(LOCKS[name])
    }
    for wanted in listed(FOLDER / ("dev.txt" if name == "dev" else "suite.txt")):
        found = versions.get(canonicalize_name(wanted.name), [])
        pins = [pin.version for one in found for pin in one.specifier]
        assert any(wanted.specifier.contains(pin, prereleases=True) for pin in pins), f"{wanted} is not in {name}.lock"
    if name != "dev":
        (core,) = (pin.version for one in versions["ansible-core"] for pin in one.specifier)
        assert core.startswith(f"{name.removeprefix('core-')}.")


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_no_list_says_where_packages_come_from(path: pathlib.Path) -> None:
    assert not re.search(r"://|^\s*(-i|-f|--[a-z-]*(url|links|host))\b", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_each_minor_of_ansible_core_is_there_from_the_oldest_that_is_supported() -> None:
    (core,) = (one for one in listed(CHECKOUT / "requirements.txt") if one.name == "ansible-core")
    minors = [int(core.split(".")[1]) for core, _oldest, _newest in CORES]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert str(core.specifier) == f">=2.{minors[0]}"
    for _core, oldest, newest in CORES:
        assert oldest <= newest


def test_setup_installs_nothing_that_is_not_in_a_lock() -> None:
    scripts = [path for path in (CHECKOUT / "scripts").iterdir() if path.is_file()]
    installs = list(
        itertools.chain.from_iterable(
            re.findall(r"^.*\bpip\W+install\b.*$", path.read_text(encoding="utf-8"), re.MULTILINE) for path in scripts
        )
    )
    assert len(installs) == 3
    assert [line for line in installs if "--require-hashes" not in line] == [
        line for line in installs if line.endswith("--upgrade -r requirements/dev.txt")
    ], "only the trial of the newest takes what no lock has"
