# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what the JUnit files of a run say: the longest tests, the matrix, and one closing line of counts."""

from __future__ import annotations

import collections
import pathlib
import re
import sys
import typing as t
import xml.etree.ElementTree as ET
from importlib import metadata

CORE = re.compile(r"core-(?P<core>\S+?)-python(?P<python>[0-9.]+?)(-lab)?")
LONGEST = 10


class Count(t.NamedTuple):
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def plus(self, other: Count) -> Count:
        return Count(*map(sum, zip(self, other, strict=True)))


def count(root: ET.Element) -> Count:
    tests, failures, errors, skipped = (
        sum(int(suite.get(key, 0)) for suite in root.iter("testsuite"))
        for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return Count(tests - failed - skipped, failed, skipped)


def row_of(path: pathlib.Path) -> tuple[str, str]:
    """The ansible-core and the Python that a file is of; those of this process where its name has none."""
    named = CORE.fullmatch(path.stem)
    if named:
        return named["core"], named["python"]
    return ".".join(metadata.version("ansible-core").split(".")[:2]), "{}.{}".format(*sys.version_info)


def main(files: list[str]) -> None:
    """Print the longest tests, a line for each ansible-core and Python, and C(N passed, N failed, N skipped)."""
    rows: dict[tuple[str, str], Count] = collections.defaultdict(Count)
    durations: list[tuple[float, str]] = []
    for path in map(pathlib.Path, files):
        root = ET.parse(path).getroot()  # noqa: S314
        rows[row_of(path)] = rows[row_of(path)].plus(count(root))
        durations += [
            (float(case.get("time", 0)), f"{case.get('classname')}::{case.get('name')}")
            for case in root.iter("testcase")
        ]
    lines = ["The longest:", *(f"{seconds:7.1f} s  {name}" for seconds, name in sorted(durations)[: -LONGEST - 1 : -1])]
    lines += ["", "ansible-core  Python  passed  failed"]
    for (core, python), one in sorted(rows.items(), key=lambda row: [int(part) for part in row[0][0].split(".")]):
        lines.append(f"{core:<12}  {python:<6}  {one.passed:>6}  {one.failed:>6}")
    whole = Count()
    for one in rows.values():
        whole = whole.plus(one)
    lines += ["", f"{whole.passed} passed, {whole.failed} failed, {whole.skipped} skipped"]
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
