# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the kernel enforced before a reload, kept in a table of its own where firewalld fails and stands open."""

from __future__ import annotations

import pathlib
import re
import typing as t

TABLE = "printops_rescue"
_FIREWALLD_TABLE = ("inet", "firewalld")
FIREWALLD_TABLES = ("firewalld", "firewalld_policy_drop")
_HEAD = re.compile(r"\Atable inet firewalld \{[^\n]*\n(?:\s*flags [^\n]*\n)?")


class Run(t.Protocol):
    """Starts a command and returns its exit status, output and error output; raises C(OSError) without the program."""

    def __call__(self, command: list[str], data: str | None = None, /) -> tuple[int, str, str]:
        """C(data) is what the command reads."""


class Rescue:
    """A copy of the nftables table of firewalld, under another name; C(flag) exists while it is in force."""

    def __init__(self, *, run: Run, flag: pathlib.Path) -> None:
        self._run = run
        self._flag = flag
        self._rules: str | None = None

    def in_force(self) -> bool:
        return self._flag.exists()

    def remember(self) -> None:
        """Take the copy; without such a table, or the C(nft) command, nothing is remembered."""
        self._rules = self.copy() or None

    def begin(self) -> bool:
        """Enforce what was remembered; whether that was possible."""
        if self._rules is None:
            return False
        self._flag.touch()
        status, _out, _error = self._nft("-f", "-", data=self._rules)
        if status:
            self._flag.unlink()
        return status == 0

    def copy(self) -> str:
        """What nft is to be given to enforce what is loaded now; empty where that cannot be had."""
        status, listing, _error = self._nft("list", "table", *_FIREWALLD_TABLE)
        rules = None if status else renamed(listing)
        return f"add table inet {TABLE}\ndelete table inet {TABLE}\n{rules}" if rules else ""

    def begin_command(self, file: str) -> str:
        """A shell line that enforces the copy in C(file) and does without firewalld."""
        drop = "; ".join(f"nft delete table inet {table} 2>/dev/null" for table in FIREWALLD_TABLES)
        return f"nft -f {file} && : > {self._flag} && systemctl stop firewalld.service && {{ {drop}; :; }}"

    def begun_test(self) -> str:
        """A shell condition: whether it is in force."""
        return f"[ -e {self._flag} ]"

    def end_command(self) -> str:
        """A shell line that does what C(end) does, where firewalld runs."""
        needless = f"! [ -e {self._flag} ] || ! firewall-cmd --quiet --state"
        return f"{needless} || {{ nft delete table inet {TABLE}; rm -f {self._flag}; }}"

    def stand_alone(self) -> None:
        """Stop the failed daemon and drop what it half loaded: that would refuse even what was accepted before."""
        self._run(["systemctl", "stop", "firewalld.service"])
        for table in FIREWALLD_TABLES:
            self._nft("delete", "table", "inet", table)

    def end(self) -> None:
        """Leave it to firewalld again."""
        if self.in_force():
            self._nft("delete", "table", "inet", TABLE)
            self._flag.unlink()

    def clear(self, table: str) -> None:
        """Take away what a failed reload has left."""
        self._nft("delete", "table", "inet", table)

    def _nft(self, *arguments: str, data: str | None = None) -> tuple[int, str, str]:
        """The command is in a package of its own, and firewalld does without: then nothing can be remembered."""
        try:
            return self._run(["nft", *arguments], data)
        except OSError as error:
            return 127, "", str(error)


def renamed(listing: str) -> str | None:
    """The listing of firewalld's table as one of ours; None where it filters no incoming packets."""
    rules, found = _HEAD.subn(f"table inet {TABLE} {{\n", listing)
    return rules if found and "hook input" in rules else None
