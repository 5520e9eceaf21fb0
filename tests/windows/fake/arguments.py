# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of a module, held to its documentation, as Ansible.Basic on a host holds them to the same specification."""

from __future__ import annotations

import functools
import importlib
import typing as t

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

MODULES = "ansible_collections.printops.firewall.plugins.modules"


class FakeArgumentError(Exception):
    """What a module says of arguments that are none of its own."""


def validated(module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """Arguments with defaults; module is the last part of its name. Raises C(FakeArgumentError)."""
    result = ArgumentSpecValidator(_specification(module)).validate(arguments)
    if result.error_messages:
        raise FakeArgumentError("; ".join(result.error_messages))
    validated_parameters: dict[str, t.Any] = result.validated_parameters
    return validated_parameters


@functools.cache
def _specification(module: str) -> dict[str, dict[str, t.Any]]:
    documentation = yaml.safe_load(importlib.import_module(f"{MODULES}.{module}").DOCUMENTATION)
    keys = ("type", "elements", "required", "default", "choices")
    return {
        name: {**{key: option[key] for key in keys if key in option}, "no_log": False}
        for name, option in documentation["options"].items()
    }
