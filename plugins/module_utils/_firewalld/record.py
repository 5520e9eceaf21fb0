# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What loaded rules stand for that are no longer those of the files, although they accept the same."""

from __future__ import annotations

import pathlib
import typing as t


class Record:
    """What was loaded after a change without a reload; a reload makes it void.

    The file has two lines: a fingerprint of what was loaded then, and the mark of the objects that it is worth as much
    as. It is below C(/run), because a start of the machine loads the files.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def read(self, fingerprint: str) -> t.Optional[str]:
        """The mark that what is loaded stands for, given its fingerprint; None where nothing is known of it."""
        try:
            loaded, mark = self._path.read_text(encoding="ascii").splitlines()
        except (OSError, ValueError):
            return None
        return mark if loaded == fingerprint else None

    def write(self, fingerprint: str, *, stands_for: str) -> None:
        """Raises C(OSError)."""
        unfinished = self._path.with_name(f"{self._path.name}.new")
        unfinished.write_text(f"{fingerprint}\n{stands_for}\n", encoding="ascii")
        unfinished.replace(self._path)

    def forget(self) -> None:
        """The files are loaded."""
        for path in (self._path, self._path.with_name(f"{self._path.name}.new")):
            if path.exists():
                path.unlink()
