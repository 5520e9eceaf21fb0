# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the kernel holds of firewalld, whatever the daemon believes: looked at in every run, judged where it changed.

A digest of the chains for incoming packets is kept below C(/run) once they were found right, so that most runs only
compare it.
"""

from __future__ import annotations

import contextlib
import hashlib
import pathlib
import threading
import typing as t

from .daemon import FirewalldError
from .rescue import Run

NFT = ("nft", "-s", "list tables inet; list table inet firewalld")
IPTABLES = (("iptables", "-w", "5", "-S"), ("ip6tables", "-w", "5", "-S"))
RESIDUE = "table inet firewalld_policy_drop"
_MISSING = "No such file or directory"


class Look(t.NamedTuple):
    """What the kernel holds: C(listings) are what each command printed, those of iptables or else the one of C(nft).

    C(can_see) is false where the command is missing.
    """

    uses_iptables: bool
    listings: t.Tuple[str, ...]
    can_see: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether the kernel has nothing of firewalld's at all."""
        if self.uses_iptables:
            return not all("-A INPUT " in listing for listing in self.listings)
        return self.can_see and "hook input" not in "".join(self.listings)

    @property
    def has_residue(self) -> bool:
        """Whether a table is there that firewalld makes for the time of a reload."""
        return not self.uses_iptables and RESIDUE in "".join(self.listings)

    def digest(self) -> str:
        """Stands for the chains of packets to and from this host."""
        told = hashlib.sha256()
        for listing in self.listings:
            for line in _of_host_in_iptables(listing) if self.uses_iptables else _of_host_in_nft(listing):
                told.update(line.encode() + b"\n")
        return told.hexdigest()


def _of_host_in_iptables(listing: str) -> t.Iterator[str]:
    return (line for line in listing.splitlines() if line.startswith(("-A IN", "-A OUT")))


def _of_host_in_nft(listing: str) -> t.Iterator[str]:
    wanted = False
    for line in listing.splitlines():
        if line.startswith("\tchain "):
            wanted = line.startswith(("\tchain filter_IN", "\tchain filter_OUT"))
        if wanted and line != "}":
            yield line


def begin_look(run: Run, *, uses_iptables: bool) -> t.Callable[[], Look]:
    """Ask the kernel in the background; what is returned waits, and raises C(FirewalldError) where it does not tell."""
    commands = [*IPTABLES] if uses_iptables else [NFT]
    answers: t.Dict[t.Sequence[str], t.Union[t.Tuple[int, str, str], OSError]] = {}

    def ask(command: t.Sequence[str]) -> None:
        try:
            answers[command] = run(list(command))
        except OSError as error:
            answers[command] = error

    threads = [threading.Thread(target=ask, args=(command,)) for command in commands]
    for thread in threads:
        thread.start()

    def look() -> Look:
        for thread in threads:
            thread.join()
        listings = []
        for command in commands:
            answer = answers[command]
            if isinstance(answer, OSError):
                return Look(uses_iptables, (), can_see=False)
            status, out, error = answer
            if status and not (command is NFT and _MISSING in error):
                said = " ".join((error or out).split())
                raise FirewalldError(f"{command[0]} cannot tell which rules are loaded: {said}; nothing was changed")
            listings += [out]
        return Look(uses_iptables, tuple(listings))

    return look


class SeenRight:
    """The digest of what was found right in the kernel, in a file below C(/run)."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def is_as_before(self, look: Look) -> bool:
        try:
            return not look.has_residue and self._path.read_text(encoding="ascii").strip() == look.digest()
        except (OSError, ValueError):
            return False

    def remember(self, look: Look) -> None:
        """Where that cannot be kept, the next run judges anew."""
        with contextlib.suppress(OSError):
            unfinished = self._path.with_name(f"{self._path.name}.new")
            unfinished.write_text(f"{look.digest()}\n", encoding="ascii")
            unfinished.replace(self._path)
