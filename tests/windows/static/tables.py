# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Microsoft's documentation says there is, as far as our scripts use it: ../signatures, each with its page.

A type is a name of .NET or of a COM interface; C(T[]) is several of T, C(enum:E) a constant of the enumeration E,
C(table) a Hashtable, and C(any) what a script cannot know.
"""

from __future__ import annotations

import json
import pathlib
import typing as t

SIGNATURES = pathlib.Path(__file__).resolve().parents[1] / "signatures"

Table = dict[str, t.Any]


def _read(name: str) -> Table:
    read: Table = json.loads((SIGNATURES / f"{name}.json").read_text(encoding="utf-8"))
    return read


COM = _read("com")
CMDLETS = _read("cmdlets")
DOTNET = _read("dotnet")

OBJECTS: dict[str, str] = COM["objects"]
INTERFACES: dict[str, Table] = COM["interfaces"]
ENUMERATIONS: dict[str, dict[str, int]] = {name: one["values"] for name, one in COM["enumerations"].items()}
CONSTANTS = {name: (enumeration, value) for enumeration, one in ENUMERATIONS.items() for name, value in one.items()}
TYPES: dict[str, Table] = DOTNET["types"]
ALIASES: dict[str, str] = DOTNET["aliases"]

STRING = "System.String"
TYPE_OF_PATTERNS = "System.Text.RegularExpressions.Regex"
OF_ANY = {"ContainsKey", "Keys", "Count", "Length", "ToArray", "Add", "RemoveAt", "Clone", "Dispose", "AddParameters"}
"""What is called on values whose type a script cannot know: what came as JSON, and lists in tables."""
VOID_OF_ANY = {"Add", "RemoveAt", "Dispose"}


def type_named(literal: str) -> str:
    """The type that a type literal names, without its arguments: C(System.Collections.Generic.List[object])."""
    if literal.endswith("[]"):
        return f"{type_named(literal[:-2])}[]"
    bare = literal.partition("[")[0]
    return ALIASES.get(bare.lower(), bare)


def is_known(kind: str) -> bool:
    return kind.removesuffix("[]") in TYPES


def enumeration(kind: str) -> str:
    """C(enum:E) for the name of an enumeration, any other kind as it is; the short names of com.json spelt out."""
    if kind in ENUMERATIONS:
        return f"enum:{kind}"
    return ALIASES.get(kind, kind)


def item_of(kind: str) -> str:
    """What foreach gives of it."""
    if kind.endswith("[]"):
        return kind[:-2]
    if kind in INTERFACES:
        return str(INTERFACES[kind].get("item", "any"))
    return str(TYPES.get(kind, {}).get("item", "any"))
