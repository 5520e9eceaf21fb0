# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the benchmark: as many rows as it says, and a run of ours that gets them all."""

from __future__ import annotations

import importlib
import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import find_catalog, load_catalog

reading = importlib.import_module("ansible_collections.printops.firewall.tests.bench.reading")
measure = importlib.import_module("ansible_collections.printops.firewall.tests.bench.measure")
PRINTED = [
    tuple(dict(flow.as_printed).values()) for flow in load_catalog(find_catalog("safeq6", base_folder=None)).flows
]


def test_a_run_of_ours_gets_every_row_and_drafts_it(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(reading.page(PRINTED), encoding="utf-8")
    assert reading.our_seconds(path) > 0
    assert reading.parser_seconds(path) > 0


@pytest.mark.parametrize("side", ["our_seconds", "parser_seconds"])
def test_a_page_without_all_rows_is_no_measurement(side: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(reading.page(PRINTED, rows=1900), encoding="utf-8")
    with pytest.raises(measure.BenchError, match="catalog-2000"):
        getattr(reading, side)(path)
