# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a script against the tables: commands, their parameters, members, constants, and what we do not write."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from . import tables
from .grammar import Fault, child, functions, literal, parameters, parse, syntax_faults, text_of, unwrap, walk
from .values import Given, Scope, Values

LONGEST_LINE = 160
CONSTANT = re.compile(r"\$script:([A-Z][A-Z0-9_]+)$")
SCRIPT_PREFIX = "$script:"
TAKEN = {"$args", "$error", "$event", "$foreach", "$home", "$host", "$input", "$matches", "$pid", "$profile", "$psitem"}
TAKEN |= {"$sender", "$switch", "$this", "$true", "$false"}
NEWER = {"&&", "||", "??", "??=", "?.", "?["}
SILENT = {"Start-Sleep", "Export-ModuleMember", "Import-Module"}
RETURNS = {"Get-Service": "System.ServiceProcess.ServiceController", "ConvertTo-Json": tables.STRING}
RETURNS |= {"Get-Acl": "System.Security.AccessControl.DirectorySecurity"}
SWITCHES = {"DisableNameChecking", "Compress", "PassThru", "Force", "Raw"}

Signatures = Mapping[str, Mapping[str, str]]
"""Our own functions to their parameters and those to their types."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a script runs: our functions that it may call, and the types that only a reader knows of its variables."""

    ours: Signatures = field(default_factory=dict)
    given: Given = field(default_factory=dict)
    runs_on_windows: bool = False
    outer: tuple[str, ...] = ()


def faults(text: str, place: Place) -> list[Fault]:
    """Everything that is wrong with a script, by line."""
    found = [*_text_faults(text), *syntax_faults(parse(text))]
    if not found:
        found = _Lint(parse(text), place).run()
    return sorted(found, key=lambda fault: fault.line)


def _text_faults(text: str) -> list[Fault]:
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.isascii():
            found.append(Fault(number, "has more than ASCII, which Windows PowerShell reads in the host's code page"))
        if "\t" in line or "\r" in line or line != line.rstrip():
            found.append(Fault(number, "has a tab, a carriage return, or blanks at its end"))
        if len(line) > LONGEST_LINE:
            found.append(Fault(number, f"is longer than {LONGEST_LINE}"))
    return found


