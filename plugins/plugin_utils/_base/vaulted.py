# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Messages without what an inventory keeps encrypted."""

from __future__ import annotations

import collections.abc as c
import contextlib
import ipaddress
import re
import typing as t

from .plain import as_written, is_vaulted, plain

HIDDEN = "(vaulted)"
_PARTS = re.compile(r"[,/\s]+")
_SHORTEST_PART = 4
_SHORTEST_ANYWHERE = 6
"""A shorter text is hidden where it is a word of its own, or half of a message would be."""


def without_vaulted(message: str, values: t.Iterable[object]) -> str:
    """The message with each text that is encrypted somewhere in the values hidden, and what is made of one."""
    hidden = {form for secret in set(_vaulted_texts(values)) for form in _forms(secret)}
    for form in sorted(hidden, key=len, reverse=True):
        message = re.sub(_pattern(form), HIDDEN, message)
    return message


def raw_variables(variables: t.Mapping[str, t.Any]) -> t.Iterator[object]:
    """The variables of every host and of the task, before anything is templated."""
    yield from map(as_written(variables["hostvars"]), variables["groups"]["all"])
    yield {name: value for name, value in variables.items() if name != "hostvars"}


def _vaulted_texts(value: object) -> t.Iterator[str]:
    """Those that can be decrypted; nobody has read the others."""
    if is_vaulted(value):
        with contextlib.suppress(Exception):
            yield str(plain(value))
    elif isinstance(value, c.Mapping):
        for key in value:
            with contextlib.suppress(Exception):  # Variables of the connection may be templates of what is not there.
                yield from _vaulted_texts(value[key])
    elif isinstance(value, c.Iterable) and not isinstance(value, (str, bytes)):
        for item in value:
            yield from _vaulted_texts(item)


def _forms(secret: str) -> t.Iterator[str]:
    """The text, as Python writes it, and what errors name of it: parts, and the addresses that it stands for."""
    text = secret.strip()
    several = [text, repr(text)[1:-1], *(part for part in _PARTS.split(text) if len(part) >= _SHORTEST_PART)]
    for part in _PARTS.split(text.replace("/", "\0")):
        with contextlib.suppress(ValueError):
            interface = ipaddress.ip_interface(part.replace("\0", "/"))
            several += [str(interface), str(interface.network), str(interface.ip)]
    yield from filter(None, several)


def _pattern(form: str) -> str:
    if len(form) >= _SHORTEST_ANYWHERE:
        return re.escape(form)
    return rf"(?<!\w){re.escape(form)}(?!\w)"
