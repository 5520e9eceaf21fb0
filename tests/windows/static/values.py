# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow what the values of a script are, as far as it says, and hold every member that it uses against the tables."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import dataclass, field

from tree_sitter import Node

from . import tables
from .grammar import OPERATIONS, Fault, line_of, text_of, unwrap

Scope = dict[str, str]
Given = t.Mapping[str, str]
"""Variables, and elements of tables as the script writes them, to their types where only the reader knows them."""

AUTOMATIC = {"$true": "System.Boolean", "$false": "System.Boolean", "$null": "any", "$args": "any[]"}
AUTOMATIC |= {"$PSVersionTable": "table"}
LITERALS = {
    "string_literal": tables.STRING,
    "integer_literal": "number",
    "hash_literal_expression": "table",
    "script_block_expression": "any",
}
MEMBERS_OF = {"table": {"ContainsKey", "Keys", "Count", "Clone", "Remove"}, "array": {"Length", "Clone"}}


@dataclass
class Values:
    """The types of one script's expressions, and the faults found on the way, each once.

    C(command) tells the type of what a command returns. C(runs_on_windows) is false for what must run elsewhere too.
    """

    given: Given
    runs_on_windows: bool
    command: Callable[[Node, Scope], str]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, node: Node, message: str) -> None:
        found = Fault(line_of(node), message)
        if found not in self.faults:
            self.faults.append(found)

    def of(self, node: Node, scope: Scope) -> str:
        """The type of an expression, whose parts are checked."""
        node = unwrap(node)
        if node.type in ("member_access", "invokation_expression"):
            return self._member(node, scope)
        for kind, read in (
            ("variable", self._variable),
            ("cast_expression", self._cast),
            ("element_access", self._element),
            ("command", self.command),
            ("type_literal", self._type_literal),
            ("array_expression", self._array),
        ):
            if node.type == kind:
                return read(node, scope)
        parts = [self.of(one, scope) for one in node.named_children if "operator" not in one.type]
        if node.type in LITERALS:
            return LITERALS[node.type]
        if node.type == "expression_with_unary_operator":
            return self._unary(node, parts)
        if node.type in OPERATIONS:
            return self._operation(node, parts)
        return parts[0] if len(parts) == 1 else "any"

    def is_void(self, node: Node, scope: Scope) -> bool:
        """Whether a call as a statement leaves nothing that would be printed."""
        kind = self.of(node, scope)
        name = text_of(node.named_children[1])
        return kind == "void" or (kind == "any" and name in tables.VOID_OF_ANY)

    def put(self, place: Node, value: Node, scope: Scope) -> None:
        """An assignment to a variable, an element or a property."""
        kind = self.of(value, scope)
        place = unwrap(place)
        while place.type in ("cast_expression", "expression_with_unary_operator"):
            place = unwrap(place.named_children[-1])
        if place.type == "variable":
            scope[text_of(place)] = kind
            return
        wanted = self.of(place, scope)
        if place.type == "member_access":
            owner = self.of(place.named_children[0], scope)
            entry = tables.INTERFACES.get(owner, {}).get("properties", {}).get(text_of(place.named_children[1]), {})
            if entry.get("read_only"):
                self.fault(place, f"{text_of(place)} can only be read")
            self.fits(value, wanted, kind)

    def fits(self, node: Node, wanted: str, given: str) -> None:
        """Constants are to be of the right enumeration, and written by name."""
        wanted = tables.enumeration(wanted)
        if wanted.startswith("enum:") and (given == "number" or (given.startswith("enum:") and given != wanted)):
            self.fault(node, f"{text_of(node)} is no constant of {wanted.removeprefix('enum:')}")
        if wanted == "reserved" and text_of(unwrap(node)) != "0":
            self.fault(node, f"{text_of(node)}: 0 is the only value")

    def _variable(self, node: Node, scope: Scope) -> str:
        name = text_of(node)
        if name.startswith("$env:"):
            return tables.STRING
        if name in AUTOMATIC:
            return AUTOMATIC[name]
        constant = name.removeprefix("$script:")
        if constant in tables.CONSTANTS:
            return f"enum:{tables.CONSTANTS[constant][0]}"
        if name not in scope:
            self.fault(node, f"{name} has no value here")
        return self.given.get(name, scope.get(name, "any"))

    def _cast(self, node: Node, scope: Scope) -> str:
        kind, value = node.named_children
        before = self.of(value, scope)
        wanted = tables.type_named(text_of(kind)[1:-1])
        self.of(kind, scope)
        return before if before.startswith("enum:") and wanted == "System.Int32" else wanted

    def _type_literal(self, node: Node, _scope: Scope) -> str:
        kind = tables.type_named(text_of(node)[1:-1])
        if not tables.is_known(kind):
            self.fault(node, f"the type {text_of(node)} is in no table")
        elif not self.runs_on_windows and tables.TYPES[kind.removesuffix("[]")].get("only"):
            self.fault(node, f"{text_of(node)} is on Windows only")
        return "System.Type"

    def _array(self, node: Node, scope: Scope) -> str:
        parts = [self.of(one, scope) for one in node.named_children]
        return parts[0] if len(parts) == 1 and (parts[0].startswith("enum:") or parts[0].endswith("[]")) else "any[]"

    def _element(self, node: Node, scope: Scope) -> str:
        owner, *_key = (self.of(one, scope) for one in node.named_children)
        if text_of(node) in self.given:
            return self.given[text_of(node)]
        if owner in tables.INTERFACES:
            self.fault(node, f"{text_of(node)}: {owner} has no elements")
        return tables.item_of(owner)

    def _unary(self, node: Node, parts: list[str]) -> str:
        sign = text_of(node.children[0])
        if sign == ",":
            return "any[]"
        if sign.lower() in ("-not", "!"):
            return "System.Boolean"
        return parts[0] if parts else "any"

    def _operation(self, node: Node, parts: list[str]) -> str:
        if node.type.startswith("comparison"):
            left, right = node.named_children[0], node.named_children[-1]
            if parts[0].startswith("enum:"):
                self.fits(right, parts[0], parts[-1])
            if text_of(unwrap(right)) == "$null":
                self.fault(node, f"{text_of(node)}: $null belongs to the left")
            return "System.Boolean" if left is not right else parts[0]
        if node.type.startswith(("logical", "range", "array_literal")):
            return "System.Boolean" if node.type.startswith("logical") else "any[]"
        return "any" if parts[0] == "number" else parts[0]

    def _member(self, node: Node, scope: Scope) -> str:
        owner, member = node.named_children[0], text_of(node.named_children[1])
        listed = [one for one in node.named_children[2:] if one.type == "argument_list"]
        arguments = [one for part in listed for one in _arguments(part)]
        kinds = [self.of(one, scope) for one in arguments]
        static = owner.type == "type_literal"
        kind = self.of(owner, scope)
        if static:
            return self._static(node, tables.type_named(text_of(owner)[1:-1]), member, arguments)
        if member == "GetType" and not arguments:
            return "System.Type"
        if kind in tables.INTERFACES:
            return self._com(node, kind, member, arguments, kinds)
        if (kind, member) == ("System.Type", "InvokeMember"):
            self._put_by_name(node, arguments, kinds)
        return self._instance(node, kind, member)

    def _static(self, node: Node, kind: str, member: str, arguments: list[Node]) -> str:
        entry = tables.TYPES.get(kind, {})
        if member == "new":
            if len(arguments) not in entry.get("constructors", [len(arguments)] if not entry else []):
                self.fault(node, f"{kind} is not made of {len(arguments)} values")
            return kind
        if member not in entry.get("static", {}):
            self.fault(node, f"{kind} has no static {member}")
        return str(entry.get("static", {}).get(member, "any"))

    def _put_by_name(self, node: Node, arguments: list[Node], kinds: list[str]) -> None:
        """A property with an argument, set through its name."""
        name = text_of(unwrap(arguments[0])).strip("'")
        entry = tables.INTERFACES.get(kinds[3], {}).get("properties", {}).get(name)
        if entry is None or entry.get("read_only"):
            self.fault(node, f"{kinds[3]} has no property {name} to be set")

    def _com(self, node: Node, kind: str, member: str, arguments: list[Node], kinds: list[str]) -> str:
        interface = tables.INTERFACES[kind]
        is_call = node.type == "invokation_expression"
        entry = interface["methods"].get(member) if is_call else None
        entry = entry or interface["properties"].get(member)
        if entry is None or (is_call and "arguments" not in entry):
            self.fault(node, f"{kind} has no {'method' if is_call else 'property'} {member}")
            return "any"
        wanted = entry.get("arguments", [])
        if is_call and len(wanted) != len(arguments):
            self.fault(node, f"{member} of {kind} takes {len(wanted)} values")
        for one, expected, given in zip(arguments, wanted, kinds, strict=False):
            self.fits(one, expected, given)
        return tables.enumeration(entry["type"])

    def _instance(self, node: Node, kind: str, member: str) -> str:
        if member == "PSObject":
            return "System.Management.Automation.PSMemberSet"
        if kind == "any" or (kind not in tables.TYPES and kind not in MEMBERS_OF and not kind.endswith("[]")):
            if member not in tables.OF_ANY:
                self.fault(node, f"{text_of(node)}: it is not known of what {member} is")
            return "any"
        group = "array" if kind.endswith("[]") else kind
        if group in MEMBERS_OF:
            if member not in MEMBERS_OF[group]:
                self.fault(node, f"{text_of(node)}: {group} has no {member}")
            return "void" if member == "Remove" else "any"
        if member not in tables.TYPES[kind].get("instance", {}):
            self.fault(node, f"{text_of(node)}: {kind} has no {member}")
        return str(tables.TYPES[kind].get("instance", {}).get(member, "any"))


def _arguments(listed: Node) -> list[Node]:
    """The values between the parentheses of a call."""
    return [one for part in listed.named_children for one in part.named_children]
