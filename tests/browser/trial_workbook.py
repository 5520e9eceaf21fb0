# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workbooks of a report in LibreOffice, which scripts/trial workbook installs: it is too large for every run."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._report.make import make_report
from ansible_collections.printops.firewall.plugins.plugin_utils._report.question import read_question

PLAN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "plans" / "company.json"
FORMULA = "=1+41"


def run(*command: str | pathlib.Path) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["flow_matrix", "change_request"])
def test_libreoffice_prints_it_on_pages_of_the_whole_width(name: str, tmp_path: pathlib.Path) -> None:
    question = read_question(plan=str(PLAN), forms=["xlsx"], owner=FORMULA)
    book = tmp_path / f"{name}.xlsx"
    book.write_bytes(make_report(question).files[book.name])
    run("soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
        "--outdir", tmp_path, book)  # fmt: skip
    text = run("pdftotext", "-layout", tmp_path / f"{name}.pdf", "-")
    pages = [page for page in text.split("\f") if page.strip()]
    heading = "Change" if name == "change_request" else "Flow"
    assert heading in pages[0]
    assert heading in pages[1], "the header is repeated on each page"
    if name == "change_request":
        assert FORMULA in text
        assert " 42 " not in text
        assert "workflow_processing" in text
