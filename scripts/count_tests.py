# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add up the counts of several JUnit files and print them as one closing line."""

from __future__ import annotations

import collections
import sys
import xml.etree.ElementTree as ET


def main(files: list[str]) -> None:
    """Print C(N passed, N failed, N skipped) over all files."""
    counts: collections.Counter[str] = collections.Counter()
    for file in files:
        for suite in ET.parse(file).getroot().iter("testsuite"):  # noqa: S314
            for key in ("tests", "failures", "errors", "skipped"):
                counts[key] += int(suite.get(key, 0))
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    print(f"{passed} passed, {failed} failed, {counts['skipped']} skipped")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
