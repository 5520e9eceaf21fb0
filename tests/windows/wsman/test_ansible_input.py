# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All forms in which ansible-core sends a module."""

from __future__ import annotations

import base64
import gzip
import json
import typing as t

import pytest

from .ansible_input import InputError, ModuleCall, parse_module_call

MODULE = "printops.firewall.windows_defender_info"
ARGUMENTS = {"group": "g", "_ansible_check_mode": True, "_ansible_module_name": MODULE}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def sent(first: str, manifest: dict[str, t.Any]) -> ModuleCall:
    return parse_module_call(f"{first}\n\0\0\0\0\n{json.dumps(manifest)}".encode())


def test_form_since_2_19() -> None:
    wrapper = {"Script": "m.ps1", "Variables": [{"Name": "complex_args", "Value": ARGUMENTS, "Scope": "Global"}]}
    manifest = {
        "scripts": {"m.ps1": {"path": "m.ps1", "script": encoded("žluť")}},
        "actions": [{"name": "module_wrapper.ps1", "params": wrapper}],
    }
    call = sent('{"name": "exec_wrapper", "script": "", "params": {}}', manifest)
    assert (call.module, call.arguments, call.check_mode) == (MODULE, {"group": "g"}, True)
    assert call.scripts == {"m.ps1": "žluť"}


@pytest.mark.parametrize("compressed", [False, True])
def test_form_since_2_22(compressed: bool) -> None:
    wrapper = {"Script": "m.ps1", "ArgumentJSON": json.dumps(ARGUMENTS)}
    manifest = {
        "scripts": {"m.ps1": {"path": "m.ps1", "script": encoded("žluť")}},
        "actions": [{"name": "module_wrapper.ps1", "params": wrapper, "secure_params": {}}],
    }
    payload = json.dumps(manifest).encode()
    payload = base64.b64encode(gzip.compress(payload)) if compressed else payload
    call = parse_module_call(b'{"name": "exec_wrapper", "script": "", "params": {}}\n\0\0\0\0\n' + payload)
    assert (call.module, call.arguments, call.check_mode) == (MODULE, {"group": "g"}, True)
    assert call.scripts == {"m.ps1": "žluť"}


def test_form_before_2_19() -> None:
    manifest = {
        "module_entry": encoded("#!powershell"),
        "powershell_modules": {"u.psm1": encoded("\ufefffunction")},
        "csharp_utils": {},
        "module_args": ARGUMENTS,
        "actions": ["module_wrapper"],
    }
    call = sent("begin { }", manifest)
    assert (call.arguments, call.check_mode) == ({"group": "g"}, True)
    assert call.scripts == {"u.psm1": "function", "module": "#!powershell"}


@pytest.mark.parametrize("payload", ["", "no JSON", "bm8gZ3ppcA==", "H4sIAAAA", '{"scripts": {}, "actions": []}'])
def test_what_is_no_module_is_an_error(payload: str) -> None:
    with pytest.raises(InputError):
        parse_module_call(f"Get-Date\n\0\0\0\0\n{payload}".encode())


def test_a_plain_script_is_an_error() -> None:
    with pytest.raises(InputError):
        parse_module_call(b"Get-Date")
