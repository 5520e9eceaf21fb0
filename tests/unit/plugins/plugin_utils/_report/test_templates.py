# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library that the page has with it is the one that was pinned."""

from __future__ import annotations

import hashlib

from ansible_collections.printops.firewall.plugins.plugin_utils._report.templates import FOLDER, own, vendored


def test_the_library_is_what_was_pinned() -> None:
    files = vendored()["files"]
    assert files == {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in files}
    assert f"Tabulator v{vendored()['version']}" in own("tabulator.min.js")
    assert vendored()["licence"] == "MIT"


def test_no_file_of_the_page_ends_its_element() -> None:
    for name in ("report.js", "tabulator.min.js", "tabulator.LICENSE"):
        assert "</script" not in own(name).lower()
    for name in ("report.css", "tabulator_simple.min.css"):
        assert "</style" not in own(name).lower()
