# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A rendered folder as it arrived on its host."""

from __future__ import annotations

import json
import pathlib
import typing as t
from dataclasses import dataclass

FORMAT = "printops.firewall/rendered/1"
RULES_FILE = "rules.json"
_MEMBERS: t.Mapping[str, type] = {"format": str, "host": str, "provider": str, "addresses": list, "arguments": dict}


class OfflineError(Exception):
    """The folder cannot be used here, or the host does not do what it asks; the message says what was changed."""


@dataclass(frozen=True)
class Folder:
    """What C(rules.json) says: whom it is for, and the arguments of the rule module."""

    path: pathlib.Path
    host: str
    provider: str
    addresses: t.Sequence[str]
    arguments: t.Mapping[str, t.Any]

    @classmethod
    def read(cls, path: pathlib.Path) -> Folder:
        """Raises C(OfflineError) where the document is not as it is rendered."""
        place = path / RULES_FILE
        try:
            document = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OfflineError(f"{place} cannot be read: {error}. Nothing was changed") from error
        given = document if isinstance(document, dict) else {}
        for name, kind in _MEMBERS.items():
            if not isinstance(given.get(name), kind):
                raise OfflineError(
                    f"{place} is not what was rendered: its {name!r} is {given.get(name)!r}, and must be of type "
                    f"{kind.__name__}. Nothing was changed"
                )
        if given["format"] != FORMAT:
            raise OfflineError(
                f"{place}: its format is {given['format']!r}, and it must be {FORMAT!r}. Nothing was changed"
            )
        return cls(path, given["host"], given["provider"], given["addresses"], given["arguments"])

    def check_address(self, own: t.Collection[str]) -> None:
        """Raise C(OfflineError) where this host, with its C(own) addresses, has none that the plan has for it."""
        if self.addresses and not set(self.addresses) & set(own):
            raise OfflineError(
                f"this folder is for {self.host} ({', '.join(self.addresses)}), and this host has none of these "
                f"addresses; if it is {self.host} all the same, add --any-address. Nothing was changed"
            )