class _Lint:
    def __init__(self, root: Node, place: Place) -> None:
        self._root = root
        self._place = place
        self._own = functions(root)
        self._ours = {**place.ours, **{name: parameters(node) for name, node in self._own.items()}}
        self._returning = {name for name, node in self._own.items() if _returns(node)}
        self._values = Values(given=place.given, runs_on_windows=place.runs_on_windows, command=self._command)
        self._tables: dict[str, Node] = {}

    def run(self) -> list[Fault]:
        shared: Scope = dict.fromkeys((*self._place.outer, "$PSScriptRoot"), tables.STRING)
        self._statements(self._root, shared)
        for function in self._own.values():
            scope = dict(shared)
            for name, kind in parameters(function).items():
                self._taken(function, f"${name}")
                known = self._place.given.get(f"${name}", "any")
                scope[f"${name}"] = tables.type_named(kind) if kind else known
            self._statements(function, scope)
        for node in walk(self._root):
            if not node.named_children and text_of(node) in NEWER:
                self._values.fault(node, f"{text_of(node)} is of PowerShell 7 only")
        return self._values.faults

    def _statements(self, node: Node, scope: Scope) -> None:
        """Everything below a node in the order written; a branch leaves behind what it assigned."""
        for one in node.named_children:
            if one.type in ("function_statement", "param_block", "comment"):
                if one.type == "param_block" and node is self._root:
                    scope |= {f"${name}": tables.type_named(kind) for name, kind in parameters(one).items()}
            elif one.type == "foreach_statement":
                self._foreach(one, scope)
            elif one.type == "catch_clause":
                self._statements(one, {**scope, "$_": "System.Management.Automation.ErrorRecord"})
            elif one.type == "pipeline":
                self._pipeline(one, scope, is_statement=node.type == "statement_list")
            else:
                self._statements(one, scope)

    def _foreach(self, node: Node, scope: Scope) -> None:
        variable, what, *rest = node.named_children
        kind = self._values.of(what, scope)
        self._taken(variable, text_of(variable))
        scope[text_of(variable)] = self._place.given.get(text_of(variable), tables.item_of(kind))
        for one in rest:
            self._statements(one, scope)

    def _pipeline(self, node: Node, scope: Scope, *, is_statement: bool) -> None:
        inner = unwrap(node)
        if inner.type == "assignment_expression":
            self._assignment(inner, scope)
        elif is_statement and inner.type == "invokation_expression":
            if not self._values.is_void(inner, scope):
                self._values.fault(inner, f"{text_of(inner)[:60]} is printed, where it gives anything")
        elif is_statement and inner.type == "command":
            self._values.of(inner, scope)
            self._printed_command(inner)
        elif is_statement and inner.type not in ("post_increment_expression", "pipeline", "post_decrement_expression"):
            self._values.of(inner, scope)
            self._values.fault(inner, f"{text_of(inner)[:60]} is printed")
        else:
            self._values.of(inner, scope)

    def _printed_command(self, node: Node) -> None:
        name = _command_name(node)
        silent = name in SILENT or name.split("-")[0] in ("Set", "Remove", "Add", "Write", "Restore", "Assert", "Save")
        own = name in self._own
        if name in self._returning or (not own and not silent and name not in self._ours):
            self._values.fault(node, f"what {name} returns is printed")

    def _assignment(self, node: Node, scope: Scope) -> None:
        place, value = node.named_children[0], node.named_children[-1]
        name = text_of(place)
        self._taken(place, name)
        constant = CONSTANT.match(name)
        if constant:
            _enumeration, wanted = tables.CONSTANTS.get(constant[1], ("", None))
            if text_of(value) != str(wanted):
                self._values.fault(node, f"{constant[1]} is {wanted} in the documentation")
        if unwrap(value).type == "hash_literal_expression":
            self._tables[name] = value
        if text_of(node.named_children[1]) != "=":
            self._values.fault(node, "is an assignment with another operator")
        self._values.put(place, value, scope)

    def _taken(self, node: Node, name: str) -> None:
        if name.lower() in TAKEN:
            self._values.fault(node, f"{name} is a variable of PowerShell itself")

    def _command(self, node: Node, scope: Scope) -> str:
        if child(node, "command_invokation_operator") is not None:
            self._values.fault(node, "calls what it has put together")
            return "any"
        name = _command_name(node)
        known = self._parameters(name)
        if known is None:
            self._values.fault(node, f"the command {name} is in no table")
        elements = child(node, "command_elements")
        given = self._arguments(name, elements, known, scope) if elements is not None else {}
        return self._returned(node, name, given)

    def _parameters(self, name: str) -> set[str] | None:
        if name in self._ours:
            return set(self._ours[name])
        cmdlet = tables.CMDLETS["cmdlets"].get(name)
        if cmdlet is None:
            return None
        return (set(cmdlet["5.1"]) & set(cmdlet["7.4"])) | set(tables.CMDLETS["common"]["parameters"])

    def _arguments(self, name: str, elements: Node, known: set[str] | None, scope: Scope) -> dict[str, Node]:
        """The parameters given, to their values; those of a splatted table too."""
        given: dict[str, Node] = {}
        last = ""
        for one in elements.named_children:
            if one.type == "command_argument_sep":
                continue
            if one.type == "command_parameter":
                last = text_of(one)[1:]
                self._is_parameter(one, name, last, known)
                given[last] = one
            elif text_of(one).startswith("@") and unwrap(one).type == "variable":
                self._splatted(one, name, known)
            elif one.type == "argument_list":
                self._values.fault(one, "put the call in parentheses")
            elif not last or last in SWITCHES:
                self._values.fault(one, f"{text_of(one)[:40]} follows no parameter")
            else:
                given[last] = one
                if one.type != "generic_token":
                    self._values.of(one, scope)
                last = ""
        return given

    def _is_parameter(self, node: Node, name: str, parameter: str, known: set[str] | None) -> None:
        if known is not None and parameter not in known:
            self._values.fault(node, f"{name} has no parameter {parameter} in both 5.1 and 7")

    def _splatted(self, node: Node, name: str, known: set[str] | None) -> None:
        table = self._tables.get(f"${text_of(node)[1:]}")
        if table is None:
            self._values.fault(node, f"{text_of(node)} is not known")
            return
        entries = [one for one in walk(table) if one.type == "hash_entry"]
        for one in entries:
            self._is_parameter(one, name, text_of(one.named_children[0]).strip("'"), known)

    def _returned(self, node: Node, name: str, given: dict[str, Node]) -> str:
        try:
            if name == "New-Object" and "ComObject" in given:
                return tables.OBJECTS[literal(given["ComObject"])]
            if name == "New-Object":
                kind = tables.type_named(str(literal(given["TypeName"])))
                if not tables.is_known(kind):
                    raise KeyError(kind)
                return kind
        except (KeyError, ValueError) as error:
            self._values.fault(node, f"New-Object makes what is in no table: {error}")
            return "any"
        return RETURNS.get(name, self._place.given.get(f"{name}()", "any"))


def _command_name(node: Node) -> str:
    name = child(node, "command_name")
    return text_of(name) if name is not None else ""


def _returns(function: Node) -> bool:
    """Whether a function returns values; every other way of printing one is a fault."""
    return any(
        node.type == "flow_control_statement" and node.named_children and text_of(node).startswith("return")
        for node in walk(function)
    )


def signatures(texts: t.Iterable[str]) -> Signatures:
    """Of all functions of several files."""
    return {name: parameters(node) for text in texts for name, node in functions(parse(text)).items()}
