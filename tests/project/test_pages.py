# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the plugins build without a warning, and each has what its plugin documents."""

from __future__ import annotations

import pathlib
import subprocess

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]


def test_the_pages_of_the_plugins_build_without_a_warning(tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        [CHECKOUT / "scripts" / "docs", tmp_path / "docs"], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {page.stem for page in (tmp_path / "docs" / "html").glob("*.html")}
    for kind in ("modules", "lookup", "filter"):
        for plugin in (CHECKOUT / "plugins" / kind).glob("*.py"):
            name = f"{plugin.stem}_{kind.removesuffix('s')}"
            page = tmp_path / "docs" / "html" / f"{name}.html"
            assert name in pages
            assert "Return Value" in page.read_text(encoding="utf-8")
