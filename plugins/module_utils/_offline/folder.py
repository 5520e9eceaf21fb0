# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A rendered folder as it arrived on its host."""

from __future__ import annotations

import hashlib
import json
import pathlib
import socket
import typing as t
from dataclasses import dataclass

FORMAT = "printops.firewall/rendered/1"
RULES_FILE = "rules.json"
SUMS_FILE = "SHA256SUMS"


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
        """Raises C(OfflineError) where a file is not as it was rendered."""
        _check_sums(path)
        document = json.loads((path / RULES_FILE).read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise OfflineError(f"{path / RULES_FILE}: its format is {document['format']!r}, and it must be {FORMAT!r}")
        return cls(path, document["host"], document["provider"], document["addresses"], document["arguments"])

    def check_address(self, *, is_own: t.Optional[t.Callable[[str], bool]] = None) -> None:
        """Raise C(OfflineError) where this host has none of the addresses that the plan has for it."""
        if self.addresses and not any(map(is_own or is_own_address, self.addresses)):
            raise OfflineError(
                f"this folder is for {self.host} ({', '.join(self.addresses)}), and this host has none of these "
                f"addresses; if it is {self.host} all the same, add --any-address. Nothing was changed"
            )


def is_own_address(address: str) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def read_sums(path: pathlib.Path) -> t.Dict[str, str]:
    """Names of files, relative to the folder, to their digests; raises C(OfflineError)."""
    file = path / SUMS_FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise OfflineError(f"not a rendered folder: {error}") from error
    sums = {}
    for number, line in enumerate(lines, start=1):
        digest, two_blanks, name = line.partition("  ")
        parts = pathlib.PurePosixPath(name).parts
        if len(digest) != 64 or not two_blanks or not parts or parts[0] == "/" or ".." in parts:
            raise OfflineError(f"{file}: line {number} is no digest of a file in this folder")
        sums[name] = digest
    return sums


def _check_sums(path: pathlib.Path) -> None:
    for name, digest in read_sums(path).items():
        try:
            found = hashlib.sha256((path / name).read_bytes()).hexdigest()
        except OSError as error:
            raise OfflineError(f"a file of the folder cannot be read: {error}; nothing was changed") from error
        if found != digest:
            raise OfflineError(
                f"{path / name} is not the file that was rendered and reviewed; change the inventory and render again "
                "instead. Nothing was changed"
            )
