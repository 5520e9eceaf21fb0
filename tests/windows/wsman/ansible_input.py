# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-core pipes into PowerShell, read back. The form is internal to ansible-core: those of 2.18 to 2.22.

Two JSON documents or a script and a JSON document, with a line of four NUL characters between them. The second may be
compressed since 2.22.
"""

from __future__ import annotations

import base64
import gzip
import json
import typing as t
from dataclasses import dataclass

SEPARATOR = "\0\0\0\0"
OWN_PREFIX = "_ansible_"


class InputError(Exception):
    """Input that is not a module of Ansible."""


@dataclass(frozen=True)
class ModuleCall:
    """A module by its full name, its own arguments, and those that Ansible adds, without their prefix."""

    module: str
    arguments: dict[str, t.Any]
    internal: dict[str, t.Any]
    scripts: dict[str, str]

    @property
    def check_mode(self) -> bool:
        return bool(self.internal.get("check_mode"))


def read_manifest(stdin: bytes) -> dict[str, t.Any]:
    """The second document."""
    _, found, payload = stdin.decode().partition(SEPARATOR)
    if not found:
        raise InputError("no line of four NUL characters")
    try:
        plain = payload if payload.lstrip()[:1] in ("{", "") else gzip.decompress(base64.b64decode(payload)).decode()
        return t.cast("dict[str, t.Any]", json.loads(plain))
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"no JSON after the NUL characters: {error}") from error


def parse_module_call(stdin: bytes) -> ModuleCall:
    manifest = read_manifest(stdin)
    arguments, scripts = _manifest(manifest) if isinstance(manifest.get("scripts"), dict) else _payload(manifest)
    internal = {key.removeprefix(OWN_PREFIX): value for key, value in arguments.items() if key.startswith(OWN_PREFIX)}
    return ModuleCall(
        module=str(internal.get("module_name", "")),
        arguments={key: value for key, value in arguments.items() if not key.startswith(OWN_PREFIX)},
        internal=internal,
        scripts=scripts,
    )


def _manifest(manifest: dict[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, str]]:
    """Since 2.19: scripts by name, and a list of actions with their parameters; arguments are JSON since 2.22."""
    wrappers = [action["params"] for action in manifest["actions"] if action["name"] == "module_wrapper.ps1"]
    if not wrappers:
        raise InputError("no module in the manifest")
    (wrapper,) = wrappers
    variables = {variable["Name"]: variable["Value"] for variable in wrapper.get("Variables", [])}
    arguments = json.loads(wrapper["ArgumentJSON"]) if "ArgumentJSON" in wrapper else variables.get("complex_args", {})
    scripts = {name: _decoded(script["script"]) for name, script in manifest["scripts"].items()}
    return arguments, scripts


def _payload(manifest: dict[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, str]]:
    """Before 2.19: the parts of the module under a key each."""
    utilities = {**manifest.get("powershell_modules", {}), **manifest.get("csharp_utils", {})}
    scripts = {name: _decoded(script) for name, script in utilities.items()}
    return manifest.get("module_args", {}), {**scripts, "module": _decoded(manifest.get("module_entry", ""))}


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode("utf-8-sig")
