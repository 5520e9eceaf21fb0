# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages import what C(docs/architecture.md) says and nothing else, and no arrow runs back."""

from __future__ import annotations

import ast
import collections
import graphlib
import pathlib
import re
import typing as t

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
SIDES = ("plugin_utils", "module_utils")
PLUGINS = "ansible_collections.printops.firewall.plugins."
Arrows = t.Mapping[str, t.AbstractSet[str]]


def drawn() -> dict[str, set[str]]:
    """From each package to those that its line names; one on the controller is no target of one on a host."""
    text = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    arrows: dict[str, set[str]] = {}
    for side in SIDES:
        section = text[text.index(f"`plugins/{side}`") :].partition("\n\n|")[2].partition("\n\n")[0]
        for line in section.splitlines():
            cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
            name = re.fullmatch(r"`(_\w+)`", cells[0])
            if name:
                arrows[f"{side}.{name[1]}"] = set(re.findall(r"`(_\w+)`", line.rpartition(" | ")[2]))
    return arrows


def imported() -> dict[str, set[str]]:
    arrows: dict[str, set[str]] = collections.defaultdict(set)
    for side in SIDES:
        for package in (CHECKOUT / "plugins" / side).glob("_*/"):
            arrows[f"{side}.{package.name}"] = set()
            for file in package.rglob("*.py"):
                for module in _modules(file):
                    target = ".".join(module.split(".")[:2])
                    if target != f"{side}.{package.name}":
                        arrows[f"{side}.{package.name}"].add(target)
    return arrows


def _modules(file: pathlib.Path) -> t.Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith(PLUGINS):
            yield (node.module or "").removeprefix(PLUGINS)


DRAWN, IMPORTED = drawn(), imported()


def test_every_package_is_drawn() -> None:
    assert DRAWN.keys() == IMPORTED.keys()


@pytest.mark.parametrize("package", sorted(IMPORTED))
def test_a_package_imports_what_is_drawn(package: str) -> None:
    assert {target.partition(".")[2] for target in IMPORTED[package]} == DRAWN.get(package)


def test_no_arrow_runs_back() -> None:
    graphlib.TopologicalSorter(IMPORTED).prepare()
    assert not [
        package
        for package in IMPORTED
        if package.startswith("module_utils.")
        for target in IMPORTED[package]
        if target.startswith("plugin_utils.")
    ]


@pytest.mark.parametrize("reader", ["_drift", "_render", "_report", "_readiness", "_verify", "_plan"])
def test_a_reader_of_the_plan_does_not_know_how_it_is_made(reader: str) -> None:
    seen, waiting = set(), [f"plugin_utils.{reader}"]
    while waiting:
        package = waiting.pop()
        if package not in seen:
            seen.add(package)
            waiting += IMPORTED[package]
    assert not seen & {"plugin_utils._compile", "plugin_utils._estate"}


def test_imports_inside_a_package_are_relative() -> None:
    wrong = [
        str(file)
        for side in SIDES
        for file in (CHECKOUT / "plugins" / side).rglob("*.py")
        for module in _modules(file)
        if module.split(".")[:2] == list(file.relative_to(CHECKOUT / "plugins").parts[:2])
    ]
    assert not wrong
