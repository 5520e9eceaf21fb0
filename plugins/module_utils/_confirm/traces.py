# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What every run must know of a change that the host would take back: where it leaves traces, and if there are any.

Most runs change nothing, so that this is all they load of it.
"""

from __future__ import annotations

import pathlib
import typing as t

STATE_FOLDER = "var/lib/printops-firewall"
RUN_FOLDER = "run/printops-firewall"
UNIT_FOLDER = "etc/systemd/system"
LEFTOVERS = ("pending.new", "confirmed", "done")
STATE_NAMES = ("pending", "restoring", "restore", "found.json", "found.json.new", *LEFTOVERS)
"""All that there may be in the folder of a provider."""
MARK = "PRINTOPS_CHANGE"
"""The environment variable that has the token of the change which a program was started for."""


class PendingError(Exception):
    """A change cannot be made such that the host takes it back; the message says what is so and what was changed."""


class HalfDoneError(Exception):
    """A change failed and could not be undone, so that the host must take it back."""


class Snapshot(t.NamedTuple):
    """What was before: absolute paths to contents (None where there was no file), and shell lines that load them.

    C(shared) maps the paths that others write too to a shell command which tells whether its standard input would do
    as such a file. C(rewritten) says that applying has the firewall rewrite them. C(edits) maps files to shell lines
    that take other changes of them back. C(kept) are files for C(load), in the folder C($kept): where something cannot
    be put back, C($stuck) says what, and what was in a file is in the copy beside it still.
    """

    files: t.Mapping[str, t.Optional[bytes]]
    load: t.Sequence[str]
    shared: t.Optional[t.Mapping[str, str]] = None
    rewritten: bool = False
    edits: t.Mapping[str, str] = {}
    kept: t.Mapping[str, bytes] = {}


class Traces:
    """The paths of one provider's unconfirmed change; C(unit) restores at boot."""

    def __init__(self, *, provider: str, root: pathlib.Path = pathlib.Path("/")) -> None:
        self.provider = provider
        self.root = root
        self.unit = f"printops-firewall-restore-{provider}"
        self.state = root / STATE_FOLDER / provider
        self.pending = self.state / "pending"
        self.restoring = self.state / "restoring"
        self.script = self.state / "restore"
        self.memory = root / RUN_FOLDER
        self.outcome = self.memory / f"{provider}.outcome"
        self.stuck = self.memory / f"{provider}.stuck"
        self.service = root / UNIT_FOLDER / f"{self.unit}.service"
        self.wanted = root / UNIT_FOLDER / "sysinit.target.wants" / f"{self.unit}.service"

    def exist(self) -> bool:
        """Whether a change waits, is being taken back, was broken off, or was taken back and nobody was told."""
        places = (self.pending, self.restoring, self.script, self.service, *(self.state / name for name in LEFTOVERS))
        return any(place.exists() for place in places) or self.wanted.is_symlink() or self._is_untold()

    def are_of_a_change(self) -> bool:
        """Whether a change waits, or is being taken back."""
        return self.pending.exists() or self.restoring.exists()

    def _is_untold(self) -> bool:
        try:
            return " restored " in self.outcome.read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return False
