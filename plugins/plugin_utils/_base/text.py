# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Tables and worksheets for a terminal."""

from __future__ import annotations

import textwrap
import typing as t

WIDTH = 100
_BEGINS_A_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
"""The last four are their wide forms, which Japanese editions read alike."""


def table(header: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> list[str]:
    """Lines of left-aligned columns; the last column takes what is left of the width and wraps."""
    *fixed, _last = zip(header, *rows, strict=True)
    widths = [max(map(len, column)) for column in fixed]
    left = sum(widths) + 2 * len(widths)
    lines = []
    for row in (header, *rows):
        wrapped = textwrap.wrap(row[-1], max(WIDTH - left, 24), break_on_hyphens=False, break_long_words=False) or [""]
        cells = "".join(f"{cell:<{width}}  " for cell, width in zip(row, widths, strict=False))
        lines.append((cells + wrapped[0]).rstrip())
        lines.extend(" " * left + more for more in wrapped[1:])
    return lines


def paragraph(text: str, *, indent: str = "") -> list[str]:
    """Text broken into lines of the terminal's width."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def few(names: t.Sequence[str], *, most: int = 6) -> str:
    """Names joined by commas, the tail of a long list counted."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def count(number: int, noun: str) -> str:
    """C(1 host), C(2 hosts)."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def spreadsheet_text(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    text = " ".join(text.split())
    return f"'{text}" if text[:1] in _BEGINS_A_FORMULA and text else text
