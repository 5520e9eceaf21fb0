# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A draft as the text of a YAML file that a person edits: short lists on one line, long texts folded.

PyYAML can write neither beside the other, and takes longer for a large draft than reading and comparing together.
"""

from __future__ import annotations

import functools
import json
import re
import typing as t

WIDTH = 110

_NO_TEXT = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null"))
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/()+.-]*(?: [A-Za-z0-9_/()+.-]+)*")


def draft_text(draft: t.Mapping[str, t.Any], *, comment: t.Iterable[str]) -> str:
    """YAML with a comment in front: of mappings, of lists of texts or of mappings, and of texts of one line."""
    lines = ["---", *(f"# {line}".rstrip() for line in comment)]
    _mapping(draft, "", "", lines)
    return "\n".join(lines) + "\n"


def _mapping(value: t.Mapping[str, t.Any], first: str, indent: str, lines: list[str]) -> None:
    """Lines of a mapping; C(first) is the indentation of its first key."""
    lead = first
    for key, one in value.items():
        _entry(f"{lead}{_scalar(key)}:", one, indent, lines)
        lead = indent


def _entry(start: str, value: t.Any, indent: str, lines: list[str]) -> None:
    if isinstance(value, str):
        _text(start, value, indent, lines)
    elif value is None or isinstance(value, (int, bool)):
        lines.append(f"{start} {json.dumps(value)}")
    elif not value:
        lines.append(f"{start} {'{}' if isinstance(value, dict) else '[]'}")
    elif not isinstance(value, dict) and (short := _short(value)):
        lines.append(f"{start} {short}")
    elif isinstance(value, dict):
        lines.append(start)
        _mapping(value, f"{indent}  ", f"{indent}  ", lines)
    else:
        lines.append(start)
        for one in value:
            if isinstance(one, dict):
                _mapping(one, f"{indent}  - ", f"{indent}    ", lines)
            else:
                _entry(f"{indent}  -", one, f"{indent}    ", lines)


def _text(start: str, text: str, indent: str, lines: list[str]) -> None:
    if len(start) + len(text) < WIDTH:
        lines.append(f"{start} {_scalar(text)}")
        return
    lines.append(f"{start} >-")
    line = f"{indent} "
    for word in text.split(" "):
        if len(line) + len(word) >= WIDTH and line.strip():
            lines.append(line)
            line = f"{indent} "
        line += f" {word}"
    lines.append(line)


def _short(values: t.Sequence[t.Any]) -> str:
    """The list on one line, where it is one of words, or of mappings of words and lists of words; else nothing."""
    for one in values:
        for inner in one.values() if isinstance(one, dict) else (one,):
            if not isinstance(inner, (str, list)):
                return ""
    flow = _flow(values)
    return flow if len(flow) < WIDTH - 20 else ""


def _flow(value: t.Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return "null" if value is None else _scalar(value)


@functools.lru_cache(maxsize=1 << 14)
def _scalar(text: str) -> str:
    """A text as it is where YAML takes it for nothing else, else in the quotes that JSON has."""
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT
    return text if is_plain else json.dumps(text, ensure_ascii=False)
