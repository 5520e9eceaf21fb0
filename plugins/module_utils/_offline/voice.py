# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a command tells a person. That it cannot be written ends nothing: it is remembered."""

from __future__ import annotations

import os
import sys
import typing as t


class Voice:
    """C(is_broken) says that something could not be written."""

    def __init__(self) -> None:
        self.is_broken = False
        self._told: t.Set[str] = set()
        for stream in (sys.stdout, sys.stderr):
            t.cast("t.Any", stream).reconfigure(errors="backslashreplace")

    def say(self, text: str) -> None:
        self._write(sys.stdout, text)

    def warn(self, text: str) -> None:
        self._write(sys.stderr, text)

    def warn_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self.warn(text)

    def say_everywhere(self, text: str) -> None:
        """On a terminal too, where the output goes elsewhere, such as to a pager."""
        if sys.stderr.isatty() and not sys.stdout.isatty():
            self.warn(text)
        self.say(text)

    def _write(self, stream: t.TextIO, text: str) -> None:
        try:
            stream.write(f"{text}\n")
            stream.flush()
        except OSError:
            self.is_broken = True
            _silence(stream)


def _silence(stream: t.TextIO) -> None:
    """What is left in the buffer, which Python would fail to write at its end, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
