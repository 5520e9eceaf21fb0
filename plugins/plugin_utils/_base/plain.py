# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Ansible's values as Python's own."""

from __future__ import annotations

import collections.abc as c
import json
import typing as t

from jinja2 import Undefined

_SCALARS = (bool, str, int, float)
_VAULTED = ("EncryptedString", "AnsibleVaultEncryptedUnicode")
"""Ansible's types for it, since 2.19 and before."""
_TEMPLATE_SIGNS = ("{{", "{%", "{#", '"#jinja2:')
"""In JSON, of which they are no signs themselves: what a text of Jinja has, the last at its beginning."""


def plain(value: t.Any) -> t.Any:
    """The value without Ansible's lazy, tagged and encrypted types.

    Raises what Ansible does where it has no secret, and what Jinja says of a value that is undefined.
    """
    if type(value) in _SCALARS:
        return value
    if isinstance(value, c.Mapping):
        return {plain(key): plain(value[key]) for key in value}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    for kind in _SCALARS:
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, Undefined):
        str(value)
    return str(value) if is_vaulted(value) else value


def as_written(hostvars: t.Any) -> t.Callable[[str], t.Mapping[str, t.Any]]:
    """What gives the variables of a host before anything is templated, of Ansible's C(hostvars) or a mapping."""
    return t.cast("t.Callable[[str], t.Mapping[str, t.Any]]", getattr(hostvars, "raw_get", hostvars.__getitem__))


def is_vaulted(value: object) -> bool:
    """Whether it is a text that is still encrypted, which templating decrypts, before 2.19 only outside of lists."""
    return type(value).__name__ in _VAULTED


def literal_json(value: t.Any) -> str:
    """The value in JSON where nothing in it can be a template; empty where something can.

    What has no JSON may be one, such as an encrypted text. JSON is through with a thousand texts in the time in which
    Ansible's templating looks at ten.
    """
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return ""
    return "" if any(sign in text for sign in _TEMPLATE_SIGNS) else text


def first_template(value: t.Any) -> str:
    """The first text in plain data that is a template still; empty where there is none."""
    if isinstance(value, str):
        return value if any(sign in value for sign in ("{{", "{%")) else ""
    if not isinstance(value, (dict, list)) or literal_json(value):
        return ""
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    return next(filter(None, map(first_template, parts)), "")
