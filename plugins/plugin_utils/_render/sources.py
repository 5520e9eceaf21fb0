# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The files of this collection that a Python file of it needs, and no other."""

from __future__ import annotations

import ast
import pathlib
import typing as t

COLLECTION = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = "ansible_collections.printops.firewall"


def needed_sources(*modules: str) -> dict[str, bytes]:
    """C(modules), such as C(plugins.modules.ufw_rules), and all they import, by the path that Python looks for."""
    found: dict[str, bytes] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        path = path_of(module)
        if path not in found:
            found[path] = _file(module).read_bytes()
            waiting += _imports(found[path], of=module)
    return dict(sorted(found.items()))


def path_of(module: str) -> str:
    """Where Python looks for a module of the collection."""
    return f"{PACKAGE}.{module}".replace(".", "/") + ".py"


def _imports(source: bytes, *, of: str) -> t.Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = _absolute(node, of=of)
        if module is None:
            continue
        if _file(module).is_file():
            yield module
        else:
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _absolute(node: ast.ImportFrom, *, of: str) -> str | None:
    """The imported module below the collection; None for a module that is not of the collection."""
    if node.level:
        package = of.split(".")[: -node.level]
        return ".".join([*package, *filter(None, [node.module])])
    name = node.module or ""
    return name.removeprefix(f"{PACKAGE}.") if name.startswith(f"{PACKAGE}.") else None


def _file(module: str) -> pathlib.Path:
    return COLLECTION.joinpath(*module.split(".")).with_suffix(".py")
