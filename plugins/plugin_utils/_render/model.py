# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is rendered for a host, and the files that come of it."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

WINDOWS_OPTIONS = ("profiles", "default_inbound")
"""Options that only the module for Windows has."""


@dataclass(frozen=True)
class Request:
    """One host's part of the plan, and C(options), those of the provider's module besides the rules."""

    host: str
    provider: str
    addresses: t.Sequence[str]
    rules: t.Sequence[t.Mapping[str, t.Any]]
    options: t.Mapping[str, t.Any]


@dataclass(frozen=True)
class File:
    content: bytes
    executable: bool = False

    @classmethod
    def of(cls, text: str, *, executable: bool = False) -> File:
        return cls(text.encode(), executable)

    @property
    def mode(self) -> int:
        return 0o755 if self.executable else 0o644


text_of = json.JSONEncoder(ensure_ascii=False).encode


def block(brackets: str, lines: t.Iterable[str], *, depth: int) -> str:
    """JSON with a line for each member; C(depth) is that of the brackets."""
    indent = "\n" + " " * depth
    inner = f",{indent} ".join(lines)
    return f"{brackets[0]}{indent} {inner}{indent}{brackets[1]}" if inner else brackets
