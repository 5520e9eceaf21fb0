# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts have of each other: the stand-in is like what it stands for, and calls find their function."""

from __future__ import annotations

import pathlib

import pytest
from tree_sitter import Node

from .grammar import child, exported, functions, parameters, parse, text_of, walk
from .scripts import CHANGE, LINTED, PENDING, SHIPPED, STANDIN, UTILS, WINDOWS


def tree(path: pathlib.Path) -> Node:
    return parse(path.read_text(encoding="utf-8"))


def test_the_stand_in_exports_the_same_functions_and_parameters() -> None:
    real, standin = tree(WINDOWS), tree(STANDIN)
    assert exported(real) == exported(standin)
    for name in exported(real):
        assert parameters(functions(real)[name]) == parameters(functions(standin)[name]), name


@pytest.mark.parametrize("path", [WINDOWS, CHANGE, PENDING, STANDIN], ids=lambda path: path.name)
def test_what_is_exported_is_there_once(path: pathlib.Path) -> None:
    root = tree(path)
    names = exported(root)
    assert names
    assert sorted(set(names)) == sorted(names)
    assert set(names) <= set(functions(root))


@pytest.mark.parametrize("path", LINTED, ids=lambda path: "-".join(path.parts[-2:]))
def test_what_is_called_elsewhere_is_exported_there(path: pathlib.Path) -> None:
    root = tree(path)
    exports = [name for other in SHIPPED for name in exported(tree(other))]
    assert len(set(exports)) == len(exports), "two files export the same name"
    for node in walk(root):
        name = child(node, "command_name") if node.type == "command" else None
        if name is not None and "-Printops" in text_of(name) and text_of(name) not in functions(root):
            assert text_of(name) in exports, text_of(name)


def test_no_function_is_there_for_nothing() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SHIPPED]
    used = "\n".join([*texts, *(path.read_text(encoding="utf-8") for path in UTILS.glob("Offline*.psm1"))])
    for text in texts:
        for name in functions(parse(text)):
            calls = sum(used.count(f"{name}{end}") for end in (" ", "\n", ")"))
            assert calls > used.count(f"function {name} "), name
