# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that is printed and the file that is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from .measure import MINIMUM_RUNS, BenchError, Comparison

HEAD = ("name", "ours s", "rival", "rival s", "ratio", "runs")


def table(comparisons: Sequence[Comparison]) -> str:
    """Medians and ratios in columns, then the spread of the runs behind them."""
    rows = [HEAD, *(_cells(one) for one in comparisons)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, "", "fastest to slowest:", *(_spread(one) for one in comparisons)])


def _cells(one: Comparison) -> tuple[str, ...]:
    return (one.name, f"{one.ours_s:.3f}", one.rival, f"{one.rival_s:.3f}", f"{one.ratio:.2f}", str(one.runs))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if HEAD[column] in ("name", "rival") else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _spread(one: Comparison) -> str:
    return (
        f"  {one.name}: ours {min(one.ours):.3f} to {max(one.ours):.3f} s, "
        f"{one.rival} {min(one.rivals):.3f} to {max(one.rivals):.3f} s"
    )


def as_json(comparisons: Sequence[Comparison]) -> list[dict[str, str | float | int]]:
    """What the file holds; raises C(BenchError) for medians of fewer than five runs."""
    if few := [one.name for one in comparisons if one.runs < MINIMUM_RUNS]:
        raise BenchError(f"fewer than {MINIMUM_RUNS} runs: {', '.join(few)}")
    return [
        {
            "name": one.name,
            "ours_s": round(one.ours_s, 4),
            "rival": one.rival,
            "rival_s": round(one.rival_s, 4),
            "ratio": round(one.ratio, 3),
            "runs": one.runs,
        }
        for one in comparisons
    ]


def write(comparisons: Sequence[Comparison], *, path: Path) -> None:
    text = json.dumps(as_json(comparisons), indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
