# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerShell as a tree, by the grammar of tree-sitter. It knows nothing of PowerShell 7's own operators."""

from __future__ import annotations

import functools
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

PARSER = Parser(Language(tree_sitter_powershell.language()))
LEVELS = (
    "logical",
    "bitwise",
    "comparison",
    "additive",
    "multiplicative",
    "format",
    "range",
    "array_literal",
    "unary",
    "left_assignment",
)
OPERATIONS = {f"{level}{kind}_expression" for level in LEVELS for kind in ("", "_argument")}
WRAPPERS = OPERATIONS | {"pipeline", "pipeline_chain", "argument_expression"}


@dataclass(frozen=True)
class Fault:
    """Something wrong at a line, counted from 1."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@functools.lru_cache(maxsize=32)
def parse(text: str) -> Node:
    return PARSER.parse(text.encode()).root_node


def text_of(node: Node) -> str:
    return (node.text or b"").decode()


def line_of(node: Node) -> int:
    return node.start_point.row + 1


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def syntax_faults(root: Node) -> list[Fault]:
    return [Fault(line_of(node), f"syntax: {text_of(node)[:60]!r}") for node in walk(root) if _is_broken(node)]


def _is_broken(node: Node) -> bool:
    return node.type == "ERROR" or node.is_missing


def unwrap(node: Node) -> Node:
    """The node below all levels of precedence that say nothing here."""
    while node.type in WRAPPERS and len(node.named_children) == 1:
        node = node.named_children[0]
    return node


def child(node: Node, *kinds: str) -> Node | None:
    return next((one for one in node.named_children if one.type in kinds), None)


def functions(root: Node) -> dict[str, Node]:
    """The functions of a file by name; the last of two of a name."""
    return {
        text_of(name): node
        for node in walk(root)
        if node.type == "function_statement" and (name := child(node, "function_name"))
    }


def parameters(function: Node) -> dict[str, str]:
    """The names of a function's parameters, without $, to their types, empty where they have none."""
    found = {}
    for node in walk(function):
        if node.type == "script_parameter":
            name = child(node, "variable")
            assert name is not None, text_of(node)
            kind = next((text_of(one)[1:-1] for one in walk(node) if one.type == "type_literal"), "")
            found[text_of(name)[1:]] = kind
    return found


def exported(root: Node) -> list[str]:
    """The names after Export-ModuleMember -Function."""
    names = []
    for node in walk(root):
        name = child(node, "command_name") if node.type == "command" else None
        if name is not None and text_of(name) == "Export-ModuleMember":
            names += [text_of(one)[1:-1] for one in walk(node) if one.type == "string_literal"]
    return names


def literal(node: Node) -> t.Any:
    """The value of a literal of tables, arrays, texts, numbers and $true, $false, $null; raises ValueError."""
    node = unwrap(node)
    if node.type == "hash_literal_expression":
        entries = [one for one in walk(node) if one.type == "hash_entry" and _owner(one) == node]
        return {text_of(one.named_children[0]).strip("'"): literal(one.named_children[-1]) for one in entries}
    if node.type == "array_expression":
        return [literal(one) for one in _elements(node)]
    if node.type == "string_literal":
        return text_of(node)[1:-1]
    if node.type == "integer_literal":
        return int(text_of(node))
    constants = {"$true": True, "$false": False, "$null": None}
    if node.type == "variable" and text_of(node) in constants:
        return constants[text_of(node)]
    raise ValueError(f"line {line_of(node)}: no literal: {text_of(node)[:60]}")


def _owner(entry: Node) -> Node | None:
    owner = entry.parent
    while owner is not None and owner.type != "hash_literal_expression":
        owner = owner.parent
    return owner


def _elements(array: Node) -> list[Node]:
    if not array.named_children:
        return []
    inner = array.named_children[0]
    while inner.type in WRAPPERS | {"statement_list"} and len(inner.named_children) == 1:
        inner = inner.named_children[0]
    return list(inner.named_children) if inner.type == "array_literal_expression" else [inner]


def assigned(root: Node, variable: str) -> Node:
    """The right side of the first assignment to a variable."""
    for node in walk(root):
        if node.type == "assignment_expression" and text_of(node.named_children[0]) == variable:
            return node.named_children[-1]
    raise LookupError(variable)
